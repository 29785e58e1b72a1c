"""How far the poses of a preset agree with those of another, joint by joint, on any video.

    python benchmarks/quality/agreement.py ../shared/clips/pose2sim/cam01.mp4 --check

Each person of the reference (`balanced`) is paired with one of the other (`embedded`) in each frame
by the IoU of their boxes. A joint agrees if it lies within 5 % of the body's height (the longer
side of the reference's box) of the reference's; all joints of a person who is not found do not.
Joints that the reference is not confident of are left out. `ids`: how many identities each gave,
and in how many frames the other's most frequent ones are there.

`--check` fails below the shares that are committed here for two clips of athletes.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from lighttrack import load_tracker
from lighttrack.structures import TrackedFrame
from lighttrack.structures.boxes import iou
from lighttrack.video import open_video

NEAR = 0.05
"""Of the body's height."""

LEAST = {"cam01": 0.90, "cam03": 0.60}
"""Shares of joints that must agree, by the name of the clip."""


def poses_of(preset: str, source: Path, frames: int | None) -> tuple[list[TrackedFrame], float]:
    """What a preset gives for each frame, and the score from which its joints are confident."""
    tracker = load_tracker(preset, threads=1)
    with open_video(source) as video:
        tracked = list(tracker.track(islice(video, frames)))
    return tracked, tracker.estimator.keypoint_threshold


def distances(reference: TrackedFrame, other: TrackedFrame, confident: float) -> list[float]:
    """Distances of the joints of one frame in body heights; infinite where there is none."""
    overlap = iou(reference.boxes, other.boxes)
    rows, columns = linear_sum_assignment(-overlap)
    partner = {int(r): int(c) for r, c in zip(rows, columns, strict=True) if overlap[r, c] > 0.1}
    found: list[float] = []
    for row, box in enumerate(reference.boxes):
        height = float((box[2:] - box[:2]).max())
        joints = reference.poses.scores[row] >= confident
        if row not in partner:
            found += [np.inf] * int(joints.sum())
            continue
        offset = reference.poses.keypoints[row] - other.poses.keypoints[partner[row]]
        lengths = np.linalg.norm(offset[joints], axis=1) / height
        found += np.where(np.isfinite(lengths), lengths, np.inf).tolist()
    return found


def compare(
    reference: Sequence[TrackedFrame], other: Sequence[TrackedFrame], confident: float
) -> tuple[float, list[float]]:
    """The share of joints that agree, and the share in each frame."""
    by_frame = [distances(*pair, confident) for pair in zip(reference, other, strict=True)]
    joints = np.concatenate(by_frame)
    shares = [float(np.mean(np.array(frame) < NEAR)) if frame else 1.0 for frame in by_frame]
    return float((joints < NEAR).mean()), shares


def main() -> None:
    """Print the share of joints that agree for each video."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sources", nargs="+", type=Path)
    parser.add_argument("--preset", default="embedded")
    parser.add_argument("--reference", default="balanced")
    parser.add_argument("--frames", type=int)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    losses = []
    for source in arguments.sources:
        reference, confident = poses_of(arguments.reference, source, arguments.frames)
        other, _ = poses_of(arguments.preset, source, arguments.frames)
        share, _ = compare(reference, other, confident)
        counts = Counter(identity for frame in other for identity in frame.ids.tolist())
        print(
            f"{source.stem}: {100 * share:.1f} % of joints within {100 * NEAR:g} % of the body's "
            f"height; frames of each identity: {sorted(counts.values(), reverse=True)}"
        )
        least = LEAST.get(source.stem)
        if least is not None and share < least:
            losses.append(f"{source.stem}: {share:.3f}, committed {least:.2f}")
    if arguments.check and losses:
        sys.exit("\n".join(losses))


if __name__ == "__main__":
    main()
