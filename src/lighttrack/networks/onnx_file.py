"""Networks as ONNX files."""

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import nn


def write_onnx(
    network: nn.Module,
    path: Path,
    example: torch.Tensor,
    outputs: Sequence[str],
    open_sides: Mapping[str, Mapping[int, str]],
) -> Path:
    """Write `path`; the file is whole at any time.

    Args:
        network: of one input, which the file calls `images`.
        path: ends in `.onnx`.
        example: an input.
        outputs: names of the outputs.
        open_sides: of inputs and outputs by name: the axes whose length the file leaves open.

    Raises:
        RuntimeError: if the package onnx is not installed.
    """
    _require_onnx()
    network = network.cpu().eval()
    # The exporter follows the layout in memory, which is of no use in the file.
    network = network.to(memory_format=torch.contiguous_format)
    partial = path.with_suffix(".partial")
    with warnings.catch_warnings():
        # The newer exporter needs a package more and gives the same network.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (example,),
            str(partial),
            input_names=["images"],
            output_names=list(outputs),
            dynamic_axes={name: dict(axes) for name, axes in open_sides.items()},
            opset_version=17,
            dynamo=False,
        )
    os.replace(partial, path)
    return path


def _require_onnx() -> None:
    try:
        import onnx  # noqa: F401
    except ImportError as error:
        raise RuntimeError(
            "exporting needs onnx, which is not installed: pip install 'lighttrack[train]'"
        ) from error
