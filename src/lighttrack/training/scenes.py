"""People of motion capture placed together and projected through random cameras.

World: metres, y up, people around the origin. The camera looks along -z, so that the right of the
image is +x; the direction that people face is drawn, so the camera need not go round them. All
arrays carry the axes B scenes, P people, T moments, 15 keypoints.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lighttrack.structures import Floats, Mask
from lighttrack.structures.types import AnyArray
from lighttrack.training.motion import SKELETON, MotionBank

HEIGHT = 720.0
"""Height of every image in pixels; only ratios matter."""

_CLOSEST = 0.3
"""Metres before the camera below which nothing is visible."""


@dataclass(frozen=True, slots=True)
class SceneConfig:
    """How scenes are drawn; lengths in metres, angles in degrees."""

    people: int = 4
    couple: float = 0.15
    """Share of scenes with two people recorded together."""
    alike: float = 0.55
    """Share of the other scenes in which all do alike things."""
    same_way: float = 0.6
    """Share of scenes whose people face about the same way."""
    spread: tuple[float, float] = (0.2, 1.0)
    """Range of the standard deviation of people's places, sideways."""
    depth: float = 0.8
    """Standard deviation of people's places along the line of sight."""
    proportions: float = 0.08
    """Standard deviation of the logarithm of a bone's length between people."""
    restyled: float = 0.5
    """Share of scenes whose people hold trunk and limbs otherwise than in the recording."""
    tilted: float = 0.15
    """Share of scenes whose people lie, hang or bend over: their bodies turned any way."""
    in_step: float = 0.3
    """Share of alike scenes in which all do the same thing at nearly the same moment."""
    speed: tuple[float, float] = (0.8, 1.4)
    """Range of the factor on the speed of the motion."""
    distance: tuple[float, float] = (2.0, 15.0)
    """Range of the camera's distance."""
    camera_height: tuple[float, float] = (0.4, 4.0)
    apparent_height: tuple[float, float] = (0.2, 1.3)
    """Range of a standing person's height, in heights of the image."""
    camera_drift: tuple[float, float] = (0.01, 0.5)
    """Range of the standard deviation of the camera's speed, m/s."""
    jump: float = 0.25
    """Share of scenes in which the image shifts and zooms abruptly between two moments."""


@dataclass(frozen=True, slots=True)
class View:
    """Projections of the cameras, before any estimator."""

    keypoints: Floats
    """`(B, P, T, 15, 2)`: pixels."""
    depth: Floats
    """`(B, P, T)`: metres from the camera to the middle of the body."""
    inside: Mask
    """`(B, P, T, 15)`: keypoints inside the image and before the camera."""


# Bones from the middle of the hips outwards: child, parent (None: middle of the hips), the kind of
# bone, whose length varies between people, and the joint that turns it, of _JOINTS.
_BONES: tuple[tuple[int, int | None, int, int], ...] = (
    (9, None, 0, 0), (10, None, 0, 0), (1, None, 1, 1), (3, 1, 2, 1), (4, 1, 2, 1), (0, 1, 3, 1),
    (2, 1, 3, 1), (5, 3, 4, 2), (6, 4, 4, 3), (7, 5, 5, 4), (8, 6, 5, 5), (11, 9, 6, 6),
    (12, 10, 6, 7), (13, 11, 7, 8), (14, 12, 7, 9),
)  # fmt: skip
_KINDS = 8
# Whole body, trunk, arms, forearms, legs, shanks: the joint each hangs on, and how far (radians)
# a style turns it.
_JOINTS: tuple[tuple[int | None, float], ...] = (
    (None, 0.1), (0, 0.4), (1, 0.6), (1, 0.6), (2, 0.5), (3, 0.5), (0, 0.4), (0, 0.4), (6, 0.4),
    (7, 0.4),
)  # fmt: skip
_MIRROR = np.array(SKELETON.mirror)
_FLIP = np.array([-1, 1, 1], np.float32)


