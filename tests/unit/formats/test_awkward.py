"""Awkward results through every writer, and back: what a format holds comes back as it was."""

import numpy as np
import pytest
from awkward_results import AWKWARD, long_result
from requirements import required_format as need

from lighttrack.formats import FORMATS, FormatError, c3d, read_tracks, write_tracks
from lighttrack.formats.formats import detect
from lighttrack.formats.timing import Clock

FOLDERS = ("openpose", "trc", "c3d", "nwb")
WITHOUT_TIMES = ("mot", "openpose", "ntu")
BY_RATE = ("trc", "c3d")
"""Formats with a constant rate only, which is the file's."""
BY_KEYPOINTS = ("trc", "c3d", "nwb", "pyskl")
"""Formats in which a person without keypoints is not there."""
CONFIRMED_ONLY = ("mot", "movement", "sleap", "trc", "c3d", "nwb", "rerun", "pyskl")


def people_of(content, name, *, written):
    """Ids of every frame that shows people, as the format can hold them."""
    of_frame = {}
    for frame in content.frames:
        keep = np.ones(len(frame), bool)
        if written and name in CONFIRMED_ONLY:
            keep &= frame.ids >= 0
        if written and name == "mot":
            keep &= np.isfinite(frame.boxes).all(axis=1)
        if written and name in BY_KEYPOINTS:
            keep &= np.isfinite(frame.poses.keypoints[..., 0]).any(axis=1)
        ids = frame.ids[keep]
        if len(ids):
            of_frame[frame.index] = frame[np.flatnonzero(keep)[np.argsort(ids, kind="stable")]]
    return of_frame


def refused(name, awkward, content):
    """Whether the format may refuse the result, which it does in a sentence."""
    return (name == "kinetics" and awkward == "unknown_video") or (
        name == "openpose" and awkward == "unconfirmed"
    )


@pytest.mark.parametrize("awkward", AWKWARD)
@pytest.mark.parametrize("name", FORMATS)
def test_an_awkward_result_comes_back(name, awkward, tmp_path, caplog):
    need(name)
    content = AWKWARD[awkward]()
    path = FORMATS[name].path_in(tmp_path, "result")
    if refused(name, awkward, content):
        with pytest.raises(FormatError, match=r"not known|identities"):
            _ = write_tracks(content, path, name), read_tracks(path)
        return
    write_tracks(content, path, name)
    wanted = people_of(content, name, written=True)
    if not holds_anything(name, content, wanted):
        with pytest.raises(FormatError, match=r"holds no|is empty"):
            read_tracks(path)
        return
    assert detect(path).name == name
    got = people_of(read_tracks(path), name, written=False)
    if awkward == "variable_frame_rate" and name in BY_RATE:
        assert "resampled to a constant 25 frames per second" in caplog.text
        return
    assert list(got) == list(wanted)
    compare(got, wanted, name, awkward)


def holds_anything(name, content, wanted):
    """Whether a file has anything by which its format is known."""
    return bool(wanted) or name not in ("mot", *FOLDERS) or (name == "openpose" and content.frames)


def compare(got, wanted, name, awkward):
    for index, frame in wanted.items():
        read = got[index]
        assert read.ids.tolist() == frame.ids.tolist()
        if name not in WITHOUT_TIMES:
            assert read.time == pytest.approx(frame.time, abs=2e-6)
        if name == "mot":
            continue
        poses = frame.poses.to(read.poses.skeleton)
        if awkward == "skeleton_of_a_cat" and name in ("trc", "c3d"):
            poses = frame.poses  # no edges: another skeleton of the same keypoints
        atol = 0.011 if name != "kinetics" else 0.012
        np.testing.assert_allclose(read.poses.keypoints, poses.keypoints, atol=atol)
        if name not in ("trc", "c3d", "ntu"):
            np.testing.assert_allclose(read.poses.scores, poses.scores, atol=1e-4)


@pytest.fixture(scope="module")
def hundred_thousand():
    return long_result()


# What the others do with a frame does not depend on how many came before.
@pytest.mark.parametrize("name", ["parquet", "movement", "sleap", "trc", "c3d", "nwb", "pyskl"])
def test_a_hundred_thousand_frames_are_written(name, hundred_thousand, tmp_path):
    need(name)
    path = FORMATS[name].path_in(tmp_path, "long")
    write_tracks(hundred_thousand, path, name)
    if name in FOLDERS:
        assert {file.stem for file in path.iterdir()} == {"long_id_7", "long_id_4321"}
    if name in ("parquet", "c3d"):
        read = read_tracks(path)
        assert read.ids().tolist() == [7, 4321]
        [first, last] = read.tracks()
        assert first.frame_indices.tolist() == list(range(0, 60_000, 10))
        assert last.frame_indices.tolist() == [99_997, 99_998, 99_999]
        np.testing.assert_allclose(last.times, last.frame_indices / 25, atol=1e-6)


@pytest.mark.parametrize("name", ["movement", "sleap", "pyskl", "trc"])
def test_what_would_be_too_large_is_refused_with_what_to_do(name, tmp_path, monkeypatch):
    need(name)
    monkeypatch.setattr("lighttrack.formats.spool.MOST_NUMBERS", 1000)
    content = AWKWARD["away_and_back"]()
    with pytest.raises(FormatError, match=r"the most is 1,000: write parquet"):
        write_tracks(content, FORMATS[name].path_in(tmp_path, "clip"), name)
    assert [f for f in tmp_path.rglob("*") if f.is_file()] == []


def test_c3d_refuses_more_frames_than_it_can_count(tmp_path, monkeypatch):
    need("c3d")
    assert c3d.MOST_FRAMES == 65_535
    monkeypatch.setattr(c3d, "MOST_FRAMES", 60)
    content = AWKWARD["away_and_back"]()
    with pytest.raises(FormatError, match="61 frames; C3D counts at most 60: write trc or parquet"):
        write_tracks(content, tmp_path / "long.c3d", "c3d")


def test_a_variable_rate_is_read_at_a_constant_one_on_straight_lines():
    times = np.array([0.0, 0.03, 0.08, 0.13, 0.16])
    clock = Clock.of(np.arange(5), times, 25.0)
    assert clock.resampled
    numbers, values = clock.read(np.arange(5), times, 100 * times[:, None])
    assert numbers.tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(values[:, 0], [0, 4, 8, 12, 16])


def test_between_frames_that_do_not_show_a_person_is_a_gap():
    times = np.array([0.0, 0.03, 0.30, 0.33])
    clock = Clock.of(np.array([0, 1, 9, 10]), np.array([0.0, 0.03, 0.3, 0.45]), 25.0)
    numbers, values = clock.read(np.array([0, 1, 9, 10]), times, times[:, None])
    assert np.isnan(values[2:7, 0]).all()
    assert np.isfinite(values[[0, -1], 0]).all()
    assert numbers[-1] == 8


def test_the_rate_that_the_times_have_is_kept_exactly():
    times = np.arange(1000) * 1001 / 30000
    clock = Clock.of(np.arange(1000), times, 30000 / 1001)
    assert (clock.rate, clock.resampled) == (30000 / 1001, False)
    assert Clock.of(np.arange(1000), np.arange(1000) / 30, 25.0).rate == pytest.approx(30)
