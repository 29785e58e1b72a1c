"""Stand-ins for networks: the ground truth with stated and seeded errors.

The same person in the same frame gets the same errors whatever the tracker does, so that rows of a
table differ by what they name and by nothing else.
"""

import zlib
from collections.abc import Mapping

import numpy as np

from lighttrack.experiments.plan import DetectorNoise, PoseNoise
from lighttrack.structures import Boxes, Detections, Floats, Mask, Poses, boxes


def detections(
    truth: Mapping[int, Boxes], noise: DetectorNoise, name: str
) -> dict[int, Detections]:
    """Boxes of the truth by frame number, jittered, some missed, with false positives."""
    found = {}
    for index, true in truth.items():
        random = _random(noise.seed, name, index)
        size = np.tile(true[:, 2:] - true[:, :2], 2)
        moved = true + random.standard_normal(true.shape) * noise.jitter * size
        kept = random.random(len(true)) >= noise.missed
        false = np.zeros((0, 4))
        if len(true) and noise.ghosts:
            like = moved[random.integers(len(true), size=random.poisson(noise.ghosts))]
            false = like + random.uniform(-1.5, 1.5, (len(like), 1)) * np.tile(
                like[:, 2:] - like[:, :2], 2
            )
        detected = np.concatenate([moved[kept], false]).astype(np.float32)
        scores = np.concatenate(
            [random.uniform(0.6, 1.0, kept.sum()), random.uniform(0.3, 0.8, len(false))]
        )
        found[index] = Detections(detected, scores.astype(np.float32))
    return found


def poses(truth: Mapping[int, Poses], noise: PoseNoise, name: str) -> dict[int, Poses]:
    """Poses of the truth by frame number, spread, missed, with keypoints lost and confused."""
    return {index: _disturbed(true, noise, _random(noise.seed, name, index))
            for index, true in truth.items()}  # fmt: skip


def _disturbed(true: Poses, noise: PoseNoise, random: np.random.Generator) -> Poses:
    n, k = true.scores.shape
    size = np.sqrt(np.maximum(boxes.area(true.boxes), 1.0))[:, None]
    error = random.standard_normal((n, k, 2)) * noise.spread * size[..., None]
    points = (true.keypoints + error).astype(np.float32)
    points, wrong = _confused(points, true, noise, random)
    lost = random.random((n, k)) < noise.lost
    corner, extent = true.boxes[:, None, :2], (true.boxes[:, 2:] - true.boxes[:, :2])[:, None]
    anywhere = corner + random.random((n, k, 2)) * extent
    placed = np.where(lost[..., None] & np.isfinite(points), anywhere, points)
    off = np.linalg.norm(error, axis=2) / size
    scores = np.clip(0.95 - 3 * off + 0.05 * random.standard_normal((n, k)), 0.05, 1.0)
    scores = np.where(wrong, scores * 0.8, scores)
    scores = np.where(lost, random.uniform(0.0, 0.3, (n, k)), scores)
    scores = np.where(np.isfinite(placed[..., 0]), scores, 0.0)
    found = random.random(n) >= noise.missed
    made = Poses(
        true.skeleton,
        placed.astype(np.float32),
        scores.astype(np.float32),
        true.boxes,
        true.person_scores,
    )
    return made[found]


def _confused(
    points: Floats, true: Poses, noise: PoseNoise, random: np.random.Generator
) -> tuple[Floats, Mask]:
    """Some keypoints put where a neighbour, the one who overlaps most, has the same keypoint."""
    n, k = true.scores.shape
    draw = random.random((n, k)) < noise.confused
    wrong = np.zeros((n, k), bool)
    if n > 1:
        overlap = boxes.iou(true.boxes, true.boxes)
        np.fill_diagonal(overlap, 0)
        neighbour = overlap.argmax(axis=1)
        beside = points[neighbour]
        wrong = draw & (overlap.max(axis=1) > 0.1)[:, None] & np.isfinite(beside[..., 0])
        points = np.where(wrong[..., None], beside, points)
    return points, wrong


def _random(seed: int, name: str, index: int) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(name.encode()), index])
