"""Scoring poses image by image: OKS-AP and AR of files in COCO's JSON."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from lighttrack.evaluation.figures import Column, Figures
from lighttrack.evaluation.pose import LabelledPoses, PredictedPoses, evaluate_poses_by_oks
from lighttrack.formats import FormatError
from lighttrack.formats.coco import CocoFile, load
from lighttrack.structures.skeletons import COCO_17, make_skeleton
from lighttrack.structures.types import Reals

CocoSource: TypeAlias = str | os.PathLike[str] | CocoFile
"""A file, or what `lighttrack.formats.coco.load` has read of it."""

COLUMNS: tuple[Column, ...] = (
    ("AP", "ap", 100.0), ("AP50", "ap50", 100.0), ("AP75", "ap75", 100.0),
    ("AP M", "ap_medium", 100.0), ("AP L", "ap_large", 100.0), ("AR", "ar", 100.0),
    ("AR50", "ar50", 100.0), ("AR75", "ar75", 100.0), ("AR M", "ar_medium", 100.0),
    ("AR L", "ar_large", 100.0),
)  # fmt: skip

Entries: TypeAlias = list[Mapping[str, Any]]


def evaluate_coco(truth: CocoSource, predicted: CocoSource) -> Figures:
    """Score poses image by image: OKS-AP and AR in COCO's definition.

    Args:
        truth: ground truth in COCO's JSON for keypoints.
        predicted: results in COCO's JSON: a list of `image_id`, `keypoints`, `score`.

    Returns:
        `ap`, `ap50`, `ap75`, `ap_medium`, `ap_large` and the same of `ar`, as fractions; -1 where
        there is no person to be found.

    Raises:
        FormatError: naming the first entry that cannot be scored.

    Example:
        >>> evaluate_coco("person_keypoints_val2017.json", "results.json")["ap"]  # doctest: +SKIP
        0.68
    """
    known, seen = coco_file(truth), coco_file(predicted)
    sigmas = _sigmas(known)
    shape = (len(sigmas), 3)
    images = []
    for labels, results in images_of(known, seen, "keypoints"):
        points = known.numbers([entry["keypoints"] for entry in labels], shape)
        found = seen.numbers([entry["keypoints"] for entry in results], shape)
        areas = [entry.get("area", entry["bbox"][2] * entry["bbox"][3]) for entry in labels]
        labelled = LabelledPoses(
            points[..., :2],
            points[..., 2] > 0,
            np.array(areas, np.float64),
            known.boxes(labels),
            np.array([entry.get("iscrowd", 0) for entry in labels], bool),
        )
        scores = np.array([entry["score"] for entry in results], np.float64)
        images.append((labelled, PredictedPoses(found[..., :2], scores)))
    figures = evaluate_poses_by_oks(images, sigmas)
    return Figures(figures, {seen.path.stem: figures}, COLUMNS)


def coco_file(source: CocoSource) -> CocoFile:
    """What is in a file, unless it was read already."""
    return source if isinstance(source, CocoFile) else load(Path(source))


def images_of(truth: CocoFile, predicted: CocoFile, member: str) -> list[tuple[Entries, Entries]]:
    """Annotations and results of each image of the truth, in its order.

    Args:
        truth: with images.
        predicted: results for some of these images.
        member: what is scored of each, `keypoints` or `bbox`.

    Raises:
        FormatError: if an entry lacks a member, or belongs to an image that the truth lacks.
    """
    if truth.images is None:
        raise FormatError(f"{truth.path}: COCO's ground truth has 'images' and 'annotations'")
    truth.require(tuple(dict.fromkeys(("bbox", member))))
    predicted.require(("score", member))
    known = {image["id"] for image in truth.images}
    for file in (truth, predicted):
        _require_known_images(file, known)
    labels, results = truth.by_image(), predicted.by_image()
    return [(labels[image["id"]], results.get(image["id"], [])) for image in truth.images]


def _require_known_images(file: CocoFile, known: set[Any]) -> None:
    strangers = [entry["image_id"] for entry in file.entries if entry["image_id"] not in known]
    if strangers:
        raise FormatError(
            f"{file.path}: {len(strangers)} entries are of images that the ground truth does not "
            f"list, the first of image {strangers[0]}"
        )


def _sigmas(truth: CocoFile) -> Reals:
    names: Sequence[str] = truth.keypoints
    if not names or tuple(names) == COCO_17.keypoints:
        return np.array(COCO_17.sigmas)
    return np.array(make_skeleton("file", names, []).sigmas)
