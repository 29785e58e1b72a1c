import numpy as np
import pytest

from lighttrack.io import open_video, read_tracks

pytestmark = [pytest.mark.models, pytest.mark.clips]


def test_a_resumed_run_goes_on_where_the_first_ended(track, campus, tmp_path):
    outputs = ["--write", "jsonl,video,mot"]
    assert track(campus, tmp_path, "--end", "1", *outputs).code == 0
    before = read_tracks(tmp_path / "TUD-Campus.tracks.jsonl")
    run = track(campus, tmp_path, "--end", "1.6", *outputs, "--resume")
    assert run.code == 0
    after = read_tracks(tmp_path / "TUD-Campus.tracks.jsonl")
    assert [frame.index for frame in after.frames] == list(range(40))
    for old, new in zip(before.frames, after.frames, strict=False):
        assert (old.ids == new.ids).all()

    # Who was there at the interruption is still there, under the same id; new ids are new.
    there, then = before.frames[-1], after.frames[25]
    assert np.isin(then.ids, there.ids).mean() >= 0.6
    given = set(before.ids().tolist())
    first_seen = {i for frame in after.frames[25:] for i in frame.ids.tolist()} - given
    assert all(identity > max(given) for identity in first_seen)

    # Everything else is made anew from the whole.
    assert len(read_tracks(tmp_path / "TUD-Campus.mot.txt").ids()) == len(after.ids())
    with open_video(tmp_path / "TUD-Campus.mp4") as drawn:
        assert sum(1 for _ in drawn) == 40
    summary = run.summary
    assert (summary["frames"], summary["frames_before"]) == (40, 25)
    assert summary["people"] == sum(len(frame) for frame in after.frames)


def test_a_half_written_line_is_done_again(track, campus, tmp_path):
    assert track(campus, tmp_path, "--end", "0.4", "--write", "jsonl").code == 0
    path = tmp_path / "TUD-Campus.tracks.jsonl"
    path.write_bytes(path.read_bytes()[:-200])
    assert track(campus, tmp_path, "--end", "0.6", "--write", "jsonl", "--resume").code == 0
    assert [frame.index for frame in read_tracks(path).frames] == list(range(15))


def test_resuming_what_is_complete_changes_nothing(track, campus, tmp_path):
    options = ["--end", "0.4", "--write", "jsonl"]
    assert track(campus, tmp_path, *options).code == 0
    path = tmp_path / "TUD-Campus.tracks.jsonl"
    content = path.read_bytes()
    run = track(campus, tmp_path, *options, "--resume")
    assert run.code == 0
    assert path.read_bytes() == content
    assert run.summary["frames"] == run.summary["frames_before"] == 10


def test_resuming_nothing_is_an_ordinary_run(track, campus, tmp_path):
    run = track(campus, tmp_path, "--end", "0.2", "--write", "jsonl", "--resume")
    assert run.code == 0
    assert run.summary["frames"] == 5


def test_other_settings_do_not_continue_a_result(track, campus, tmp_path):
    assert track(campus, tmp_path, "--end", "0.2", "--write", "jsonl").code == 0
    content = (tmp_path / "TUD-Campus.tracks.jsonl").read_bytes()
    options = ["--end", "0.4", "--write", "jsonl", "--resume", "--pose", "tinypose-256x192"]
    run = track(campus, tmp_path, *options)
    assert run.code == 1
    assert "made with pose 'tinypose-128x96', and this run has 'tinypose-256x192'" in run.err
    assert (tmp_path / "TUD-Campus.tracks.jsonl").read_bytes() == content
