"""The official mode equals what PoseTrack's own evaluator wrote, per keypoint, within 1e-6.

AP is compared as exactly as equal scores allow, since their order depends on the processor.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from tied_scores import Bounds, ap_bounds, bounds_of_report

from lighttrack.evaluation.posetrack import PoseTrackReport, evaluate_posetrack
from lighttrack.evaluation.posetrack.precision import PrecisionPartial, summarize, with_mean

TOLERANCE = 1e-6

PROBES = (
    "at_thr", "dup_det_high_first", "dup_det_highscore", "dup_det_lowscore", "err3px",
    "gap3_new_id", "gap3_same_id", "gt_empty4_pred2", "gt_no_ankles_pred_has",
    "gt_no_ankles_pred_none", "gt_vis0_coords", "id_9999", "ignore_all_gt_f4", "ignore_person1_f4",
    "last_frame_bad", "missing_track_ids", "mixed_limbs", "newids_at_5", "nopred_frame3",
    "noscores", "onepred_frame3", "over_thr", "perfect", "pred_all_zero_vis0",
    "pred_all_zero_vis1", "swap_at_5",
)  # fmt: skip


def _disagreements(ours: dict, theirs: dict, bounds: Bounds) -> list[str]:
    wrong = []
    for kind, table in theirs.items():
        for figure, values in table.items():
            if figure == "names":
                assert ours[kind]["names"] == values
                continue
            is_ap = (kind, figure) == ("AP", "ap")
            same = _allowed(ours[kind][figure], values, bounds if is_ap else None)
            wrong += [
                f"{kind} {figure} of {table['names'][str(joint)]}: "
                f"{ours[kind][figure][joint]} here, {values[joint]} there"
                for joint in np.flatnonzero(~same)
            ]
    return wrong


def _allowed(ours: list[float], theirs: list[float], bounds: Bounds | None) -> np.ndarray:
    """Which of their figures `(16,)` equal ours or, as ours, lie where the ties allow.

    Their mean must besides be the mean of their joints, whatever the order of those was.
    """
    same = np.isclose(ours, theirs, rtol=0, atol=TOLERANCE, equal_nan=True)
    if bounds is not None:
        low, high = bounds
        both = np.array([ours, theirs])
        same |= ((low - TOLERANCE <= both) & (both <= high + TOLERANCE)).all(axis=0)
        mean = with_mean(np.array(theirs[:-1]))[-1]
        same[-1] &= np.isclose(mean, theirs[-1], rtol=0, atol=TOLERANCE, equal_nan=True)
    return same


def _assert_equal(case: Path) -> None:
    report = evaluate_posetrack(case / "gt", case / "pred", mode="official")
    expected = json.loads((case / "expected.json").read_text())
    bounds = bounds_of_report(report)["total"]
    assert _disagreements(report.total.to_json(), expected, bounds) == []


def _perturbed(golden_dir: Path, kind: str) -> PoseTrackReport:
    folder = golden_dir / "posetrack" / "perturbed"
    return evaluate_posetrack(folder / "gt", folder / f"pred_{kind}", mode="official")


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
    report = _perturbed(golden_dir, kind)
    figures = {**report.sequences, "total": report.total}
    bounds = bounds_of_report(report)
    files = sorted((golden_dir / "posetrack" / "perturbed" / f"out_{kind}").glob("*_metrics.json"))
    assert len(files) == 10
    for file in files:
        name, which, _ = file.name.rsplit("_", 2)
        theirs = {which: json.loads(file.read_text())}
        assert _disagreements(figures[name].to_json(), theirs, bounds[name]) == [], file.name


@pytest.mark.parametrize(("kind", "widest"), [("perfect", 0.0), ("mild", 0.0003), ("hard", 0.05)])
def test_ties_of_the_official_files_explain_little(
    golden_dir: Path, kind: str, widest: float
) -> None:
    report = _perturbed(golden_dir, kind)
    figures = {**report.sequences, "total": report.total}
    for name, (low, high) in bounds_of_report(report).items():
        assert np.nanmax(high - low) <= widest + TOLERANCE
        ours = figures[name].ap["ap"]
        assert np.all((low - TOLERANCE <= ours) & (ours <= high + TOLERANCE) | np.isnan(ours))


@pytest.mark.parametrize("case", ["a", "b"])
def test_distinct_scores_leave_nothing_to_the_order(golden_dir: Path, case: str) -> None:
    folder = golden_dir / "posetrack" / case
    report = evaluate_posetrack(folder / "gt", folder / "pred", mode="official")
    for low, high in bounds_of_report(report).values():
        np.testing.assert_array_equal(low, high)


@pytest.mark.parametrize("kind", ["perfect", "mild", "hard"])
@pytest.mark.parametrize("offset", [-0.01, -1e-5, 1e-5, 0.01])
def test_an_ap_that_ties_cannot_explain_is_refused(
    golden_dir: Path, kind: str, offset: float
) -> None:
    report = _perturbed(golden_dir, kind)
    ours = report.total.to_json()
    low, high = bounds_of_report(report)["total"]
    for joint in range(15):
        theirs = list(ours["AP"]["ap"])
        theirs[joint] = (low if offset < 0 else high)[joint] + offset
        theirs[-1] = with_mean(np.array(theirs[:-1]))[-1]
        changed = {"AP": {**ours["AP"], "ap": theirs}}
        name = ours["AP"]["names"][str(joint)]
        assert any(f" {name}:" in line for line in _disagreements(ours, changed, (low, high)))


@pytest.mark.parametrize(("kind", "figure"), [("AP", "pre"), ("AP", "rec"), ("MOT", "mota")])
def test_bounds_excuse_no_other_figure(golden_dir: Path, kind: str, figure: str) -> None:
    report = _perturbed(golden_dir, "hard")
    ours = report.total.to_json()
    moved = {kind: {**ours[kind], figure: [value + 1e-5 for value in ours[kind][figure]]}}
    everything = (np.full(16, -np.inf), np.full(16, np.inf))
    assert len(_disagreements(ours, moved, everything)) == 16


def test_a_mean_that_is_not_of_its_joints_is_refused() -> None:
    bounds = (np.full(16, 50.0), np.full(16, 60.0))
    ours, theirs = [55.0] * 16, [52.0] * 15 + [53.0]
    assert np.flatnonzero(~_allowed(ours, theirs, bounds)).tolist() == [15]
    assert _allowed(ours, [52.0] * 16, bounds).all()


def test_an_ap_of_ours_that_ties_cannot_explain_is_refused() -> None:
    bounds = (np.full(16, 50.0), np.full(16, 60.0))
    assert not _allowed([60.01] * 16, [55.0] * 16, bounds).any()


def test_bounds_of_tied_scores_worked_out_by_hand() -> None:
    """One found and one false ankle tie; a false knee scores less than the one that is found."""
    truths = np.zeros(15, np.int64)
    truths[:2] = 1
    hits = np.array([True, False, True, False])
    partial = PrecisionPartial(np.array([0, 0, 1, 1]), np.array([0.9, 0.9, 0.9, 0.8]), hits, truths)
    low, high = ap_bounds(partial)
    assert low[:2].tolist() == [50.0, 100.0]
    assert high[:2].tolist() == [100.0, 100.0]
    assert [low[-1], high[-1]] == [150 / 15, 200 / 15]


def test_equal_scores_come_one_by_one_in_the_official_mode() -> None:
    """Whichever of two equal scores the sort puts first, it is the hit in one of the two cases."""
    truths, scores = np.eye(15, dtype=np.int64)[0], np.array([0.9, 0.9])
    ap = [
        summarize(PrecisionPartial(np.zeros(2, np.intp), scores, hits, truths), "official")["ap"][0]
        for hits in (np.array([True, False]), np.array([False, True]))
    ]
    assert sorted(ap) == [50.0, 100.0]
