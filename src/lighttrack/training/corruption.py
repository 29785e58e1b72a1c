"""Errors that estimators, annotators and occlusions make of true keypoints."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from lighttrack.structures import Boxes, Floats, Mask
from lighttrack.structures.types import AnyArray
from lighttrack.training.motion import SKELETON
from lighttrack.training.scenes import View, log_uniform

_NOSE, _NECK, _TOP = 0, 1, 2
_SHOULDERS, _HIPS = [3, 4], [9, 10]
_LIMBS = ([3, 5, 7], [4, 6, 8]), ([9, 11, 13], [10, 12, 14])
"""Left and right arm, left and right leg."""
_MIRROR = np.array(SKELETON.mirror)
_UNCERTAINTY = (np.array(SKELETON.sigmas) / np.mean(SKELETON.sigmas)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class CorruptionConfig:
    """Ranges and shares; sizes in units of the square root of the area of the person's box.

    The default is a good estimator in most videos: networks are trained, and distances calibrated,
    on its errors.
    """

    noise: tuple[float, float] = (0.002, 0.02)
    """Range of the standard deviation of a keypoint from frame to frame, one draw per scene."""
    rough: float = 0.25
    """Share of scenes whose estimator is worse than that ..."""
    roughest: float = 0.07
    """... and the largest standard deviation of such."""
    wander: float = 0.5
    """Share of the variance of that noise that wanders, rather than jumps from frame to frame."""
    bias: float = 0.01
    """Standard deviation of the part of the error that stays with a person."""
    outlier: float = 0.005
    """Share of keypoints whose noise is eight times as large."""
    swap: float = 0.004
    """Share of poses with left and right exchanged; the same again for arms and legs alone."""
    occlusion: float = 0.5
    """Share of keypoints lost among those behind another person's torso."""
    furniture: float = 0.15
    """Share of people of whom an object in the foreground occludes a side."""
    dropping: float = 0.35
    """Share of scenes whose estimator drops keypoints at random ..."""
    dropped: float = 0.5
    """... and the largest share of keypoints that it drops."""
    lasting: float = 20.0
    """Frames of 1/30 s after which it is open again which keypoints are dropped or occluded, and
    where the noise has wandered."""
    fleeting: float = 0.4
    """Share of scenes in which an error is drawn again in every frame instead."""
    no_nose: float = 0.5
    """Share of scenes without a nose, as in much of PoseTrack."""
    derived_head: float = 0.25
    """Share of scenes whose neck and top of the head are derived, as from COCO's keypoints."""


CLEAN = CorruptionConfig(
    noise=(1e-4, 2e-4), rough=0.0, bias=0.0, outlier=0.0, swap=0.0, occlusion=0.0, furniture=0.0,
    dropping=0.0, dropped=0.0, no_nose=0.0, derived_head=0.0,
)  # fmt: skip
"""True keypoints, truncated by the image border only."""


@dataclass(frozen=True, slots=True)
class Observed:
    """Poses as a tracker receives them."""

    keypoints: Floats
    """`(B, P, T, 15, 2)`: pixels; NaN where missing."""
    boxes: Boxes
    """`(B, P, T, 4)`: around all of the body inside the image."""


def corrupt(
    view: View, moments: Floats, config: CorruptionConfig, rng: np.random.Generator
) -> Observed:
    """Add an estimator's errors and remove occluded keypoints.

    Errors last, as those of estimators on video do: what was missed a moment ago is mostly missed
    now, and a keypoint that was placed beside a wrist is placed there again.

    Args:
        view: the true keypoints.
        moments: `(B, T)`: when, in frames of 1/30 s.
        config: how large the errors are.
        rng: source of all randomness.

    Returns:
        The poses. A person with fewer than four keypoints left has none.
    """
    points = _head_convention(view.keypoints, config, rng)
    boxes = _boxes(points, view.inside)
    size = boxes[..., 2:] - boxes[..., :2]
    scale = np.sqrt(np.maximum(size[..., 0] * size[..., 1], 1))[..., None]
    hidden = (_behind_others(view) & _some(view, moments, config.occlusion, config, rng)) | (
        ~view.inside
    )
    hidden |= _behind_furniture(points, boxes, config, rng)
    points = points + _noise(points.shape[:-1], moments, config, rng) * scale[..., None]
    points = _swapped(points, config, rng)
    share = rng.uniform(0, config.dropped, (len(points), 1, 1, 1))
    share = np.where(rng.random(share.shape) < config.dropping, share, 0)
    hidden |= _some(view, moments, share, config, rng)
    hidden |= hidden.shape[-1] - hidden.sum(axis=-1, keepdims=True) < 4
    points[hidden] = np.nan
    return Observed(points, boxes)


def _head_convention(points: Floats, config: CorruptionConfig, rng: np.random.Generator) -> Floats:
    """Copies with the head as PoseTrack's annotators, or a mapping from COCO, have it."""
    points = points.copy()
    kind = rng.random(len(points))
    derived = kind < config.derived_head
    neck = points[derived][..., _SHOULDERS, :].mean(axis=-2)
    points[derived, ..., _NECK, :] = neck
    points[derived, ..., _TOP, :] = 2 * points[derived, ..., _NOSE, :] - neck
    points[kind > 1 - config.no_nose, ..., _NOSE, :] = np.nan
    return points


