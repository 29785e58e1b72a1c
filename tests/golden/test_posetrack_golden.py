"""The official mode equals what PoseTrack's own evaluator wrote, per keypoint, within 1e-6."""

import json
from pathlib import Path

import numpy as np
import pytest

from lighttrack.evaluation.posetrack import evaluate_posetrack

TOLERANCE = 1e-6

PROBES = (
    "at_thr", "dup_det_high_first", "dup_det_highscore", "dup_det_lowscore", "err3px",
    "gap3_new_id", "gap3_same_id", "gt_empty4_pred2", "gt_no_ankles_pred_has",
    "gt_no_ankles_pred_none", "gt_vis0_coords", "id_9999", "ignore_all_gt_f4", "ignore_person1_f4",
    "last_frame_bad", "missing_track_ids", "mixed_limbs", "newids_at_5", "nopred_frame3",
    "noscores", "onepred_frame3", "over_thr", "perfect", "pred_all_zero_vis0",
    "pred_all_zero_vis1", "swap_at_5",
)  # fmt: skip


def _disagreements(ours: dict, theirs: dict) -> list[str]:
    wrong = []
    for kind, table in theirs.items():
        for figure, values in table.items():
            if figure == "names":
                assert ours[kind]["names"] == values
                continue
            same = np.isclose(ours[kind][figure], values, rtol=0, atol=TOLERANCE, equal_nan=True)
            wrong += [
                f"{kind} {figure} of {table['names'][str(joint)]}: "
                f"{ours[kind][figure][joint]} here, {values[joint]} there"
                for joint in np.flatnonzero(~same)
            ]
    return wrong


def _assert_equal(case: Path) -> None:
    report = evaluate_posetrack(case / "gt", case / "pred", mode="official")
    expected = json.loads((case / "expected.json").read_text())
    assert _disagreements(report.total.to_json(), expected) == []


@pytest.mark.parametrize("case", ["a", "b"])
def test_whole_data_sets_score_as_officially(golden_dir: Path, case: str) -> None:
    _assert_equal(golden_dir / "posetrack" / case)


@pytest.mark.parametrize("probe", PROBES)
def test_a_probe_scores_as_officially(golden_dir: Path, probe: str) -> None:
    _assert_equal(golden_dir / "posetrack" / "probes" / probe)


def test_every_probe_that_is_there_is_tried(golden_dir: Path) -> None:
    assert {path.name for path in (golden_dir / "posetrack" / "probes").iterdir()} == set(PROBES)


@pytest.mark.parametrize("kind", ["perfect", "mild", "hard"])
def test_each_sequence_scores_as_in_the_official_files(golden_dir: Path, kind: str) -> None:
    folder = golden_dir / "posetrack" / "perturbed"
    report = evaluate_posetrack(folder / "gt", folder / f"pred_{kind}", mode="official")
    figures = {**report.sequences, "total": report.total}
    files = sorted((folder / f"out_{kind}").glob("*_metrics.json"))
    assert len(files) == 10
    for file in files:
        name, which, _ = file.name.rsplit("_", 2)
        theirs = {which: json.loads(file.read_text())}
        assert _disagreements(figures[name].to_json(), theirs) == [], file.name
