"""Aer as a qbcircuit backend."""
