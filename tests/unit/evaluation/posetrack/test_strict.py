"""The strict mode, one test for each quirk of the official evaluator (Q1 to Q13), by hand.

Every keypoint has 2 people x 10 frames = 20 objects unless a test says otherwise; what official
mode makes of the same files is asserted beside it.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from posetrack_clip import ANKLES, Clip, person

from lighttrack.evaluation.posetrack import PoseTrackReport, evaluate_posetrack

FAR = 5000


def _strict(clip: Clip, folder: Path) -> PoseTrackReport:
    return evaluate_posetrack(*clip.write(folder))


def _figures(clip: Clip, folder: Path, mode: str) -> dict[str, float]:
    report = evaluate_posetrack(*clip.write(folder), mode=mode)  # type: ignore[arg-type]
    total = report.total
    return {**{f"ap_{k}": v[-1] for k, v in total.ap.items()}, **{
        k: v[-1] for k, v in total.mot.items()
    }}  # fmt: skip


def _check(clip: Clip, folder: Path, strict: dict[str, float], official: dict[str, float]) -> None:
    for mode, expected in (("strict", strict), ("official", official)):
        found = _figures(clip, folder, mode)
        assert {name: found[name] for name in expected} == pytest.approx(expected), mode


def test_q1_the_last_labelled_frame_counts(clip: Clip, tmp_path: Path) -> None:
    clip.seen[9] = [person(p, shift=FAR, score=0.9) for p in range(2)]
    # 2 misses and 2 false positives on 20 objects. All scores are equal, so the precision-recall
    # curve is the one point (recall 18/20, precision 18/20).
    _check(clip, tmp_path, {"mota": 100 * (1 - 4 / 20), "ap_ap": 81}, {"mota": 100, "ap_ap": 81})


def test_q2_a_frame_without_predictions_costs_its_misses(clip: Clip, tmp_path: Path) -> None:
    clip.seen[3] = []
    _check(clip, tmp_path, {"mota": 100 * (1 - 2 / 20)}, {"mota": 100 * (1 - 2 / 17)})


def test_q2_a_frame_emptied_by_an_ignore_region_costs_its_false_positives(
    clip: Clip, tmp_path: Path
) -> None:
    clip.images[4] |= {"ignore_regions_x": [[0, 1000, 1000, 0]]}
    clip.images[4] |= {"ignore_regions_y": [[0, 0, 1000, 1000]]}
    clip.seen[4].append(person(0, track=7, shift=FAR, score=0.9))
    _check(clip, tmp_path, {"mota": 100 * (1 - 1 / 18)}, {"mota": 100 * (1 - 2 / 17)})


@pytest.mark.parametrize(("pixels", "strict", "official"), [(3, 90, 80), (15, 50, 0)])
def test_q3_every_pair_enters_motp_once(
    clip: Clip, tmp_path: Path, pixels: float, strict: float, official: float
) -> None:
    clip.seen = [[person(p, shift=pixels, score=0.9) for p in range(2)] for _ in clip.seen]
    # 3 pixels are 0.1 head sizes, 15 pixels 0.5.
    _check(clip, tmp_path, {"motp": strict}, {"motp": official})


def test_q3_a_switch_enters_motp_once_too(clip: Clip, tmp_path: Path) -> None:
    clip.seen = [[person(0, track=index, shift=3, score=0.9)] for index in range(10)]
    clip.truth = [[person(0, head=True)] for _ in range(10)]
    # Officially the frames 1 to 8 count 0.1 three times: as a pair, as a switch, as an "ascend".
    official = 100 * (1 - (2 * 0.1 + 8 * 3 * 0.1) / 9)
    _check(clip, tmp_path, {"motp": 90, "mota": 100 * (1 - 9 / 10)}, {"motp": official})


@pytest.mark.parametrize(("predicted", "official"), [(False, 100 * 13 / 15), (True, 100)])
def test_q4_a_keypoint_that_is_never_annotated_is_left_out_of_ap(
    clip: Clip, tmp_path: Path, predicted: bool, official: float
) -> None:
    clip.truth = [[person(p, head=True, without=ANKLES) for p in range(2)] for _ in clip.truth]
    without = () if predicted else ANKLES
    clip.seen = [[person(p, score=0.9, without=without) for p in range(2)] for _ in clip.seen]
    _check(clip, tmp_path, {"ap_ap": 100, "ap_pre": 100}, {"ap_ap": official})


def test_q5_a_keypoint_without_matches_is_left_out_of_motp(clip: Clip, tmp_path: Path) -> None:
    clip.truth = [[person(p, head=True, without=ANKLES) for p in range(2)] for _ in clip.truth]
    clip.seen = [[person(p, score=0.9, without=ANKLES) for p in range(2)] for _ in clip.seen]
    _check(clip, tmp_path, {"motp": 100}, {"motp": 100 * 13 / 15})


def test_q6_a_sequence_of_one_labelled_frame_is_scored(
    make_clip: Callable[..., Clip], tmp_path: Path
) -> None:
    clip = make_clip(frames=1)
    clip.seen[0] = clip.seen[0][:1]
    total = _strict(clip, tmp_path).total
    assert total.mot["mota"][-1] == pytest.approx(50)
    with pytest.raises(ValueError, match="single labelled frame"):
        evaluate_posetrack(tmp_path / "gt", tmp_path / "pred", mode="official")


@pytest.mark.parametrize(
    ("double", "first", "strict", "official"),
    [
        # The ten doubles at 0.95 hit, then twenty poses tied at 0.9 of which ten hit: precision 1
        # up to recall 1/2, then 20/30.
        (0.95, True, 100 * (0.5 + 0.5 * 20 / 30), None),
        (0.95, False, 100 * (0.5 + 0.5 * 20 / 30), 100 * 2 / 3),
        # All twenty hits come before the doubles.
        (0.5, True, 100, None),
        (0.5, False, 100, 100),
    ],
)
def test_q7_of_two_poses_on_one_person_the_surer_wins_whatever_the_order(
    clip: Clip, tmp_path: Path, double: float, first: bool, strict: float, official: float | None
) -> None:
    for frame in clip.seen:
        frame.insert(0 if first else 2, person(0, track=9, score=double))
    expected = {} if official is None else {"ap_ap": official}
    _check(clip, tmp_path, {"ap_ap": strict, "mota": 50}, {"mota": 50} | expected)


def test_q8_a_swap_costs_two_switches_and_two_new_ids_the_same(
    clip: Clip, make_clip: Callable[..., Clip], tmp_path: Path
) -> None:
    for scenario, ids in (("swap", (1, 0)), ("new", (5, 6))):
        clip = make_clip()
        for frame in clip.seen[5:]:
            frame[0]["track_id"], frame[1]["track_id"] = ids
        (tmp_path / scenario).mkdir()
        strict, official = {"mota": 100 * (1 - 2 / 20)}, {"mota": 100 * (1 - 2 / 18)}
        _check(clip, tmp_path / scenario, strict, official)


def test_q9_limbs_exchanged_between_people_cost_ap_and_not_mota(clip: Clip, tmp_path: Path) -> None:
    for frame in clip.seen:
        first, second = frame[0]["keypoints"], frame[1]["keypoints"]
        # Shoulders to wrists and ankles, 8 of the 15 joints.
        for i in (5, 6, 7, 8, 9, 10, 15, 16):
            part = slice(3 * i, 3 * i + 3)
            first[part], second[part] = second[part], first[part]
    # Each pose goes to the person of whom it hits 8/15 joints, not 7/15: the 8 joints score 100.
    _check(clip, tmp_path, {"mota": 100, "ap_ap": 100 * 8 / 15}, {"mota": 100})


@pytest.mark.parametrize(("pixels", "mota"), [(15.0, 100), (15.01, -100)])
def test_q10_the_threshold_is_inclusive(
    clip: Clip, tmp_path: Path, pixels: float, mota: float
) -> None:
    clip.seen = [[person(p, shift=pixels, score=0.9) for p in range(2)] for _ in clip.seen]
    _check(clip, tmp_path, {"mota": mota}, {"mota": mota})


@pytest.mark.parametrize(("after", "switches"), [(0, 0), (7, 1)])
def test_q11_a_gap_costs_its_misses_and_a_new_id_a_switch(
    clip: Clip, tmp_path: Path, after: int, switches: int
) -> None:
    for frame in clip.seen[3:6]:
        del frame[0]
    for frame in clip.seen[6:]:
        frame[0]["track_id"] = after
    errors = 3 + switches
    strict, official = {"mota": 100 * (1 - errors / 20)}, {"mota": 100 * (1 - errors / 18)}
    _check(clip, tmp_path, strict, official)


def test_q12_tied_scores_give_one_ap_whatever_the_order_of_the_files(
    make_clip: Callable[..., Clip], tmp_path: Path
) -> None:
    found = []
    for names in (
        ("000001_mpii_test", "000002_mpii_test"),
        ("000002_mpii_test", "000001_mpii_test"),
    ):
        folder = tmp_path / names[0]
        folder.mkdir()
        good, bad = make_clip(name=names[0]), make_clip(name=names[1])
        bad.seen = [[person(p, shift=FAR, score=0.9) for p in range(2)] for _ in bad.seen]
        good.write(folder)
        bad.write(folder)
        found.append(evaluate_posetrack(folder / "gt", folder / "pred").total.ap["ap"][-1])
    # One block: 20 of 40 predictions hit 20 of 40 objects.
    assert found == pytest.approx([25, 25])


def test_q13_missing_scores_are_said_for_every_sequence(clip: Clip, tmp_path: Path) -> None:
    for person_ in clip.seen[7]:
        del person_["scores"]
    warnings = _strict(clip, tmp_path).warnings
    assert any("30 predicted keypoints have no score" in warning for warning in warnings)


def test_a_labelled_frame_without_people_counts_its_false_positives(
    clip: Clip, tmp_path: Path
) -> None:
    for image in clip.images:
        image["is_labeled"] = True
    clip.truth[4] = []
    # 18 objects; the two people predicted in frame 4 are wrong.
    _check(clip, tmp_path, {"mota": 100 * (1 - 2 / 18), "ap_pre": 90}, {"mota": 100, "ap_pre": 100})


def test_an_unlabelled_frame_never_counts(clip: Clip, tmp_path: Path) -> None:
    for index, image in enumerate(clip.images):
        image["is_labeled"] = index != 4
    clip.truth[4] = []
    _check(clip, tmp_path, {"mota": 100, "ap_ap": 100}, {"mota": 100, "ap_ap": 100})
