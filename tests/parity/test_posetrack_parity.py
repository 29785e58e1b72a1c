"""The official mode against a plain reading of the evaluator, on random crowded data sets."""

import json
from pathlib import Path

import numpy as np
import posetrack_reference
import pytest
from posetrack_random import write_data_set

from lighttrack.evaluation.posetrack import evaluate_posetrack
from lighttrack.formats import convert


@pytest.mark.parametrize("seed", range(8))
def test_random_data_sets_score_as_the_reference_says(tmp_path: Path, seed: int) -> None:
    truth, predicted = write_data_set(tmp_path, np.random.default_rng(seed))
    ours = evaluate_posetrack(truth, predicted, mode="official").total.to_json()
    theirs = posetrack_reference.evaluate(truth, predicted)
    for kind, table in theirs.items():
        for figure, values in table.items():
            np.testing.assert_allclose(ours[kind][figure], values, atol=1e-6, err_msg=figure)
    assert ours["MOT"]["mota"][-1] < 90  # the data set is hard, or nothing is compared


@pytest.mark.parametrize("pixels", [3, 6])
def test_poses_that_are_equally_near_are_told_apart_as_the_reference_does(
    tmp_path: Path, pixels: int
) -> None:
    """Coordinates on a coarse grid: many distances are equal, and the solver's order decides."""
    rng = np.random.default_rng(pixels)
    folders = write_data_set(tmp_path, rng, sequences=2, frames=8, people=6)
    for folder in folders:
        for path in folder.glob("*.json"):
            data = json.loads(path.read_text())
            for entry in data["annotations"]:
                table = np.array(entry["keypoints"]).reshape(-1, 3)
                there = table[:, 2] > 0
                table[there, :2] = np.round(table[there, :2] / 2 / pixels) * pixels
                entry["keypoints"] = table.ravel().tolist()
                if "bbox_head" in entry:
                    entry["bbox_head"][2:] = [30, 40]
            path.write_text(json.dumps(data))
    ours = evaluate_posetrack(*folders, mode="official").total.to_json()["MOT"]
    for figure, values in posetrack_reference.evaluate(*folders)["MOT"].items():
        np.testing.assert_allclose(ours[figure], values, atol=1e-6, err_msg=figure)


def test_both_layouts_of_the_same_data_score_alike(tmp_path: Path) -> None:
    folders = write_data_set(tmp_path / "new", np.random.default_rng(99))
    old = tuple(tmp_path / "old" / folder.name for folder in folders)
    for source, target in zip(folders, old, strict=True):
        target.mkdir(parents=True)
        for path in source.glob("*.json"):
            target.joinpath(path.name).write_text(json.dumps(_as_2017(path)))
    new_figures = evaluate_posetrack(*folders, mode="official").total.to_json()
    old_figures = evaluate_posetrack(*old, mode="official").total.to_json()
    np.testing.assert_equal(new_figures, old_figures)


def test_predictions_written_in_the_layout_of_2017_score_as_the_reference_says(
    tmp_path: Path,
) -> None:
    """The same predictions, written here in both layouts; the reference reads that of 2018."""
    truth, predicted = write_data_set(tmp_path, np.random.default_rng(5))
    new, old = tmp_path / "posetrack", tmp_path / "posetrack17"
    for folder in (new, old):
        folder.mkdir()
        for path in predicted.glob("*.json"):
            convert(path, folder.name, folder / path.name)
    ours = evaluate_posetrack(truth, old, mode="official").total.to_json()
    for kind, table in posetrack_reference.evaluate(truth, new).items():
        for figure, values in table.items():
            np.testing.assert_allclose(ours[kind][figure], values, atol=1e-6, err_msg=figure)


def _as_2017(path: Path) -> dict:
    """PoseTrack18 JSON as an `annolist`, with the reference's own reader."""
    data = json.loads(path.read_text())
    entries = []
    for image, frame in zip(data["images"], posetrack_reference._read(path), strict=True):
        people = []
        for person in frame["people"]:
            points = [
                {"id": [joint], "x": [x], "y": [y]}
                | ({"score": [person["scores"][joint]]} if joint in person["scores"] else {})
                for joint, (x, y) in person["points"].items()
            ]
            corners = zip(("x1", "y1", "x2", "y2"), person.get("head", ()), strict=False)
            people.append(
                {"track_id": [person["id"]], "annopoints": [{"point": points}]}
                | {side: [value] for side, value in corners}
            )
        entry = {"image": [{"name": image["file_name"]}], "annorect": people}
        if frame["regions"]:
            entry["ignore_regions"] = [
                {"point": [{"x": [x], "y": [y]} for x, y in region]} for region in frame["regions"]
            ]
        entries.append(entry)
    return {"annolist": entries}
