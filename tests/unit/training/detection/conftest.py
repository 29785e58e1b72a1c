import pytest
from labelled_people import coco_folder
from requirements import required_module


@pytest.fixture(scope="session")
def detection_packages(torch):
    """Torch and what training and export need beside it."""
    for name in ("torchvision", "onnx"):
        required_module(name, "TRAINING")
    return torch


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """Four images of two people each, in COCO's layout."""
    return coco_folder(tmp_path_factory.mktemp("pictures") / "coco")
