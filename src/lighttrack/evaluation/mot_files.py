"""MOTChallenge text as evaluation needs it: in double precision, and with the flag of the truth.

`lighttrack.formats.mot` reads the same files as tracks for everything else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from glob import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lighttrack.evaluation.sequence import EvaluationSequence
from lighttrack.evaluation.tracking import frames_of_rows, sequence_of_boxes
from lighttrack.structures import Ids
from lighttrack.structures.types import Reals


@dataclass(frozen=True, slots=True)
class MotRows:
    """The rows of a file."""

    frames: NDArray[np.int64]
    """`(R,)`: from 0."""
    ids: Ids
    """`(R,)`."""
    boxes: Reals
    """`(R, 4)`: x0, y0, x1, y1."""
    scores: Reals
    """`(R,)`: what the seventh column holds; 1 where there is none."""

    def by_frame(self, count: int) -> list[tuple[Ids, Reals]]:
        """Ids and boxes for each of `count` frames."""
        return frames_of_rows(self.frames, self.ids, self.boxes, count)


def read_mot(path: Path | str, *, truth: bool = False) -> MotRows:
    """Read `frame, id, left, top, width, height[, flag or score, ...]`, frames from 1.

    Args:
        path: the text file.
        truth: whether the seventh column is a ground truth's flag; rows of flag 0 are left out.

    Raises:
        ValueError: naming the line that cannot be read.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path.name}: not a text file in UTF-8") from None
    rows = [
        _row(path, number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip()
    ]
    table = np.array(rows, np.float64).reshape(-1, 7)
    if truth:
        table = table[table[:, 6] != 0]
    boxes = np.concatenate([table[:, 2:4], table[:, 2:4] + table[:, 4:6]], axis=1)
    frames, ids = table[:, 0].astype(np.int64) - 1, table[:, 1].astype(np.int64)
    return MotRows(frames, ids, boxes, table[:, 6])


def require_one_row_each(rows: MotRows, path: Path) -> None:
    """Raise `ValueError` if somebody stands twice in a frame (counted from 1, as in the file)."""
    pairs, times = np.unique(np.stack([rows.frames, rows.ids]), axis=1, return_counts=True)
    if (times > 1).any():
        frame, identity = pairs[:, times.argmax()].tolist()
        raise ValueError(f"{path.name}: id {identity} stands twice in frame {frame + 1}")


def is_mot_text(path: Path) -> bool:
    """Whether a file's first line looks like a row of MOTChallenge text."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        first = next((line for line in file if line.strip()), b"")
    return bool(first) and all(part in b"0123456789.,-+eE \t\r\n" for part in first)


def sequence_of_rows(truth: MotRows, seen: MotRows, *, name: str = "") -> EvaluationSequence:
    """Both sides of one video, over all frames in which either has anybody."""
    count = int(max(truth.frames.max(initial=-1), seen.frames.max(initial=-1))) + 1
    return sequence_of_boxes(truth.by_frame(count), seen.by_frame(count), name=name)


def mot_pairs(truth: Path, predicted: Path) -> list[tuple[str, Path, Path]]:
    """Names and files of the sequences in two files or two folders.

    A folder of ground truth holds `NAME/gt/gt.txt`, `NAME/gt.txt` or `NAME.txt`; one of predictions
    holds a file `NAME.*` for each.

    Raises:
        ValueError: listing the sequences for which nothing was predicted.
    """
    for path in (truth, predicted):
        if not path.exists():
            raise ValueError(f"no such file or folder: {path}")
    if truth.is_file():
        name = truth.parent.name if truth.stem == "gt" else truth.stem
        return [(name, truth, predicted if predicted.is_file() else _prediction(predicted, name))]
    if predicted.is_file():
        raise ValueError(f"{truth} is a folder and {predicted} a file; give two of a kind")
    found = _truths(truth)
    if not found:
        raise ValueError(f"{truth}: holds no NAME/gt/gt.txt, NAME/gt.txt or NAME.txt")
    missing = [name for name in found if not _candidates(predicted, name)]
    if missing:
        raise ValueError(f"{predicted}: nothing is predicted for {', '.join(missing)}")
    return [(name, path, _prediction(predicted, name)) for name, path in found.items()]


def _truths(folder: Path) -> dict[str, Path]:
    found = {}
    for entry in sorted(folder.iterdir()):
        inside = [entry / "gt" / "gt.txt", entry / "gt.txt"]
        chosen: Sequence[Path] = [path for path in inside if path.is_file()]
        if chosen:
            found[entry.name] = chosen[0]
        elif entry.suffix == ".txt" and entry.is_file():
            found[entry.stem] = entry
    return found


def _candidates(folder: Path, name: str) -> list[Path]:
    return sorted(path for path in folder.glob(f"{escape(name)}.*") if path.is_file())


def _prediction(folder: Path, name: str) -> Path:
    found = _candidates(folder, name)
    if not found:
        raise ValueError(f"{folder}: nothing is predicted for {name}")
    return next((path for path in found if path.suffix == ".txt"), found[0])


def _row(path: Path, number: int, line: str) -> list[float]:
    cells = line.replace(",", " ").split()
    where = f"{path.name}, line {number}"
    try:
        values = [float(cell) for cell in cells[:7]]
    except ValueError:
        raise ValueError(f"{where}: not a row of numbers: {line.strip()[:60]!r}") from None
    if len(values) < 6:
        raise ValueError(
            f"{where}: a row needs frame, id, left, top, width and height, "
            f"got {len(values)} numbers"
        )
    if not np.isfinite(values[:6]).all():
        raise ValueError(f"{where}: the numbers must be finite, got {line.strip()[:60]!r}")
    if not 1 <= values[0] <= _LAST_FRAME or not values[0].is_integer():
        raise ValueError(
            f"{where}: frames are whole numbers from 1 to {_LAST_FRAME}, got {cells[0]}"
        )
    if abs(values[1]) > _LARGEST_ID or not values[1].is_integer():
        raise ValueError(
            f"{where}: the id must be a whole number up to {_LARGEST_ID}, got {cells[1]}"
        )
    if values[4] < 0 or values[5] < 0:
        raise ValueError(
            f"{where}: width and height must not be negative, got {line.strip()[:60]!r}"
        )
    if len(values) == 7 and np.isnan(values[6]):
        raise ValueError(f"{where}: the seventh number must be a flag or a score, got {cells[6]}")
    return [*values, 1.0][:7]


_LAST_FRAME = 5_000_000
"""Two days of video; a number beyond is a time stamp or a slip, and would fill the memory."""
_LARGEST_ID = 2**53
"""Up to which a number with a decimal point is exact."""
