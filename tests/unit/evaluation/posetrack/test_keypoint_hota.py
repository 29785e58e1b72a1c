"""Keypoint HOTA on small scenarios; the official numbers are those published with the benchmark."""

from pathlib import Path

import numpy as np
import pytest
from posetrack_clip import ANKLES, Clip, person

from lighttrack.evaluation.posetrack.keypoint_hota import evaluate_keypoint_hota, to_json


def _figures(clip: Clip, folder: Path, mode: str) -> dict[str, float]:
    for image in clip.images:
        image["is_labeled"] = True
    figures = evaluate_keypoint_hota(*clip.write(folder), mode=mode)  # type: ignore[arg-type]
    return {name: float(values[-1]) for name, values in figures.items()}


@pytest.mark.parametrize("mode", ["official", "strict"])
def test_perfect_tracks_score_a_hundred(clip: Clip, tmp_path: Path, mode: str) -> None:
    assert set(_figures(clip, tmp_path, mode).values()) == {100.0}


@pytest.mark.parametrize("mode", ["official", "strict"])
def test_a_constant_error_fails_at_the_strictest_thresholds(
    clip: Clip, tmp_path: Path, mode: str
) -> None:
    clip.seen = [[person(p, shift=3, score=0.9) for p in range(2)] for _ in clip.seen]
    figures = _figures(clip, tmp_path, mode)
    # 0.1 head sizes: similarity 1 - 0.1 / 0.5001 = 0.80004, enough for 16 of 19 thresholds.
    assert figures["hota"] == pytest.approx(100 * 16 / 19)
    # Where nothing matches, localisation counts as 1.
    assert figures["loca"] == pytest.approx(100 * (16 * (1 - 0.1 / 0.5001) + 3) / 19)


@pytest.mark.parametrize("mode", ["official", "strict"])
def test_a_swap_half_way_costs_association_only(clip: Clip, tmp_path: Path, mode: str) -> None:
    for frame in clip.seen[5:]:
        frame[0]["track_id"], frame[1]["track_id"] = 1, 0
    figures = _figures(clip, tmp_path, mode)
    assert figures["deta"] == 100
    assert figures["assa"] == pytest.approx(100 / 3)
    assert figures["hota"] == pytest.approx(100 * np.sqrt(1 / 3))


@pytest.mark.parametrize("mode", ["official", "strict"])
def test_a_pair_that_breaks_and_returns_is_judged_in_fragments(
    clip: Clip, tmp_path: Path, mode: str
) -> None:
    clip.truth = [frame[:1] for frame in clip.truth]
    clip.seen = [
        [person(0, track=7 if 4 <= i < 6 else 0, score=0.9)] for i in range(10)
    ]  # fmt: skip
    figures = _figures(clip, tmp_path, mode)
    # 8 frames with track 0, in runs of 4 and 4, and 2 with track 7; both unions are 10.
    assert figures["assa"] == pytest.approx(100 * (8 * 8 / 10 + 2 * 2 / 10) / 10)
    assert figures["fraga"] == pytest.approx(100 * (2 * 4 * 4 / 10 + 2 * 2 / 10) / 10)


@pytest.mark.parametrize(("mode", "hota", "deta"), [("official", 65.29, 47.37), ("strict", 90, 90)])
def test_q21_1_an_empty_frame_costs_the_whole_sequence_only_officially(
    clip: Clip, tmp_path: Path, mode: str, hota: float, deta: float
) -> None:
    clip.seen[3] = []
    figures = _figures(clip, tmp_path, mode)
    # 18 of 20 found per joint; officially the empty frame adds 20 misses instead of 2.
    assert figures["hota"] == pytest.approx(hota, abs=0.01)
    assert figures["deta"] == pytest.approx(deta, abs=0.01)


def test_one_person_missing_once_costs_the_same_in_both_modes(clip: Clip, tmp_path: Path) -> None:
    clip.seen[3] = clip.seen[3][:1]
    for mode in ("official", "strict"):
        assert _figures(clip, tmp_path, mode)["hota"] == pytest.approx(95.13, abs=0.01)


def test_q21_2_a_labelled_frame_without_people_is_scored_only_strictly(
    clip: Clip, tmp_path: Path
) -> None:
    clip.truth[3] = []
    # 18 objects per joint, two wrong.
    assert _figures(clip, tmp_path, "strict")["deta"] == pytest.approx(90)
    with pytest.raises(ValueError, match="1 labelled frames show no person"):
        _figures(clip, tmp_path, "official")


def test_q21_3_joints_at_the_edge_vanish_only_officially(clip: Clip, tmp_path: Path) -> None:
    for frame in clip.seen:
        frame[0]["keypoints"][0] = 0  # the nose, at x = 0: wrong, if it is seen at all
    clip_figures = {}
    for mode in ("official", "strict"):
        _figures(clip, tmp_path, mode)
        clip_figures[mode] = evaluate_keypoint_hota(
            tmp_path / "gt",
            tmp_path / "pred",
            mode=mode,  # type: ignore[arg-type]
        )
    nose = to_json(clip_figures["strict"])["joints"].index("nose")  # type: ignore[attr-defined]
    # Of 20 noses 10 are found and 10 missed; strictly 10 predictions are wrong besides.
    assert clip_figures["official"]["deta"][nose] == pytest.approx(50)
    assert clip_figures["strict"]["deta"][nose] == pytest.approx(100 * 10 / 30)


def test_a_joint_that_is_never_annotated_is_left_out_strictly(clip: Clip, tmp_path: Path) -> None:
    clip.truth = [[person(p, head=True, without=ANKLES) for p in range(2)] for _ in clip.truth]
    assert _figures(clip, tmp_path, "strict")["hota"] == pytest.approx(100)
    assert _figures(clip, tmp_path, "official")["hota"] < 95
