"""Finding machines by name, and wrapping whatever qiskit object a user has."""
