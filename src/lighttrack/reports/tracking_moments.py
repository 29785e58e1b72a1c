"""The worst moments of a tracking evaluation, as images with the boxes of both sides."""

from pathlib import Path

from lighttrack.evaluation.mot import TrackingFigures
from lighttrack.evaluation.timeline import make_timeline
from lighttrack.render.page import Moment
from lighttrack.reports import moments


def worst_moments(figures: TrackingFigures, source: Path) -> list[Moment]:
    """The frames with most errors over all videos, some frames apart.

    Args:
        figures: what was scored.
        source: the video, or a folder with NAME.mp4 or NAME/*.mp4 for each sequence.

    Raises:
        ValueError: if there is no video of a sequence there.
    """
    lines = [
        make_timeline(item.sequence, threshold=figures.threshold, convention=figures.convention)
        for item in figures.videos
    ]
    chosen = moments.worst(lines)
    found = []
    for number in sorted({number for number, _, _ in chosen}):
        item, name = figures.videos[number], figures.videos[number].sequence.name
        errors = {frame: count for of, frame, count in chosen if of == number}
        path = moments.video_of(source, name)
        if path is None:
            raise ValueError(f"no video of {name} in {source}")
        for frame, image in moments.frames_of(path, set(errors)):
            caption = f"{name}, frame {frame}: {moments.errors(errors[frame])}"
            sides = (moments.Side(*side[frame]) for side in (item.truth, item.predicted))
            found.append(moments.moment(caption, image, lines[number], frame, *sides))
    return found
