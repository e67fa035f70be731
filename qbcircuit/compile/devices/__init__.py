"""Targets by name, and which of their qubits hold the sites."""
