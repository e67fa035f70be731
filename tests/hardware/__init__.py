"""Faults, kills and soaks: the command line and the real client against the stand-in."""
