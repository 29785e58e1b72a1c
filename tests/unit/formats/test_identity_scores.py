"""How sure identities are goes into every format that has room, and comes back."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from io_samples import frame, video

from lighttrack.formats import read_tracks, write_tracks
from lighttrack.structures import TrackedVideo


def sample(scores):
    first = frame(0, [0, 3])
    return replace(first, identity_scores=np.array(scores, np.float32))


@pytest.mark.parametrize(
    "name", ["clip.tracks.jsonl", "clip.csv", "clip.coco.json", "clip.posetrack.json"]
)
def test_they_come_back(name, tmp_path):
    like = video()
    written = TrackedVideo(like.info, like.skeleton, [sample([0.25, 1.0])])
    write_tracks(written, tmp_path / name)
    [back] = read_tracks(tmp_path / name).frames
    np.testing.assert_allclose(back.identity_scores, [0.25, 1.0], atol=1e-3)


@pytest.mark.parametrize(
    "name", ["clip.tracks.jsonl", "clip.csv", "clip.coco.json", "clip.posetrack.json"]
)
def test_what_is_not_known_is_not_made_up(name, tmp_path):
    like = video()
    write_tracks(TrackedVideo(like.info, like.skeleton, [frame(0, [0, 3])]), tmp_path / name)
    [back] = read_tracks(tmp_path / name).frames
    assert np.isnan(back.identity_scores).all()


def test_a_table_of_an_older_version_is_read(tmp_path):
    like, path = video(), tmp_path / "clip.csv"
    write_tracks(TrackedVideo(like.info, like.skeleton, [sample([0.25, 1.0])]), path)
    rows = list(csv.reader(path.read_text().splitlines()))
    place = rows[0].index("identity_score")
    older = [row[:place] + row[place + 1 :] for row in rows]
    path.write_text("".join(",".join(row) + "\n" for row in older))
    [back] = read_tracks(path).frames
    assert back.ids.tolist() == [0, 3]
    assert np.isnan(back.identity_scores).all()


def test_those_selected_keep_theirs():
    chosen = sample([0.25, 1.0])
    assert chosen[chosen.ids == 3].identity_scores.tolist() == [1.0]
    with pytest.raises(ValueError, match="identity_scores"):
        sample([0.5, 0.5, 0.5])
