"""What is wrong with a video, in one sentence that a person can act on."""


class VideoError(ValueError):
    """A source that gives no frames, or stops giving frames that belong together."""
