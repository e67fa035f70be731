"""Networks of Clifford gates between Pauli rotations, for terms without other structure."""
