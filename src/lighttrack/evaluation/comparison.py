"""What changed between two evaluations: every figure that both have, the largest change first."""

import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOWER_IS_BETTER = frozenset(
    {"switches", "fragmentations", "misses", "false_positives", "mostly_lost"}
)
"""Figures of which less is better."""

NEUTRAL = frozenset(
    {"partly_tracked", "frames", "objects", "truths", "predictions", "detections", "tracks", "ids"}
)
"""Counts of which neither more nor less is better by itself."""


@dataclass(frozen=True, slots=True)
class Change:
    """One figure of both evaluations."""

    place: str
    """Where it stands: the total, a sequence, a keypoint."""
    figure: str
    before: float
    after: float

    @property
    def difference(self) -> float:
        """After minus before."""
        return self.after - self.before

    @property
    def better(self) -> bool | None:
        """Whether the change is for the better; None of a figure that is neither good nor bad."""
        name = self.figure.split(" ")[-1]
        return None if name in NEUTRAL else (self.difference < 0) == (name in LOWER_IS_BETTER)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """The figures that differ, relative to their size the largest change first.

    Understands what `lighttrack evaluate` writes as JSON: figures by name, `sequences` by name, and
    PoseTrack's lists over keypoints.

    Example:
        >>> old, new = {"mota": 0.5, "switches": 4}, {"mota": 0.6, "switches": 2}
        >>> [(c.figure, c.difference, c.better) for c in changes(old, new)]
        [('switches', -2, True), ('mota', 0.09999999999999998, True)]
    """
    first, second = dict(_figures(before)), dict(_figures(after))
    found = [
        Change(*key, first[key], second[key])
        for key in first
        if key in second and not _same(first[key], second[key])
    ]
    return sorted(found, key=lambda change: -_size(change))


def load_figures(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The figures of a JSON file that `lighttrack evaluate` wrote, or of a folder of such files.

    Raises:
        ValueError: if it holds none.

    Example:
        >>> load_figures("monday.json")["mota"]  # doctest: +SKIP
        0.72
    """
    path = Path(path)
    if path.is_dir():
        files = sorted(path.glob("*.json"))
        if not files:
            raise ValueError(f"{path}: no .json file is in this folder")
        data = {"sequences": {file.stem: _totals(_json(file)) for file in files}}
    else:
        data = _json(path)
    if not has_figures(data):
        raise ValueError(f"{path}: holds no figures that lighttrack or the official tools wrote")
    return data


def has_figures(data: Mapping[str, Any]) -> bool:
    """Whether there is anything to be compared."""
    return next(_figures(data), None) is not None


def only_in_one(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Places (sequences, keypoints) that only the first, and only the second evaluation has."""
    first = dict.fromkeys(place for (place, _), _ in _figures(before))
    second = dict.fromkeys(place for (place, _), _ in _figures(after))
    return [p for p in first if p not in second], [p for p in second if p not in first]


def _totals(data: dict[str, Any]) -> dict[str, Any]:
    """The totals of one of the official evaluator's files as figures by name."""
    if "names" not in data:
        return data
    return {key: values[-1] for key, values in data.items() if key != "names"}


def _json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_bytes())
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{path}: not JSON ({error})") from None
    if not isinstance(data, dict):
        raise ValueError(f"{path}: not an evaluation that lighttrack wrote")
    return data


def _figures(
    data: Mapping[str, Any], place: str = "total"
) -> Iterator[tuple[tuple[str, str], float]]:
    for key, value in data.items():
        if key in ("AP", "MOT") and isinstance(value, Mapping) and "names" in value:
            yield from _of_keypoints(key, value)
        elif key == "sequences" and isinstance(value, Mapping):
            for name, figures in value.items():
                yield from _figures(figures, name)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield (place, key), value


def _of_keypoints(kind: str, table: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], float]]:
    for figure, values in table.items():
        if figure != "names":
            for index, value in enumerate(values):
                yield (table["names"][str(index)], f"{kind} {figure}"), value


def _same(first: float, second: float) -> bool:
    return first == second or (math.isnan(first) and math.isnan(second))


def _size(change: Change) -> float:
    if math.isnan(change.difference):
        return math.inf
    scale = max(abs(change.before), abs(change.after))
    return abs(change.difference) / scale
