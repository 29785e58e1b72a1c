"""A stored result drawn on its video."""

from collections.abc import Iterable, Mapping
from os import PathLike, fspath
from pathlib import Path

from lighttrack.formats import read_tracks
from lighttrack.pipeline.existing import require_new
from lighttrack.pipeline.outputs import VIDEO, spare_the_source
from lighttrack.pipeline.parts import PartedVideo
from lighttrack.pipeline.sources import Source, open_source
from lighttrack.render.video import annotated
from lighttrack.structures import Frame, TrackedVideo, VideoInfo
from lighttrack.video.viewing import DEFAULT_VIEWING, Viewing

_KEYPOINT_THRESHOLD = 0.3
"""Keypoint score from which limbs are drawn where a result does not say its estimator's."""


def render_video(
    result: TrackedVideo | str | PathLike[str],
    source: Source,
    output: str | PathLike[str],
    *,
    boxes: bool = False,
    labels: bool = True,
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
        boxes: whether to outline everyone's box too.
        labels: whether to write the ids.
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
    named = isinstance(source, str | int | PathLike)
    how = viewing_of(video, stream, rotate) if named else DEFAULT_VIEWING
    with open_source(source, fps=fps, how=how) as frames:
        frames.sizes_may_change = True
        return draw_video(video, frames, frames.info, target, boxes=boxes, labels=labels)


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
    boxes: bool = False,
    labels: bool = True,
) -> int:
    """Write frames with the people of a result drawn on them; returns how many there were.

    Args:
        result: the people.
        frames: of the video, in ascending order.
        info: of the video.
        path: the `.mp4` to write.
        boxes: whether to outline everyone's box too.
        labels: whether to write the ids.
    """
    threshold = float(result.provenance.get("keypoint_threshold", _KEYPOINT_THRESHOLD))
    drawn = annotated(frames, result, keypoint_threshold=threshold, boxes=boxes, labels=labels)
    count = 0
    with PartedVideo(path, width=info.width, height=info.height, fps=info.fps) as writer:
        for frame in drawn:
            writer.write(frame.image, frame.time)
            count += 1
    return count