def draw_scenes(
    bank: MotionBank, offsets: Floats, config: SceneConfig, rng: np.random.Generator
) -> View:
    """Project people through random cameras.

    Args:
        bank: the motion to draw from.
        offsets: `(B, T)`: moments in frames of 1/30 s relative to each scene's own time 0.
        config: ranges to draw from.
        rng: source of all randomness.
    """
    world = _people(bank, offsets, config, rng)
    return _project(world, offsets, config, rng)


def log_uniform(
    rng: np.random.Generator, limits: tuple[float, float], shape: tuple[int, ...]
) -> Floats:
    """Numbers of `shape` whose logarithm is uniform between the `limits`."""
    low, high = np.log(limits)
    return np.exp(rng.uniform(low, high, shape)).astype(np.float32)


def _people(
    bank: MotionBank, offsets: Floats, config: SceneConfig, rng: np.random.Generator
) -> Floats:
    """Positions `(B, P, T, 15, 3)` of people placed together."""
    scenes = len(offsets)
    alike = rng.random(scenes) < config.alike
    clips, couple = _choose_clips(bank, alike, config, rng)
    speed = rng.uniform(*config.speed, (scenes, 1, 1)).astype(np.float32)
    steps = offsets[:, None] * speed
    in_step = alike & (rng.random(scenes) < config.in_step)
    repeats = in_step[:, None] & (np.arange(config.people) > couple[:, None])
    clips = np.where(repeats, clips[:, :1], clips)
    origin = _choose_moments(bank, clips, steps, rng)
    together = _choose_moments(bank, clips, steps, rng)[:, :1] + rng.normal(0, 4, origin.shape)
    origin = np.where(in_step[:, None], together, origin)
    origin[couple, 1:2] = origin[couple, :1]
    moments = (origin[..., None] + steps).astype(np.float32)
    world = bank.at(np.broadcast_to(clips[..., None], moments.shape), moments)
    mirrored = rng.random((scenes, 1, 1, 1, 1)) < 0.5
    world = np.where(mirrored, world[..., _MIRROR, :] * _FLIP, world)
    world = _rebuilt(world, alike, couple, config, rng)
    return _placed(world, couple, config, rng)


def _choose_clips(
    bank: MotionBank, alike: Mask, config: SceneConfig, rng: np.random.Generator
) -> tuple[NDArray[np.int64], Mask]:
    """Clips `(B, P)`, and in which scenes the first two people belong together."""
    # Activities with many clips must not drown the others.
    count = np.bincount(bank.activity)[bank.activity]
    weight = 1 / np.sqrt(count)
    weight /= weight.sum()
    scenes = len(alike)
    shape = (scenes, config.people)
    clips = rng.choice(len(bank), shape, p=weight)
    # Alike: every other person repeats the first one's clip or takes one of the same activity.
    order = np.argsort(bank.activity, kind="stable")
    first = np.searchsorted(bank.activity[order], np.arange(bank.activity.max() + 1))
    group = bank.activity[clips[:, :1]]
    member = (rng.random(shape) * np.bincount(bank.activity)[group]).astype(np.int64)
    relatives = order[first[group] + member]
    relatives = np.where(rng.random(shape) < 0.5, clips[:, :1], relatives)
    clips = np.where(alike[:, None] & (np.arange(config.people) > 0), relatives, clips)
    couples = np.flatnonzero(bank.partner >= 0)
    couple = np.zeros(scenes, np.bool_)
    if len(couples) and config.people > 1:
        couple = rng.random(scenes) < config.couple
        leaders = rng.choice(couples, int(couple.sum()))
        clips[couple, 0] = leaders
        clips[couple, 1] = bank.partner[leaders]
    return clips, couple


def _choose_moments(
    bank: MotionBank, clips: NDArray[np.int64], steps: Floats, rng: np.random.Generator
) -> Floats:
    """Frame `(B, P)` of each clip at which its scene has time 0."""
    room = bank.lengths[clips] - 1 - np.ceil(steps.max(axis=2))
    early = -np.floor(np.minimum(steps.min(axis=2), 0))
    moments = early + rng.random(clips.shape) * np.maximum(room - early, 0)
    return np.asarray(moments, np.float32)


