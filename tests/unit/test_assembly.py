import pytest

from lighttrack.assembly import MATCHERS, build_matcher, load_tracker, networks_of, preset_config
from lighttrack.matching import EuclideanMatcher, PoseMatcher
from lighttrack.matching.matcher import SHIPPED
from lighttrack.models.presets import PRESETS
from lighttrack.structures import Detections, Poses
from lighttrack.structures.skeletons import COCO_17
from lighttrack.tracking import Target, TrackerConfig


class NoPeople:
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
        NoPeople(),
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
    known = r"unknown matcher 'x'; known: .*euclidean, .* or a file of weights"
    with pytest.raises(ValueError, match=known):
        load_tracker(detector="no-such-network", matcher="x")  # said before anything is loaded


@pytest.mark.parametrize("name", MATCHERS)
def test_every_matcher_can_be_built(name):
    matcher = build_matcher(name)
    assert (matcher is None) == (name == "none")


def test_a_file_of_weights_is_a_matcher_with_its_own_threshold(tmp_path):
    weights = tmp_path / "mine.safetensors"
    weights.write_bytes((SHIPPED / "pose.safetensors").read_bytes())
    matcher = build_matcher(str(weights))
    assert matcher.threshold == PoseMatcher().threshold
    assert set(matcher.networks) == {"mine.safetensors"}
    assert PoseMatcher().networks == {}
    assert build_matcher(weights, threshold=0.4).threshold == 0.4


def test_a_file_that_holds_no_weights_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no pose-matching weights at .*none\.safetensors"):
        build_matcher(tmp_path / "none.safetensors")
    text = tmp_path / "text.safetensors"
    text.write_text("not weights")
    with pytest.raises(ValueError, match=r"text\.safetensors is not a file of weights"):
        build_matcher(str(text))


def test_only_matchers_that_compare_have_a_threshold():
    assert build_matcher("sgcn", threshold=0.3).threshold == 0.3
    assert build_matcher("euclidean", threshold=0.3).threshold == 0.3
    for name in ("none", "anybody"):
        with pytest.raises(ValueError, match=f"'{name}' .* has no threshold"):
            build_matcher(name, threshold=0.3)
    with pytest.raises(ValueError, match="goes with the name"):
        build_matcher(EuclideanMatcher(), threshold=0.3)


def test_a_matcher_without_effect_is_refused_and_says_why():
    still = TrackerConfig().changed({"motion": {"camera": False}})
    alone = TrackerConfig().changed({"association": {"stages": ["spatial consistency"]}})
    parts = {"detector": NoPeople(), "pose": NoPose()}
    with pytest.raises(ValueError, match=r"without effect: without motion\.camera"):
        load_tracker(**parts, matcher="euclidean", config=still)
    with pytest.raises(ValueError, match=r"without effect: association\.stages holds neither"):
        load_tracker(**parts, matcher=EuclideanMatcher(), config=alone)
    assert load_tracker(**parts, matcher=None, config=alone).matcher is None
    assert load_tracker(**parts, config=alone).matcher is not None  # it was not asked for
    assert load_tracker(**parts, matcher="euclidean", target=Target.largest(), config=still)
    plain = TrackerConfig().changed({"appearance": {"colours": False}})
    for config in (TrackerConfig.paper(), plain):
        assert load_tracker(**parts, matcher="euclidean", config=config)


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
    tracker = load_tracker("embedded", detector=NoPeople(), pose=NoPose())
    assert tracker.appearance is None


def test_a_missing_appearance_network_says_how_to_go_without(tmp_path, monkeypatch):
    monkeypatch.setenv("LIGHTTRACK_MODELS", str(tmp_path))
    monkeypatch.setenv("LIGHTTRACK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("lighttrack.models.catalog.Asset.places", ())
    with pytest.raises(RuntimeError, match=r"reid-retail-0288 is not here.*appearance none"):
        load_tracker("balanced", detector=NoPeople(), pose=NoPose())


def test_presets_come_with_their_own_interval_unless_a_configuration_is_given():
    assert preset_config("embedded") == TrackerConfig()
    for preset in ("fast", "balanced", "accurate"):
        clock = preset_config(preset).keyframes
        assert clock.interval * clock.min_gap == 4  # never more than one frame in four
    given = load_tracker(
        "balanced", detector=NoPeople(), pose=NoPose(), appearance="none", config=TrackerConfig()
    )
    assert given.config.keyframes.interval == 10


@pytest.mark.network
def test_blazepose_gives_all_its_keypoints_if_asked_to():
    every = load_tracker("embedded", skeleton="blazepose-33")
    assert every.estimator.skeleton.name == "blazepose-33"
    assert load_tracker("embedded", skeleton="posetrack-15").estimator.skeleton.name == "coco-17"
