"""Pose matching: how alike two poses are, whatever their place and size."""

from lighttrack.matching.euclidean import EuclideanMatcher

__all__ = ["EuclideanMatcher"]
