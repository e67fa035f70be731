"""The command line: one file per verb, imported when invoked."""
