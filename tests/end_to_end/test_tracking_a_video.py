import hashlib

import numpy as np
import pytest

import lighttrack
from lighttrack.formats import FORMATS, read_tracks
from lighttrack.pipeline.measure import STAGES
from lighttrack.structures import TrackState
from lighttrack.video import open_video

WRITTEN = ("jsonl", "posetrack", "coco", "mot", "openpose", "csv")

pytestmark = [pytest.mark.models, pytest.mark.clips]


def test_one_command_writes_everything_that_was_asked_for(second):
    assert second.code == 0
    assert sorted(path.name for path in second.folder.iterdir()) == [
        "TUD-Campus.coco.json",
        "TUD-Campus.csv",
        "TUD-Campus.mot.txt",
        "TUD-Campus.mp4",
        "TUD-Campus.openpose",
        "TUD-Campus.posetrack.json",
        "TUD-Campus.summary.json",
        "TUD-Campus.tracks.jsonl",
    ]
    assert all(str(path) in second.out for path in second.folder.iterdir())
    # On a slow machine a line of progress comes every few seconds.
    assert [line for line in second.err.splitlines() if "frames/s" not in line] == []


def test_the_people_of_the_clip_are_found_and_keep_their_ids(second):
    result = read_tracks(second.folder / "TUD-Campus.tracks.jsonl")
    assert [frame.index for frame in result.frames] == list(range(25))
    assert sum(len(frame) for frame in result.frames) >= 0.6 * 135  # labelled in this second
    tracks = result.tracks()
    assert len(tracks) <= 10  # seven people are labelled, three of them often hidden
    assert sum(len(track) >= 20 for track in tracks) >= 2


@pytest.mark.parametrize("name", WRITTEN)
def test_every_format_holds_the_same_people(second, name):
    native = read_tracks(second.folder / "TUD-Campus.tracks.jsonl")
    path = FORMATS[name].path_in(second.folder, "TUD-Campus")
    other = {frame.index: frame for frame in read_tracks(path).frames}
    for frame in native.frames:
        if len(frame):
            assert sorted(other[frame.index].ids.tolist()) == sorted(frame.ids.tolist())


def test_the_video_shows_the_people_at_the_times_of_the_source(second, campus):
    with open_video(campus, end=1) as source, open_video(second.folder / "TUD-Campus.mp4") as drawn:
        pairs = list(zip(source, drawn, strict=True))
    assert len(pairs) == 25
    for before, after in pairs:
        assert after.time == pytest.approx(before.time, abs=1e-3)
        difference = np.abs(before.image.astype(int) - after.image)
        assert np.median(difference) < 4  # the background is the same
        assert (difference.max(axis=2) > 60).sum() > 500  # people are drawn on it


def test_the_summary_counts_what_the_result_holds(second, networks):
    summary = second.summary
    result = read_tracks(second.folder / "TUD-Campus.tracks.jsonl")
    assert summary["frames"] == len(result.frames) == 25
    here = [int((frame.states != TrackState.LOST).sum()) for frame in result.frames]
    assert summary["people"] == sum(here)
    assert summary["ids"] == len(result.ids())
    assert summary["keyframes"] == sum(frame.is_keyframe for frame in result.frames)
    assert summary["detector_calls"] == summary["keyframes"]
    assert summary["pose_calls"] >= 25
    assert summary["people_posed"] >= summary["people"]
    assert summary["people_per_frame"] == pytest.approx(np.mean(here), abs=0.006)
    parts = summary["ms_per_person_network"] + summary["ms_per_person_rest"]
    assert summary["ms_per_person"] == pytest.approx(parts, abs=0.002)
    assert 0 < summary["ms_per_person_rest"] < summary["ms_per_person"] < 1000
    assert summary["fps"] == pytest.approx(25 / summary["seconds"], rel=0.01)
    assert tuple(summary["stage_seconds"]) == STAGES
    seconds = dict(summary["stage_seconds"])
    assert 0 < seconds.pop("appearance") < seconds["pose"]
    assert all(0 < each < 60 for each in seconds.values())
    assert summary["total_seconds"] >= summary["seconds"] + summary["loading_seconds"] - 0.01
    assert summary["peak_memory_mb"] > 50
    assert summary["problem"] is None
    assert summary["version"] == lighttrack.__version__
    assert summary["config"]["tracker"]["keyframes"]["interval"] == 5
    for name, digest in summary["networks"].items():
        assert hashlib.sha256((networks / name).read_bytes()).hexdigest() == digest


