"""What goes wrong with files and streams, told in one sentence that a person can act on."""


class VideoError(ValueError):
    """A source that gives no frames, or stops giving frames that belong together."""


class FormatError(ValueError):
    """A file of tracks that cannot be read as what it should be."""
