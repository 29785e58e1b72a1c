import pytest
from labelled_people import coco_folder, posetrack_folder
from requirements import required_module


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


@pytest.fixture(scope="session")
def drawn_posetrack(tmp_path_factory):
    """Two short videos in PoseTrack's layout."""
    return posetrack_folder(tmp_path_factory.mktemp("drawn") / "posetrack")
