"""Exact circuits: blocks, layers of commuting terms, and blocks from a known start."""
