"""Pose matching: how alike two poses are, whatever their place and size."""

from lighttrack.matching.euclidean import EuclideanMatcher
from lighttrack.matching.matcher import HistoryMatcher, PoseMatcher

__all__ = ["EuclideanMatcher", "HistoryMatcher", "PoseMatcher"]
