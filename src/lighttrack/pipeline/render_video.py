"""A stored result drawn on its video."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from os import PathLike, fspath
from pathlib import Path

from lighttrack.formats import read_tracks
from lighttrack.pipeline.existing import require_new
from lighttrack.pipeline.outputs import VIDEO, spare_the_source
from lighttrack.pipeline.parts import PartedVideo
from lighttrack.pipeline.sources import Source, open_source
from lighttrack.render.thumbnails import Thumbnails
from lighttrack.render.video import Style, annotated
from lighttrack.structures import Frame, TrackedVideo, VideoInfo
from lighttrack.video.viewing import DEFAULT_VIEWING, Viewing

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
    overwrite: bool = False,
    stream: int | None = None,
    rotate: int | None = None,
) -> int:
    """Draw a result on the video that it was made from, and write that as H.264.

    Args:
        result: what `track_video` returned, or a file of tracks in any format.
        source: the video, or anything else that `track_video` takes and that shows the same
            frames; frames are matched by their numbers.
        output: the `.mp4` to write; times are those of the source.
        boxes: whether to outline every person's box too.
        labels: whether to write the ids.
        style: these two and more: blurred heads, black background, trails, side by side; used in
            their place.
        thumbnails: folder for one image of each person, `id_3.jpg`; none without it.
        fps: frames per second of images, which have no times of their own.
        overwrite: whether `output` may be replaced.
        stream: number of the video stream of the source; without it, as in the run that made the
            result.
        rotate: degrees clockwise by which the source is turned; without it, as in that run.

    Returns:
        Frames written.

    Raises:
        ValueError: if the images are not of the result's size, or `output` is the source or the
            result itself, or exists and may not be replaced.
        OSError: if a file cannot be read or written.

    Example:
        >>> render_video(result, "match.mp4", "drawn.mp4", boxes=True)  # doctest: +SKIP
        250
    """
    target = Path(output)
    for given in (result, source):
        if isinstance(given, str | PathLike):
            spare_the_source(fspath(given), {VIDEO: target})
    require_new({VIDEO: target}, overwrite=overwrite)
    video = result if isinstance(result, TrackedVideo) else read_tracks(result)
    style = style or Style(boxes=boxes, labels=labels)
    named = isinstance(source, str | int | PathLike)
    how = viewing_of(video, stream, rotate) if named else DEFAULT_VIEWING
    with open_source(source, fps=fps, how=how) as frames:
        frames.sizes_may_change = True
        return draw_video(video, frames, frames.info, target, style=style, thumbnails=thumbnails)


def viewing_of(
    result: TrackedVideo, stream: int | None = None, rotate: int | None = None
) -> Viewing:
    """How the video of a result is to be looked at: as in the run that made it, unless stated.

    Args:
        result: its provenance says how it was made.
        stream: number of the video stream.
        rotate: degrees clockwise.
    """
    made = result.provenance.get("config")
    known = made if isinstance(made, Mapping) else {}
    then = (known.get("stream"), known.get("rotate"))
    stored = [value if isinstance(value, int) else None for value in then]
    return Viewing(
        stream=stored[0] if stream is None else stream,
        rotate=(stored[1] or 0) if rotate is None else rotate,
    )


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
    with PartedVideo(
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
