"""A package, so that ``python -m tests.standin`` finds this folder before any other ``tests``."""
