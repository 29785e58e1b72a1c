"""The trained graph convolution network in NumPy: reading its weights and computing embeddings."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from lighttrack.matching.normalize import normalize
from lighttrack.structures import Floats, Mask, Skeleton, skeleton_named

LAYERS = ("first", "second")
"""The graph convolutions; the third layer, `last`, covers the whole graph."""


@dataclass(frozen=True, slots=True)
class GraphNetwork:
    """Two graph convolutions and a convolution over the whole graph, to unit vectors.

    The counterpart of `networks.sgcn.SGCN`, equal to it within 1e-5.
    """

    tensors: Mapping[str, Floats]
    """For each graph convolution `gather` (K·S, K), `mix` (S·C, O) and `bias` (O); for the last
    layer `mix` (K·O, D) and `bias` (D); names joined by a dot."""

    @property
    def channels(self) -> int:
        """C: 3, or 2 for a network without the channel of which keypoints are there."""
        rows, keypoints = self.tensors["first.gather"].shape
        subsets = rows // keypoints
        return int(self.tensors["first.mix"].shape[0] // subsets)

    def __call__(self, features: Floats) -> Floats:
        """Features `(N, K, 3)` to embeddings `(N, D)` of length 1; the first C are read."""
        n, k, _ = features.shape
        hidden = features[..., : self.channels]
        for layer in LAYERS:
            # One row of the gathered features holds what all subsets of one keypoint give.
            mix = self.tensors[f"{layer}.mix"]
            gathered = (self.tensors[f"{layer}.gather"] @ hidden).reshape(n * k, len(mix))
            mixed = gathered @ mix + self.tensors[f"{layer}.bias"]
            hidden = np.maximum(mixed, 0, out=mixed).reshape(n, k, mix.shape[1])
        flat = hidden.reshape(n, k * hidden.shape[2])
        embeddings = flat @ self.tensors["last.mix"] + self.tensors["last.bias"]
        lengths = np.sqrt(np.einsum("nd,nd->n", embeddings, embeddings))
        return np.asarray(embeddings / np.maximum(lengths, 1e-12)[:, None], np.float32)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Maps distances to the probability that two poses are of one person.

    The log odds are s(g) (b(g) - D²) with ln s and b linear in the logarithm of the gap g in
    frames of 1/30 s: the same distance is weaker evidence the longer the gap. The odds are
    those of a pair that is as likely as not to be one person.
    """

    scale: tuple[float, float]
    """ln s at an adjacent frame, and its change with the logarithm of the gap."""
    boundary: tuple[float, float]
    """b, likewise."""

    def probabilities(self, distances: Floats, gap: float) -> Floats:
        """Probabilities of `distances` (any shape) across `gap` frames of 1/30 s."""
        step = np.log(max(gap, 1.0))
        scale = np.exp(self.scale[0] + self.scale[1] * step)
        odds = scale * (self.boundary[0] + self.boundary[1] * step - np.square(distances))
        return np.asarray(1 / (1 + np.exp(-np.maximum(odds, -80))), np.float32)

    def distance(self, gap: float, probability: float = 0.5) -> float:
        """The distance, at most 2, of a probability across `gap` frames of 1/30 s."""
        step = np.log(max(gap, 1.0))
        scale = np.exp(self.scale[0] + self.scale[1] * step)
        even = self.boundary[0] + self.boundary[1] * step
        squared = even - np.log(probability / (1 - probability)) / scale
        return float(np.sqrt(np.clip(squared, 0.0, 4.0)))


@dataclass(frozen=True, slots=True)
class Weights:
    """The content of a file of weights."""

    skeleton: Skeleton
    precision: Floats | None
    """`(K, K)`: how keypoints correlate in the training set, `normalize.precision_of`;
    None if the network was trained on poses that are not completed."""
    pose: GraphNetwork
    """Embeds a single pose."""
    calibration: Calibration
    card: Mapping[str, Any]
    """Origin of the weights: data, command, seed, figures, licence."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a `.safetensors` file written by training.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if the file is not one of pose-matching weights.
        """
        from safetensors import SafetensorError, safe_open

        if not path.is_file():
            raise FileNotFoundError(f"no pose-matching weights at {path}")
        try:
            with safe_open(path, framework="numpy") as file:
                about = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except SafetensorError as error:
            raise ValueError(f"{path.name} is not a file of weights: {error}") from None
        if about.get("format") != "lighttrack-pose-matching-1":
            raise ValueError(f"{path.name} does not hold weights of lighttrack's pose matching")
        calibration = json.loads(about["calibration"])
        return cls(
            skeleton=skeleton_named(about["skeleton"]),
            precision=tensors.get("precision"),
            pose=GraphNetwork(_part(tensors, "pose.")),
            calibration=Calibration(
                scale=tuple(calibration["scale"]), boundary=tuple(calibration["boundary"])
            ),
            card=json.loads(about["card"]),
        )


def pose_features(keypoints: Floats, precision: Floats | None) -> tuple[Floats, Mask]:
    """The network's input for poses `(..., K, 2)`, and which of them have enough keypoints `(...)`.

    Args:
        keypoints: pixels; NaN where missing.
        precision: `(K, K)`: by which missing keypoints are completed, `precision_of`; None leaves
            them out.

    Returns:
        `(..., K, 3)`: normalised x and y, and 1 where the keypoint is present, 0 where
        it was completed.
    """
    points, valid = normalize(keypoints, precision)
    joined = np.concatenate([points, valid[..., None]], axis=-1, dtype=np.float32)
    return joined, np.asarray(valid.any(axis=-1))


def _part(tensors: Mapping[str, Floats], prefix: str) -> dict[str, Floats]:
    return {
        name.removeprefix(prefix): np.ascontiguousarray(tensor)
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
