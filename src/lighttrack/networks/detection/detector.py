"""A trained detector behind the protocol `Detector`, on torch."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from lighttrack.networks.detection.regions import PERSON, RegionDetector, detector_network
from lighttrack.structures import Detections, Image

_STRIDE = 32
_GREY = 114 / 255
_FLOOR = 0.05
"""Weaker detections the networks do not give at all."""


class TorchDetector:
    """Detects people with a network of `lighttrack.networks.detection.regions`.

    Example:
        >>> detector = TorchDetector.read(Path("runs/fpn/model.pt"))  # doctest: +SKIP
        >>> people = detector(image)  # doctest: +SKIP
    """

    def __init__(
        self,
        network: RegionDetector,
        *,
        input_size: int,
        score_threshold: float = 0.5,
        score_floor: float = _FLOOR,
        device: torch.device | None = None,
    ) -> None:
        """Wrap a network.

        Args:
            network: is put into its state for use.
            input_size: pixels of the image's longer side as the network sees it.
            score_threshold: score from which a detection is more likely right than wrong.
            score_floor: detections below this score are not reported at all.
            device: where to compute; by default where the network lies.
        """
        self.device = device or next(network.parameters()).device
        self.network = network.to(self.device).eval()
        self.input_size = input_size
        self.score_threshold, self.score_floor = score_threshold, score_floor
        self.networks: Mapping[str, str] = {}
        """File name and sha256, where it was read from a file."""

    @classmethod
    def read(cls, path: Path, *, device: str = "auto") -> "TorchDetector":
        """The detector of a file that `write` has written, as `lighttrack train detector` does.

        Args:
            path: the file; nothing but tensors and plain values is loaded from it.
            device: `auto`, `cpu` or `cuda`; `auto` takes a GPU if there is one.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if it is another kind of file.
        """
        if not path.is_file():
            raise FileNotFoundError(f"no network file at {path}")
        try:
            stored = torch.load(path, map_location="cpu", weights_only=True)
            sizes = dict(stored["network"])
            network = detector_network(sizes.pop("family"), **sizes)
            network.load_state_dict(stored["weights"])
            numbers = {name: stored[name] for name in ("input_size", "score_threshold")}
        except Exception as error:  # torch raises whatever the unpickler does
            raise ValueError(f"{path.name} is no detector of lighttrack's: {error}") from error
        name = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
        detector = cls(network, **numbers, device=torch.device(name), score_floor=0.1)
        detector.networks = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}
        return detector

    def write(self, path: Path, sizes: Mapping[str, Any]) -> Path:
        """Write everything that `read` needs; `sizes` are family and sizes of the network."""
        partial = path.with_suffix(".partial")
        content = {
            "network": dict(sizes),
            "weights": self.network.state_dict(),
            "input_size": self.input_size,
            "score_threshold": self.score_threshold,
        }
        torch.save(content, partial)
        os.replace(partial, path)
        return path

    def __call__(self, image: Image, /) -> Detections:
        """People in `image`, best first."""
        height, width = image.shape[:2]
        scale = self.input_size / max(height, width)
        inner = max(1, round(height * scale)), max(1, round(width * scale))
        pixels = torch.from_numpy(np.ascontiguousarray(image)).to(self.device)
        small = functional.interpolate(
            pixels.permute(2, 0, 1)[None].float() / 255, size=inner, mode="bilinear",
            align_corners=False,
        )  # fmt: skip
        below, beside = (-side % _STRIDE for side in inner)
        small = functional.pad(small, (0, beside, 0, below), value=_GREY)
        with torch.no_grad():
            [found] = self.network(small)
        found = {name: value.cpu().numpy() for name, value in found.items()}
        kept = (found["labels"] == PERSON) & (found["scores"] >= self.score_floor)
        boxes = found["boxes"][kept] / np.array([inner[1] / width, inner[0] / height] * 2)
        boxes = boxes.clip(0, [width, height] * 2).astype(np.float32)
        order = np.argsort(-found["scores"][kept], kind="stable")
        return Detections(boxes[order], found["scores"][kept][order].clip(0, 1))