def _boxes(points: Floats, inside: Mask) -> Boxes:
    known = (inside & ~np.isnan(points[..., 0]))[..., None]
    lower = np.where(known, points, np.float32(1e9)).min(axis=-2)
    upper = np.where(known, points, np.float32(-1e9)).max(axis=-2)
    return np.concatenate([lower, np.maximum(upper, lower)], axis=-1)


def _noise(
    shape: tuple[int, ...], moments: Floats, config: CorruptionConfig, rng: np.random.Generator
) -> Floats:
    scenes = (shape[0], 1, 1, 1)
    level = log_uniform(rng, config.noise, scenes)
    rough = rng.uniform(config.noise[1], max(config.roughest, config.noise[1]), scenes)
    level = np.where(rng.random(scenes) < config.rough, rough, level) * _UNCERTAINTY
    level = level * np.where(rng.random(shape) < config.outlier, 8, 1)
    jumping = rng.standard_normal((*shape, 2), np.float32) * np.float32(1 - config.wander) ** 0.5
    wandering = _process((*shape, 2), moments, config, rng) * config.wander**0.5
    moving = (jumping + wandering) * level[..., None]
    lasting = (shape[0], shape[1], 1, shape[3], 2)
    staying = rng.standard_normal(lasting, np.float32) * (config.bias * _UNCERTAINTY[:, None])
    return np.asarray(moving + staying, np.float32)


def _swapped(points: Floats, config: CorruptionConfig, rng: np.random.Generator) -> Floats:
    poses = points.shape[:3]
    whole = rng.random(poses) < config.swap
    points[whole] = points[whole][:, _MIRROR]
    for left, right in _LIMBS:
        some = rng.random(poses) < config.swap
        exchanged = points[some]
        exchanged[:, left + right] = exchanged[:, right + left]
        points[some] = exchanged
    return points


def _behind_others(view: View) -> Mask:
    """Keypoints behind the torso of a nearer person."""
    points = view.keypoints
    torso = points[..., _SHOULDERS + _HIPS, :]
    lower, upper = torso.min(axis=-2), torso.max(axis=-2)
    covered = np.zeros(points.shape[:-1], np.bool_)
    for front in range(points.shape[1]):
        nearer = view.depth[:, front, None] < view.depth - 0.1
        above = points >= lower[:, front, None, :, None]
        below = points <= upper[:, front, None, :, None]
        covered |= (above & below).all(axis=-1) & nearer[..., None]
    return covered


def _behind_furniture(
    points: Floats, boxes: Boxes, config: CorruptionConfig, rng: np.random.Generator
) -> Mask:
    """Keypoints on the far side of a line across a person: legs behind a table, half a body."""
    people = points.shape[:2]
    angle = np.where(rng.random(people) < 0.6, np.pi / 2, rng.uniform(0, 2 * np.pi, people))
    normal = np.stack([np.cos(angle), np.sin(angle)], axis=-1).astype(np.float32)
    size = np.maximum(boxes[..., 2:] - boxes[..., :2], 1)
    centre = (boxes[..., :2] + boxes[..., 2:]) / 2
    # From -0.5 to 0.5 across the body in the direction of the line's normal.
    across = np.einsum(
        "bptkc,bpc->bptk", (points - centre[..., None, :]) / size[..., None, :], normal
    )
    edge = rng.uniform(-0.1, 0.45, people)[..., None, None]
    present = (rng.random(people) < config.furniture)[..., None, None]
    return np.asarray((across > edge) & present, np.bool_)


def _some(
    view: View,
    moments: Floats,
    share: float | AnyArray,
    config: CorruptionConfig,
    rng: np.random.Generator,
) -> Mask:
    """A share of all keypoints, drawn so that a keypoint stays in or out for a while."""
    latent = _process(view.keypoints.shape[:-1], moments, config, rng)
    return np.asarray(latent < ndtri(np.clip(share, 1e-9, 1 - 1e-9)), np.bool_)


def _process(
    shape: tuple[int, ...], moments: Floats, config: CorruptionConfig, rng: np.random.Generator
) -> Floats:
    """Standard normal numbers `(B, P, T, ...)` whose correlation falls by e in `lasting` frames."""
    fresh = rng.standard_normal(shape, np.float32)
    apart = np.abs(moments[:, :, None] - moments[:, None])
    correlation = np.exp(-apart / config.lasting)
    correlation[rng.random(len(moments)) < config.fleeting] = 0
    diagonal = np.arange(moments.shape[1])
    correlation[:, diagonal, diagonal] = 1 + 1e-4
    mixing = np.linalg.cholesky(correlation).astype(np.float32)
    flat = fresh.reshape(*shape[:3], -1)
    return np.asarray((mixing[:, None] @ flat).reshape(shape), np.float32)
