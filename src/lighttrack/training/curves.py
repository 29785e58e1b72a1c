"""Curves of a training run, as numbers and as a plot."""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_log = logging.getLogger(__name__)


def write_curves(epochs: Sequence[Mapping[str, Any]], output: Path) -> None:
    """Write `curves.json`, and `curves.png` where matplotlib is installed."""
    text = json.dumps(list(epochs), indent=2) + "\n"
    (output / "curves.json").write_text(text, encoding="utf-8")
    try:
        from matplotlib.figure import Figure
    except ImportError:
        _log.info("no plot of the curves: matplotlib is not installed")
        return
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    numbers = [epoch["number"] for epoch in epochs]
    left.plot(numbers, [epoch["loss"] for epoch in epochs])
    left.set(xlabel="epoch", ylabel="training loss")
    for gap in epochs[0]["accuracy"]:
        accuracies = [epoch["accuracy"][gap] for epoch in epochs]
        right.plot(numbers, accuracies, label=f"{gap} frames apart")
    right.set(xlabel="epoch", ylabel="balanced accuracy, validation")
    right.legend()
    figure.savefig(output / "curves.png", dpi=100)
