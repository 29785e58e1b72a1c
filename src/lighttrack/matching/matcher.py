"""The shipped matchers: embeddings of poses, and of short histories of poses, compared."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from lighttrack.matching.description import compare_descriptors, describe, history_weight
from lighttrack.matching.network import Weights, pose_features
from lighttrack.matching.normalize import keypoints_as
from lighttrack.structures import Floats, Ids, Mask, Poses
from lighttrack.structures.types import AnyArray

SHIPPED = Path(__file__).parent / "weights"

FPS = 30.0
"""Gaps are measured in frames of 1/30 s."""

HISTORY_AGES = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Ages of the poses of a history in frames of 1/30 s, newest first."""

_TYPICAL_GAP = 4.0
"""Frames of 1/30 s across which the default threshold gives even odds."""


@lru_cache(maxsize=8)
def _weights(path: Path) -> Weights:
    return Weights.read(path)


class PoseMatcher:
    """Compares poses by a Siamese graph convolution network (section 3.2 of the paper).

    Place and scale in the image do not matter, missing keypoints are marked as missing, and
    poses of any skeleton are mapped by the names of their keypoints.

    Example:
        >>> from lighttrack.structures.skeletons import COCO_17, POSETRACK_15
        >>> matcher = PoseMatcher()
        >>> matcher.distances(Poses.empty(COCO_17), Poses.empty(POSETRACK_15)).shape
        (0, 0)
    """

    def __init__(
        self, weights: str | Path | None = None, *, threshold: float | None = None
    ) -> None:
        """Load the network.

        Args:
            weights: a file that `lighttrack train matcher` wrote; without it, the shipped network.
            threshold: two poses closer than this (0 to 2) count as the same person; without it,
                the distance of even odds across four frames of 1/30 s.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if the file holds something else, or the threshold is not between 0 and 2.
        """
        self._path = None if weights is None else Path(weights)
        path = SHIPPED / self._shipped if self._path is None else self._path
        self._network = _weights(path)
        if threshold is None:
            threshold = self._network.calibration.distance(_TYPICAL_GAP)
        if not 0 < threshold <= 2:
            raise ValueError(f"threshold must be above 0 and at most 2, got {threshold}")
        self.threshold = threshold

    _shipped = "pose.safetensors"

    @property
    def networks(self) -> Mapping[str, str]:
        """The file of weights with its hash (SHA-256); nothing for those that ship."""
        if self._path is None:
            return {}
        return {self._path.name: hashlib.sha256(self._path.read_bytes()).hexdigest()}

    @property
    def card(self) -> Mapping[str, Any]:
        """Origin of the weights: data, command, seed, figures, licence."""
        return self._network.card

    @property
    def dimensions(self) -> int:
        """Length of the embedding, with which a descriptor begins."""
        return int(self._network.pose.tensors["last.bias"].shape[0])

    def embed(self, poses: Poses, /) -> Floats:
        """Descriptors `(N, 159)`: the embedding, 128 numbers of length 1, then the keypoints.

        The embedding is NaN for a pose of fewer than three keypoints. See `describe` for the rest.
        """
        seen, present = pose_features(
            keypoints_as(poses, self._network.skeleton), self._network.precision
        )
        embeddings = self._network.pose(seen)
        embeddings[~present] = np.nan
        return describe(embeddings, seen)

    def compare(self, known: Floats, seen: Floats, /) -> Floats:
        """Distances `(T, C)`, 0 to 2, between descriptors; infinite for an empty pose."""
        return compare_descriptors(known, seen, len(self._network.skeleton))

    def distances(self, known: Poses, seen: Poses) -> Floats:
        """Distances `(T, C)` of every pose of `known` to every pose of `seen`.

        The skeletons may differ; keypoints are matched by name.
        """
        return self.compare(self.embed(known), self.embed(seen))

    def probabilities(self, distances: Floats, *, seconds: float = _TYPICAL_GAP / FPS) -> Floats:
        """Probability, for each distance (any shape), that the two poses are of one person.

        Calibrated on people whose boxes overlap, as many pairs of one person as of two; so 0.5
        means the same for every matcher and every gap, and odds of other cues may be multiplied.

        Args:
            distances: as `compare` gives them.
            seconds: from the known pose to the observed one.
        """
        return self._network.calibration.probabilities(distances, seconds * FPS)


