"""A trained pose network as a file that `lighttrack track --pose` takes: ONNX and its contract."""

from pathlib import Path

import torch

from lighttrack.networks.heat_maps import DEVIATION, MEAN, HeatMaps
from lighttrack.networks.onnx_file import write_onnx
from lighttrack.training.pose.recipe import Recipe


def export_network(
    network: HeatMaps,
    path: Path,
    recipe: Recipe,
    *,
    tracked_threshold: float,
    keypoint_threshold: float,
) -> Path:
    """Write `path` (ONNX) and the TOML file of the same name that states its contract.

    The network takes any number of images; the file holds everything but the normalisation of
    pixels, which the contract states.

    Args:
        network: gives heat maps of heights 0 to 1.
        path: ends in `.onnx`.
        recipe: says the skeleton, the input's size and the padding.
        tracked_threshold: τs of eq. (1) for this network's scores.
        keypoint_threshold: score from which a keypoint is drawn and counted.

    Returns:
        `path`.

    Raises:
        RuntimeError: if the package onnx is not installed.

    Example:
        >>> export_network(network, Path("model.onnx"), read_recipe("small"),
        ...                tracked_threshold=0.2, keypoint_threshold=0.2)  # doctest: +SKIP
    """
    width, height = recipe.input_size
    write_onnx(
        network,
        path,
        torch.zeros(1, 3, height, width),
        ["heat_maps"],
        {"images": {0: "people"}, "heat_maps": {0: "people"}},
    )
    path.with_suffix(".toml").write_text(
        contract(recipe, tracked_threshold, keypoint_threshold), encoding="utf-8"
    )
    return path


def contract(recipe: Recipe, tracked_threshold: float, keypoint_threshold: float) -> str:
    """The contract of a recipe's network as TOML.

    Example:
        >>> text = contract(read_recipe("small"), 0.25, 0.2)  # doctest: +SKIP
        kind = "heat-map"
    """
    entries = {
        "kind": '"heat-map"',
        "skeleton": f'"{recipe.skeleton}"',
        "input_size": list(recipe.input_size),
        "padding": recipe.padding,
        "tracked_threshold": round(tracked_threshold, 4),
        "keypoint_threshold": round(keypoint_threshold, 4),
    }
    lines = [f"{name} = {value}" for name, value in entries.items()]
    pixels = [f"mean = {list(MEAN)}", f"deviation = {list(DEVIATION)}", 'channels = "RGB"']
    return "\n".join([*lines, "", "[pixels]", *pixels, ""])
