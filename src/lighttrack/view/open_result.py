"""A stored result, made ready for its page."""

from collections.abc import Callable
from pathlib import Path

from lighttrack.formats import read_tracks
from lighttrack.pipeline.retrack import retrack, tracker_of
from lighttrack.structures import TrackedVideo
from lighttrack.video import VideoReader, open_video
from lighttrack.view.images import FrameImages
from lighttrack.view.review_app import Review


def review_of(
    path: Path,
    *,
    video: str | None = None,
    other: Path | None = None,
    retracking: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> Review:
    """Read a result, and open its video if it can be found.

    Args:
        path: of the result.
        video: the video; without it, the one that the result names.
        other: a second result to compare it with.
        retracking: load the result's networks, and track again from where a correction is made.
        say: takes a line if there is no video.

    Raises:
        OSError: if a file cannot be read.
        ValueError: if a file is no result, holds no frames, the video that was named is none, or
            there is no video to track again.
        RuntimeError: if a network cannot be had.
    """
    result = read_tracks(path)
    second = None if other is None else read_tracks(other)
    images = _images(result, path, video, say)
    retracked = None
    if retracking:
        source = video or _found(result.info.source, path)
        if source is None:
            raise ValueError(f"to track again from a correction the video of {path} is needed")
        tracker = tracker_of(result)

        def retracked(corrected: TrackedVideo, frame: int) -> TrackedVideo:
            return retrack(corrected, from_frame=frame, source=source, tracker=tracker)

    return Review(result, path, images=images, other=second, retracked=retracked)


def _images(
    result: TrackedVideo, path: Path, given: str | None, say: Callable[[str], None]
) -> FrameImages | None:
    source = given or _found(result.info.source, path)
    if source is None:
        say(
            f"the video {result.info.source or result.info.name} is not there: people are shown "
            "without it (--video names it)"
        )
        return None
    rate = result.info.fps

    def opened(start: float | None) -> VideoReader:
        if Path(source).is_dir() or "*" in source:
            return open_video(source, start=start, fps=rate)
        return open_video(source, start=start)

    opened(None).close()  # a wrong one is refused now
    return FrameImages(opened, {frame.index: frame.time for frame in result.frames})


def _found(source: str, path: Path) -> str | None:
    """Where the video lies: where the result says, or beside the result.

    A recording of a live page has no source but the video that was written with it.
    """
    if "://" in source:
        return None
    drawn = path.with_name(path.name.removesuffix(".tracks.jsonl") + ".mp4")
    named = (Path(source), path.parent / Path(source).name)
    return next((str(place) for place in (named if source else (drawn,)) if place.exists()), None)
