"""How good a pose network is: OKS-AP and PCK on validation people, and its scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from lighttrack.evaluation.pose import LabelledPoses, PredictedPoses, evaluate_poses_by_oks
from lighttrack.models.decode import heat_map_keypoints
from lighttrack.networks.heat_maps import HeatMaps
from lighttrack.structures import Floats
from lighttrack.structures.boxes import iou
from lighttrack.structures.skeletons import sigmas_of
from lighttrack.training.pose.crops import crop_person, to_image
from lighttrack.training.pose.people import People
from lighttrack.training.pose.recipe import Recipe

_BESIDE = 1.25
"""Widths of a box by which it is moved to where its person is not."""
_AT_ONCE = 64
"""Crops that the network is run on together."""


@dataclass(frozen=True, slots=True)
class Estimates:
    """What a network says of the people of one folder."""

    keypoints: Floats
    """`(N, K, 2)`: pixels of the image."""
    scores: Floats
    """`(N, K)`."""


def estimate(network: HeatMaps, people: People, recipe: Recipe, device: torch.device) -> Estimates:
    """The poses that a network sees in the boxes of people, one view each.

    Args:
        network: gives heat maps of heights 0 to 1; see `lighttrack.networks.heat_maps`.
        people: whom to look at.
        recipe: says size and padding.
        device: where the network lies.
    """
    network.eval()
    k = len(people.skeleton)
    keypoints, scores = np.zeros((len(people), k, 2), np.float32), np.zeros((len(people), k))
    size = recipe.input_size
    for begin in range(0, len(people), _AT_ONCE):
        rows = range(begin, min(begin + _AT_ONCE, len(people)))
        crops = [crop_person(people, row, size, recipe.padding) for row in rows]
        pixels = torch.from_numpy(np.stack([crop.pixels for crop in crops]))
        with torch.no_grad():
            maps = network(pixels.to(device)).float().cpu().numpy()
        points, heights = heat_map_keypoints(maps)
        for row, found, height in zip(
            rows, points * (size[0] / maps.shape[3]), heights, strict=True
        ):
            matrix = to_image(people.boxes[row], size, recipe.padding)
            keypoints[row] = found @ matrix[:, :2].T + matrix[:, 2]
            scores[row] = height
    return Estimates(keypoints, scores.astype(np.float32))


def average_precision(people: Sequence[People], found: Sequence[Estimates]) -> dict[str, float]:
    """OKS-AP and AR over folders, by labelled keypoints; see `evaluate_poses_by_oks`."""
    images = []
    for folder, estimates in zip(people, found, strict=True):
        rows_of: dict[object, list[int]] = {}
        for row, path in enumerate(folder.images):
            rows_of.setdefault(path, []).append(row)
        for rows in rows_of.values():
            truth = LabelledPoses(
                folder.keypoints[rows].astype(np.float64),
                folder.labelled[rows],
                folder.areas[rows].astype(np.float64),
                folder.boxes[rows].astype(np.float64),
                np.zeros(len(rows), bool),
            )
            seen = estimates.keypoints[rows].astype(np.float64)
            scores = estimates.scores[rows].mean(axis=1, dtype=np.float64)
            images.append((truth, PredictedPoses(seen, scores)))
    return evaluate_poses_by_oks(images, sigmas_of(people[0].skeleton))


def pck(people: People, found: Floats, *, share: float = 0.2) -> Mapping[str, float]:
    """PCK by keypoint: the share of keypoints nearer than a share of the torso to the truth.

    The torso is the distance from left shoulder to right hip (Yang, Ramanan: Articulated Human
    Detection with Flexible Mixtures of Parts, PAMI 2013, in its usual form); people without both
    are left out.

    Args:
        people: the truth.
        found: `(N, K, 2)`: estimated keypoints in pixels of the image.
        share: of the torso.

    Returns:
        Fraction for every keypoint that is labelled of any person.
    """
    index = people.skeleton.index
    shoulder, hip = index["left_shoulder"], index["right_hip"]
    torso = np.linalg.norm(people.keypoints[:, shoulder] - people.keypoints[:, hip], axis=1)
    whole = people.labelled[:, shoulder] & people.labelled[:, hip]
    near = np.linalg.norm(found - people.keypoints, axis=2) <= share * torso[:, None]
    judged = people.labelled & whole[:, None]
    counts = judged.sum(axis=0)
    return {
        name: float(near[judged[:, joint], joint].mean())
        for joint, name in enumerate(people.skeleton.keypoints)
        if counts[joint]
    }


def thresholds(network: HeatMaps, people: Sequence[People], recipe: Recipe,
               device: torch.device) -> tuple[float, float]:  # fmt: skip
    """τs of eq. (1) and the threshold of a keypoint, measured on validation people.

    τs is the mean score that best separates the people's own boxes from boxes of their size a
    whole box away, where no labelled person is (highest sum of both rates, in the middle of where
    it is reached); a keypoint's threshold is the 95th percentile of keypoints in those.

    Returns:
        τs, and the keypoint's threshold; both 0.3 where no box could be placed beside the people.
    """
    present, absent = [], []
    for folder in people:
        present.append(estimate(network, folder, recipe, device).scores)
        moved = beside(folder)
        if len(moved):
            absent.append(estimate(network, moved, recipe, device).scores)
    if not absent:
        return 0.3, 0.3
    on, off = np.concatenate(present), np.concatenate(absent)
    return separating(on.mean(axis=1), off.mean(axis=1)), float(np.percentile(off, 95))


def separating(positive: Floats, negative: Floats) -> float:
    """The threshold with the highest sum of both rates, in the middle of where it is reached.

    Example:
        >>> separating(np.array([0.6, 0.8]), np.array([0.1, 0.2]))
        0.4
    """
    levels = np.unique(np.concatenate([positive, negative]).astype(np.float64))
    middles = (levels[1:] + levels[:-1]) / 2 if len(levels) > 1 else levels
    rates = [(positive > level).mean() + (negative <= level).mean() for level in middles]
    best = middles[np.asarray(rates) >= max(rates) - 1e-9]
    return float(round((best[0] + best[-1]) / 2, 4))


def beside(people: People) -> People:
    """The people's boxes, moved by their own width to where they hardly overlap another's."""
    width = people.boxes[:, 2] - people.boxes[:, 0]
    kept, moved = [], people.boxes.copy()
    by_image: dict[object, list[int]] = {}
    for row, path in enumerate(people.images):
        by_image.setdefault(path, []).append(row)
    for rows in by_image.values():
        for row in rows:
            for side in (_BESIDE, -_BESIDE):
                shift = side * width[row]
                box = people.boxes[row] + np.array([shift, 0, shift, 0], np.float32)
                if iou(box[None], people.boxes[rows]).max() < 0.1:
                    moved[row] = box
                    kept.append(row)
                    break
    return replace(people, boxes=moved).chosen(np.array(kept, np.int64))
