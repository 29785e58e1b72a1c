import numpy as np
import pytest

from lighttrack.formats import read_tracks
from lighttrack.refinement import Smoother

pytestmark = [pytest.mark.models, pytest.mark.clips]

TRACKS = "TUD-Campus.tracks.jsonl"


def test_smoothing_changes_what_is_written_and_nothing_else(second, track, campus, tmp_path):
    run = track(campus, tmp_path, "--end", "1", "--write", "jsonl", "--smooth")
    assert run.code == 0
    plain, smooth = read_tracks(second.folder / TRACKS), read_tracks(tmp_path / TRACKS)
    by_hand = list(Smoother().smooth(plain.frames))
    moved = 0.0
    for one, other, expected in zip(plain.frames, smooth.frames, by_hand, strict=True):
        # The tracker saw none of it: the same people, found in the same boxes.
        assert one.ids.tolist() == other.ids.tolist()
        np.testing.assert_array_equal(one.poses.boxes, other.poses.boxes)
        np.testing.assert_allclose(other.poses.keypoints, expected.poses.keypoints, atol=0.02)
        np.testing.assert_allclose(other.boxes, expected.boxes, atol=0.02)
        moved = max(moved, float(np.abs(one.poses.keypoints - other.poses.keypoints).max()))
    assert moved > 1

    settings = smooth.provenance["config"]["smooth"]
    assert settings == dict(Smoother().settings())
    assert run.summary["config"]["smooth"] == settings
    assert plain.provenance["config"]["smooth"] is None


def test_a_smoothed_result_is_not_continued_without_smoothing(track, campus, tmp_path):
    options = ["--write", "jsonl", "--resume"]
    track(campus, tmp_path, "--end", "0.6", "--smooth", *options)
    other = track(campus, tmp_path, "--end", "1", *options)
    assert other.code == 1
    assert "made with smooth {" in other.err
