"""One call for one video: track it, write what is wanted, and return the result."""

import sys
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Unpack

from lighttrack.assembly import TrackerOptions
from lighttrack.formats import read_tracks
from lighttrack.pipeline.outputs import kinds_named
from lighttrack.pipeline.progress import Show
from lighttrack.pipeline.request import Request, Rotate
from lighttrack.pipeline.resume import JSONL
from lighttrack.pipeline.run import run
from lighttrack.pipeline.sources import Source
from lighttrack.pipeline.target import TargetsGiven
from lighttrack.structures import TrackedFrame, TrackedVideo
from lighttrack.tracking import PoseTracker


def track_video(
    source: Source,
    *,
    output: str | PathLike[str] | None = None,
    write: str | Sequence[str] = (JSONL, "video"),
    target: TargetsGiven = None,
    tracker: PoseTracker | None = None,
    skeleton: str | None = None,
    smooth: bool = False,
    start: float | None = None,
    end: float | None = None,
    fps: float | None = None,
    name: str | None = None,
    stream: int | None = None,
    rotate: Rotate = 0,
    reconnect: float = 0.0,
    region: str | PathLike[str] | None = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: Show = True,
    **options: Unpack[TrackerOptions],
) -> TrackedVideo:
    """Find the people in a video and follow their poses: what `lighttrack track` does.

    Args:
        source: a video file, a folder or pattern of images, an address, the number of a camera;
            images `(H, W, 3)` of type uint8 in RGB, with `fps`; an iterable of `Frame`s; PyAV's
            frames or an open container of it; an OpenCV `VideoCapture`.
        output: folder for the files, made if it is not there; None: nothing is written.
        write: what to write: `jsonl`, `video`, `posetrack`, `coco`, `mot`, `openpose`, `csv`.
        target: follow one person only: a `Target`; a text, `"largest"`, `"central"`, a point
            `"X,Y"` or a box `"X0,Y0,X1,Y1"` in pixels (`"640,360@2.5"`: at second 2.5) or
            `"RESULT:ID"` as in an earlier result; or the path of an image of them. Or several of
            these: each is found, lost and found again on its own.
        tracker: a tracker that is loaded already, in place of the options below; it serves many
            videos.
        skeleton: keypoints of the result, by name; without it those of the estimator.
        smooth: take the jitter out of what is returned and written; the tracker does not see it.
        start: second of the video to begin at.
        end: second of the video to end at.
        fps: frames per second of images, which have no times of their own.
        name: of the files, in place of the source's.
        stream: number of the video stream in a file of several, as ffprobe shows it.
        rotate: 90, 180 or 270 degrees clockwise by which images are turned; `"auto"`: so that
            people stand upright.
        reconnect: seconds in which a camera or live stream that broke off is tried again.
        region: follow only people inside: corners of a polygon in pixels, `"X,Y X,Y X,Y"`, or the
            path of an image of the video's size in which the region is white.
        resume: go on where an interrupted run into the same folder stopped.
        overwrite: whether files that are there may be replaced.
        progress: whether progress is shown: a bar on a terminal, else lines in the log. Or a
            function that gets the counts (`frames`, `people`, `keyframes`, `ids`) after each frame.
        **options: those of `load_tracker`: `preset`, `detector`, `pose`, `matcher`, `camera`,
            `appearance`, `config`, `threads`.

    Returns:
        Every frame that was tracked. After Ctrl-C, the frames until then.

    Raises:
        ValueError: if something asked for does not exist or makes no sense, there is no frame, or
            a file is there and may not be replaced.
        OSError: if a file cannot be read or written.
        RuntimeError: if a network cannot be had.

    Example:
        >>> result = track_video("match.mp4", preset="fast", output="out")  # doctest: +SKIP
        >>> [len(track) for track in result.tracks()]  # doctest: +SKIP
    """
    kinds = kinds_named(write)
    request = Request(
        source=source,
        output=None if output is None else Path(output),
        write=kinds,
        target=target,
        tracker=tracker,
        skeleton=skeleton,
        smooth=smooth,
        start=start,
        end=end,
        fps=fps,
        name=name,
        stream=stream,
        rotate=rotate,
        reconnect=reconnect,
        region=region,
        resume=resume,
        overwrite=overwrite,
        command=sys.argv,
        **options,
    )
    frames: list[TrackedFrame] = []
    outcome = run(request, show=progress, on_frame=frames.append)
    if outcome.summary["frames_before"]:
        return read_tracks(outcome.paths[JSONL])
    return TrackedVideo(outcome.info, outcome.skeleton, frames, outcome.provenance)
