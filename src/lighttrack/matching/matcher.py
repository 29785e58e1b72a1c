"""The shipped matcher: embeddings of poses, compared."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from lighttrack.matching.network import Weights, pose_features
from lighttrack.matching.normalize import keypoints_as
from lighttrack.structures import Floats, Poses

SHIPPED = Path(__file__).parent / "weights"

FPS = 30.0
"""Gaps are measured in frames of 1/30 s."""

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
        path = SHIPPED / "pose.safetensors" if self._path is None else self._path
        self._network = _weights(path)
        if threshold is None:
            threshold = self._network.calibration.distance(_TYPICAL_GAP)
        if not 0 < threshold <= 2:
            raise ValueError(f"threshold must be above 0 and at most 2, got {threshold}")
        self.threshold = threshold

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
        """Length of an embedding."""
        return int(self._network.pose.tensors["last.bias"].shape[0])

    def embed(self, poses: Poses, /) -> Floats:
        """Embeddings `(N, 128)` of length 1; NaN for a pose of fewer than three keypoints."""
        seen, present = pose_features(
            keypoints_as(poses, self._network.skeleton), self._network.precision
        )
        embeddings = self._network.pose(seen)
        embeddings[~present] = np.nan
        return embeddings

    def compare(self, known: Floats, seen: Floats, /) -> Floats:
        """Distances `(T, C)`, 0 to 2, between embeddings; infinite for an empty pose."""
        squared = 2 - 2 * (known @ seen.T)
        squared = np.where(np.isnan(squared), np.inf, np.maximum(squared, 0))
        return np.asarray(np.sqrt(squared), np.float32)

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
