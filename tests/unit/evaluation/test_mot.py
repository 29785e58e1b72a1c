"""`evaluate_mot`: files, folders and what was read of them give the same figures."""

import json
from pathlib import Path

import numpy as np
import pytest
from io_samples import ARM, frame, video, write

from lighttrack.evaluation import evaluate_boxes, evaluate_mot
from lighttrack.evaluation.mot import sequence_of_rows
from lighttrack.formats import FORMATS, read_tracks
from lighttrack.formats.mot import frames_of_rows, read_mot
from lighttrack.structures import TrackedVideo, VideoInfo

WALK = "1,1,10,10,20,40,1\n2,1,12,10,20,40,1\n3,1,14,10,20,40,1\n3,2,90,10,20,40,0\n"
SWAP = WALK.replace("3,1,", "3,7,").replace(",0\n", ",0.4\n")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "walk.txt").write_text(WALK)
    (tmp_path / "seen.txt").write_text(SWAP)
    return tmp_path / "walk.txt", tmp_path / "seen.txt"


def test_figures_of_a_file_are_those_of_its_boxes(files: tuple[Path, Path]) -> None:
    figures = evaluate_mot(*files)
    rows, seen = read_mot(files[0], truth=True), read_mot(files[1])
    assert len(rows.ids) == 3  # the row of flag 0 does not count
    sides = [frames_of_rows(side.frames, side.ids, side.boxes, 3) for side in (rows, seen)]
    assert figures.total == evaluate_boxes(*sides)
    assert (figures["switches"], figures["false_positives"], figures["mota"]) == (1, 1, 1 / 3)
    assert figures["sequences"] == {"walk": figures.total}
    settings = {"similarity": "iou", "threshold": 0.5, "convention": "trackeval"}
    assert figures["settings"] == settings
    assert json.loads(json.dumps(figures)) == figures


def test_what_was_read_scores_like_the_file(files: tuple[Path, Path]) -> None:
    truth, seen = read_mot(files[0], truth=True), read_mot(files[1])
    assert evaluate_mot(truth, seen).total == evaluate_mot(*files).total
    assert evaluate_mot(truth, read_tracks(files[1])).total == evaluate_mot(*files).total
    assert evaluate_mot(files[0], seen).total == evaluate_mot(*files).total
    [scored] = evaluate_mot(truth, seen).videos
    assert scored.sequence.track_ids.tolist() == sequence_of_rows(truth, seen).track_ids.tolist()


def test_poses_are_scored_by_oks(tmp_path: Path) -> None:
    result = video(ARM)
    path = write(FORMATS["jsonl"].open, tmp_path / "clip.tracks.jsonl", result)
    figures = evaluate_mot(path, result, similarity="oks")
    assert figures["settings"]["similarity"] == "oks"
    assert figures["switches"] == 0
    assert figures["recall"] > 0


def test_tracks_that_differ_in_length_are_compared_frame_by_frame() -> None:
    long = TrackedVideo(VideoInfo("a", 9, 9, 25.0), ARM, [frame(i, [1], ARM) for i in range(4)])
    short = TrackedVideo(VideoInfo("b", 9, 9, 25.0), ARM, [frame(i, [1], ARM) for i in (0, 2)])
    figures = evaluate_mot(long, short)
    assert (figures["frames"], figures["misses"]) == (4, 2)
    assert list(figures.sequences) == ["a"]


def test_the_table_shows_every_sequence_and_the_total(tmp_path: Path) -> None:
    for side, text in (("gt", WALK), ("out", SWAP)):
        (tmp_path / side).mkdir()
        (tmp_path / side / "one.txt").write_text(text)
        (tmp_path / side / "two.txt").write_text(WALK)
    lines = evaluate_mot(tmp_path / "gt", tmp_path / "out").table().splitlines()
    assert lines[0].split()[:3] == ["Sequence", "MOTA", "IDF1"]
    assert [line.split()[0] for line in lines[1:]] == ["one", "two", "Total"]
    assert lines[1].split()[1] == "33.3"
    assert lines[2].split()[11] == "0"  # switches are a count


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"similarity": "giou"}, "similarity must be 'iou' or 'oks', got 'giou'"),
        ({"threshold": 0}, "threshold must lie above 0 and up to 1, got 0"),
        ({"similarity": "oks"}, "walk.txt: has no keypoints"),
    ],
)
def test_wrong_settings_are_named(files: tuple[Path, Path], options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        evaluate_mot(*files, **options)


def test_rows_have_no_poses() -> None:
    rows = read_mot("/dev/null")
    assert evaluate_mot(rows, rows)["frames"] == 0
    with pytest.raises(ValueError, match="rows of boxes have no keypoints"):
        evaluate_mot(rows, rows, similarity="oks")
    assert np.isfinite(list(evaluate_mot(rows, rows).total.values())).all()
