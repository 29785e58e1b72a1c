"""What the command says: results on the standard output, all else on the standard error."""

import sys


def tell(text: str) -> None:
    """Say a line of the result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """Say a line about the run: progress, a warning, an error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun.

    Example:
        >>> counted(1, "frame"), counted(2, "person", "people")
        ('1 frame', '2 people')
    """
    return f"{number} {singular if number == 1 else plural or singular + 's'}"
