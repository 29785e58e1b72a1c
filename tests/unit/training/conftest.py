"""Small motion capture and images made on the spot, and torch where it is installed."""

import numpy as np
import pytest
from labelled_people import coco_folder
from requirements import required_module

# The middle of each joint's way in metres, y up, facing +z, left at +x; as in PoseTrack-15.
_STANDING = np.array(
    [
        [0.0, 1.62, 0.10], [0.0, 1.48, 0.0], [0.0, 1.75, 0.02], [0.18, 1.42, 0.0],
        [-0.18, 1.42, 0.0], [0.22, 1.15, 0.0], [-0.22, 1.15, 0.0], [0.24, 0.92, 0.05],
        [-0.24, 0.92, 0.05], [0.09, 0.92, 0.0], [-0.09, 0.92, 0.0], [0.10, 0.50, 0.02],
        [-0.10, 0.50, 0.02], [0.10, 0.08, 0.0], [-0.10, 0.08, 0.0],
    ],
    np.float32,
)  # fmt: skip
_SWING = np.array([0, 0, 0, 0, 0, 1, -1, 2, -2, 0, 0, -1, 1, -2, 2], np.float32)


def walk(frames, *, phase=0.0, pace=0.25):
    """Positions `(frames, 15, 3)` of a person walking along +z."""
    time = np.arange(frames, dtype=np.float32)[:, None]
    positions = np.repeat(_STANDING[None], frames, axis=0)
    positions[..., 2] += 0.15 * _SWING * np.sin(pace * time + phase) + 0.04 * time
    return positions


@pytest.fixture(scope="session")
def motion_folder(tmp_path_factory):
    """Twelve clips: ten walkers, and a couple who face one another."""
    folder = tmp_path_factory.mktemp("motion")
    for number in range(10):
        frames = 90 + number
        good = np.ones(frames, bool)
        if number == 3:
            good[45] = False  # a glitch in the middle
        np.savez(
            folder / f"walk_{number:02d}.npz",
            xyz=walk(frames, phase=number, pace=0.15 + 0.03 * number),
            frame_ok=good,
            action="walking",
        )
    for name, side in (("A", 1), ("B", -1)):
        dancer = walk(80, pace=0.3) * np.float32([side, 1, side]) + np.float32([0, 0, -0.3 * side])
        np.savez(
            folder / f"dance_{name}.npz", xyz=dancer, frame_ok=np.ones(80, bool), action="dance"
        )
    return folder


@pytest.fixture(scope="session")
def training_packages(torch):
    """Torch and what training and export need beside it."""
    for name in ("torchvision", "onnx"):
        required_module(name, "TRAINING")
    return torch


@pytest.fixture(scope="session")
def drawn(tmp_path_factory):
    """Four images of two people each, in COCO's layout."""
    return coco_folder(tmp_path_factory.mktemp("drawn") / "coco")
