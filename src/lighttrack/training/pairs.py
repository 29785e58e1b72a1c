"""Batches of poses drawn from tracked sequences, as single pairs or as scenes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lighttrack.matching.pairs import PairKind, Pairs, PoseSequence
from lighttrack.structures import Floats, Mask
from lighttrack.training.batches import Batch, draw_moments


@dataclass(frozen=True, slots=True)
class PairSource:
    """Draws batches of single pairs, half of them positives, half of the negatives hard.

    This is how the paper trains; `WindowSource` makes more of the same data. Fulfils `BatchSource`:
    a scene holds the two poses of one pair, and people 0 and 1 are one of them each in a negative.
    """

    sequences: Sequence[PoseSequence]
    pairs: Pairs
    size: int = 32
    """Pairs per batch, 32 in the paper."""

    def __call__(self, rng: np.random.Generator, /) -> Batch:
        """One batch."""
        lottery = rng.random(self.size)
        kind = np.where(lottery < 0.5, PairKind.POSITIVE, PairKind.HARD_NEGATIVE)
        kind[lottery > 0.75] = PairKind.OTHER_NEGATIVE
        rows = rng.integers(0, len(self.pairs), self.size)
        for which in PairKind:
            members = np.flatnonzero(self.pairs.kind == which)
            asked = kind == which
            if len(members):  # without overlaps in the data, say, any pair serves
                rows[asked] = rng.choice(members, int(asked.sum()))
        first, second = self.pairs.first[rows], self.pairs.second[rows]
        k = self.sequences[0].keypoints.shape[2]
        keypoints = np.full((self.size, 2, 2, k, 2), np.nan, np.float32)
        boxes = np.full((self.size, 2, 2, 4), np.nan, np.float32)
        other = (self.pairs.kind[rows] != PairKind.POSITIVE).astype(np.int64)
        for scene, (known, seen) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
            for person, moment, place in ((0, 0, known), (other[scene], 1, seen)):
                sequence, frame, column = place
                keypoints[scene, person, moment] = self.sequences[sequence].keypoints[frame, column]
                boxes[scene, person, moment] = self.sequences[sequence].boxes[frame, column]
        # Two poses of one frame are compared as if the second came a frame later.
        gap = np.maximum(second[:, 1] - first[:, 1], 1)
        moments = np.stack([np.zeros_like(gap), gap], axis=1).astype(np.float32)
        return Batch(keypoints, boxes, moments)


@dataclass(frozen=True, slots=True)
class WindowSource:
    """Draws scenes from tracked sequences: a few people at a few moments, all pairs among them.

    Fulfils `BatchSource`, with the same kinds of pairs as the synthetic source draws.
    """

    sequences: Sequence[PoseSequence]
    scenes: int = 32
    people: int = 4
    later: int = 3
    longest_gap: int = 16
    ages: tuple[float, ...] = (0.0,)

    def __call__(self, rng: np.random.Generator, /) -> Batch:
        """One batch."""
        moments = draw_moments(rng, self.scenes, self.later, self.longest_gap, self.ages)
        lengths = np.array([len(sequence.keypoints) for sequence in self.sequences], np.float64)
        chosen = rng.choice(len(self.sequences), self.scenes, p=lengths / lengths.sum())
        keypoints, boxes = [], []
        for scene, number in enumerate(chosen.tolist()):
            sequence = self.sequences[number]
            frames, inside = self._frames(len(sequence.keypoints), moments[scene], rng)
            people, there = self._people(sequence.present[frames[0]], rng)
            points = sequence.keypoints[frames][:, people].copy()
            points[~inside] = np.nan
            points[:, there:] = np.nan
            keypoints.append(points.transpose(1, 0, 2, 3))
            boxes.append(sequence.boxes[frames][:, people].transpose(1, 0, 2))
        return Batch(np.stack(keypoints), np.stack(boxes), moments)

    def _frames(
        self, length: int, moments: Floats, rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], Mask]:
        """Frames `(T,)` from a random start, and which of them the sequence has."""
        frames = rng.integers(0, length) + moments.astype(np.int64)
        inside = (frames >= 0) & (frames < length)
        return np.clip(frames, 0, length - 1), inside

    def _people(self, present: Mask, rng: np.random.Generator) -> tuple[NDArray[np.int64], int]:
        """Columns `(P,)` of people, and how many of them, the first, are there at that moment."""
        there = rng.permutation(np.flatnonzero(present))[: self.people]
        return np.resize(np.append(there, 0), self.people), len(there)
