"""Corner cases of PoseTrack files, the value of each worked out by hand.

Unless a test says otherwise every keypoint has 2 people x 10 frames = 20 objects; the official mode
leaves the last frame out of MOT, so that it has 18.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from posetrack_clip import NAMES, Clip, person

from lighttrack.evaluation.posetrack import Mode, evaluate_posetrack
from lighttrack.evaluation.posetrack.keypoint_hota import evaluate_keypoint_hota
from lighttrack.formats.posetrack import JOINTS

BOTH: tuple[Mode, ...] = ("official", "strict")
FAR = 5000


def _mota(folder: Path, mode: Mode) -> float:
    report = evaluate_posetrack(folder / "gt", folder / "pred", mode=mode)
    return float(report.total.mot["mota"][-1])


def _ap(folder: Path, mode: Mode) -> float:
    report = evaluate_posetrack(folder / "gt", folder / "pred", mode=mode)
    return float(report.total.ap["ap"][-1])


def _in_2017(people: list[list[dict[str, Any]]], clip: Clip) -> dict[str, Any]:
    """The same people in PoseTrack17's layout."""
    frames = []
    for image, entries in zip(clip.images, people, strict=True):
        rectangles = []
        for entry in entries:
            rectangle: dict[str, Any] = {"track_id": [entry["track_id"]]}
            rectangle["annopoints"] = [{"point": _points(entry)}]
            if "bbox_head" in entry:
                x, y, width, height = entry["bbox_head"]
                rectangle |= {"x1": [x], "y1": [y], "x2": [x + width], "y2": [y + height]}
            rectangles.append(rectangle)
        frames.append({"image": [{"name": image["file_name"]}], "annorect": rectangles})
    return {"annolist": frames}


def _points(entry: dict[str, Any]) -> list[dict[str, Any]]:
    points = []
    for number, joint in enumerate(JOINTS):
        at = 3 * NAMES.index(joint)
        point = {"id": [number], "x": [entry["keypoints"][at]], "y": [entry["keypoints"][at + 1]]}
        if "scores" in entry:
            point["score"] = [entry["scores"][0]]
        points.append(point)
    return points


def _write_2017(clip: Clip, folder: Path) -> list[dict[str, Any]]:
    """Both sides in the layout of 2017; the entries of the truth, to be changed and saved."""
    for side, people in (("gt", clip.truth), ("pred", clip.seen)):
        (folder / side).mkdir()
        content = json.dumps(_in_2017(people, clip))
        (folder / side / f"{clip.name}.json").write_text(content)
    return _in_2017(clip.truth, clip)["annolist"]  # type: ignore[no-any-return]


def _save(frames: list[dict[str, Any]], clip: Clip, folder: Path, side: str = "gt") -> None:
    (folder / side / f"{clip.name}.json").write_text(json.dumps({"annolist": frames}))


def test_nothing_predicted_at_all(clip: Clip, tmp_path: Path) -> None:
    clip.seen = [[] for _ in clip.seen]
    clip.write(tmp_path)
    # Officially nine frames of one miss and one false positive on one object each.
    assert _mota(tmp_path, "official") == pytest.approx(100 * (1 - 18 / 9))
    assert _mota(tmp_path, "strict") == 0
    for mode in BOTH:
        assert _ap(tmp_path, mode) == 0


def test_people_without_any_keypoint_are_no_answer(clip: Clip, tmp_path: Path) -> None:
    """In frame 3 two poses are listed whose keypoints are all absent."""
    clip.seen[3] = [{"track_id": p, "keypoints": [0] * 51, "scores": [0.9] * 17} for p in (0, 1)]
    clip.write(tmp_path)
    # The frame has poses, so officially too it costs its two misses and nothing else.
    assert _mota(tmp_path, "official") == pytest.approx(100 * (1 - 2 / 18))
    assert _mota(tmp_path, "strict") == pytest.approx(100 * (1 - 2 / 20))


def test_a_person_of_the_truth_without_keypoints_contributes_nothing(
    clip: Clip, tmp_path: Path
) -> None:
    for frame in clip.truth:
        frame[1]["keypoints"] = [0] * 51
        del frame[1]["bbox_head"]
    with pytest.raises(ValueError, match="person 1 of the ground truth has no head box"):
        evaluate_posetrack(*clip.write(tmp_path))
    for frame in clip.truth:
        frame[1]["bbox_head"] = [400, 60, 30, 40]
    clip.write(tmp_path)
    # One person is left: 10 objects (9 officially), and the other's poses are wrong.
    for mode in BOTH:
        assert _mota(tmp_path, mode) == 0


