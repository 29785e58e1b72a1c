"""Darknet's files: the network's description (`.cfg`) and its weights (`.weights`)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lighttrack.structures import Floats

COCO_ANCHORS = (
    (10, 13), (16, 30), (33, 23), (30, 61), (62, 45), (59, 119), (116, 90), (156, 198), (373, 326),
)  # fmt: skip
"""Width and height of YOLOv3's anchors in pixels at 416 x 416 (Redmon, Farhadi: YOLOv3, 2018)."""

_RESIDUALS = (1, 2, 8, 8, 4)
"""Residual blocks of each stage of Darknet-53 (table 1 there)."""
_HEADER = 3
"""Whole numbers before the count of images: major and minor version, and revision."""


@dataclass(frozen=True, slots=True)
class Section:
    """One `[section]` of a `.cfg` file."""

    kind: str
    values: dict[str, str]
    line: int

    def number(self, key: str, default: int | None = None) -> int:
        """A whole number.

        Raises:
            ValueError: if the entry is missing and has no default, or is no whole number.
        """
        return self.numbers(key, None if default is None else [default])[0]

    def numbers(self, key: str, default: Sequence[int] | None = None) -> list[int]:
        """Whole numbers, separated by commas.

        Raises:
            ValueError: as `number`.
        """
        text = self.values.get(key)
        if text is None and default is not None:
            return list(default)
        try:
            return [int(part) for part in (text or "").split(",") if part.strip()] or [int("")]
        except ValueError:
            what = "no entry" if text is None else f"{text!r} for the whole number(s)"
            raise ValueError(f"[{self.kind}] in line {self.line} has {what} {key!r}") from None


def read_cfg(path: Path) -> list[Section]:
    """The sections of a `.cfg` file in their order.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: naming the line that is neither a section, nor an entry, nor a comment.

    Example:
        >>> sections = read_cfg(Path("yolov3.cfg"))  # doctest: +SKIP
    """
    if not path.is_file():
        raise FileNotFoundError(f"no file {path}")
    return parse_cfg(path.read_text(encoding="utf-8", errors="replace"), path.name)


def parse_cfg(text: str, name: str = "cfg") -> list[Section]:
    """The sections of a `.cfg` file's text; `name` is for messages.

    Raises:
        ValueError: as `read_cfg`.

    Example:
        >>> [section.kind for section in parse_cfg(yolov3_cfg())][:2]
        ['net', 'convolutional']
    """
    sections: list[Section] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.split("#")[0].split(";")[0].strip()
        if not line:
            continue
        key, separator, value = line.partition("=")
        if line.startswith("[") and line.endswith("]"):
            sections.append(Section(line[1:-1].strip().lower(), {}, number))
        elif separator and sections:
            sections[-1].values[key.strip()] = value.strip()
        else:
            raise ValueError(f"{name}: line {number} is neither [section] nor key=value: {line!r}")
    if not sections or sections[0].kind not in ("net", "network"):
        raise ValueError(f"{name} must begin with [net]")
    return sections


def read_weights(path: Path) -> Floats:
    """All numbers of a `.weights` file after its header, in the order of the file.

    The header is major and minor version, revision, and how many images were seen: four bytes
    before version 0.2, eight from it on.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is too short for a header, or holds a part of a number.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no file {path}")
    content = path.read_bytes()
    if len(content) < 4 * _HEADER + 4 or len(content) % 4:
        raise ValueError(f"{path.name} is no file of Darknet's weights: {len(content)} bytes")
    major, minor, _ = np.frombuffer(content, "<i4", _HEADER)
    seen = 8 if major * 10 + minor >= 2 and major < 1000 and minor < 1000 else 4
    return np.frombuffer(content, "<f4", offset=4 * _HEADER + seen).astype(np.float32)


def write_weights(path: Path, numbers: Floats) -> Path:
    """Write numbers as a `.weights` file of version 0.2."""
    header = np.array([0, 2, 0], "<i4").tobytes() + np.array([0], "<i8").tobytes()
    path.write_bytes(header + np.asarray(numbers, "<f4").tobytes())
    return path


def yolov3_cfg(
    *,
    classes: int = 80,
    width: float = 1.0,
    size: tuple[int, int] = (416, 416),
    residuals: Sequence[int] = _RESIDUALS,
) -> str:
    """The text of a `.cfg` file of YOLOv3: Darknet-53 and heads at strides 32, 16 and 8.

    Args:
        classes: that the heads tell apart.
        width: factor of all channels; 1 for the published network.
        size: width and height of its input, multiples of 32.
        residuals: blocks of each stage, finest first; the default is Darknet-53.

    Example:
        >>> sections = parse_cfg(yolov3_cfg())
        >>> sum(section.kind == "convolutional" for section in sections)
        75
    """
    lines = [f"[net]\nwidth={size[0]}\nheight={size[1]}\nchannels=3"]
    lines += _backbone(width, residuals)
    stages = [sum(1 + 3 * count for count in residuals[: stage + 1]) for stage in range(5)]
    for head, channels in enumerate((512, 256, 128)):
        if head:
            # Back to the map before this head's last three layers, twice as large, beside the
            # backbone's of that size.
            lines.append("[route]\nlayers=-4")
            lines += [_convolution(channels * width, 1), "[upsample]\nstride=2"]
            lines.append(f"[route]\nlayers=-1,{stages[4 - head]}")
        for _ in range(3):
            lines += [_convolution(channels * width, 1), _convolution(2 * channels * width, 3)]
        lines.append(
            f"[convolutional]\nsize=1\nstride=1\npad=1\nfilters={3 * (5 + classes)}\n"
            "activation=linear"
        )
        first = 6 - 3 * head
        anchors = ", ".join(f"{wide},{high}" for wide, high in COCO_ANCHORS)
        lines.append(
            f"[yolo]\nmask={first},{first + 1},{first + 2}\nanchors={anchors}\n"
            f"classes={classes}\nnum=9"
        )
    return "\n\n".join(lines) + "\n"


def _backbone(width: float, residuals: Sequence[int]) -> Iterator[str]:
    yield _convolution(32 * width, 3)
    for stage, count in enumerate(residuals):
        channels = 64 * width * 2**stage
        yield _convolution(channels, 3, stride=2)
        for _ in range(count):
            yield _convolution(channels / 2, 1)
            yield _convolution(channels, 3)
            yield "[shortcut]\nfrom=-3\nactivation=linear"


def _convolution(filters: float, size: int, stride: int = 1) -> str:
    return (
        f"[convolutional]\nbatch_normalize=1\nfilters={round(filters)}\nsize={size}\n"
        f"stride={stride}\npad=1\nactivation=leaky"
    )
