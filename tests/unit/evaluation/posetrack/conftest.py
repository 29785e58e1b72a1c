"""Fixtures of the PoseTrack scenarios."""

from collections.abc import Callable

import pytest
from posetrack_clip import Clip


@pytest.fixture
def clip() -> Clip:
    return Clip()


@pytest.fixture
def make_clip() -> Callable[..., Clip]:
    return Clip
