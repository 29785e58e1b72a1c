"""A stored result drawn on its video."""

from collections.abc import Iterable
from os import PathLike, fspath
from pathlib import Path

from lighttrack.formats import read_tracks
from lighttrack.pipeline.outputs import VIDEO, spare_the_source
from lighttrack.pipeline.sources import Source, open_source
from lighttrack.render.video import annotated
from lighttrack.structures import Frame, TrackedVideo, VideoInfo
from lighttrack.video import VideoWriter

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
        return draw_video(video, frames, frames.info, target, boxes=boxes, labels=labels)


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
    with VideoWriter(path, width=info.width, height=info.height, fps=info.fps) as writer:
        for frame in drawn:
            writer.write(frame.image, frame.time)
            count += 1
    return count
