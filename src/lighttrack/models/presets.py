"""Presets, and building a network from a name or a file."""

import os
from pathlib import Path

from lighttrack.models.detectors import RTMDet
from lighttrack.models.estimators import HeatMapEstimator


def _local(name: str) -> Path:
    return Path(os.environ["LIGHTTRACK_MODELS"]) / f"{name}.onnx"


def build_detector(name: str, *, threads: int | None = None) -> RTMDet:
    """Build."""
    return RTMDet(_local(name), threads=threads)


def build_estimator(name: str, *, threads: int | None = None) -> HeatMapEstimator:
    """Build."""
    return HeatMapEstimator(_local(name), threads=threads)
