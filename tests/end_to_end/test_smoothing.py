from itertools import pairwise

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


def test_a_resumed_run_goes_on_smoothing_where_the_first_ended(track, campus, tmp_path):
    options = ["--write", "jsonl", "--resume"]
    track(campus, tmp_path, "--end", "0.6", "--smooth", *options)
    other = track(campus, tmp_path, "--end", "1", *options)
    assert other.code == 1
    assert "made with smooth {" in other.err
    assert track(campus, tmp_path, "--end", "1", "--smooth", *options).code == 0
    frames = read_tracks(tmp_path / TRACKS).frames
    # Nobody jumps at the seam: who is in both frames has moved by pixels, as between any others.
    steps = {}
    for before, after in pairwise(frames):
        _, one, two = np.intersect1d(before.ids, after.ids, return_indices=True)
        offset = after.boxes[two] - before.boxes[one]
        steps[after.index] = float(np.abs(offset).mean())
    assert steps[15] < 2 * np.mean(list(steps.values()))
