"""What is wrong with a file of tracks, in one sentence that a person can act on."""


class FormatError(ValueError):
    """A file of tracks that cannot be read as what it should be."""
