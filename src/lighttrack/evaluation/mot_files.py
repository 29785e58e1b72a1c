"""MOTChallenge text as evaluation needs it: in double precision, and with the flag of the truth.

`lighttrack.io.mot` reads the same files as tracks for everything else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lighttrack.evaluation.sequence import EvaluationSequence
from lighttrack.evaluation.similarity import Reals
from lighttrack.evaluation.tracking import frames_of_rows, sequence_of_boxes
from lighttrack.structures import Ids


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
    rows = [
        _row(path, number, line)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if line.strip()
    ]
    table = np.array(rows, np.float64).reshape(-1, 7)
    if truth:
        table = table[table[:, 6] != 0]
    boxes = np.concatenate([table[:, 2:4], table[:, 2:4] + table[:, 4:6]], axis=1)
    frames, ids = table[:, 0].astype(np.int64) - 1, table[:, 1].astype(np.int64)
    return MotRows(frames, ids, boxes, table[:, 6])


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
    return sorted(path for path in folder.glob(f"{name}.*") if path.is_file())


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
    if values[0] < 1 or values[0] != int(values[0]):
        raise ValueError(f"{where}: frames are whole numbers from 1, got {cells[0]}")
    if values[1] != int(values[1]):
        raise ValueError(f"{where}: the id must be a whole number, got {cells[1]}")
    return [*values, 1.0][:7]
