import shutil

import numpy as np
import pytest

from lighttrack.formats import read_tracks
from lighttrack.structures import TrackState
from lighttrack.video import open_video

pytestmark = [pytest.mark.models, pytest.mark.clips]

OPTIONS = ["--write", "jsonl,video,mot", "--resume"]


@pytest.fixture(scope="module")
def first_part(tmp_path_factory):
    return tmp_path_factory.mktemp("first")


@pytest.fixture
def begun(track, campus, first_part, tmp_path):
    """A folder in which an earlier run has tracked the first 15 frames."""
    if not list(first_part.iterdir()):
        # Resuming nothing is an ordinary run.
        run = track(campus, first_part, "--end", "0.6", *OPTIONS)
        assert run.code == 0
        assert (run.summary["frames"], run.summary["frames_before"]) == (15, 0)
    return shutil.copytree(first_part, tmp_path / "out")


def test_a_resumed_run_goes_on_where_the_first_ended(begun, track, campus):
    path = begun / "TUD-Campus.tracks.jsonl"
    before = read_tracks(path)
    run = track(campus, begun, "--end", "1", *OPTIONS)
    assert run.code == 0
    after = read_tracks(path)
    assert [frame.index for frame in after.frames] == list(range(25))
    for old, new in zip(before.frames, after.frames, strict=False):
        assert (old.ids == new.ids).all()

    # Who was there at the interruption is still there, under the same id; new ids are new.
    assert np.isin(after.frames[15].ids, before.frames[-1].ids).mean() >= 0.6
    given = set(before.ids().tolist())
    newcomers = {identity for frame in after.frames[15:] for identity in frame.ids.tolist()} - given
    assert all(identity > max(given) for identity in newcomers)

    # Everything else is made anew from the whole.
    assert len(read_tracks(begun / "TUD-Campus.mot.txt").ids()) == len(after.ids())
    with open_video(begun / "TUD-Campus.mp4") as drawn:
        assert sum(1 for _ in drawn) == 25
    assert (run.summary["frames"], run.summary["frames_before"]) == (25, 15)
    assert run.summary["people"] == sum(
        int((frame.states != TrackState.LOST).sum()) for frame in after.frames
    )


def test_a_half_written_line_is_done_again(begun, track, campus):
    path = begun / "TUD-Campus.tracks.jsonl"
    path.write_bytes(path.read_bytes()[:-200])
    assert track(campus, begun, "--end", "0.6", *OPTIONS).code == 0
    assert [frame.index for frame in read_tracks(path).frames] == list(range(15))


def test_resuming_what_is_complete_changes_nothing(begun, track, campus):
    path = begun / "TUD-Campus.tracks.jsonl"
    content = path.read_bytes()
    run = track(campus, begun, "--end", "0.6", *OPTIONS)
    assert run.code == 0
    assert path.read_bytes() == content
    assert run.summary["frames"] == run.summary["frames_before"] == 15


def test_other_settings_do_not_continue_a_result(begun, track, campus):
    path = begun / "TUD-Campus.tracks.jsonl"
    content = path.read_bytes()
    run = track(campus, begun, "--end", "1", *OPTIONS, "--pose", "tinypose-256x192")
    assert run.code == 1
    assert "made with pose 'tinypose-128x96', and this run has 'tinypose-256x192'" in run.err
    assert path.read_bytes() == content
