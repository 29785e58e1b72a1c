"""Reports as a Python user makes them: figures in; tables, JSON and a page out."""

import json

import numpy as np
import pytest

from lighttrack.evaluation import (
    evaluate_coco,
    evaluate_detection,
    evaluate_matching,
    evaluate_mot,
    evaluate_posetrack,
)
from lighttrack.formats.mot import MotRows
from lighttrack.formats.pairs import PairTable
from lighttrack.reports.figures import detection_report, matching_figures_report, pose_report
from lighttrack.reports.posetrack_page import posetrack_report
from lighttrack.reports.report import Report
from lighttrack.reports.tracking_page import tracking_report


def _rows(ids: list[int]) -> MotRows:
    """One box that stands still for as many frames as there are ids."""
    boxes = np.tile([0, 0, 10, 20.0], (len(ids), 1))
    return MotRows(np.arange(len(ids)), np.array(ids), boxes, np.ones(len(ids)))


def test_tracking_is_reported_with_its_timeline() -> None:
    figures = evaluate_mot(_rows([1] * 6), _rows([5] * 3 + [6] * 3))
    report = tracking_report(figures)
    assert json.loads(json.dumps(report.figures)) == figures
    assert "| Total    | 83.3 | 50.0 |" in report.to_markdown()
    page = report.to_html()
    assert "video: 1 switch<" in page
    assert page.count("<svg") == 3
    assert "Worst moments" not in page


def test_detection_is_reported_by_threshold() -> None:
    report = detection_report(evaluate_detection(_rows([1]), _rows([1]), thresholds=[0.5, 0.9]))
    assert [table.title for table in report.tables] == ["Detection, IoU 0.4", ""]
    assert [row[0] for row in report.tables[1].rows] == ["0.5", "0.9"]
    assert report.to_html().count("<table>") == 2


def test_matching_is_reported_by_kind_of_pair() -> None:
    yes, no = np.array([True, False]), np.array([False, False])
    table = PairTable(np.array([0.1, 0.9]), yes, np.array([1, 4]), no)
    report = matching_figures_report(evaluate_matching(table, threshold=0.5))
    assert report.tables[0].title == "Pose matching, threshold 0.5"
    assert [row[0] for row in report.tables[0].rows] == [
        "all", "hard negatives", "other negatives", "gap 1", "gap 4",
    ]  # fmt: skip


def test_poses_are_reported(tmp_path) -> None:
    (tmp_path / "gt.json").write_text('{"images": [{"id": 1}], "annotations": []}')
    (tmp_path / "mine.json").write_text("[]")
    report = pose_report(evaluate_coco(tmp_path / "gt.json", tmp_path / "mine.json"))
    assert report.tables[0].rows[0][0] == "mine"
    assert "Pose evaluation" in report.to_html()


@pytest.mark.parametrize("more", [False, True])
def test_posetrack_is_reported_with_what_is_asked_for(golden_dir, more: bool) -> None:
    folder = golden_dir / "posetrack" / "probes" / "swap_at_5"
    result = evaluate_posetrack(folder / "gt", folder / "pred", drop_below=0.1)
    report = posetrack_report(result, with_sweep=more, with_keypoint_hota=more)
    titles = [table.title for table in report.tables]
    assert titles[:3] == ["PoseTrack, strict", "", "Whole people (PCKh)"]
    assert titles[3:] == (["Keypoint dropping", "Keypoint HOTA (PoseTrack21, strict)"] * more)
    assert list(report.figures) == ["AP", "MOT"]


def test_warnings_stand_in_the_report() -> None:
    report = Report("T", [], {}, warnings=["beware"])
    assert report.warnings == ["beware"]
    assert report.to_markdown() == "# T"
