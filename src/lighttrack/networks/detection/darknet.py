"""YOLOv3 and its like in torch, built from Darknet's own description.

Redmon, Farhadi: YOLOv3: An Incremental Improvement, 2018. Outputs are the raw heads; they are
decoded by `lighttrack.models.decode.yolov3_candidates`, without torch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from lighttrack.networks.detection.darknet_files import (
    Section,
    parse_cfg,
    read_cfg,
    read_weights,
    yolov3_cfg,
)
from lighttrack.networks.onnx_file import write_onnx
from lighttrack.structures import Floats

_SLOPE = 0.1
"""Of leaky ReLU, as Darknet has it."""
_EPSILON = 1e-6
"""Added to the variance in batch normalisation."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a `[yolo]` section says of one output."""

    anchors: tuple[tuple[int, int], ...]
    """Width and height in pixels of the network's input."""
    classes: int


class Darknet(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """A network of convolutions, shortcuts, routes, upsampling, pooling and YOLO heads.

    Example:
        >>> network = Darknet(parse_cfg(yolov3_cfg()))
        >>> heads = network(torch.zeros(1, 3, 416, 416))  # doctest: +SKIP
        >>> [tuple(head.shape) for head in heads]  # doctest: +SKIP
        [(1, 255, 13, 13), (1, 255, 26, 26), (1, 255, 52, 52)]
    """

    def __init__(self, sections: Sequence[Section]) -> None:
        """Make the network of a `.cfg` file with random weights.

        Raises:
            ValueError: if there is a section or an entry that is not known here.
        """
        super().__init__()
        net = sections[0]
        self.size = (net.number("width", 416), net.number("height", 416))
        self.heads: list[Head] = []
        self.sources: list[list[int]] = []
        """Of each layer: numbers of the earlier layers that it reads, beside or in place of the
        one before."""
        self.kinds: list[str] = []
        self.layers = nn.ModuleList()
        channels = [net.number("channels", 3)]
        for section in sections[1:]:
            module, outputs, sources = self._layer(section, channels[1:], channels[-1])
            self.layers.append(module)
            self.kinds.append(section.kind)
            self.sources.append(sources)
            channels.append(outputs)
        if not self.heads:
            raise ValueError("the network has no [yolo] section")

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Images `(N, 3, h, w)` of 0 to 1, RGB, to raw heads `(N, A * (5 + classes), h/s, w/s)`.

        A head's channels are, for each of its A anchors: x, y, width, height, objectness, classes.
        """
        made: list[torch.Tensor] = []
        heads = []
        features = images
        for kind, module, sources in zip(self.kinds, self.layers, self.sources, strict=True):
            if kind == "route":
                features = torch.cat([made[each] for each in sources], dim=1)
            elif kind == "shortcut":
                features = module(features + sum(made[each] for each in sources))
            elif kind == "yolo":
                heads.append(features)
            else:
                features = module(features)
            made.append(features)
        return tuple(heads)

    def _layer(
        self, section: Section, before: Sequence[int], inputs: int
    ) -> tuple[nn.Module, int, list[int]]:
        """A section's module, how many channels it gives, and which layers it reads."""
        if section.kind == "convolutional":
            return _convolution(section, inputs), section.number("filters"), []
        if section.kind == "shortcut":
            places = _places(section, "from", len(before))
            return _activation(section), inputs, places
        if section.kind == "route":
            places = _places(section, "layers", len(before))
            return nn.Identity(), sum(before[each] for each in places), places
        if section.kind == "upsample":
            return nn.Upsample(scale_factor=section.number("stride", 2)), inputs, []
        if section.kind == "maxpool":
            return _pooling(section), inputs, []
        if section.kind == "yolo":
            self.heads.append(_head(section, inputs))
            return nn.Identity(), inputs, []
        raise ValueError(
            f"[{section.kind}] in line {section.line} is not known; known: [convolutional], "
            "[shortcut], [route], [upsample], [maxpool], [yolo]"
        )


def load_weights(network: Darknet, numbers: Floats) -> None:
    """Give a network the numbers of a `.weights` file, all of them.

    Each convolution has, in the order of the `.cfg` file: biases; with batch normalisation scales,
    means and variances; then its kernels.

    Raises:
        ValueError: if there are more or fewer numbers than the network has.

    Example:
        >>> network = Darknet(read_cfg("yolov3.cfg"))  # doctest: +SKIP
        >>> load_weights(network, read_weights("yolov3.weights"))  # doctest: +SKIP
    """
    tensors = list(_in_order(network))
    needed = sum(tensor.numel() for tensor in tensors)
    if needed != len(numbers):
        raise ValueError(f"the network has {needed} weights, the file has {len(numbers)}")
    place = 0
    with torch.no_grad():
        for tensor in tensors:
            part = numbers[place : place + tensor.numel()]
            tensor.copy_(torch.from_numpy(part.copy()).reshape(tensor.shape))
            place += tensor.numel()


def stored_weights(network: Darknet) -> Floats:
    """The numbers of a network in the order of a `.weights` file."""
    parts = [tensor.detach().flatten() for tensor in _in_order(network)]
    numbers: Floats = torch.cat(parts).cpu().numpy()
    return numbers


def read_darknet(cfg: Path, weights: Path) -> Darknet:
    """A network from its two files, ready to be run.

    Raises:
        FileNotFoundError: if a file is missing.
        ValueError: if one of them cannot be read, or they do not fit one another.

    Example:
        >>> network = read_darknet(Path("yolov3.cfg"), Path("yolov3.weights"))  # doctest: +SKIP
    """
    network = Darknet(read_cfg(cfg))
    load_weights(network, read_weights(weights))
    network.eval()
    return network


def yolov3(*, classes: int = 80, width: float = 1.0) -> Darknet:
    """YOLOv3 with random weights; see `yolov3_cfg` for other sizes."""
    return Darknet(parse_cfg(yolov3_cfg(classes=classes, width=width)))


def _in_order(network: Darknet) -> list[torch.Tensor]:
    tensors: list[torch.Tensor] = []
    for kind, module in zip(network.kinds, network.layers, strict=True):
        if kind != "convolutional":
            continue
        convolution, second = module[0], module[1]
        if isinstance(second, nn.BatchNorm2d):
            tensors += [second.bias, second.weight, second.running_mean, second.running_var]
        else:
            tensors.append(convolution.bias)
        tensors.append(convolution.weight)
    return tensors


def _convolution(section: Section, inputs: int) -> nn.Sequential:
    size, filters = section.number("size", 1), section.number("filters")
    padding = size // 2 if section.number("pad", 0) else section.number("padding", 0)
    normalised = bool(section.number("batch_normalize", 0))
    layers: list[nn.Module] = [
        nn.Conv2d(
            inputs,
            filters,
            size,
            stride=section.number("stride", 1),
            padding=padding,
            groups=section.number("groups", 1),
            bias=not normalised,
        )
    ]
    if normalised:
        layers.append(nn.BatchNorm2d(filters, eps=_EPSILON))
    return nn.Sequential(*layers, _activation(section))


def _activation(section: Section) -> nn.Module:
    name = section.values.get("activation", "linear")
    known = {"leaky": nn.LeakyReLU(_SLOPE), "relu": nn.ReLU(), "linear": nn.Identity()}
    if name not in known:
        raise ValueError(
            f"[{section.kind}] in line {section.line} has the activation {name!r}; "
            f"known: {', '.join(known)}"
        )
    return known[name]


def _pooling(section: Section) -> nn.Module:
    size, stride = section.number("size", 2), section.number("stride", 2)
    # Darknet pads by one less than the size in all, more of it at the right and the bottom.
    left = (size - 1) // 2
    right = size - 1 - left
    edges = nn.ConstantPad2d((left, right, left, right), float("-inf"))
    return nn.Sequential(edges, nn.MaxPool2d(size, stride))


def _places(section: Section, key: str, count: int) -> list[int]:
    """Numbers of layers; those below 0 count back from this one."""
    places = [each + count if each < 0 else each for each in section.numbers(key)]
    if not all(0 <= each < count for each in places):
        raise ValueError(f"[{section.kind}] in line {section.line} names a layer not before it")
    return places


def _head(section: Section, inputs: int) -> Head:
    sides = section.numbers("anchors")
    anchors = list(zip(sides[::2], sides[1::2], strict=True))
    classes = section.number("classes")
    mask = section.numbers("mask", range(len(anchors)))
    if inputs != len(mask) * (5 + classes):
        raise ValueError(
            f"[yolo] in line {section.line} needs {len(mask) * (5 + classes)} channels, "
            f"got {inputs}"
        )
    return Head(tuple(anchors[each] for each in mask), classes)


def export_darknet(
    cfg: Path | str, weights: Path | str, path: Path | str, *, person_class: int = 0
) -> Path:
    """Write Darknet's files as ONNX, and the TOML file beside it that states its contract.

    Args:
        cfg: the network's description.
        weights: its weights.
        path: ends in `.onnx`.
        person_class: which of its classes are people; 0 in COCO's.

    Returns:
        `path`, for `lighttrack track --detector` and `lighttrack.build_detector`.

    Raises:
        FileNotFoundError, ValueError: as `read_darknet`; also if the heads do not have the same
            number of anchors, or too few classes.
        RuntimeError: if the package onnx is not installed.

    Example:
        >>> export_darknet("yolov3.cfg", "yolov3.weights", "yolov3.onnx")  # doctest: +SKIP
    """
    network, path = read_darknet(Path(cfg), Path(weights)), Path(path)
    if path.suffix != ".onnx":
        raise ValueError(f"the network is written as ONNX: {path} must end in .onnx")
    # The contract lists the anchors of the finest head first; Darknet begins with the coarsest.
    heads = sorted(network.heads, key=lambda head: head.anchors[0][0])
    if len({len(head.anchors) for head in heads}) > 1:
        raise ValueError("the heads must have the same number of anchors")
    if any(person_class >= head.classes for head in heads):
        raise ValueError(f"person_class must be below {heads[0].classes}, got {person_class}")
    width, height = network.size
    names = [f"head_{number}" for number in range(len(heads))]
    write_onnx(network, path, torch.zeros(1, 3, height, width), names, {})
    anchors = [float(side) for head in heads for anchor in head.anchors for side in anchor]
    text = f'kind = "yolov3"\nperson_class = {person_class}\nanchors = {anchors}\n'
    path.with_suffix(".toml").write_text(text, encoding="utf-8")
    return path
