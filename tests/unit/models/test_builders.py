import shutil

import numpy as np
import pytest
from toy_networks import spot

from lighttrack.models import build_appearance, build_detector, build_estimator
from lighttrack.models.estimators import HeatMapEstimator
from lighttrack.structures import Regions
from lighttrack.structures.skeletons import COCO_17

TOML = """
kind = "heat-map"
padding = 1
pixels = { channels = "RGB", mean = [0, 0, 0], deviation = [255, 255, 255] }
tracked_threshold = 0.4
skeleton = { name = "nose-only", keypoints = ["nose"], edges = [] }
"""


@pytest.fixture
def own(tmp_path, heat_map_file):
    """One's own network, without its contract yet."""
    shutil.copy(heat_map_file, tmp_path / "mine.xml")
    shutil.copy(heat_map_file.with_suffix(".bin"), tmp_path / "mine.bin")
    return tmp_path / "mine.xml"


def test_ones_own_network_works_with_its_contract_beside_it(own):
    own.with_suffix(".toml").write_text(TOML)
    estimator = build_estimator(str(own), threads=1)
    assert estimator.tracked_threshold == 0.4
    assert estimator.skeleton.keypoints == ("nose",)
    assert list(estimator.networks) == ["mine.xml"]
    poses = estimator(spot(75, 50), Regions.of([[60, 30, 96, 86]]))
    np.testing.assert_allclose(poses.keypoints[0, 0], (75, 50), atol=0.3)


def test_without_its_contract_the_message_says_what_is_missing(own):
    with pytest.raises(FileNotFoundError, match=r"mine\.xml needs a file mine\.toml beside it"):
        build_estimator(str(own))


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("kind = 'heatmap'", "kind must be one of heat-map, simcc, blazepose-landmarks for an est"),
        ("padding = 1", "kind must be one of .*, got None"),
        ("kind = 'rtmdet'", "kind must be one of heat-map.*, got 'rtmdet'"),
        ("kind = 'heat-map'\nsize = 3", "unknown entry 'size'; known: skeleton, pixels"),
        ("kind = 'heat-map'\npadding = 'much'", "padding must be like 1.25, got 'much'"),
        ("kind = 'heat-map'\nflip_test = 1", "flip_test must be like False, got 1"),
        ("kind = 'heat-map'\ninput_size = [3]", r"input_size must be 2 numbers like \[192, 256\]"),
        ("kind = 'heat-map'\ninput_size = [3, 'x']", "input_size must be like 256, got 'x'"),
        ("kind = 'heat-map'\npixels = 'RGB'", "pixels must be a table, got 'RGB'"),
        ("kind = 'heat-map'\npixels.channels = 'GBR'", "channels must be RGB or BGR, got 'GBR'"),
        ("kind = 'heat-map'\npixels.layout = 'HWC'", "layout must be NCHW or NHWC, got 'HWC'"),
        ("kind = 'heat-map'\npixels.mean = [1]", "pixels: mean must be 3 numbers"),
        ("kind = 'heat-map'\nskeleton = 'human'", "unknown skeleton 'human'; known: coco-17"),
        ("kind = 'heat-map'\nskeleton = 17", "skeleton must be a name, or a table of name"),
        ("kind = heat-map", "is not TOML"),
    ],
)
def test_a_wrong_contract_is_refused_with_its_entry(own, toml, message):
    own.with_suffix(".toml").write_text(toml)
    with pytest.raises(ValueError, match=message):
        build_estimator(str(own))


def test_a_detectors_contract_does_not_make_an_estimator(own):
    own.with_suffix(".toml").write_text(TOML)
    with pytest.raises(ValueError, match="kind must be one of rtmdet, yolox, picodet"):
        build_detector(str(own))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("yolo", "yolo: neither a file nor a known detector; known detectors: blazepose, rtmdet"),
        ("none.onnx", r"none\.onnx: no such file; known detectors:"),
        ("tinypose-128x96", "tinypose-128x96 has the role estimator, not detector"),
        ("demo-clip", "demo-clip has the role clip, not detector"),
    ],
)
def test_what_is_no_detector_is_refused_with_the_names_of_those_that_are(given, message):
    with pytest.raises(ValueError, match=message):
        build_detector(given)


def test_what_is_no_appearance_network_is_refused_with_the_names_of_those_that_are():
    known = "known appearance networks: reid-retail-0287, reid-retail-0288"
    with pytest.raises(ValueError, match=f"osnet: neither a file nor a known .*; {known}"):
        build_appearance("osnet")


def test_ones_own_appearance_network_works_with_its_contract_beside_it(tmp_path, mean_colour_file):
    shutil.copy(mean_colour_file, tmp_path / "mine.xml")
    shutil.copy(mean_colour_file.with_suffix(".bin"), tmp_path / "mine.bin")
    (tmp_path / "mine.toml").write_text('kind = "re-identification"\nthreshold = 0.4')
    appearance = build_appearance(str(tmp_path / "mine.xml"), threads=1)
    assert appearance.threshold == 0.4
    assert appearance(spot(75, 50), np.array([[60, 30, 96, 86]], np.float32)).shape == (1, 3)


@pytest.mark.models
def test_a_network_of_the_catalog_is_known_under_any_name(models_dir, tmp_path):
    renamed = tmp_path / "pose.onnx"
    shutil.copy(models_dir / "tinypose-128x96.onnx", renamed)
    assert isinstance(build_estimator(str(renamed)), HeatMapEstimator)


@pytest.mark.network
def test_blazepose_gives_33_keypoints_to_those_who_want_them():
    assert build_estimator("blazepose-full").skeleton == COCO_17
    assert build_estimator("blazepose-full", skeleton="posetrack-15").skeleton == COCO_17
    for with_feet in ("blazepose-33", "halpe-26", "openpose-25"):
        assert len(build_estimator("blazepose-full", skeleton=with_feet).skeleton) == 33
