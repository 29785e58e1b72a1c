"""Pose matching: how alike two poses are, whatever their place and size."""

from lighttrack.matching.anybody import AnybodyMatcher
from lighttrack.matching.euclidean import EuclideanMatcher
from lighttrack.matching.matcher import PoseMatcher

__all__ = ["AnybodyMatcher", "EuclideanMatcher", "PoseMatcher"]
