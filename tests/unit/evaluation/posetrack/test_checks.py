"""Malformed files: every message, and all of them at once."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from posetrack_clip import Clip, person

from lighttrack.evaluation.posetrack import (
    EvaluationInputError,
    evaluate_posetrack,
    read_pairs,
    score_pairs,
    sweep,
)


def _problems(folder: Path, mode: str = "strict") -> str:
    with pytest.raises(EvaluationInputError) as caught:
        evaluate_posetrack(folder / "gt", folder / "pred", mode=mode)  # type: ignore[arg-type]
    assert str(caught.value).count("\n  - ") == len(caught.value.problems)
    return str(caught.value)


def _edit(folder: Path, side: str, change: Callable[[dict[str, Any]], None]) -> None:
    path = next((folder / side).glob("*.json"))
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def test_everything_wrong_is_said_at_once(clip: Clip, tmp_path: Path) -> None:
    del clip.truth[2][1]["bbox_head"]
    clip.seen[3][1]["track_id"] = 0
    clip.truth[4][1]["track_id"] = 0
    clip.seen[5][0]["scores"] = [0.5] * 3
    clip.write(tmp_path)
    assert "frame 5 (000005.jpg): a person cannot be read (scores must hold 17" in _problems(
        tmp_path
    )
    clip.seen[5][0]["scores"] = []
    clip.write(tmp_path)
    text = _problems(tmp_path)
    assert "3 problems" in text
    assert "000001_mpii_test, 000002.jpg: person 1 of the ground truth has no head box" in text
    assert "frame 3: track id 0 stands twice in the prediction" in text
    assert "frame 4: track id 0 stands twice in the ground truth" in text


def test_a_head_box_is_not_missed_where_nothing_is_measured(clip: Clip, tmp_path: Path) -> None:
    del clip.truth[2][1]["bbox_head"]
    clip.seen[2] = []
    total = evaluate_posetrack(*clip.write(tmp_path)).total
    assert total.mot["mota"][-1] == pytest.approx(90)


def test_frames_must_match(clip: Clip, tmp_path: Path) -> None:
    clip.write(tmp_path)
    _edit(tmp_path, "pred", lambda data: data["images"].pop())
    _edit(tmp_path, "pred", lambda data: [data["annotations"].pop() for _ in range(2)])
    assert "the prediction has 9 frames and the ground truth 10" in _problems(tmp_path, "official")
    clip.write(tmp_path)
    _edit(tmp_path, "pred", lambda data: data["images"].reverse())
    assert "10 frames do not match, the first is frame 0" in _problems(tmp_path)
    # Officially frames are aligned by position, so this is scored, with a warning.
    warnings = evaluate_posetrack(tmp_path / "gt", tmp_path / "pred", mode="official").warnings
    assert any("frames do not match" in warning for warning in warnings)


def test_missing_folders_and_sequences_are_named(clip: Clip, tmp_path: Path) -> None:
    assert "gt: the ground truth does not exist" in _problems(tmp_path)
    clip.write(tmp_path)
    next((tmp_path / "pred").glob("*.json")).rename(tmp_path / "pred" / "other.json")
    assert "000001_mpii_test.json: the sequence is missing" in _problems(tmp_path)
    (tmp_path / "gt" / "000001_mpii_test.json").unlink()
    assert "no .json file is in this folder" in _problems(tmp_path)
    with pytest.raises(EvaluationInputError, match="both be folders or both be files"):
        evaluate_posetrack(tmp_path / "gt", tmp_path / "pred" / "other.json")


def test_of_very_many_problems_the_message_lists_fifty(clip: Clip, tmp_path: Path) -> None:
    clip.truth = [[person(p) for p in range(6)] for _ in clip.truth]
    with pytest.raises(EvaluationInputError) as caught:
        evaluate_posetrack(*clip.write(tmp_path))
    assert len(caught.value.problems) == 60
    assert str(caught.value).count("has no head box") == 50
    assert str(caught.value).endswith("... and 10 more")


def test_predictions_that_lighttrack_wrote_are_found(clip: Clip, tmp_path: Path) -> None:
    _, predicted = clip.write(tmp_path)
    written = next(predicted.glob("*.json"))
    written.rename(predicted / "000001_mpii_test.posetrack.json")
    report = evaluate_posetrack(tmp_path / "gt", predicted)
    assert report.total.mot["mota"][-1] == 100
    assert not report.warnings
    # The plain name is the one that the benchmark asks for: it goes first.
    (predicted / written.name).write_text("{}")
    with pytest.raises(EvaluationInputError, match="neither 'annolist'"):
        evaluate_posetrack(tmp_path / "gt", predicted)


def test_a_prediction_without_ground_truth_is_only_warned_of(clip: Clip, tmp_path: Path) -> None:
    clip.write(tmp_path)
    (tmp_path / "pred" / "extra.json").write_text("{}")
    warnings = evaluate_posetrack(tmp_path / "gt", tmp_path / "pred").warnings
    assert warnings == ("extra.json: predicted, but not in the ground truth; ignored",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("{", "not JSON (Expecting property name"),
        ("[" * 100_000, "nested too deep"),
        ("[]", "holds a list, where PoseTrack has an object with 'annolist' or 'images'"),
        ("{}", "neither 'annolist' (PoseTrack17) nor 'images'"),
        ('{"images": 3}', "'categories' must be a list, got NoneType"),
        ('{"images": [], "categories": []}', "exactly one category, named 'person'"),
        ('{"annolist": []}', "no frames are listed"),
        ('{"annolist": [{}]}', "frame 0: not an entry of an annolist (image is missing)"),
        (
            '{"annolist": [{"image": [{"name": "a"}], "annorect": [{"annopoints": [{"point": []}]}]'
            "}]}",
            "frame 0, person 0: cannot be read (track_id is missing)",
        ),
    ],
    ids=[
        "empty",
        "cut",
        "deep",
        "list",
        "no keys",
        "no categories",
        "no person",
        "no frames",
        "no image",
        "no track",
    ],
)
def test_a_broken_file_is_told_from_a_wrong_one(
    clip: Clip, tmp_path: Path, text: str, message: str
) -> None:
    clip.write(tmp_path)
    next((tmp_path / "pred").glob("*.json")).write_text(text)
    found = _problems(tmp_path)
    assert message in found
    assert found.endswith("(prediction)")


def _rename_keypoint(data: dict[str, Any]) -> None:
    data["categories"][0]["keypoints"][0] = "beak"


def _wrong_name(data: dict[str, Any]) -> None:
    data["images"][3]["file_name"] = "video/three.jpg"


def _second_video(data: dict[str, Any]) -> None:
    data["images"][9]["file_name"] = "images/val/000002_mpii_test/000009.jpg"


def _line_for_a_region(data: dict[str, Any]) -> None:
    data["images"][3] |= {"ignore_regions_x": [[0, 9]], "ignore_regions_y": [[0, 9]]}


def _orphan(data: dict[str, Any]) -> None:
    data["annotations"][0]["image_id"] = 77


def _annotation_of_no_kind(data: dict[str, Any]) -> None:
    data["annotations"][0] = [1]


def _image_id_of_no_kind(data: dict[str, Any]) -> None:
    data["annotations"][0]["image_id"] = [1]


def _nameless_image(data: dict[str, Any]) -> None:
    data["images"][3]["file_name"] = None


def _words_for_numbers(data: dict[str, Any]) -> None:
    data["annotations"][0]["keypoints"] = "left"


def _word_among_scores(data: dict[str, Any]) -> None:
    data["annotations"][0]["scores"] = ["high"] * 17


def _short_head_box(data: dict[str, Any]) -> None:
    data["annotations"][0]["bbox_head"] = [1, 2, 3]


def _words_for_labelled(data: dict[str, Any]) -> None:
    data["images"][3]["is_labeled"] = "false"


def _flat_region(data: dict[str, Any]) -> None:
    data["images"][3] |= {"ignore_regions_x": [0, 9], "ignore_regions_y": [0, 9]}


def _region_without_end(data: dict[str, Any]) -> None:
    corners = [[0, 9, float("inf")]]
    data["images"][3] |= {"ignore_regions_x": corners, "ignore_regions_y": [[0, 1, 2]]}


def _nameless_category(data: dict[str, Any]) -> None:
    data["categories"] = ["person"]


def _endless_id(data: dict[str, Any]) -> None:
    data["annotations"][0]["track_id"] = 10**30


def _fractional_id(data: dict[str, Any]) -> None:
    data["annotations"][0]["track_id"] = 1.5


def _no_id(data: dict[str, Any]) -> None:
    del data["annotations"][0]["track_id"]


def _few_numbers(data: dict[str, Any]) -> None:
    data["annotations"][0]["keypoints"] = [1, 2, 3]


def _same_image(data: dict[str, Any]) -> None:
    data["images"][3]["id"] = 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_rename_keypoint, "the category 'person' lacks the keypoints nose"),
        (_wrong_name, "image 3: file_name must end in NUMBER_KIND.../NUMBER.jpg"),
        (_second_video, "holds 2 videos; give one file per video"),
        (
            _line_for_a_region,
            "(000003.jpg): an ignore region needs 3 corners or more, got 2",
        ),
        (_orphan, "annotation 0: belongs to no image (image_id 77)"),
        (_annotation_of_no_kind, "annotation 0: must be an object with image_id and keypoints"),
        (_image_id_of_no_kind, "annotation 0: image_id must be a number or text"),
        (_nameless_image, "image 3: id must be a number or text, and file_name text"),
        (_words_for_numbers, "keypoints must hold 51 numbers, got 'left'"),
        (_word_among_scores, "scores must hold 17 numbers, got ['high', "),
        (_short_head_box, "bbox_head must hold 4 numbers, got 3"),
        (_words_for_labelled, "is_labeled must be true or false, got 'false'"),
        (_flat_region, "ignore_regions_x and ignore_regions_y must be lists of number lists"),
        (_region_without_end, "the corners of an ignore region must be finite numbers"),
        (_nameless_category, "exactly one category, named 'person'"),
        (_endless_id, "track_id must fit into 64 bits, got 1000000"),
        (_fractional_id, "track_id must be an integer, got 1.5"),
        (_no_id, "track_id is missing"),
        (_few_numbers, "keypoints must hold 51 numbers, got 3"),
        (_same_image, "image 3: id 0 is used twice"),
    ],
)
def test_each_fault_of_the_2018_layout_is_named(
    clip: Clip, tmp_path: Path, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    clip.write(tmp_path)
    _edit(tmp_path, "gt", change)
    if change is _second_video:
        _edit(tmp_path, "pred", change)
    assert message in _problems(tmp_path)


def test_ids_that_the_official_evaluator_refuses(clip: Clip, tmp_path: Path) -> None:
    clip.seen[0][0]["track_id"] = 10000
    clip.write(tmp_path)
    assert "track id 10000 of the prediction is too large" in _problems(tmp_path, "official")
    warnings = evaluate_posetrack(tmp_path / "gt", tmp_path / "pred").warnings
    assert any("track id 10000 is predicted" in warning for warning in warnings)


def test_nothing_labelled_is_an_error(clip: Clip, tmp_path: Path) -> None:
    clip.truth = [[] for _ in clip.truth]
    clip.write(tmp_path)
    assert "no frame is labelled, so there is nothing to score" in _problems(tmp_path)


def test_what_would_score_badly_on_the_server_is_warned_of(clip: Clip, tmp_path: Path) -> None:
    clip.seen[3] = []
    clip.seen[4][0]["keypoints"][9:12] = [0, 0, 1]  # an ear: not scored
    clip.seen[4][0]["keypoints"][0:3] = [0, 0, 1]
    for frame in clip.seen:
        for entry in frame:
            entry["keypoints"][27:30] = [0, 0, 0]
    warnings = " ".join(evaluate_posetrack(*clip.write(tmp_path)).warnings)
    assert "no person is predicted in 1 labelled frames" in warnings
    assert "1 keypoints are predicted at (0, 0)" in warnings
    assert "left_wrist is annotated 20 times and never predicted" in warnings


def test_an_unknown_mode_is_refused(clip: Clip, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="mode must be 'official' or 'strict', got 'kind'"):
        evaluate_posetrack(*clip.write(tmp_path), mode="kind")  # type: ignore[arg-type]


def test_dropping_unsure_keypoints_trades_recall_for_mota(clip: Clip, tmp_path: Path) -> None:
    for frame in clip.seen:
        frame.append(person(0, track=5, shift=5000, score=0.2))
    pairs, _ = read_pairs(*clip.write(tmp_path), "strict")
    before, after, all_gone = sweep(pairs, [None, 0.3, 0.95], mode="strict")
    # 10 false positives on 20 objects, then none, then no people at all.
    assert [row["mota"] for row in (before, after, all_gone)] == pytest.approx([50, 100, 0])
    assert before["map"] == after["map"] == pytest.approx(100)
    assert score_pairs(pairs, mode="strict", drop_below=0.9).total.mot["rec"][-1] == 100
