"""The error of sources of frames."""


class VideoError(ValueError):
    """A source gives no frames, or frames that do not belong to one video."""