def _rebuilt(
    world: Floats, alike: Mask, couple: Mask, config: SceneConfig, rng: np.random.Generator
) -> Floats:
    """The same motion by people of another build and bearing."""
    scenes, people = world.shape[:2]
    size = rng.normal(0, config.proportions, (scenes, people, 1, 1))
    kinds = rng.normal(0, config.proportions, (scenes, people, 1, _KINDS))
    factors = np.exp(size + kinds).astype(np.float32)
    turns = _bearing(alike, couple, people, config, rng)
    hips = world[..., 9:11, :].mean(axis=-2)
    root = hips.copy()
    root[..., 1] *= np.exp(size)[..., 0].astype(np.float32)  # long legs carry the hips higher
    result = np.empty_like(world)
    for child, parent, kind, joint in _BONES:
        start = hips if parent is None else world[..., parent, :]
        bone = (world[..., child, :] - start) * factors[..., kind, None]
        turned = bone @ turns[:, :, joint]
        result[..., child, :] = (root if parent is None else result[..., parent, :]) + turned
    return result


def _bearing(
    alike: Mask, couple: Mask, people: int, config: SceneConfig, rng: np.random.Generator
) -> Floats:
    """Matrices `(B, P, 10, 3, 3)` by which trunk and limbs are turned, from the right.

    People who do alike things hold themselves alike; couples stay as they were recorded.
    """
    scenes = len(alike)
    shape = (scenes, people, len(_JOINTS), 3)
    own = rng.normal(size=shape)
    own = np.where(alike[:, None, None, None], own[:, :1] + 0.15 * rng.normal(size=shape), own)
    own *= np.array([extent for _, extent in _JOINTS])[:, None]
    own *= (rng.random(scenes) < config.restyled)[:, None, None, None]
    tilt = rng.normal(size=(scenes, 3))
    tilt *= rng.uniform(0.3, np.pi, (scenes, 1)) / np.linalg.norm(tilt, axis=1, keepdims=True)
    own[..., 0, :] += (tilt * (rng.random(scenes) < config.tilted)[:, None])[:, None]
    own[couple, :2] = 0
    turns = rotations(own)
    for joint, (parent, _) in enumerate(_JOINTS):
        if parent is not None:
            turns[:, :, joint] = turns[:, :, joint] @ turns[:, :, parent]
    return turns


def rotations(vectors: AnyArray) -> Floats:
    """Rotation matrices `(..., 3, 3)` of axis-angle vectors `(..., 3)` in radians (Rodrigues)."""
    angle = np.linalg.norm(vectors, axis=-1)[..., None, None]
    x, y, z = np.moveaxis(vectors / np.maximum(angle[..., 0], 1e-9), -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)
    turned = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
    return np.asarray(turned, np.float32)


def _placed(world: Floats, couple: Mask, config: SceneConfig, rng: np.random.Generator) -> Floats:
    """People turned and set side by side; couples are turned and set as one."""
    scenes, people = world.shape[:2]
    hips = world[:, :, :1, 9:11].mean(axis=3)
    centre = hips[:, :, 0]
    centre[couple, :2] = centre[couple, :2].mean(axis=1, keepdims=True)
    centre[..., 1] = 0
    world = world - centre[:, :, None, None]
    common = rng.uniform(0, 2 * np.pi, (scenes, 1))
    apart = rng.normal(0, np.deg2rad(20), (scenes, people))
    free = rng.uniform(0, 2 * np.pi, (scenes, people))
    facing = _facing(world)
    alike = rng.random((scenes, 1)) < config.same_way
    turn = np.where(alike, common + apart - facing, free)
    turn[couple, 1:2] = turn[couple, :1]
    place = np.zeros((scenes, people, 3), np.float32)
    place[..., 0] = rng.normal(size=(scenes, people)) * log_uniform(rng, config.spread, (scenes, 1))
    place[..., 2] = rng.normal(0, config.depth, (scenes, people))
    place[couple, 1:2] = place[couple, :1]
    cosine, sine = (f(turn).astype(np.float32)[:, :, None, None] for f in (np.cos, np.sin))
    turned = np.empty_like(world)
    turned[..., 0] = world[..., 0] * cosine + world[..., 2] * sine
    turned[..., 1] = world[..., 1]
    turned[..., 2] = world[..., 2] * cosine - world[..., 0] * sine
    return turned + place[:, :, None, None]


