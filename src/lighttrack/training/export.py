"""From torch to the file that inference reads."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lighttrack.matching.network import LAYERS, Calibration, GraphNetwork
from lighttrack.networks.sgcn import SGCN, GraphConvolution
from lighttrack.structures import Floats
from lighttrack.training.objective import HISTORY_CHANNELS, POSE_CHANNELS


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


def begin_history(pose: GraphNetwork, *, edge_weights: bool = True) -> SGCN:
    """A network of histories that begins as that of poses: it uses the newest pose only.

    Args:
        pose: the finished network of poses.
        edge_weights: whether each edge has a learnable weight; sizes are those of `pose`.
    """
    given = pose.tensors
    width, dimensions = len(given["first.bias"]), len(given["last.bias"])
    gathers = {name: _by_subset(given[f"{name}.gather"]) for name in LAYERS}
    members = gathers["first"] != 0
    edges = members / np.maximum(members.sum(axis=2, keepdims=True), 1)
    network = SGCN(
        torch.from_numpy(edges.astype(np.float32)),
        channels=HISTORY_CHANNELS,
        width=width,
        dimensions=dimensions,
        edge_weights=edge_weights,
    )
    with torch.no_grad():
        for name in LAYERS:
            layer: GraphConvolution = getattr(network, name)
            weights = np.where(members, gathers[name] / np.where(members, edges, 1), 1)
            layer.importance.copy_(torch.from_numpy(weights))
            layer.mix.bias.copy_(torch.from_numpy(given[f"{name}.bias"]))
        # The first layer's weights by subset and channel: the newest pose comes first.
        wide = np.zeros((len(members), HISTORY_CHANNELS, width), np.float32)
        wide[:, :POSE_CHANNELS] = given["first.mix"].reshape(len(members), POSE_CHANNELS, width)
        network.first.mix.weight.copy_(torch.from_numpy(wide.reshape(-1, width).T))
        network.second.mix.weight.copy_(torch.from_numpy(given["second.mix"].T))
        network.last.weight.copy_(torch.from_numpy(given["last.mix"].T))
        network.last.bias.copy_(torch.from_numpy(given["last.bias"]))
    return network


def write_weights(
    path: Path,
    networks: Mapping[str, GraphNetwork],
    precision: Floats | None,
    *,
    skeleton: str,
    calibration: Calibration,
    card: Mapping[str, Any],
) -> None:
    """Write what `PoseMatcher` and `HistoryMatcher` load.

    Args:
        path: of the file.
        networks: `pose`, and `history` if there is one.
        precision: by which missing keypoints are completed.
        skeleton: name of the one that the networks are for.
        calibration: of the distances.
        card: origin of the weights.
    """
    from safetensors.numpy import save_file

    tensors = {
        f"{part}.{name}": tensor
        for part, network in networks.items()
        for name, tensor in network.tensors.items()
    }
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


def _by_subset(gather: Floats) -> Floats:
    """`gather` `(K S, K)` as `(S, K, K)`."""
    k = gather.shape[1]
    return gather.reshape(k, -1, k).transpose(1, 0, 2)
