"""MOTChallenge's layout of files and folders, and two files of tracks as one sequence."""

from collections.abc import Sequence
from glob import escape
from pathlib import Path

from lighttrack.evaluation.sequence import EvaluationSequence
from lighttrack.evaluation.tracking import sequence_of_boxes
from lighttrack.formats.mot import MotRows


def sequence_of_rows(truth: MotRows, seen: MotRows, *, name: str = "") -> EvaluationSequence:
    """Both sides of one video, over all frames in which either has anybody."""
    count = max(truth.frame_count, seen.frame_count)
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
