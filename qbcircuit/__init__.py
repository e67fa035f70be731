"""Quantum-circuit compiler and hardware backend for quantum batteries."""
