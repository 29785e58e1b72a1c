"""Pose networks by name."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

from torch import nn

from lighttrack.networks.cpn import CPN
from lighttrack.networks.encoder_decoder import EncoderDecoder
from lighttrack.networks.hrnet import HRNet
from lighttrack.networks.mobilenet import MobileNetPose
from lighttrack.networks.simple_baseline import SimpleBaseline

Family: TypeAlias = Literal["simple-baseline", "cpn", "mobilenet", "hrnet", "encoder-decoder"]

FAMILIES: Mapping[str, Callable[..., nn.Module]] = {
    "simple-baseline": SimpleBaseline,
    "cpn": CPN,
    "mobilenet": MobileNetPose,
    "hrnet": HRNet,
    "encoder-decoder": EncoderDecoder,
}


def pose_network(family: str, keypoints: int, **sizes: Any) -> nn.Module:
    """A pose network with random weights; it gives a tuple of maps, coarse to fine.

    Args:
        family: `simple-baseline`, `cpn`, `mobilenet`, `hrnet` or `encoder-decoder`.
        keypoints: maps to give.
        sizes: keywords of the family's class, such as `depth`.

    Raises:
        ValueError: if there is no such family, or it has no such sizes.

    Example:
        >>> network = pose_network("hrnet", 15, width=48)
    """
    if family not in FAMILIES:
        raise ValueError(f"no family of pose networks {family!r}; known: {', '.join(FAMILIES)}")
    try:
        return FAMILIES[family](keypoints, **sizes)
    except TypeError as error:
        raise ValueError(f"sizes of {family} do not fit: {error}") from error