def _facing(world: Floats) -> Floats:
    """Angle `(B, P)` about y of the way each body faces at the first moment; 0 faces +z."""
    left = world[:, :, 0, 9] - world[:, :, 0, 10]
    return np.asarray(np.arctan2(-left[..., 2], left[..., 0]), np.float32)


def _project(world: Floats, offsets: Floats, config: SceneConfig, rng: np.random.Generator) -> View:
    """Project with one pinhole camera per scene that drifts, turns and zooms."""
    scenes, moments = offsets.shape
    seconds = offsets[..., None] / 30
    distance = log_uniform(rng, config.distance, (scenes, 1))
    eye = np.zeros((scenes, moments, 3), np.float32)
    eye[..., 1] = log_uniform(rng, config.camera_height, (scenes, 1))
    eye[..., 2] = distance
    drift = log_uniform(rng, config.camera_drift, (scenes, 1))
    eye += (rng.normal(size=(scenes, 3)) * drift)[:, None] * seconds
    pitch = np.arctan2(eye[:, 0, 1] - 0.95, distance[:, 0]) + rng.normal(0, 0.05, scenes)
    roll = rng.normal(0, 0.06, (scenes,))
    relative = (world - eye[:, None, :, None]) @ _rotation(pitch, roll)[:, None, None]
    depth = -relative[..., 2]
    focal = log_uniform(rng, config.apparent_height, (scenes, 1)) * HEIGHT * distance / 1.7
    width = HEIGHT * rng.choice([0.5625, 1.333, 1.778, 1.778], (scenes, 1, 1, 1))
    zoom, shift = _camera_path(seconds[..., 0], width[:, :, 0, 0], config, rng)
    scale = (focal * zoom)[:, None, :, None] / np.maximum(depth, _CLOSEST)
    x = relative[..., 0] * scale + shift[:, None, :, None, 0]
    y = shift[:, None, :, None, 1] - relative[..., 1] * scale
    inside = (depth > _CLOSEST) & (x >= 0) & (x < width) & (y >= 0) & (y < HEIGHT)
    keypoints = np.stack([x, y], axis=-1).astype(np.float32)
    return View(keypoints, np.asarray(depth[..., 9:11].mean(axis=-1), np.float32), inside)


def _rotation(pitch: AnyArray, roll: AnyArray) -> Floats:
    """Matrices `(B, 3, 3)` that take world offsets, from the right, to the camera's axes."""
    zero, one = np.zeros_like(pitch), np.ones_like(pitch)
    cp, sp, cr, sr = np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    tilt = np.stack([one, zero, zero, zero, cp, sp, zero, -sp, cp], axis=-1).reshape(-1, 3, 3)
    spin = np.stack([cr, -sr, zero, sr, cr, zero, zero, zero, one], axis=-1).reshape(-1, 3, 3)
    return np.asarray(tilt @ spin, np.float32)


def _camera_path(
    seconds: AnyArray, width: AnyArray, config: SceneConfig, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Zoom `(B, T)` and the image's shift `(B, T, 2)` in pixels, abrupt events included."""
    scenes = len(seconds)
    zoom = rng.normal(0, 0.1, (scenes, 1)) * seconds
    shift = rng.normal(0, 0.15, (scenes, 1, 2)) * seconds[..., None]
    shift = shift + rng.normal(0.5, 0.15, (scenes, 1, 2))
    event = rng.uniform(seconds.min(axis=1), seconds.max(axis=1) + 1e-6)[:, None]
    after = (seconds > event) & (rng.random((scenes, 1)) < config.jump)
    zoom = zoom + after * rng.normal(0, 0.25, (scenes, 1))
    shift = shift + after[..., None] * rng.normal(0, 0.2, (scenes, 1, 2))
    size = np.stack([width, np.full_like(width, HEIGHT)], axis=-1)
    return np.exp(zoom).astype(np.float32), (shift * size).astype(np.float32)
