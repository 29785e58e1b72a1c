"""What `lighttrack evaluate pose`, `detection` and `matching` do."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import NoneType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lighttrack.cli.reporting import Outputs, report
from lighttrack.evaluation import detection, matching, pose
from lighttrack.evaluation.mot_files import is_mot_text, read_mot
from lighttrack.render.tables import table_of_figures
from lighttrack.structures import Detections
from lighttrack.structures.skeletons import COCO_17, make_skeleton
from lighttrack.structures.types import Reals

_POSE_COLUMNS = (
    ("AP", "ap", 100.0), ("AP50", "ap50", 100.0), ("AP75", "ap75", 100.0),
    ("AP M", "ap_medium", 100.0), ("AP L", "ap_large", 100.0), ("AR", "ar", 100.0),
    ("AR50", "ar50", 100.0), ("AR75", "ar75", 100.0), ("AR M", "ar_medium", 100.0),
    ("AR L", "ar_large", 100.0),
)  # fmt: skip


def run_pose(truth: Path, predicted: Path, outputs: Outputs) -> None:
    """OKS-AP of two files of COCO."""
    data, results = _coco(truth, predicted, "keypoints")
    names = next((c.get("keypoints") for c in data.get("categories", ()) if c.get("keypoints")), ())
    sigmas = np.array(COCO_17.sigmas)
    if names and tuple(names) != COCO_17.keypoints:
        sigmas = np.array(make_skeleton("file", names, []).sigmas)
    images = []
    for known, seen in _by_image(data, results):
        points = _array([a["keypoints"] for a in known], (-1, len(sigmas), 3), truth)
        found = _array([r["keypoints"] for r in seen], (-1, len(sigmas), 3), predicted)
        boxes = _corners(known, truth)
        areas = [a.get("area", a["bbox"][2] * a["bbox"][3]) for a in known]
        labelled = pose.LabelledPoses(
            points[..., :2],
            points[..., 2] > 0,
            np.array(areas, np.float64),
            boxes,
            np.array([a.get("iscrowd", 0) for a in known], bool),
        )
        scores = np.array([r["score"] for r in seen], np.float64)
        images.append((labelled, pose.PredictedPoses(found[..., :2], scores)))
    figures = pose.evaluate_poses_by_oks(images, sigmas)
    table = table_of_figures("OKS", {predicted.stem: figures}, _POSE_COLUMNS)
    report(outputs, title="Pose evaluation", tables=[table], figures=figures)


def run_detection(
    truth: Path, predicted: Path, iou: float, thresholds: Sequence[float], outputs: Outputs
) -> None:
    """AP, precision and recall of two files of COCO or of MOTChallenge."""
    if not 0 < iou <= 1:
        raise ValueError(f"iou must lie above 0 and up to 1, got {iou}")
    if is_mot_text(truth) and is_mot_text(predicted):
        images = _mot_images(truth, predicted)
    else:
        data, results = _coco(truth, predicted, "bbox")
        images = [
            (
                _corners(known, truth),
                _detections(_corners(seen, predicted), [r["score"] for r in seen]),
            )
            for known, seen in _by_image(data, results)
        ]
    partial = detection.evaluate(images, iou=iou)
    figures = detection.summarize(partial)
    rows = detection.at_thresholds(partial, thresholds)
    columns = (("AP", "ap", 100.0), ("People", "truths", 1), ("Detections", "detections", 1))
    named = [(f"{row['threshold']:g}", row) for row in rows]
    tables = [
        table_of_figures(f"Detection, IoU {iou:g}", {predicted.stem: figures}, columns),
        table_of_figures(
            "", named, (("Prec", "precision", 100.0), ("Rec", "recall", 100.0)), first="Score"
        ),
    ]
    everything = {"iou": iou, **figures, "at": rows}
    report(outputs, title="Detection evaluation", tables=tables, figures=everything)


def run_matching(pairs: Path, threshold: float | None, outputs: Outputs) -> None:
    """Accuracy and ROC area over a table of pairs."""
    columns = _columns(pairs, ("distance", "same", "gap", "hard"))
    same = columns["same"] != 0
    if threshold is None:
        threshold = matching.best_threshold(columns["distance"], same)
    figures = matching.evaluate_pairs(
        columns["distance"],
        same,
        gaps=columns["gap"],
        hard=columns["hard"] != 0,
        threshold=threshold,
    )
    named = {
        "all": figures["all"],
        "hard negatives": figures["hard_negatives"],
        "other negatives": figures["other_negatives"],
        **{f"gap {gap}": part for gap, part in figures["by_gap"].items()},
    }
    shown = (
        ("Pairs", "pairs", 1), ("Positives", "positives", 1), ("Accuracy", "accuracy", 100.0),
        ("ROC area", "roc_area", 100.0),
    )  # fmt: skip
    title = f"Pose matching, threshold {threshold:.4g}"
    table = table_of_figures(title, named, shown, first="Pairs of poses")
    report(outputs, title="Pose matching evaluation", tables=[table], figures=figures)


def _coco(truth: Path, predicted: Path, key: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    data, results = _json(truth), _json(predicted)
    if not isinstance(data, dict) or not {"images", "annotations"} <= data.keys():
        raise ValueError(f"{truth}: COCO's ground truth has 'images' and 'annotations'")
    if isinstance(results, dict):
        results = results.get("annotations", results)
    if not isinstance(results, list):
        raise ValueError(f"{predicted}: COCO's results are a list")
    for image in data["images"]:
        if not isinstance(image, dict) or isinstance(image.get("id"), NoneType | list | dict):
            raise ValueError(f"{truth}: an image must have an 'id', got {str(image)[:60]}")
    known = {image["id"] for image in data["images"]}
    _check_entries(truth, data["annotations"], ("image_id", *dict.fromkeys(("bbox", key))), known)
    _check_entries(predicted, results, ("image_id", "score", key), known)
    return data, results


def _check_entries(path: Path, entries: Any, needed: Sequence[str], images: set[Any]) -> None:
    """Raise `ValueError` unless every entry has what is needed and belongs to an image."""
    if not isinstance(entries, list):
        raise ValueError(f"{path}: 'annotations' must be a list, got {type(entries).__name__}")
    strangers = []
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise ValueError(f"{path}: entry {index} must be an object, got {str(entry)[:60]}")
        lacking = [name for name in needed if name not in entry]
        if lacking:
            raise ValueError(f"{path}: entry {index} lacks {', '.join(lacking)}")
        if "score" in needed and not _is_number(entry["score"]):
            raise ValueError(f"{path}: entry {index}: score must be a number, got {entry['score']}")
        if isinstance(entry["image_id"], list | dict) or entry["image_id"] not in images:
            strangers.append(entry["image_id"])
    if strangers:
        raise ValueError(
            f"{path}: {len(strangers)} entries are of images that the ground truth does not list, "
            f"the first of image {strangers[0]}"
        )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value)


def _by_image(
    data: Mapping[str, Any], results: Sequence[Mapping[str, Any]]
) -> list[tuple[list[Any], list[Any]]]:
    sides: dict[Any, tuple[list[Any], list[Any]]] = {i["id"]: ([], []) for i in data["images"]}
    for side, entries in enumerate((data["annotations"], results)):
        for entry in entries:
            sides[entry["image_id"]][side].append(entry)
    return list(sides.values())


def _corners(entries: Sequence[Mapping[str, Any]], path: Path) -> Reals:
    boxes = _array([entry["bbox"] for entry in entries], (-1, 4), path)
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)


def _array(values: Sequence[Any], shape: tuple[int, ...], path: Path) -> Reals:
    try:
        array = np.asarray(values, np.float64).reshape(shape)
    except (TypeError, ValueError):
        array = np.array([np.nan])
    if not np.isfinite(array).all():
        wanted = " x ".join(str(part) for part in shape[1:])
        raise ValueError(f"{path}: every entry must hold {wanted} numbers")
    return array


def _mot_images(truth: Path, predicted: Path) -> list[tuple[Any, Detections]]:
    known, seen = read_mot(truth, truth=True), read_mot(predicted)
    count = int(max(known.frames.max(initial=-1), seen.frames.max(initial=-1))) + 1
    order = np.argsort(seen.frames, kind="stable")
    rows = np.split(order, np.searchsorted(seen.frames[order], np.arange(1, count)))
    return [
        (boxes, _detections(seen.boxes[of_frame], seen.scores[of_frame]))
        for (_, boxes), of_frame in zip(known.by_frame(count), rows, strict=False)
    ]


def _detections(boxes: Reals, scores: ArrayLike) -> Detections:
    return Detections(boxes.astype(np.float32), np.asarray(scores, np.float32))


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{path}: not JSON ({error})") from None


def _columns(path: Path, names: Sequence[str]) -> dict[str, Reals]:
    import csv

    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in names if name not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f"{path}: the header lacks {', '.join(missing)}")
        rows = list(reader)
    try:
        return {name: np.array([float(row[name]) for row in rows]) for name in names}
    except (TypeError, ValueError):
        raise ValueError(f"{path}: the columns {', '.join(names)} must hold numbers") from None
