"""A whole result as numbers: tables of angles, speeds and events."""

import csv
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from lighttrack.analysis.angles import ANGLES, Facing, angles_of
from lighttrack.analysis.body import Body
from lighttrack.analysis.events import Event, jumps_of, strides_of
from lighttrack.analysis.filters import Filter
from lighttrack.analysis.scale import Scale
from lighttrack.analysis.speeds import speeds_of
from lighttrack.structures import TrackedVideo
from lighttrack.structures.types import AnyArray

Table = Mapping[str, AnyArray]
"""Columns of one length by name."""

TableFormat = Literal["csv", "parquet"]
TABLE_FORMATS: tuple[TableFormat, ...] = get_args(TableFormat)

_DECIMALS = {"time": 6, "angles": 3}
_LEAST_SCORE = 0.3
"""Score below which a keypoint is missing, where the result does not say its estimator's."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """What `analyze` has found."""

    name: str
    """Of the video, fit for a file."""
    unit: Literal["px", "m"]
    """Of lengths; speeds are per second."""
    angles: Table
    """`frame, time, id` and degrees under the name of each angle."""
    speeds: Table
    """`frame, time, id, x, y, speed_x, speed_y, speed, distance`."""
    events: Sequence[Event]
    """Heel strikes, toe-offs and jumps, by person and time."""
    settings: Mapping[str, Any]
    """What it was made with."""

    def ids(self) -> list[int]:
        """All people in it."""
        return [int(identity) for identity in np.unique(self.angles["id"]).tolist()]

    def tables(self) -> dict[str, Table]:
        """Angles, speeds and events as tables."""
        names = ("id", "kind", "side", "frame", "time", "duration", "length", "height")
        rows = [[getattr(event, name) for name in names] for event in self.events]
        columns = {name: np.array([row[i] for row in rows]) for i, name in enumerate(names)}
        return {"angles": self.angles, "speeds": self.speeds, "events": columns}

    def write(
        self,
        folder: str | os.PathLike[str],
        *,
        format: TableFormat = "csv",  # noqa: A002
    ) -> list[Path]:
        """Write a table a file, `NAME.angles.csv` and so on; lengths have the unit in their names.

        Args:
            folder: made if it is not there.
            format: `csv` or `parquet`.

        Raises:
            ImportError: if pyarrow is not installed, for Parquet.

        Example:
            >>> analysis.write("numbers")  # doctest: +SKIP
        """
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        paths = []
        for name, table in self.tables().items():
            named = {_with_unit(column, self.unit): values for column, values in table.items()}
            paths.append(target / f"{self.name}.{name}.{format}")
            if format == "csv":
                _write_csv(paths[-1], named)
            else:
                _write_parquet(paths[-1], named)
        return paths


def analyze(
    video: TrackedVideo,
    *,
    scale: Scale | None = None,
    smoothing: Filter | None = None,
    facing: Facing = "auto",
    people: Sequence[int] | None = None,
) -> Analysis:
    """Angles, speeds, steps and jumps of the people in a result.

    Args:
        video: the result.
        scale: makes metres of pixels.
        smoothing: filter of the keypoints' paths; by default Butterworth's of fourth order at 6 Hz.
        facing: which way people face in the image; see `angles_of`.
        people: ids to look at; by default all.

    Raises:
        ValueError: if one of the people is not in the result.

    Example:
        >>> from lighttrack import read_tracks  # doctest: +SKIP
        >>> analyze(read_tracks("walk.tracks.jsonl")).ids()  # doctest: +SKIP
        [1]
    """
    smoothing = smoothing or Filter()
    tracks = [track for track in video.tracks() if track.id >= 0]
    known = [track.id for track in tracks]
    if lacking := sorted(set(people or ()) - set(known)):
        raise ValueError(f"no person has the id {lacking[0]}; ids: {', '.join(map(str, known))}")
    frames = np.array([frame.index for frame in video.frames], np.int64)
    times = np.array([frame.time for frame in video.frames], np.float64)
    least = float(video.provenance.get("keypoint_threshold", _LEAST_SCORE))
    angles, speeds, events = [], [], []
    for track in tracks:
        if people is not None and track.id not in people:
            continue
        raw = Body.of(track, frames, times, least_score=least)
        body = replace(raw, points=smoothing(raw.points, raw.rate))
        place = {"frame": body.frames, "time": body.times, "id": np.full(len(body.frames), body.id)}
        angles.append({**place, **angles_of(body, facing=facing)})
        speeds.append({**place, **speeds_of(body, scale)})
        events += _events(body, scale)
    nothing = {name: np.zeros(0) for name in ("frame", "time", "id")}
    return Analysis(
        name=re.sub(r'[\x00-\x1f/\\:*?"<>|]', "_", video.info.name).strip(" .") or "video",
        unit="px" if scale is None else "m",
        angles=_joined(angles, {**nothing, **{angle.name: np.zeros(0) for angle in ANGLES}}),
        speeds=_joined(speeds, {**nothing, **{name: np.zeros(0) for name in _SPEEDS}}),
        events=events,
        settings={
            "filter": smoothing.name,
            "cutoff": smoothing.cutoff,
            "order": smoothing.order,
            "facing": facing,
            "scale": "" if scale is None else scale.source,
            "keypoint_threshold": least,
        },
    )


_SPEEDS = ("x", "y", "speed_x", "speed_y", "speed", "distance")


def _events(body: Body, scale: Scale | None) -> list[Event]:
    factor = 1.0
    if scale is not None:
        # On the ground lengths of strides and rises of hips are not known.
        factor = scale.pixels_per_metre or float("nan")
    found = [*strides_of(body), *jumps_of(body)]
    return [replace(event, length=event.length / factor) for event in found]


def _joined(parts: Sequence[Table], empty: Table) -> Table:
    if not parts:
        return empty
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _with_unit(column: str, unit: str) -> str:
    if column in ("x", "y", "distance", "length"):
        return f"{column}_{unit}"
    if column.startswith("speed"):
        return f"{column}_{unit}_per_s"
    return {"time": "time", "duration": "duration_s", "height": "height_m"}.get(column, column)


def _write_csv(path: Path, table: Table) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(table)
        columns = [_cells(name, values) for name, values in table.items()]
        rows.writerows(zip(*columns, strict=True))


def _cells(name: str, values: AnyArray) -> list[Any]:
    """A column as written; empty where there is no number."""
    if values.dtype.kind != "f":
        return list(values.tolist())
    decimals = _DECIMALS["time"] if name == "time" else _DECIMALS["angles"]
    return ["" if value != value else round(value, decimals) for value in values.tolist()]


def _write_parquet(path: Path, table: Table) -> None:
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise ImportError(
            'Parquet needs pyarrow, which is not installed: pip install "lighttrack[formats]"'
        ) from error
    parquet.write_table(arrow.table(dict(table)), path)
