"""The functions that score files of poses, detections and pairs."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lighttrack.evaluation import (
    evaluate_coco,
    evaluate_detection,
    evaluate_matching,
    evaluate_posetrack,
)
from lighttrack.evaluation.comparison import load_figures
from lighttrack.evaluation.matching import evaluate_pairs
from lighttrack.formats import FormatError, coco, mot, pairs
from lighttrack.formats.posetrack import read_sequence


def _coco(folder: Path) -> tuple[Path, Path]:
    """Two images: a person found well in the first, another found badly in the second."""
    keypoints = np.c_[np.arange(17) * 5.0, np.arange(17) * 7.0, np.full(17, 2)]
    entry: dict[str, Any] = {"category_id": 1, "num_keypoints": 17, "area": 9000, "iscrowd": 0}
    entry |= {"bbox": [0, 0, 80, 112], "keypoints": keypoints.ravel().tolist()}
    off = (keypoints + np.array([60, 0, 0])).ravel().tolist()
    truth = [{**entry, "id": 1, "image_id": "a"}, {**entry, "id": 2, "image_id": "b"}]
    seen = [
        {**entry, "image_id": "a", "score": 0.8},
        {**entry, "image_id": "b", "score": 0.6, "keypoints": off, "bbox": [60, 0, 80, 112]},
    ]
    images = [{"id": "a"}, {"id": "b"}]
    (folder / "gt.json").write_text(json.dumps({"images": images, "annotations": truth}))
    (folder / "seen.json").write_text(json.dumps(seen))
    return folder / "gt.json", folder / "seen.json"


def test_poses_of_coco_files_are_scored_whether_read_or_not(tmp_path: Path) -> None:
    truth, seen = _coco(tmp_path)
    figures = evaluate_coco(truth, seen)
    assert figures["ap"] == pytest.approx(0.5, abs=0.01)
    assert figures == evaluate_coco(coco.load(truth), coco.load(seen))
    assert figures.table().splitlines()[1].split()[0] == "seen"


def test_detections_of_coco_files_are_scored(tmp_path: Path) -> None:
    truth, seen = _coco(tmp_path)
    figures = evaluate_detection(truth, seen, iou=0.5, thresholds=[0.5, 0.7])
    assert (figures["iou"], figures["truths"], figures["detections"]) == (0.5, 2, 2)
    assert [row["precision"] for row in figures["at"]] == [0.5, 1.0]
    assert [row["recall"] for row in figures["at"]] == [0.5, 0.5]
    assert evaluate_detection(truth, seen, iou=0.1)["at"][0]["recall"] == 1
    assert figures == evaluate_detection(
        coco.load(truth), coco.load(seen), iou=0.5, thresholds=[0.5, 0.7]
    )


def test_detections_as_text_leave_out_truth_of_flag_0(tmp_path: Path) -> None:
    truth, seen = tmp_path / "gt.txt", tmp_path / "det.txt"
    truth.write_text("1,1,0,0,10,20,1\n1,2,50,0,10,20,0\n")
    seen.write_text("1,-1,0,0,10,20,0.9\n1,-1,50,0,10,20,0\n")
    figures = evaluate_detection(truth, seen, thresholds=[0.0, 0.5])
    assert (figures["truths"], figures["detections"]) == (1, 2)
    assert [row["precision"] for row in figures["at"]] == [0.5, 1]
    rows = mot.read_mot(truth, truth=True), mot.read_mot(seen)
    assert figures == evaluate_detection(*rows, thresholds=[0.0, 0.5])


def test_boxes_of_two_kinds_cannot_be_compared(tmp_path: Path) -> None:
    truth, _ = _coco(tmp_path)
    rows = mot.MotRows(np.array([0]), np.array([1]), np.zeros((1, 4)), np.ones(1))
    with pytest.raises(ValueError, match="must both be COCO's JSON or both MOTChallenge text"):
        evaluate_detection(truth, rows)


def test_a_table_of_pairs_is_scored(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("hard,gap,same,distance\n0,1,1,0.1\n0,5,1,0.2\n1,1,0,0.9\n0,5,0,0.15\n")
    figures = evaluate_matching(path, threshold=0.5)
    table = pairs.read_pairs(path)
    assert table.hard.tolist() == [False, False, True, False]
    assert figures == evaluate_pairs(
        [0.1, 0.2, 0.9, 0.15],
        [True, True, False, False],
        gaps=[1, 5, 1, 5],
        hard=[False, False, True, False],
        threshold=0.5,
    )
    assert figures == evaluate_matching(table, threshold=0.5)
    assert [line.split()[0] for line in figures.table().splitlines()[1:]] == [
        "all", "hard", "other", "gap", "gap",
    ]  # fmt: skip
    path.write_text("distance,same,gap,hard\n0.1,yes,1,0\n")
    with pytest.raises(FormatError, match="the columns distance, same, gap, hard must hold numb"):
        evaluate_matching(path)


def test_sequences_that_were_read_score_like_their_folders(golden_dir: Path) -> None:
    folder = golden_dir / "posetrack" / "a"
    truth = folder / "gt" / "000000_bonn_test.json"
    report = evaluate_posetrack(folder / "gt", folder / "pred", mode="official")
    seen = folder / "pred" / truth.name
    read = evaluate_posetrack(read_sequence(truth), read_sequence(seen), mode="official")
    alone = report.sequences["000000_bonn_test"]
    assert json.dumps(read.to_json()) == json.dumps(alone.to_json())  # NaN equals NaN
    assert read.table().splitlines()[0].split() == [
        "Head", "Shou", "Elb", "Wri", "Hip", "Knee", "Ankl", "Total",
    ]  # fmt: skip
    total = read.total.grouped("mota")["Total"]
    assert read.table().splitlines()[2].split()[-1] == f"{total:.1f}"
    with pytest.raises(ValueError, match="must both be paths or both have been read"):
        evaluate_posetrack(truth, read_sequence(seen))


def test_what_is_scored_lacks_the_keypoints_that_were_dropped(golden_dir: Path) -> None:
    folder = golden_dir / "posetrack" / "a"
    report = evaluate_posetrack(folder / "gt", folder / "pred", drop_below=0.5)

    def keypoints(pair) -> int:
        return sum(int(frame.people.present.sum()) for frame in pair.predicted.frames)

    assert keypoints(report.scored[0]) < keypoints(report.pairs[0])


def test_figures_of_a_folder_are_those_of_its_files(tmp_path: Path) -> None:
    names = {"0": "nose", "1": "total"}
    (tmp_path / "a.json").write_text(json.dumps({"mota": [1.0, 2.0], "names": names}))
    (tmp_path / "b.json").write_text(json.dumps({"mota": 0.5}))
    assert load_figures(tmp_path) == {"sequences": {"a": {"mota": 2.0}, "b": {"mota": 0.5}}}
    assert load_figures(tmp_path / "b.json") == {"mota": 0.5}
