"""What pose matching brings to identity association at key frames, as in the paper's Table 5.

    python benchmarks/matching/in_the_tracker.py ../shared/poses/multiperson-posetrack/val

Association alone: poses and boxes of the ground truth are given at key frames only, every 2, 5 or
10 frames, and take identities over from the people known: first by spatial consistency (IoU above
0.3), then, for those left on both sides, by pose matching. Once as filmed, and once with a
image that jumps at three key frames in ten by about half its width: the paper's sudden camera
shift. Matchers decide at their own thresholds, as in the tracker; `anybody` is a control that sees
no pose and takes those left.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from datasets import posetrack_folder
from scipy.optimize import linear_sum_assignment

from lighttrack.evaluation import box_iou, make_sequence
from lighttrack.evaluation.tracking import combine, evaluate, summarize
from lighttrack.matching import AnybodyMatcher, EuclideanMatcher, PoseMatcher
from lighttrack.matching.normalize import CANONICAL
from lighttrack.matching.pairs import PoseSequence
from lighttrack.structures import Poses
from lighttrack.structures.boxes import iou
from lighttrack.structures.protocols import PoseDistance

INTERVALS = (2, 5, 10)
MAX_LOST_FRAMES = 30
"""Frames after which a person who is not observed is deleted."""
_OVERLAP = 0.3


@dataclass
class Known:
    """A person with an identity."""

    identity: int
    frame: int
    """Of the last observation."""
    column: int
    """Of the sequence: where their last poses are."""
    box: np.ndarray
    """In the image of that frame."""


Likeness = Callable[[PoseSequence, Sequence[Known], np.ndarray, int], np.ndarray]
"""How alike `(T, C)` the people known are to those in the given columns of a frame; above 0 they
may be one."""


def poses_of(keypoints: np.ndarray) -> Poses:
    """Keypoints `(N, 15, 2)` as poses."""
    n = len(keypoints)
    return Poses(CANONICAL, keypoints, np.isfinite(keypoints[..., 0]), np.zeros((n, 4)), np.ones(n))


def last_poses(sequence: PoseSequence, known: Sequence[Known]) -> np.ndarray:
    """Keypoints `(T, 15, 2)` of the last observations."""
    return np.stack([sequence.keypoints[person.frame, person.column] for person in known])


def by(matcher: PoseDistance) -> Likeness:
    """How far distances lie below the matcher's threshold, as its share; 0 at the threshold."""

    def likeness(
        sequence: PoseSequence, known: Sequence[Known], columns: np.ndarray, frame: int
    ) -> np.ndarray:
        seen = poses_of(sequence.keypoints[frame, columns])
        distances = matcher.compare(
            matcher.embed(poses_of(last_poses(sequence, known))), matcher.embed(seen)
        )
        return 1 - distances / matcher.threshold

    return likeness


def follow(
    sequence: PoseSequence, interval: int, likeness: Likeness | None, shifts: np.ndarray
) -> list[tuple[list[int], list[int]]]:
    """Columns of the ground truth and the identities given to them, for each key frame."""
    known: list[Known] = []
    given = []
    identities = 0
    moved = sequence.boxes + np.tile(shifts, 2)[:, None]
    for frame in range(0, len(sequence.keypoints), interval):
        columns = np.flatnonzero(sequence.present[frame])
        known = [person for person in known if frame - person.frame <= MAX_LOST_FRAMES]
        owner = np.full(len(columns), -1)
        if known and len(columns):
            old = np.stack([person.box for person in known])
            near = iou(old, moved[frame, columns])
            # Spatial consistency is for those observed at the key frame before.
            fresh = np.array([frame - person.frame <= interval for person in known])
            assign(np.where(fresh[:, None], near, 0), _OVERLAP, owner)
            if likeness is not None:
                free = np.setdiff1d(np.arange(len(known)), owner)
                orphans = np.flatnonzero(owner < 0)
                if len(free) and len(orphans):
                    people = [known[i] for i in free]
                    alike = likeness(sequence, people, columns[orphans], frame)
                    part = np.full(len(orphans), -1)
                    assign(alike, 0.0, part)
                    owner[orphans[part >= 0]] = free[part[part >= 0]]
        names = []
        for place, column in enumerate(columns.tolist()):
            if owner[place] < 0:
                identities += 1
                known.append(Known(identities, frame, column, moved[frame, column]))
                names.append(identities)
            else:
                person = known[owner[place]]
                person.frame, person.column = frame, column
                person.box = moved[frame, column]
                names.append(person.identity)
        given.append((columns.tolist(), names))
    return given


def assign(affinity: np.ndarray, threshold: float, owner: np.ndarray) -> None:
    """Give columns to rows one to one where the affinity exceeds the threshold."""
    allowed = affinity > threshold
    rows, columns = linear_sum_assignment(np.where(allowed, -affinity, 1.0))
    for row, column in zip(rows, columns, strict=True):
        if allowed[row, column]:
            owner[column] = row


def camera(sequence: PoseSequence, interval: int, seed: int) -> np.ndarray:
    """Shifts `(F, 2)` of an image that jumps at three key frames in ten."""
    rng = np.random.default_rng(seed)
    frames = np.arange(len(sequence.keypoints))
    extent = np.nanmax(sequence.boxes[..., 2:], axis=(0, 1))
    count = len(frames) // interval + 1
    jumps = rng.normal(0, 0.5, (count, 2)) * extent * (rng.random((count, 1)) < 0.3)
    return jumps.cumsum(axis=0)[frames // interval].astype(np.float32)


def measure(folder: Path) -> dict:
    """MOTA, IDF1 and switches by camera, interval and matcher."""
    sequences = posetrack_folder(folder)
    matchers: dict[str, Likeness | None] = {
        "spatial consistency": None,
        "+ anybody": by(AnybodyMatcher()),
        "+ euclidean": by(EuclideanMatcher()),
        "+ sgcn": by(PoseMatcher()),
    }
    result: dict = {}
    for filmed in ("as filmed", "camera jumps"):
        for interval in INTERVALS:
            for name, likeness in matchers.items():
                partials = []
                for number, sequence in enumerate(sequences):
                    shifts = np.zeros((len(sequence.keypoints), 2), np.float32)
                    if filmed == "camera jumps":
                        shifts = camera(sequence, interval, number)
                    given = follow(sequence, interval, likeness, shifts)
                    frames = range(0, len(sequence.keypoints), interval)
                    boxes = [
                        sequence.boxes[frame, columns]
                        for frame, (columns, _) in zip(frames, given, strict=True)
                    ]
                    partials.append(
                        evaluate(
                            make_sequence(
                                [columns for columns, _ in given],
                                [names for _, names in given],
                                [box_iou(there, there) for there in boxes],
                                name=sequence.name,
                            )
                        )
                    )
                figures = summarize(combine(partials))
                result.setdefault(filmed, {}).setdefault(interval, {})[name] = figures
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    figures = measure(arguments.folder)
    for filmed, intervals in figures.items():
        for interval, rows in intervals.items():
            print(f"{filmed}, a key frame every {interval} frames")
            for name, row in rows.items():
                shown = {key.lower(): value for key, value in row.items()}
                print(
                    f"  {name:20s} MOTA {shown['mota']:.3f}  IDF1 {shown['idf1']:.3f}"
                    f"  switches {shown['switches']:.0f}"
                )
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