def test_ids_of_any_size_and_kind_that_are_whole_numbers(clip: Clip, tmp_path: Path) -> None:
    for frame in clip.seen:
        frame[0]["track_id"] = 10**15
        frame[1]["track_id"] = -1
    clip.write(tmp_path)
    assert _mota(tmp_path, "strict") == 100
    with pytest.raises(ValueError, match="track id 1000000000000000 of the prediction is too"):
        _mota(tmp_path, "official")
    for frame in clip.seen:
        frame[0]["track_id"] = 9999
        frame[1]["track_id"] = 7.0
    clip.write(tmp_path)
    for mode in BOTH:
        assert _mota(tmp_path, mode) == 100


def test_an_id_given_twice_in_a_frame_is_refused_also_if_it_means_unknown(
    clip: Clip, tmp_path: Path
) -> None:
    for frame in clip.seen:
        for entry in frame:
            entry["track_id"] = -1
    clip.write(tmp_path)
    for mode in BOTH:
        with pytest.raises(ValueError, match="track id -1 stands twice in the prediction"):
            _mota(tmp_path, mode)


def test_keypoints_are_told_by_name_whatever_their_number_and_order(
    clip: Clip, tmp_path: Path
) -> None:
    """The truth names 15 in the evaluator's order, the prediction 17 and puts ears anywhere."""
    truth, _ = clip.write(tmp_path)
    data = clip.data(clip.truth)
    data["categories"] = [{"id": 1, "name": "person", "keypoints": list(JOINTS)}]
    for entry in data["annotations"]:
        at = [3 * NAMES.index(joint) for joint in JOINTS]
        entry["keypoints"] = [value for i in at for value in entry["keypoints"][i : i + 3]]
    (truth / f"{clip.name}.json").write_text(json.dumps(data))
    for frame in clip.seen:
        for entry in frame:
            entry["keypoints"][9:15] = [FAR, FAR, 1, FAR, FAR, 1]
    predicted = json.dumps(clip.data(clip.seen))
    (tmp_path / "pred" / f"{clip.name}.json").write_text(predicted)
    for mode in BOTH:
        assert _mota(tmp_path, mode) == 100
        assert _ap(tmp_path, mode) == 100


def test_visibility_says_nothing_once_there_is_a_position(clip: Clip, tmp_path: Path) -> None:
    for frame in clip.truth:
        frame[0]["keypoints"][2::3] = [0] * 17  # the ears stay at 0, 0, 0
    for frame in clip.seen:
        frame[0]["keypoints"][0:3] = [0, 0, 1]  # the nose is "predicted" at the origin
    clip.write(tmp_path)
    report = evaluate_posetrack(tmp_path / "gt", tmp_path / "pred")
    nose = JOINTS.index("nose")
    # Ten noses missed and ten wrong, of twenty; all else is right.
    assert report.total.mot["mota"][nose] == pytest.approx(0)
    assert report.total.mot["mota"][-1] == pytest.approx(100 * 14 / 15)


def test_a_joint_on_the_edge_of_an_ignore_region_stays(clip: Clip, tmp_path: Path) -> None:
    """The region ends at x = 400, where the nose of person 1 is; the rest of them lies beyond."""
    clip.images[4] |= {"ignore_regions_x": [[0, 400, 400, 0]]}
    clip.images[4] |= {"ignore_regions_y": [[0, 0, 1000, 1000]]}
    clip.seen[4] = [person(1, score=0.9)]
    clip.write(tmp_path)
    # Person 0 is taken away in that frame; 19 objects are left, and all are found.
    for mode in BOTH:
        assert _mota(tmp_path, mode) == 100
    clip.seen[4] = [person(0, score=0.9)]
    clip.write(tmp_path)
    # Now no person is left on the predicted side, and person 1 is missed.
    assert _mota(tmp_path, "strict") == pytest.approx(100 * (1 - 1 / 19))
    assert _mota(tmp_path, "official") == pytest.approx(100 * (1 - 2 / 17))


