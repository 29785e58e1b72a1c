"""What `lighttrack evaluate mot` does."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lighttrack.cli.reporting import Outputs, report
from lighttrack.evaluation import tracking
from lighttrack.evaluation.clear import Convention
from lighttrack.evaluation.mot_files import MotRows, is_mot_text, mot_pairs, read_mot
from lighttrack.evaluation.report import Section, tracking_page
from lighttrack.evaluation.report.page import Moment
from lighttrack.evaluation.report.timeline import make_timeline
from lighttrack.evaluation.sequence import EvaluationSequence
from lighttrack.evaluation.similarity import Reals
from lighttrack.evaluation.tracking import sequence_of_boxes, sequence_of_poses
from lighttrack.structures import Ids, Poses, Skeleton, TrackedVideo

MOMENTS = 6


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
        return read_mot(path, truth=truth)
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
    from lighttrack.io import read_tracks

    return read_tracks(path)


def _moments(
    videos: Sequence[_Video], source: Path, threshold: float, convention: Convention
) -> list[Moment]:
    """The frames with most errors over all videos, some frames apart, as pictures."""
    chosen: list[tuple[int, int, int]] = []
    lines = [
        make_timeline(item.sequence, threshold=threshold, convention=convention) for item in videos
    ]
    for number, line in enumerate(lines):
        errors = line.errors()
        apart = max(1, len(errors) // 20)
        taken: list[int] = []
        for frame in np.argsort(-errors, kind="stable").tolist():
            if errors[frame] and all(abs(frame - other) >= apart for other in taken):
                taken.append(frame)
                chosen.append((int(errors[frame]), number, frame))
            if len(taken) == MOMENTS:
                break
    chosen = sorted(chosen, reverse=True)[:MOMENTS]
    moments = []
    for number in sorted({item[1] for item in chosen}):
        wanted = {frame: count for count, other, frame in chosen if other == number}
        path = _video_of(source, videos[number].sequence.name)
        for frame, jpeg, width, height in _pictures(path, set(wanted)):
            truth, tracks = _boxes(videos[number], lines[number], frame)
            caption = f"{videos[number].sequence.name}, frame {frame}: {wanted[frame]} errors"
            moments.append(Moment(caption, jpeg, width, height, truth, tracks))
    return moments


def _boxes(item: _Video, line: Any, frame: int) -> tuple[Any, Any]:
    codes = item.sequence.frames[frame]
    truth = tuple(
        (str(identity), box, line.followed[code, frame] == -1)
        for code, identity, box in zip(codes.truth, *item.truth[frame], strict=True)
    )
    tracks = tuple(
        (str(identity), box, int(code), line.tracks[code, frame] == -1)
        for code, identity, box in zip(codes.tracks, *item.seen[frame], strict=True)
    )
    return truth, tracks


def _video_of(source: Path, name: str) -> Path:
    if source.is_file():
        return source
    for path in (*sorted(source.glob(f"{name}.*")), *sorted((source / name).glob("*"))):
        if path.suffix.lower() in (".mp4", ".mov", ".avi", ".mkv", ".webm"):
            return path
    raise ValueError(f"no video of {name} in {source}")


def _pictures(path: Path, wanted: set[int]) -> Any:
    """Index, JPEG, width and height of the frames wanted."""
    import cv2

    from lighttrack.io import open_video

    with open_video(str(path)) as reader:
        for frame in reader:
            if frame.index in wanted:
                done, jpeg = cv2.imencode(
                    ".jpg", frame.image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80]
                )
                if done:
                    yield frame.index, jpeg.tobytes(), frame.width, frame.height
            if frame.index >= max(wanted):
                return
