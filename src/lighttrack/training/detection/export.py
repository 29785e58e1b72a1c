"""A trained detector as files that `lighttrack track --detector` takes."""

from pathlib import Path

import torch

from lighttrack.networks.detection.detector import TorchDetector
from lighttrack.networks.detection.regions import PERSON, DeployedDetector
from lighttrack.networks.onnx_file import write_onnx
from lighttrack.training.detection.recipe import Recipe

MODEL = "model.onnx"
OUTPUTS = ("boxes", "scores", "labels")


def export_detector(detector: TorchDetector, folder: Path, recipe: Recipe) -> Path:
    """Write `model.pt` for torch, and `model.onnx` with its contract `model.toml`.

    The ONNX file takes an image `(1, 3, H, W)` of 0 to 1, of any size whose sides are multiples of
    32.

    Args:
        detector: the network, its input's size and its threshold.
        folder: exists.
        recipe: of the network.

    Returns:
        Path of `model.onnx`.

    Raises:
        RuntimeError: if the package onnx is not installed.
    """
    detector.write(folder / "model.pt", recipe.network)
    side = recipe.input_size
    open_sides = {name: {0: "detections"} for name in OUTPUTS}
    path = write_onnx(
        DeployedDetector(detector.network),
        folder / MODEL,
        torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0)),
        OUTPUTS,
        {"images": {2: "height", 3: "width"}, **open_sides},
    )
    path.with_suffix(".toml").write_text(
        f'kind = "boxes-scores-labels"\ninput_size = {side}\nperson_class = {PERSON}\n'
        f"score_threshold = {detector.score_threshold:.4f}\n",
        encoding="utf-8",
    )
    return path
