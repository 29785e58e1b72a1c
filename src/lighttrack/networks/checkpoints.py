"""Published checkpoints of pose networks, read by the names that their authors gave.

Known are the files of microsoft's human-pose-estimation.pytorch and of HRNet (`module.`), and
MMPose's of 0.x (`backbone.`, `keypoint_head.`) and 1.x (`backbone.`, `head.`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

_PLACES = ("", "resnet.", "backbone.", "backbone.body.")
"""Where the weights of a backbone lie in the networks here."""
_PREFIXES = ("module.", "backbone.", "keypoint_head.", "head.")


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a checkpoint by their own networks' names.

    Args:
        path: a file of torch's, with the tensors themselves or in its `state_dict`; nothing but
            tensors and plain values is loaded from it.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it holds no tensors, or code.

    Example:
        >>> state = read_state(Path("pose_resnet_152_384x288.pth.tar"))  # doctest: +SKIP
    """
    if not path.is_file():
        raise FileNotFoundError(f"no checkpoint at {path}")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever the unpickler does
        raise ValueError(
            f"{path.name} cannot be read as a checkpoint of tensors: {error}"
        ) from error
    return plain_names(content)


def plain_names(content: Any) -> dict[str, torch.Tensor]:
    """The tensors of a checkpoint's content without the prefixes of wrappers.

    Raises:
        ValueError: if there are no tensors in it.
    """
    for member in ("state_dict", "best_state_dict", "model", "network"):
        if isinstance(content, Mapping) and isinstance(content.get(member), Mapping):
            content = content[member]
            break
    tensors = {}
    for name, value in content.items() if isinstance(content, Mapping) else ():
        if isinstance(value, torch.Tensor):
            for prefix in _PREFIXES:
                name = name.removeprefix(prefix)
            tensors[name] = value
    if not tensors:
        raise ValueError("the checkpoint holds no tensors by name")
    return tensors


def load_published(network: nn.Module, state: Mapping[str, Any]) -> None:
    """Give a network the weights of a published checkpoint, all of them.

    Args:
        network: of the checkpoint's architecture, depth and number of keypoints.
        state: what the file holds, or `read_state` of it.

    Raises:
        ValueError: listing every tensor that is missing, left over or of another shape.

    Example:
        >>> network = SimpleBaseline(17, depth=152)  # doctest: +SKIP
        >>> load_published(network, read_state("model.pth"))  # doctest: +SKIP
    """
    given, own = plain_names(state), network.state_dict()
    # Older files do not count batches.
    needed = {name for name in own if not name.endswith("num_batches_tracked")}
    missing = sorted(needed - given.keys())
    extra = sorted(given.keys() - own.keys())
    unfit = [
        f"{name} is {tuple(given[name].shape)}, not {tuple(own[name].shape)}"
        for name in sorted(given.keys() & own.keys())
        if given[name].shape != own[name].shape
    ]
    problems = [
        f"{what}: {', '.join(names)}"
        for what, names in (("missing", missing), ("extra", extra), ("other shapes", unfit))
        if names
    ]
    if problems:
        raise ValueError(f"the checkpoint does not fit the network; {'; '.join(problems)}")
    network.load_state_dict({**own, **given})


def begin_with(network: nn.Module, state: Mapping[str, torch.Tensor]) -> int:
    """Give a network those weights that fit by name and shape, such as a backbone's.

    Args:
        network: keeps its own weights where none fit.
        state: as `read_state` gives it; names of a ResNet are found in the backbones of
            other networks, too.

    Returns:
        How many tensors fit.

    Raises:
        ValueError: if none does.
    """
    own = network.state_dict()
    fitting = {}
    for name, value in state.items():
        for place in (before + name for before in _PLACES):
            if place in own and own[place].shape == value.shape:
                fitting[place] = value
    if not fitting:
        raise ValueError("none of the weights to start from fits the network by name and shape")
    network.load_state_dict({**own, **fitting})
    return len(fitting)
