"""Scoring files of tracks: whole people by boxes or poses, in MOTChallenge's layout of folders."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import numpy as np

from lighttrack.evaluation import tracking
from lighttrack.evaluation.clear import Convention
from lighttrack.evaluation.figures import Figures
from lighttrack.evaluation.sequence import EvaluationSequence
from lighttrack.evaluation.tracking import COLUMNS, sequence_of_boxes, sequence_of_poses
from lighttrack.formats import read_tracks
from lighttrack.formats.mot import MotRows, is_mot_text, read_mot, require_one_row_each
from lighttrack.structures import Ids, Poses, Skeleton, TrackedVideo
from lighttrack.structures.types import Reals

Similarity = Literal["iou", "oks"]
"""How people are compared: by their boxes or by their poses."""

Tracks: TypeAlias = str | os.PathLike[str] | TrackedVideo | MotRows
"""One side of an evaluation: a file, a folder of files, or what was read."""


@dataclass(frozen=True, slots=True)
class ScoredVideo:
    """One sequence as it was scored, and the boxes of both sides."""

    sequence: EvaluationSequence
    truth: list[tuple[Ids, Reals]]
    """For each frame ids `(N,)` and boxes `(N, 4)`."""
    predicted: list[tuple[Ids, Reals]]
    """The same of the tracker."""


class TrackingFigures(Figures):
    """CLEAR MOT, identity and HOTA in total; `sequences` and `settings` stand beside them."""

    def __init__(
        self,
        total: Mapping[str, float],
        sequences: Mapping[str, Mapping[str, float]],
        *,
        similarity: Similarity,
        threshold: float,
        convention: Convention,
        videos: Sequence[ScoredVideo] = (),
    ) -> None:
        settings = {"similarity": similarity, "threshold": threshold, "convention": convention}
        rows = {**(sequences if len(sequences) > 1 else {}), "Total": total}
        everything = {**total, "settings": settings, "sequences": sequences}
        super().__init__(everything, rows, COLUMNS, first="Sequence")
        self.total = total
        self.sequences = sequences
        self.threshold = threshold
        self.convention: Convention = convention
        self.videos = videos


def evaluate_mot(
    truth: Tracks,
    predicted: Tracks,
    *,
    similarity: Similarity = "iou",
    threshold: float = 0.5,
    convention: Convention = "trackeval",
) -> TrackingFigures:
    """Score tracks of whole people: CLEAR MOT, identity and HOTA.

    Args:
        truth: file of ground truth, folder with NAME/gt/gt.txt, NAME/gt.txt or NAME.txt, or what
            was read of one video. Rows of flag 0 in MOTChallenge text are left out.
        predicted: file of tracks in any format, folder with a file NAME.* for each sequence, or
            what was read.
        similarity: `iou` of boxes, or `oks` of poses (both sides with keypoints).
        threshold: least similarity of a match, for CLEAR MOT and identity.
        convention: whose matching and counting CLEAR MOT follows; see `docs/evaluation.md`.

    Returns:
        The total by name (rates as fractions, 1 = perfect), `sequences` and `settings`;
        `.table()` shows the main figures.

    Raises:
        ValueError: if a setting is out of its bounds, or a file is missing or cannot be read.

    Example:
        >>> boxes = np.array([[0, 0, 10, 20.0], [0, 0, 10, 20.0]])
        >>> truth = MotRows(np.array([0, 1]), np.array([1, 1]), boxes, np.ones(2))
        >>> predicted = MotRows(np.array([0, 1]), np.array([1, 2]), boxes, np.ones(2))
        >>> figures = evaluate_mot(truth, predicted)
        >>> figures["mota"], figures["switches"]
        (0.5, 1)
    """
    if similarity not in get_args(Similarity):
        raise ValueError(f"similarity must be 'iou' or 'oks', got {similarity!r}")
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold must lie above 0 and up to 1, got {threshold}")
    score = _by_boxes if similarity == "iou" else _by_poses
    videos = [score(*pair) for pair in _pairs(truth, predicted)]
    partials = {
        video.sequence.name: tracking.evaluate(
            video.sequence, threshold=threshold, convention=convention
        )
        for video in videos
    }
    return TrackingFigures(
        tracking.summarize(tracking.combine(partials.values())),
        {name: tracking.summarize(partial) for name, partial in partials.items()},
        similarity=similarity,
        threshold=threshold,
        convention=convention,
        videos=videos,
    )


def sequence_of_rows(truth: MotRows, seen: MotRows, *, name: str = "") -> EvaluationSequence:
    """Both sides of one video, over all frames in which either has a person."""
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
        name = _name_of(truth)
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


def _name_of(truth: Path) -> str:
    """The sequence of a file of ground truth: NAME/gt/gt.txt, NAME/gt.txt or NAME.txt."""
    if truth.stem != "gt":
        return truth.name.split(".")[0]
    folder = truth.resolve().parent
    return folder.parent.name if folder.name == "gt" else folder.name


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


def _pairs(truth: Tracks, predicted: Tracks) -> Sequence[tuple[str, Tracks, Tracks]]:
    if isinstance(truth, str | os.PathLike) and isinstance(predicted, str | os.PathLike):
        return mot_pairs(Path(truth), Path(predicted))
    names = [side.info.name for side in (truth, predicted) if isinstance(side, TrackedVideo)]
    return [(names[0] if names else "video", truth, predicted)]


def _by_boxes(name: str, truth: Tracks, predicted: Tracks) -> ScoredVideo:
    known, seen = _rows(truth, truth=True), _rows(predicted, truth=False)
    count = max(known.frame_count, seen.frame_count)
    sides = known.by_frame(count), seen.by_frame(count)
    return ScoredVideo(sequence_of_boxes(*sides, name=name), *sides)


def _rows(side: Tracks, *, truth: bool) -> MotRows:
    if isinstance(side, MotRows):
        return side
    if not isinstance(side, TrackedVideo):
        path = Path(side)
        if path.suffix == ".txt" or is_mot_text(path):
            rows = read_mot(path, truth=truth)
            require_one_row_each(rows, path)
            return rows
    frames, ids, boxes = [], [], []
    for frame in _video(side).frames:
        frames += [frame.index] * len(frame)
        ids += frame.ids.tolist()
        boxes += frame.boxes.tolist()
    return MotRows(
        np.array(frames, np.int64),
        np.array(ids, np.int64),
        np.array(boxes, np.float64).reshape(-1, 4),
        np.ones(len(ids)),
    )


def _by_poses(name: str, truth: Tracks, predicted: Tracks) -> ScoredVideo:
    known, seen = _video(truth), _video(predicted)
    for video, side in ((known, truth), (seen, predicted)):
        found = [frame.poses.keypoints for frame in video.frames if len(frame)]
        if found and not np.isfinite(np.concatenate(found)).any():
            what = video.info.name if isinstance(side, TrackedVideo) else Path(_path(side)).name
            raise ValueError(f"{what}: has no keypoints, by which similarity oks compares")
    count = max((f.index + 1 for side in (known, seen) for f in side.frames), default=0)
    first, second = _frames(known, known.skeleton, count), _frames(seen, known.skeleton, count)
    return ScoredVideo(
        sequence_of_poses(
            [(ids, poses) for ids, poses, _ in first],
            [(ids, poses) for ids, poses, _ in second],
            name=name,
        ),
        [(ids, boxes) for ids, _, boxes in first],
        [(ids, boxes) for ids, _, boxes in second],
    )


def _frames(video: TrackedVideo, skeleton: Skeleton, count: int) -> list[tuple[Ids, Poses, Reals]]:
    """Ids, poses in the truth's skeleton and boxes for each of `count` frames."""
    no_people = (np.zeros(0, np.int64), Poses.empty(skeleton), np.zeros((0, 4)))
    frames = [no_people] * count
    for frame in video.frames:
        boxes = frame.boxes.astype(np.float64)
        frames[frame.index] = (frame.ids, frame.poses.to(skeleton), boxes)
    return frames


def _video(side: Tracks) -> TrackedVideo:
    return side if isinstance(side, TrackedVideo) else read_tracks(_path(side))


def _path(side: Tracks) -> str | os.PathLike[str]:
    if isinstance(side, str | os.PathLike):
        return side
    raise ValueError("rows of boxes have no keypoints, by which similarity oks compares")
