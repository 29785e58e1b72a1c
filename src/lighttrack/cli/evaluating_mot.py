"""What `lighttrack evaluate mot` does."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lighttrack.cli.reporting import Outputs, report
from lighttrack.evaluation import tracking
from lighttrack.evaluation.clear import Convention
from lighttrack.evaluation.mot_files import (
    MotRows,
    is_mot_text,
    mot_pairs,
    read_mot,
    require_one_row_each,
)
from lighttrack.evaluation.sequence import EvaluationSequence
from lighttrack.evaluation.tracking import sequence_of_boxes, sequence_of_poses
from lighttrack.render.page import Moment, Section
from lighttrack.reports import moments, tracking_page
from lighttrack.reports.timeline import make_timeline
from lighttrack.structures import Ids, Poses, Skeleton, TrackedVideo
from lighttrack.structures.types import Reals


@dataclass(frozen=True, slots=True)
class _Video:
    sequence: EvaluationSequence
    truth: list[tuple[Ids, Reals]]
    seen: list[tuple[Ids, Reals]]


def run(
    truth: Path,
    predicted: Path,
    *,
    similarity: str,
    threshold: float,
    convention: Convention,
    video: Path | None,
    outputs: Outputs,
) -> None:
    """Read, score, show, write."""
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold must lie above 0 and up to 1, got {threshold}")
    moments.require_page(video, outputs)
    read = _read_boxes if similarity == "iou" else _read_poses
    videos = [read(name, first, second) for name, first, second in mot_pairs(truth, predicted)]
    partials = {
        item.sequence.name: tracking.evaluate(
            item.sequence, threshold=threshold, convention=convention
        )
        for item in videos
    }
    total = tracking.summarize(tracking.combine(partials.values()))
    figures = {name: tracking.summarize(partial) for name, partial in partials.items()}
    settings = {"similarity": similarity, "threshold": threshold, "convention": convention}

    def sections() -> Sequence[Section]:
        return tracking_page.sections(
            [item.sequence for item in videos],
            figures,
            total,
            threshold=threshold,
            convention=convention,
            moments=_moments(videos, video, threshold, convention) if video else (),
        )

    report(
        outputs,
        title="Tracking evaluation",
        tables=[tracking_page.figures_table(figures, total)],
        figures={**total, "settings": settings, "sequences": figures},
        sections=sections,
    )


def _read_boxes(name: str, truth: Path, predicted: Path) -> _Video:
    known = _rows(truth, truth=True)
    seen = _rows(predicted, truth=False)
    count = int(max(known.frames.max(initial=-1), seen.frames.max(initial=-1))) + 1
    sides = known.by_frame(count), seen.by_frame(count)
    return _Video(sequence_of_boxes(*sides, name=name), *sides)


def _rows(path: Path, *, truth: bool) -> MotRows:
    if path.suffix == ".txt" or is_mot_text(path):
        rows = read_mot(path, truth=truth)
        require_one_row_each(rows, path)
        return rows
    frames, ids, boxes = [], [], []
    for frame in _tracks(path).frames:
        frames += [frame.index] * len(frame)
        ids += frame.ids.tolist()
        boxes += frame.boxes.tolist()
    return MotRows(
        np.array(frames, np.int64),
        np.array(ids, np.int64),
        np.array(boxes, np.float64).reshape(-1, 4),
        np.ones(len(ids)),
    )


def _read_poses(name: str, truth: Path, predicted: Path) -> _Video:
    known, seen = _tracks(truth), _tracks(predicted)
    for video, path in ((known, truth), (seen, predicted)):
        found = [frame.poses.keypoints for frame in video.frames if len(frame)]
        if found and not np.isfinite(np.concatenate(found)).any():
            raise ValueError(f"{path.name}: has no keypoints, by which --similarity oks compares")
    count = max((f.index + 1 for side in (known, seen) for f in side.frames), default=0)
    first, second = _frames(known, known.skeleton, count), _frames(seen, known.skeleton, count)
    return _Video(
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
    nobody = (np.zeros(0, np.int64), Poses.empty(skeleton), np.zeros((0, 4)))
    frames = [nobody] * count
    for frame in video.frames:
        boxes = frame.boxes.astype(np.float64)
        frames[frame.index] = (frame.ids, frame.poses.to(skeleton), boxes)
    return frames


def _tracks(path: Path) -> TrackedVideo:
    from lighttrack.formats import read_tracks

    return read_tracks(path)


def _moments(
    videos: Sequence[_Video], source: Path, threshold: float, convention: Convention
) -> list[Moment]:
    """The frames with most errors over all videos, some frames apart, as pictures."""
    lines = [
        make_timeline(item.sequence, threshold=threshold, convention=convention) for item in videos
    ]
    chosen = moments.worst(lines)
    found = []
    for number in sorted({number for number, _, _ in chosen}):
        item, name = videos[number], videos[number].sequence.name
        errors = {frame: count for of, frame, count in chosen if of == number}
        path = moments.video_of(source, name)
        if path is None:
            raise ValueError(f"no video of {name} in {source}")
        for frame, image in moments.frames_of(path, set(errors)):
            caption = f"{name}, frame {frame}: {moments.errors(errors[frame])}"
            sides = (moments.Side(*side[frame]) for side in (item.truth, item.seen))
            found.append(moments.moment(caption, image, lines[number], frame, *sides))
    return found
