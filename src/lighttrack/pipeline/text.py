"""Numbers with their nouns for lines that people read, and lists that they write."""

from collections.abc import Sequence
from typing import TypeVar

Word = TypeVar("Word", bound=str)


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun.

    Example:
        >>> counted(1, "frame"), counted(2, "person", "people")
        ('1 frame', '2 people')
    """
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def listed(text: str, known: Sequence[Word]) -> list[Word]:
    """The words of a list separated by commas; `none` is an empty one.

    Raises:
        ValueError: naming what exists, if a word does not.

    Example:
        >>> listed("png,html", ("png", "svg", "html")), listed("none", ("png",))
        (['png', 'html'], [])
    """
    words = [word.strip() for word in text.split(",") if word.strip() not in ("", "none")]
    if unknown := [word for word in words if word not in known]:
        raise ValueError(f"unknown: {', '.join(unknown)}; choose among {','.join(known)} or none")
    return [word for word in known if word in words]


def duration(seconds: float) -> str:
    """A length of time for people.

    Example:
        >>> duration(42.3), duration(600), duration(9000)
        ('42 s', '10 min', '2.5 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
