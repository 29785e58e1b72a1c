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
    Each `steps_per_pass` batches hold every positive once, in a new order.
    """

    sequences: Sequence[PoseSequence]
    pairs: Pairs
    size: int = 32
    """Pairs per batch, 32 in the paper."""
    seed: int = 0
    """Of the order of the positives."""

    @property
    def steps_per_pass(self) -> int:
        """Batches until every positive was drawn once."""
        count = int((self.pairs.kind == PairKind.POSITIVE).sum())
        return -(-count // (self.size // 2))

    def __call__(self, rng: np.random.Generator, /, step: int = 0) -> Batch:
        """The batch of a step: its positives are the next ones of the pass, the others drawn."""
        rows = np.concatenate([self._positives(step), self._negatives(rng)])
        first, second = self.pairs.first[rows], self.pairs.second[rows]
        other = (self.pairs.kind[rows] != PairKind.POSITIVE).astype(np.int64)
        scene = np.arange(len(rows))
        k = self.sequences[0].keypoints.shape[2]
        keypoints = np.full((len(rows), 2, 2, k, 2), np.nan, np.float32)
        boxes = np.full((len(rows), 2, 2, 4), np.nan, np.float32)
        for places, person, moment in ((first, np.zeros_like(other), 0), (second, other, 1)):
            for number in np.unique(places[:, 0]).tolist():
                rows_of = np.flatnonzero(places[:, 0] == number)
                frame, column = places[rows_of, 1], places[rows_of, 2]
                there = scene[rows_of], person[rows_of], moment
                keypoints[there] = self.sequences[number].keypoints[frame, column]
                boxes[there] = self.sequences[number].boxes[frame, column]
        # Two poses of one frame are compared as if the second came a frame later.
        gap = np.maximum(second[:, 1] - first[:, 1], 1)
        moments = np.stack([np.zeros_like(gap), gap], axis=1).astype(np.float32)
        return Batch(keypoints, boxes, moments)

    def _positives(self, step: int) -> NDArray[np.int64]:
        members = np.flatnonzero(self.pairs.kind == PairKind.POSITIVE)
        steps, share = self.steps_per_pass, self.size // 2
        order = np.random.default_rng([self.seed, step // steps]).permutation(members)
        begin = step % steps * share
        return order[begin : begin + share]

    def _negatives(self, rng: np.random.Generator) -> NDArray[np.int64]:
        kinds = self.pairs.kind
        drawn = []
        share = (self.size - self.size // 2) // 2
        counts = {
            PairKind.HARD_NEGATIVE: share,
            PairKind.OTHER_NEGATIVE: self.size - self.size // 2 - share,
        }
        for kind, count in counts.items():
            members = np.flatnonzero(kinds == kind)
            if not len(members):  # without overlaps in the data, say, any negative serves
                members = np.flatnonzero(kinds != PairKind.POSITIVE)
            if len(members):
                drawn.append(rng.choice(members, count))
        return np.concatenate([np.zeros(0, np.int64), *drawn])


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

    def __call__(self, rng: np.random.Generator, /, step: int = 0) -> Batch:
        """One batch; all of its randomness is `rng`'s."""
        moments = draw_moments(rng, self.scenes, self.later, self.longest_gap)
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