def test_frames_that_are_not_labelled_cost_nothing_wherever_they_lie(
    clip: Clip, tmp_path: Path
) -> None:
    """The last two frames are not labelled: the last *labelled* one is the official omission."""
    for index, image in enumerate(clip.images):
        image["is_labeled"] = index < 8
    clip.truth[8:] = [[], []]
    clip.seen[8:] = [[person(5, score=0.9)]] * 2
    clip.seen[7] = [person(p, shift=FAR, score=0.9) for p in range(2)]
    clip.write(tmp_path)
    assert _mota(tmp_path, "official") == 100
    assert _mota(tmp_path, "strict") == pytest.approx(100 * (1 - 4 / 16))


def test_a_sequence_that_is_not_labelled_is_warned_of_and_the_others_count(
    clip: Clip, make_clip: Callable[..., Clip], tmp_path: Path
) -> None:
    other = make_clip(name="000002_mpii_test")
    other.truth = [[] for _ in other.truth]
    other.write(tmp_path)
    del clip.seen[0][0]
    clip.write(tmp_path)
    for mode in BOTH:
        report = evaluate_posetrack(tmp_path / "gt", tmp_path / "pred", mode=mode)
        assert list(report.sequences) == [clip.name]
        assert "000002_mpii_test: no frame is labelled" in report.warnings[0]
    assert _mota(tmp_path, "official") == pytest.approx(100 * (1 - 1 / 18))


def test_one_frame_among_several_sequences(
    clip: Clip, make_clip: Callable[..., Clip], tmp_path: Path
) -> None:
    """The official evaluator fails on it, whatever else there is; strictly it counts."""
    short = make_clip(frames=1, name="000002_mpii_test")
    short.seen = [[]]
    short.write(tmp_path)
    clip.write(tmp_path)
    with pytest.raises(ValueError, match="000002_mpii_test: has a single labelled frame"):
        _mota(tmp_path, "official")
    assert _mota(tmp_path, "strict") == pytest.approx(100 * (1 - 2 / 22))


def test_fields_of_posetrack21_are_read_past_and_null_is_missing(
    clip: Clip, tmp_path: Path
) -> None:
    for index, image in enumerate(clip.images):
        image |= {"is_labeled": 1, "has_labeled_person": True, "image_id": index, "nframes": 10}
        image |= {"vid_id": "000001", "ignore_regions_x": [], "ignore_regions_y": [[]]}
    for frame in clip.truth:
        for entry in frame:
            entry |= {"person_id": 77, "bbox": [0, 0, 9, 9], "category_id": 1}
    for frame in clip.seen:
        for entry in frame:
            entry |= {"scores": None, "bbox_head": None}
    clip.write(tmp_path)
    for mode in BOTH:
        assert _mota(tmp_path, mode) == 100
    hota = evaluate_keypoint_hota(tmp_path / "gt", tmp_path / "pred", mode="official")
    assert hota["hota"][-1] == pytest.approx(100)


def test_names_of_folders_and_sequences_may_hold_spaces_and_letters_of_any_kind(
    make_clip: Callable[..., Clip], tmp_path: Path
) -> None:
    clip = make_clip(name="000001_mpii_Größe – 大")
    folder = tmp_path / "my results é"
    folder.mkdir()
    clip.write(folder)
    for mode in BOTH:
        report = evaluate_posetrack(folder / "gt", folder / "pred", mode=mode)
        assert list(report.sequences) == [clip.name]


def test_files_of_one_sequence_may_be_given_instead_of_folders(clip: Clip, tmp_path: Path) -> None:
    truth, predicted = clip.write(tmp_path)
    (truth / f"{clip.name}.json").rename(tmp_path / "truth.json")
    (predicted / f"{clip.name}.json").rename(tmp_path / "what I found.json")
    report = evaluate_posetrack(tmp_path / "truth.json", tmp_path / "what I found.json")
    assert report.total.mot["mota"][-1] == 100


