"""What the numbers of a contract may be, and what the outputs of each kind of network look like."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

Shape: TypeAlias = tuple[int | None, ...] | None
"""Sides of an output; None where the file leaves one open, or all."""

_RANGES: Mapping[str, tuple[float, float]] = {
    "mean": (-255, 255),
    "deviation": (1e-3, 1e4),
    "input_size": (16, 4096),
    "padding": (0.5, 5),
    "tracked_threshold": (0, 10),
    "keypoint_threshold": (0, 10),
    "score_threshold": (0, 1),
    "score_floor": (0, 1),
    "proposal_threshold": (0, 1),
    "proposal_overlap": (0, 1),
    "same_region": (0, 1),
    "overlap": (0, 1),
    "person_class": (0, 100_000),
    "anchors": (1e-3, 1e5),
    "threshold": (0, 2),
    "spread": (1e-6, 10),
    "divisions": (1, 64),
    "smallest_tile": (16, 4096),
}
"""Least and largest value of each entry; thresholds of poses may exceed 1, as scores may."""

_OTHERS = (-1e6, 1e6)


def require_in_range(name: str, value: Any, where: str) -> None:
    """Refuse a number that is not finite or out of the range of its entry.

    Args:
        name: of the entry.
        value: a number, or several in a tuple; anything else passes.
        where: names the file and the entry.

    Raises:
        ValueError: saying what is allowed.

    Example:
        >>> require_in_range("padding", 1.25, "my.toml: padding")
    """
    low, high = _RANGES.get(name, _OTHERS)
    for number in value if isinstance(value, tuple) else (value,):
        is_number = isinstance(number, int | float) and not isinstance(number, bool)
        # The comparison fails for NaN, too; an int may be too large for a float.
        if is_number and not low <= number <= high:
            raise ValueError(f"{where} must be from {low:g} to {high:g}, got {number!r:.40}")


def require_scale_of_bytes(mean: Sequence[float], deviation: Sequence[float], where: str) -> None:
    """Refuse means and deviations that are of values 0 to 1: contracts have them of 0 to 255.

    Raises:
        ValueError: with the numbers that are probably meant.
    """
    if max(deviation) < 1 and max(map(abs, mean)) <= 1:
        by_255 = [[round(255 * each, 3) for each in part] for part in (mean, deviation)]
        raise ValueError(
            f"{where}: mean and deviation are of values 0 to 255, these look like those of 0 to 1; "
            f"times 255 they are mean = {by_255[0]}, deviation = {by_255[1]}"
        )


def _rank(shape: Shape, wanted: int) -> bool:
    return shape is None or len(shape) == wanted


def _side(shape: Shape, axis: int, fits: Callable[[int], bool]) -> bool:
    side = None if shape is None else shape[axis]
    return side is None or fits(side)


def _is_rtmdet(outputs: Sequence[Shape], _: Any) -> bool:
    return _rank(outputs[0], 3) and _side(outputs[0], -1, lambda n: n == 5)


def _is_yolox(outputs: Sequence[Shape], config: Any) -> bool:
    least = 6 + int(config.person_class)
    one = len(outputs) == 1 and _rank(outputs[0], 3)
    return one and _side(outputs[0], -1, lambda n: n >= least)


def _is_picodet(outputs: Sequence[Shape], _: Any) -> bool:
    if len(outputs) != 2 or not all(_rank(each, 3) for each in outputs):
        return False
    return sum(_side(each, -1, lambda n: n == 4) for each in outputs) >= 1


def _is_yolov3(outputs: Sequence[Shape], config: Any) -> bool:
    each, rest = divmod(len(config.anchors) // 2, len(outputs))
    least = 6 + int(config.person_class)
    return not rest and all(
        _rank(head, 4) and _side(head, 1, lambda n: n % each == 0 and n // each >= least)
        for head in outputs
    )


def _is_boxes_scores_labels(outputs: Sequence[Shape], _: Any) -> bool:
    boxes = [each for each in outputs if each is None or len(each) in (2, 3)]
    return any(_side(each, -1, lambda n: n in (4, 5)) for each in boxes)


def _is_heat_map(outputs: Sequence[Shape], config: Any) -> bool:
    return _rank(outputs[0], 4) and _side(outputs[0], 1, lambda n: n == len(config.skeleton))


def _is_simcc(outputs: Sequence[Shape], config: Any) -> bool:
    return len(outputs) >= 2 and all(
        _rank(each, 3) and _side(each, 1, lambda n: n == len(config.skeleton))
        for each in outputs[:2]
    )


def _is_embedding(outputs: Sequence[Shape], _: Any) -> bool:
    # Some exports keep two axes of length 1 behind the vector.
    shape = outputs[0]
    return shape is None or len(shape) == 2 or (len(shape) == 4 and shape[2:] == (1, 1))


_KINDS: Mapping[str, tuple[Callable[[Sequence[Shape], Any], bool], str]] = {
    "rtmdet": (_is_rtmdet, "boxes and scores (1, N, 5) first"),
    "yolox": (_is_yolox, "one array (1, N, 5 + classes), more classes than person_class"),
    "picodet": (_is_picodet, "boxes (1, N, 4) and scores (1, 1, N)"),
    "yolov3": (
        _is_yolov3,
        "heads (1, A * (5 + classes), h, w) of A anchors each, more classes than person_class",
    ),
    "boxes-scores-labels": (
        _is_boxes_scores_labels,
        "boxes (N, 4), scores (N) and labels (N), or boxes with scores (N, 5) and labels",
    ),
    "heat-map": (_is_heat_map, "a map for each keypoint of the skeleton, (1, K, h, w), first"),
    "simcc": (_is_simcc, "two distributions a keypoint of the skeleton, (1, K, w) and (1, K, h)"),
    "re-identification": (_is_embedding, "a vector (1, D) first"),
}


def require_outputs(kind: str, outputs: Sequence[Shape], config: Any, where: str) -> None:
    """Refuse a network whose outputs are not those of its kind.

    Args:
        kind: of the contract; kinds that are not known here pass.
        outputs: shapes of all outputs of the file.
        config: of the component.
        where: names the contract.

    Raises:
        ValueError: saying what the kind needs and what the file has.
    """
    if kind not in _KINDS:
        return
    fits, needs = _KINDS[kind]
    if not outputs or not fits(outputs, config):
        has = ", ".join(map(_text, outputs)) or "none"
        raise ValueError(f"{where}: a network of the kind {kind!r} gives {needs}; this one: {has}")


def _text(shape: Shape) -> str:
    if shape is None:
        return "any shape"
    return "(" + ", ".join("?" if side is None else str(side) for side in shape) + ")"
