"""What the command says: results on the standard output, all else on the standard error."""

import sys

from lighttrack.pipeline.text import counted as counted


def tell(text: str) -> None:
    """Say a line of the result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """Say a line about the run: progress, a warning, an error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
