"""Time to embed 10 + 10 people and compare all of them, on one core.

Run it with one thread: OMP_NUM_THREADS=1 python benchmarks/matching/speed.py
"""

import argparse
import timeit

import numpy as np

from lighttrack.matching import EuclideanMatcher, PoseMatcher
from lighttrack.structures import Poses
from lighttrack.structures.skeletons import skeleton_named

PEOPLE = 10


def people(skeleton: str, missing: float, seed: int) -> Poses:
    """Random poses, a share of their keypoints missing."""
    rng = np.random.default_rng(seed)
    k = len(skeleton_named(skeleton))
    keypoints = rng.normal(size=(PEOPLE, k, 2)) * 50
    keypoints[rng.random((PEOPLE, k)) < missing] = np.nan
    scores = np.isfinite(keypoints[..., 0])
    boxes, certain = np.zeros((PEOPLE, 4)), np.ones(PEOPLE)
    return Poses(skeleton_named(skeleton), keypoints, scores, boxes, certain)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    pose = PoseMatcher()
    for skeleton in ("posetrack-15", "coco-17", "blazepose-33"):
        for missing in (0.0, 1 / 3):
            known, seen = people(skeleton, missing, 0), people(skeleton, missing, 1)
            calls = {
                "euclidean": lambda k=known, s=seen: EuclideanMatcher().distances(k, s),
                "sgcn": lambda k=known, s=seen: pose.distances(k, s),
            }
            shown = []
            for name, call in calls.items():
                times = np.array(timeit.repeat(call, number=1, repeat=300)) * 1e6
                shown.append(f"{name} {np.median(times):6.0f} (best {times.min():6.0f})")
            print(f"{skeleton:13s} {missing:.0%} missing, µs: " + ", ".join(shown))
