"""The command line: one thin module per command, and the loop that they run."""
