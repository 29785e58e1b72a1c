"""How far the camera may move round a person until a pose no longer matches itself.

    python benchmarks/matching/view_angle.py ../shared/poses --plot docs/images/view-angle.svg

Four people of motion capture held out, who do like things and face about the same way, are seen at
one moment by two cameras 0 to 90 degrees apart, both at the height of the chest. A positive is one
person seen by both, a negative two people, one by each. Balanced accuracy at the best threshold of
each angle, and at the one that is best without an angle (four frames apart instead); and rank-1:
whether a person is nearest to themselves. The paper says "invariant to human location or view
angle": place is removed, the angle is not.
"""

import argparse
from pathlib import Path

import numpy as np

from lighttrack.evaluation.matching import balanced_accuracy, best_threshold, rank_one
from lighttrack.matching import EuclideanMatcher, PoseMatcher
from lighttrack.structures import Poses
from lighttrack.structures.protocols import PoseDistance
from lighttrack.training.motion import SKELETON, MotionBank, load_motion

ANGLES = (0, 15, 30, 45, 60, 75, 90)
SCENES = 600
PEOPLE = 4
_DISTANCE, _HEIGHT, _FOCAL = 5.0, 1.2, 1000.0
_NOISE = 0.005
"""Standard deviation of a keypoint, in heights of a person of 1.7 m."""


def draw_people(bank: MotionBank, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Positions `(S, P, 2, 15, 3)` at a moment and four frames on, and a facing `(S, P)`."""
    activity = bank.activity[rng.integers(0, len(bank), SCENES)]
    clips = np.stack(
        [rng.choice(np.flatnonzero(bank.activity == which), PEOPLE) for which in activity]
    )
    start = rng.random(clips.shape) * np.maximum(bank.lengths[clips] - 6, 1)
    moments = np.stack([start, start + 4], axis=-1).astype(np.float32)
    world = bank.at(np.broadcast_to(clips[..., None], moments.shape), moments)
    world = world - world[:, :, :1, 9:11].mean(axis=3, keepdims=True) * np.float32([1, 0, 1])
    left = world[:, :, 0, 9] - world[:, :, 0, 10]
    facing = np.arctan2(-left[..., 2], left[..., 0])
    common = rng.uniform(0, 2 * np.pi, (SCENES, 1))
    return world, common + rng.normal(0, np.deg2rad(20), facing.shape) - facing


def seen_from(world: np.ndarray, turn: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Keypoints `(S, P, 15, 2)` of people turned by `turn` `(S, P)` before one camera."""
    cosine, sine = np.cos(turn)[..., None], np.sin(turn)[..., None]
    x = world[..., 0] * cosine + world[..., 2] * sine
    z = world[..., 2] * cosine - world[..., 0] * sine
    scale = _FOCAL / (_DISTANCE - z)
    points = np.stack([x * scale, (_HEIGHT - world[..., 1]) * scale], axis=-1)
    noise = rng.normal(0, _NOISE * 1.7 * _FOCAL / _DISTANCE, points.shape)
    return (points + noise).astype(np.float32)


def distances(matcher: PoseDistance, known: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Distances `(S, P, P)` of the people of each scene."""
    parts = [matcher.embed(poses_of(points.reshape(-1, 15, 2))) for points in (known, seen)]
    shaped = [part.reshape(SCENES, PEOPLE, -1) for part in parts]
    return np.stack([matcher.compare(a, b) for a, b in zip(*shaped, strict=True)])


def poses_of(points: np.ndarray) -> Poses:
    """Keypoints `(N, 15, 2)` as poses."""
    n = len(points)
    there = np.isfinite(points[..., 0]).astype(np.float32)
    return Poses(SKELETON, points, there, np.zeros((n, 4)), np.ones(n))


def measure(poses: Path) -> dict[str, dict[int, tuple[float, float, float]]]:
    """Accuracy at the best threshold, at that of no angle, and rank-1, by matcher and angle."""
    rng = np.random.default_rng(0)
    world, turn = draw_people(load_motion(poses / "cmu-mocap", "held_out"), rng)
    known = seen_from(world[:, :, 0], turn, rng)
    later = seen_from(world[:, :, 1], turn, rng)
    same = np.broadcast_to(np.eye(PEOPLE, dtype=bool), (SCENES, PEOPLE, PEOPLE)).reshape(-1)
    ids = np.arange(PEOPLE)
    result: dict[str, dict[int, tuple[float, float, float]]] = {}
    for name, matcher in {"euclidean": EuclideanMatcher(), "sgcn": PoseMatcher()}.items():
        usual = best_threshold(distances(matcher, known, later).reshape(-1), same)
        for angle in ANGLES:
            side = rng.choice([-1, 1], (SCENES, 1))
            seen = seen_from(world[:, :, 0], turn + side * np.deg2rad(angle), rng)
            apart = distances(matcher, known, seen)
            flat = apart.reshape(-1)
            right = np.sum([rank_one(table, ids, ids) for table in apart], axis=0)
            result.setdefault(name, {})[angle] = (
                balanced_accuracy(flat, same, threshold=best_threshold(flat, same)),
                balanced_accuracy(flat, same, threshold=usual),
                float(right[0] / right[1]),
            )
    return result


def plot(result: dict[str, dict[int, tuple[float, float, float]]], path: Path) -> None:
    """Draw accuracy by angle."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.6), layout="constrained")
    axes = figure.subplots()
    for (name, rows), colour in zip(result.items(), ("tab:gray", "tab:blue"), strict=True):
        for column, (what, style) in enumerate(
            (("best threshold", "-"), ("threshold of no angle", "--"))
        ):
            label = f"{name.upper() if name == 'sgcn' else name}, {what}"
            values = [row[column] for row in rows.values()]
            axes.plot(list(rows), values, style, color=colour, marker=".", label=label)
    axes.axhline(0.5, color="black", linewidth=0.5)
    axes.set(xlabel="angle between the cameras, degrees", ylabel="balanced accuracy")
    axes.set(xticks=ANGLES, ylim=(0.45, 1))
    axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("poses", type=Path)
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    figures = measure(arguments.poses)
    print("angle           " + "".join(f"{angle:7d}" for angle in ANGLES))
    for name, rows in figures.items():
        for column, what in enumerate(("best", "usual", "rank-1")):
            cells = "".join(f"{row[column]:7.3f}" for row in rows.values())
            print(f"{name:10s}{what:6s}{cells}")
    if arguments.plot:
        plot(figures, arguments.plot)
