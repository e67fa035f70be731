"""IBM devices for qbcircuit."""