@pytest.mark.parametrize("empty", [None, [], [[]], [{}], "left out"])
def test_2017_a_rectangle_without_points_keeps_its_frame_and_is_no_person(
    clip: Clip, tmp_path: Path, empty: Any
) -> None:
    truth = _write_2017(clip, tmp_path)
    truth[4]["annorect"] = truth[4]["annorect"][:1]
    truth[4]["annorect"][0]["annopoints"] = empty
    if empty == "left out":
        del truth[4]["annorect"][0]["annopoints"]
    _save(truth, clip, tmp_path)
    # The frame counts, and no person is there: officially one miss and one false positive on one
    # object more than the 16 of the other eight frames; strictly two false positives on 18.
    assert _mota(tmp_path, "official") == pytest.approx(100 * (1 - 2 / 17))
    assert _mota(tmp_path, "strict") == pytest.approx(100 * (1 - 2 / 18))


def test_2017_an_empty_list_of_points_keeps_the_person(clip: Clip, tmp_path: Path) -> None:
    truth = _write_2017(clip, tmp_path)
    truth[4]["annorect"][0]["annopoints"] = [{"point": []}]
    _save(truth, clip, tmp_path)
    # Person 0 has no joints in frame 4, so their pose there is wrong: one of 17 or 19.
    assert _mota(tmp_path, "official") == pytest.approx(100 * (1 - 1 / 17))
    assert _mota(tmp_path, "strict") == pytest.approx(100 * (1 - 1 / 19))


def test_2017_a_frame_without_rectangles_does_not_count(clip: Clip, tmp_path: Path) -> None:
    truth = _write_2017(clip, tmp_path)
    truth[4]["annorect"] = []
    _save(truth, clip, tmp_path)
    for mode in BOTH:
        assert _mota(tmp_path, mode) == 100
    truth[4]["is_labeled"] = [1]  # then strictly it does, and two are predicted where there is none
    _save(truth, clip, tmp_path)
    assert _mota(tmp_path, "official") == 100
    assert _mota(tmp_path, "strict") == pytest.approx(100 * (1 - 2 / 18))


def test_2017_points_of_other_numbers_and_second_ones_are_read_past(
    clip: Clip, tmp_path: Path
) -> None:
    _write_2017(clip, tmp_path)
    seen = _in_2017(clip.seen, clip)["annolist"]
    for frame in seen:
        points = frame["annorect"][0]["annopoints"][0]["point"]
        extra = {"x": [FAR], "y": [FAR], "score": [1.0]}
        points += [{"id": [15], **extra}, {"id": [-1], **extra}, {"id": [0], **extra}]
    _save(seen, clip, tmp_path, "pred")
    for mode in BOTH:
        assert _mota(tmp_path, mode) == 100
        assert _ap(tmp_path, mode) == 100


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image": "a.jpg"}, "not an entry of an annolist (image must be a list, got 'a.jpg')"),
        ({"image": [{}]}, "(image must hold an object with a name, got {})"),
        ({"annorect": None}, "(annorect must be a list, got None)"),
        ({"annorect": [5]}, "person 0: cannot be read (a person must be an object, got 5)"),
        ({"is_labeled": ["yes"]}, "(is_labeled must be true or false, got 'yes')"),
        ({"ignore_regions": [{}]}, "(point is missing)"),
        ({"ignore_regions": [{"point": []}, {"point": [{"x": [1]}]}]}, "(y is missing)"),
    ],
)
def test_2017_faults_of_a_frame_are_named(
    clip: Clip, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    truth = _write_2017(clip, tmp_path)
    truth[4] |= change
    _save(truth, clip, tmp_path)
    with pytest.raises(ValueError, match="frame 4") as caught:
        _mota(tmp_path, "strict")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"track_id": 3}, "(track_id must be a list, got 3)"),
        ({"track_id": []}, "(track_id must be a list of one value, got none)"),
        ({"x1": ["left"]}, "(x1 must hold a finite number, got 'left')"),
        ({"annopoints": {"point": []}}, "(annopoints must be a list, got {'point': []})"),
        ({"annopoints": [{"point": [{"id": ["a"]}]}]}, "(id must be an integer, got 'a')"),
        ({"annopoints": [{"point": [{"id": [0], "x": [None]}]}]}, "(x must hold a finite number"),
    ],
)
def test_2017_faults_of_a_person_are_named(
    clip: Clip, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    truth = _write_2017(clip, tmp_path)
    truth[4]["annorect"][1] |= change
    _save(truth, clip, tmp_path)
    with pytest.raises(ValueError, match="frame 4, person 1: cannot be read") as caught:
        _mota(tmp_path, "strict")
    assert message in str(caught.value)
