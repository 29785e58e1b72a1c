"""A stored result drawn on its video."""

import logging
from collections.abc import Iterable, Iterator
from os import PathLike, fspath
from pathlib import Path

from lighttrack.formats import read_tracks
from lighttrack.pipeline.outputs import VIDEO, spare_the_source
from lighttrack.pipeline.sources import Source, open_source
from lighttrack.render.thumbnails import Thumbnails
from lighttrack.render.video import Style, annotated
from lighttrack.structures import Frame, TrackedVideo, VideoInfo
from lighttrack.video import VideoWriter

_log = logging.getLogger(__name__)

_KEYPOINT_THRESHOLD = 0.3
"""Keypoint score from which limbs are drawn where a result does not say its estimator's."""


def render_video(
    result: TrackedVideo | str | PathLike[str],
    source: Source,
    output: str | PathLike[str],
    *,
    boxes: bool = False,
    labels: bool = True,
    style: Style | None = None,
    thumbnails: str | PathLike[str] | None = None,
    fps: float | None = None,
) -> int:
    """Draw a result on the video that it was made from, and write that as H.264.

    Args:
        result: what `track_video` returned, or a file of tracks in any format.
        source: the video, or anything else that `track_video` takes and that shows the same
            frames; frames are matched by their numbers.
        output: the `.mp4` to write; times are those of the source.
        boxes: whether to outline everyone's box too.
        labels: whether to write the ids.
        style: these two and more: blurred heads, black background, trails, side by side; used in
            their place.
        thumbnails: folder for one image of each person, `id_3.jpg`; none without it.
        fps: frames per second of images, which have no times of their own.

    Returns:
        Frames written.

    Raises:
        ValueError: if the images are not of the result's size, or `output` is the source or the
            result itself.
        OSError: if a file cannot be read or written.

    Example:
        >>> render_video(result, "match.mp4", "drawn.mp4", boxes=True)  # doctest: +SKIP
        250
    """
    target = Path(output)
    for given in (result, source):
        if isinstance(given, str | PathLike):
            spare_the_source(fspath(given), {VIDEO: target})
    video = result if isinstance(result, TrackedVideo) else read_tracks(result)
    with open_source(source, fps=fps) as frames:
        style = style or Style(boxes=boxes, labels=labels)
        return draw_video(video, frames, frames.info, target, style=style, thumbnails=thumbnails)


def draw_video(
    result: TrackedVideo,
    frames: Iterable[Frame],
    info: VideoInfo,
    path: Path,
    *,
    style: Style | None = None,
    thumbnails: str | PathLike[str] | None = None,
) -> int:
    """Write frames with the people of a result drawn on them; returns how many there were.

    The sound of the source is copied; where it cannot be, that is logged.

    Args:
        result: the people.
        frames: of the video, in ascending order.
        info: of the video.
        path: the `.mp4` to write.
        style: what is drawn; by default people and their ids.
        thumbnails: folder for one image of each person; none without it.
    """
    style = style or Style()
    threshold = float(result.provenance.get("keypoint_threshold", _KEYPOINT_THRESHOLD))
    kept = Thumbnails(result, hide_faces=style.anonymize) if thumbnails is not None else None
    if kept is not None:
        frames = _shown_to(kept, frames, result)
    count = 0
    with VideoWriter(
        path,
        width=info.width * style.columns,
        height=info.height,
        fps=info.fps,
        sound_of=info.source,
    ) as writer:
        for frame in annotated(frames, result, keypoint_threshold=threshold, style=style):
            writer.write(frame.image, frame.time)
            count += 1
    if writer.problem:
        _log.warning("%s", writer.problem)
    if kept is not None and thumbnails is not None:
        kept.write(Path(thumbnails))
    return count


def _shown_to(kept: Thumbnails, frames: Iterable[Frame], result: TrackedVideo) -> Iterator[Frame]:
    people = {tracked.index: tracked for tracked in result.frames}
    for frame in frames:
        if frame.index in people:
            kept.take(frame, people[frame.index])
        yield frame
