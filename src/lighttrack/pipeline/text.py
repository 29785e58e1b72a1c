"""Numbers with their nouns, for lines that people read."""


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun.

    Example:
        >>> counted(1, "frame"), counted(2, "person", "people")
        ('1 frame', '2 people')
    """
    return f"{number} {singular if number == 1 else plural or singular + 's'}"
