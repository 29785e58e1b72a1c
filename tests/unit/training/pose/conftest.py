import pytest
from labelled_people import posetrack_folder


@pytest.fixture(scope="session")
def drawn_posetrack(tmp_path_factory):
    """Two short videos in PoseTrack's layout."""
    return posetrack_folder(tmp_path_factory.mktemp("drawn") / "posetrack")