class HistoryMatcher(PoseMatcher):
    """A pose matcher that predicts the embedding of a person's next pose.

    The last poses of a person and the time since then give the predicted embedding; observed poses
    are embedded one by one, as by `PoseMatcher`. Without a history it compares poses.

    Example:
        >>> from lighttrack.structures.skeletons import COCO_17
        >>> matcher = HistoryMatcher()
        >>> none = Poses.empty(COCO_17)
        >>> matcher.expect([none, none], ages=[0.0, 1 / 30], seconds=0.2).shape
        (0, 159)
    """

    _shipped = "history.safetensors"

    def expect(
        self,
        history: Sequence[Poses],
        *,
        ages: Sequence[float] | Floats,
        seconds: float | Floats,
    ) -> Floats:
        """Descriptors `(N, 159)` predicted for N people after some time.

        For `compare`, as the people known: the predicted embedding, and the newest keypoints.
        Those that the observed pose has too are aligned with it, with a weight that falls with
        time; with fewer than three of them the distance is infinite.

        Args:
            history: H poses of the same N people in the same order, newest first; a person who was
                not observed at some time has NaN keypoints.
            ages: seconds of each pose before the newest, `(H,)`, or `(N, H)` if people differ; the
                network uses the poses nearest to 0, 1, 2, 4 and 8 thirtieths of a second ago
                and takes none twice.
            seconds: from the newest pose to the predicted moment; one number or `(N,)`.

        Raises:
            ValueError: if there is no history, if `ages` do not fit it, or without a network for
                histories in the weights.
        """
        network = self._network.history
        if network is None:
            raise ValueError("these weights hold no network for histories")
        old = np.atleast_1d(np.asarray(ages, np.float32))
        if not history or old.shape[-1] != len(history):
            raise ValueError(
                f"a history needs one age per pose and at least one, got {len(history)} poses "
                f"and {old.shape[-1]} ages"
            )
        n = len(history[0])
        chosen = np.broadcast_to(choose_moments(old * FPS), (n, len(HISTORY_AGES)))
        shown = np.stack([keypoints_as(poses, self._network.skeleton) for poses in history], axis=1)
        points = shown[np.arange(n)[:, None], chosen]
        points[chosen < 0] = np.nan
        gap = np.broadcast_to(np.asarray(seconds, np.float32) * FPS, (n,))
        seen, present = history_features(points, gap, self._network.precision)
        embeddings = network(seen)
        embeddings[~present] = np.nan
        return describe(embeddings, seen, history_weight(gap))


def choose_moments(ages: Floats) -> Ids:
    """For each of `HISTORY_AGES` the index of the pose nearest in age; -1 where none is.

    A pose counts as near within half the distance to the neighbouring ages, and serves once.

    Args:
        ages: `(..., H)`: frames of 1/30 s before the newest pose.

    Returns:
        Indices `(..., 5)`.

    Example:
        >>> choose_moments(np.array([0, 1.2, 4], np.float32)).tolist()
        [0, 1, -1, 2, -1]
    """
    wanted = np.asarray(HISTORY_AGES, np.float32)
    reach = np.diff(wanted, append=2 * wanted[-1]) / 2
    apart = np.abs(ages[..., None, :] - wanted[:, None])
    chosen: Ids = apart.argmin(axis=-1)
    chosen[apart.min(axis=-1) > reach] = -1
    repeated = chosen[..., 1:] == chosen[..., :-1]
    chosen[..., 1:][repeated] = -1
    chosen[..., 0] = ages.argmin(axis=-1)
    return chosen


def history_features(
    keypoints: Floats, gap: AnyArray, precision: Floats | None
) -> tuple[Floats, Mask]:
    """The history network's input, and which people have a newest pose.

    Args:
        keypoints: `(N, H, K, 2)`: pixels, newest first, NaN where missing.
        gap: frames of 1/30 s from the newest pose to the predicted moment, `(N,)`.
        precision: `(K, K)`, see `pose_features`.

    Returns:
        Features `(N, K, 3 H + 1)` (each pose normalised by itself, and the logarithm of the gap)
        and a mask `(N,)`.
    """
    seen, present = pose_features(keypoints, precision)
    n, moments, k, channels = seen.shape
    by_keypoint = seen.transpose(0, 2, 1, 3).reshape(n, k, moments * channels)
    step = np.log(np.maximum(gap, 1)) / np.log(16)
    when = np.broadcast_to(step[:, None, None], (n, k, 1))
    joined = np.concatenate([by_keypoint, when], axis=2, dtype=np.float32)
    return joined, present[:, 0]