def test_the_result_states_its_provenance(second):
    provenance = read_tracks(second.folder / "TUD-Campus.tracks.jsonl").provenance
    assert provenance["version"] == lighttrack.__version__
    assert provenance["networks"] == second.summary["networks"]
    assert provenance["config"]["detector"] == "rtmdet-nano-person"
    assert "track" in provenance["command"]
    assert 0 < provenance["keypoint_threshold"] < 1


def test_a_part_keeps_the_numbers_and_times_of_the_whole(track, campus, tmp_path):
    run = track(campus, tmp_path, "--start", "1", "--end", "1.4", "--write", "jsonl")
    assert run.code == 0
    frames = read_tracks(tmp_path / "TUD-Campus.tracks.jsonl").frames
    assert [frame.index for frame in frames] == list(range(25, 35))
    assert frames[0].time == pytest.approx(1.0)


def test_another_skeleton_is_stored_when_asked_for(track, campus, tmp_path):
    options = ["--end", "0.2", "--write", "jsonl", "--skeleton", "posetrack-15"]
    assert track(campus, tmp_path, *options).code == 0
    result = read_tracks(tmp_path / "TUD-Campus.tracks.jsonl")
    assert result.skeleton.name == "posetrack-15"
    assert np.isfinite(result.frames[-1].poses.keypoints).any()


def test_settings_of_the_tracker_are_obeyed(track, campus, tmp_path):
    options = ["--keyframe-interval", "3", "--keyframe-mode", "fixed", "--max-people", "2"]
    run = track(campus, tmp_path, "--end", "0.5", "--write", "jsonl", *options)
    frames = read_tracks(tmp_path / "TUD-Campus.tracks.jsonl").frames
    assert [frame.index for frame in frames if frame.is_keyframe] == [0, 3, 6, 9, 12]
    assert max(len(frame) for frame in frames) == 2
    assert run.summary["config"]["tracker"]["lifecycle"]["max_people"] == 2


def test_the_papers_configuration_can_be_run_with_any_networks(track, campus, tmp_path):
    named = ["--pose", "tinypose-256x192", "--detector", "yolox-nano"]
    paper = ["--matcher", "none", "--config", "paper"]
    run = track(campus, tmp_path, "--end", "0.2", "--write", "mot", *named, *paper)
    assert run.code == 0
    assert set(run.summary["networks"]) == {"yolox-nano.onnx", "tinypose-256x192.onnx"}
    settings = run.summary["config"]["tracker"]
    assert settings["propagation"]["box"] == "keypoints"
    assert settings["reidentification"]["max_lost_time"] == 0
    assert settings["motion"]["predict"] is False
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "TUD-Campus.mot.txt",
        "TUD-Campus.summary.json",
    ]


def test_images_in_a_folder_are_a_video_too(track, clips_dir, tmp_path):
    images = clips_dir / "posetrack18-mini" / "videos" / "000001_mpiinew_test"
    run = track(images, tmp_path, "--write", "jsonl")
    assert run.code == 0
    assert run.summary["frames"] == 5
    assert (tmp_path / "000001_mpiinew_test.tracks.jsonl").exists()


def test_tracking_keeps_up_with_its_networks(track, campus, tmp_path):
    """End to end the wall time is little more than the networks' own."""
    run = track(campus, tmp_path, "--write", "jsonl", "--end", "1.5")
    stages = run.summary["stage_seconds"]
    assert run.summary["seconds"] < 1.25 * (
        stages["detect"] + stages["pose"] + stages["appearance"]
    )
