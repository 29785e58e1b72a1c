"""lighttrack: every person's pose in every frame of a video, with an identity that lasts."""

__version__ = "0.1.0"
