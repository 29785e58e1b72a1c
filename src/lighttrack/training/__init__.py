"""Training of the pose matcher (extra `train`)."""

from lighttrack.training.train import train_matcher

__all__ = ["train_matcher"]
