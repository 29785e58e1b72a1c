import pytest

from lighttrack.assembly import MATCHERS, build_matcher, load_tracker, networks_of, preset_config
from lighttrack.models.presets import PRESETS
from lighttrack.structures import Detections, Poses
from lighttrack.structures.skeletons import COCO_17
from lighttrack.tracking import TrackerConfig


class Nobody:
    score_threshold = 0.5

    def __call__(self, image):
        return Detections.empty()


class NoPose:
    skeleton = COCO_17
    tracked_threshold = keypoint_threshold = 0.3

    def __call__(self, image, regions):
        return Poses.empty(COCO_17)


def test_objects_of_ones_own_are_taken_as_they_are():
    detector, pose, config = (
        Nobody(),
        NoPose(),
        TrackerConfig().changed({"keyframes": {"interval": 3}}),
    )
    tracker = load_tracker(detector=detector, pose=pose, config=config, matcher=None)
    assert (tracker.detector, tracker.estimator, tracker.matcher) == (detector, pose, None)
    assert tracker.config.keyframes.interval == 3


def test_an_unknown_preset_says_which_exist():
    with pytest.raises(ValueError, match=r"unknown preset 'fats'; known: .*fast"):
        load_tracker("fats")


def test_an_unknown_matcher_says_which_exist():
    with pytest.raises(ValueError, match=r"unknown matcher 'x'; known: .*euclidean"):
        load_tracker(detector=Nobody(), pose=NoPose(), matcher="x")


@pytest.mark.parametrize("name", MATCHERS)
def test_every_matcher_can_be_built(name):
    matcher = build_matcher(name)
    assert (matcher is None) == (name == "none")


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_names_networks_of_the_catalog(preset):
    from lighttrack.models.catalog import asset_named

    detector, pose = networks_of(preset)
    assert asset_named(detector).role == "detector"
    assert asset_named(pose).role == "estimator"


@pytest.mark.models
def test_the_files_of_the_folder_make_a_tracker(models_dir, monkeypatch):
    monkeypatch.setenv("LIGHTTRACK_MODELS", str(models_dir))
    tracker = load_tracker("fast", threads=1)
    assert tracker.estimator.skeleton == COCO_17
    assert set(tracker.detector.networks) == {"rtmdet-nano-person.onnx"}


@pytest.mark.models
def test_an_appearance_network_is_built_by_its_name(models_dir, monkeypatch):
    monkeypatch.setenv("LIGHTTRACK_MODELS", str(models_dir))
    tracker = load_tracker("fast", appearance="reid-retail-0288", threads=1)
    assert set(tracker.appearance.networks) == {"reid-retail-0288.onnx"}


@pytest.mark.models
def test_presets_bring_an_appearance_network_unless_told_otherwise(models_dir, monkeypatch):
    monkeypatch.setenv("LIGHTTRACK_MODELS", str(models_dir))
    ours = load_tracker("balanced", threads=1)
    assert set(ours.appearance.networks) == {"reid-retail-0288.onnx"}
    assert load_tracker("balanced", appearance="none", threads=1).appearance is None
    paper = load_tracker("balanced", config=TrackerConfig.paper(), threads=1)
    assert paper.appearance is None


def test_the_embedded_preset_has_no_appearance_network():
    tracker = load_tracker("embedded", detector=Nobody(), pose=NoPose())
    assert tracker.appearance is None


def test_a_missing_appearance_network_says_how_to_go_without(tmp_path, monkeypatch):
    monkeypatch.setenv("LIGHTTRACK_MODELS", str(tmp_path))
    monkeypatch.setenv("LIGHTTRACK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("lighttrack.models.assets._remote_source", lambda asset: None)
    with pytest.raises(RuntimeError, match=r"reid-retail-0288 is not here.*appearance none"):
        load_tracker("balanced", detector=Nobody(), pose=NoPose())


def test_presets_come_with_their_own_interval_unless_a_configuration_is_given():
    assert preset_config("embedded") == TrackerConfig()
    for preset in ("fast", "balanced", "accurate"):
        clock = preset_config(preset).keyframes
        assert clock.interval * clock.min_gap == 4  # never more than one frame in four
    given = load_tracker(
        "balanced", detector=Nobody(), pose=NoPose(), appearance="none", config=TrackerConfig()
    )
    assert given.config.keyframes.interval == 10


@pytest.mark.network
def test_blazepose_gives_all_its_keypoints_to_whoever_wants_them():
    every = load_tracker("embedded", skeleton="blazepose-33")
    assert every.estimator.skeleton.name == "blazepose-33"
    assert load_tracker("embedded", skeleton="posetrack-15").estimator.skeleton.name == "coco-17"
