"""From torch to the file that inference reads."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lighttrack.matching.network import LAYERS, Calibration, GraphNetwork
from lighttrack.networks.sgcn import SGCN, GraphConvolution
from lighttrack.structures import Floats


def to_numpy(network: SGCN) -> GraphNetwork:
    """The network as inference computes it: edge weights multiplied into the graph."""
    tensors: dict[str, Floats] = {}
    for name in LAYERS:
        layer: GraphConvolution = getattr(network, name)
        weights = (layer.adjacency * layer.importance).detach().cpu().numpy()
        k = weights.shape[1]
        tensors[f"{name}.gather"] = weights.transpose(1, 0, 2).reshape(-1, k)
        tensors[f"{name}.mix"] = layer.mix.weight.detach().cpu().numpy().T
        tensors[f"{name}.bias"] = layer.mix.bias.detach().cpu().numpy()
    tensors["last.mix"] = network.last.weight.detach().cpu().numpy().T
    tensors["last.bias"] = network.last.bias.detach().cpu().numpy()
    return GraphNetwork({name: np.array(tensor, order="C") for name, tensor in tensors.items()})


def write_weights(
    path: Path,
    network: GraphNetwork,
    precision: Floats | None,
    *,
    skeleton: str,
    calibration: Calibration,
    card: Mapping[str, Any],
) -> None:
    """Write what `PoseMatcher` loads.

    Args:
        path: of the file.
        network: embeds poses.
        precision: by which missing keypoints are completed.
        skeleton: name of the one that the networks are for.
        calibration: of the distances.
        card: origin of the weights.
    """
    from safetensors.numpy import save_file

    tensors = {f"pose.{name}": tensor for name, tensor in network.tensors.items()}
    if precision is not None:
        tensors["precision"] = precision
    about = {
        "format": "lighttrack-pose-matching-1",
        "skeleton": skeleton,
        "calibration": json.dumps({"scale": calibration.scale, "boundary": calibration.boundary}),
        "card": json.dumps(card),
    }
    partial = path.with_suffix(".partial")
    save_file(tensors, partial, metadata=about)
    partial.replace(path)
