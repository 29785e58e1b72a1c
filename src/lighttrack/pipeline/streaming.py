"""The streaming form: every frame with its people, as it comes."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from typing import Unpack

from lighttrack.assembly import TrackerOptions
from lighttrack.pipeline.loading import load
from lighttrack.pipeline.opening import opened
from lighttrack.pipeline.request import Request, Rotate
from lighttrack.pipeline.sources import Source
from lighttrack.pipeline.target import TargetsGiven
from lighttrack.pipeline.upright import uprighted
from lighttrack.structures import Frame, Image, TrackedFrame
from lighttrack.tracking import PoseTracker

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tracked:
    """A frame and the people in it; a notebook shows it with them drawn."""

    frame: Frame
    """Number, time and image."""

    tracked: TrackedFrame
    """The people."""

    keypoint_threshold: float
    """The score from which the estimator is confident of a keypoint."""

    def draw(self, *, boxes: bool = False, labels: bool = True) -> Image:
        """The image `(H, W, 3)` RGB with the people drawn on it; a copy.

        Args:
            boxes: whether to outline every person's box too.
            labels: whether to write the ids.
        """
        from lighttrack.render.draw import draw

        return draw(
            self.frame.image,
            self.tracked,
            keypoint_threshold=self.keypoint_threshold,
            boxes=boxes,
            labels=labels,
        )

    def __repr__(self) -> str:
        size = f"{self.frame.width}x{self.frame.height}"
        return f"<Tracked {size}, {self.tracked!r}>"

    def _repr_png_(self) -> bytes:
        from lighttrack.render.canvas import encode_png

        return encode_png(self.draw())


def stream(
    source: Source,
    *,
    target: TargetsGiven = None,
    tracker: PoseTracker | None = None,
    skeleton: str | None = None,
    smooth: bool = False,
    start: float | None = None,
    end: float | None = None,
    fps: float | None = None,
    stream_index: int | None = None,
    rotate: Rotate = 0,
    reconnect: float = 0.0,
    region: str | PathLike[str] | None = None,
    **options: Unpack[TrackerOptions],
) -> Iterator[Tracked]:
    """Track a source frame by frame: each comes out, with its people, before the next is read.

    Of a camera or a live stream the latest frame is taken, so what comes out is never late.

    Args:
        source: what `track_video` takes: `0` for the first camera, an address, a path, images with
            `fps`, frames, an OpenCV or PyAV source.
        target: follow one person only; see `track_video`.
        tracker: a tracker that is loaded already, in place of the options below.
        skeleton: keypoints of the result, by name; without it those of the estimator.
        smooth: take the jitter out of what comes out; the tracker does not see it.
        start: second of the video to begin at.
        end: second of the video to end at.
        fps: frames per second of images, which have no times of their own.
        stream_index: `stream` of `track_video`.
        rotate: as for `track_video`.
        reconnect: as for `track_video`.
        region: as for `track_video`.
        **options: those of `load_tracker`: `preset`, `detector`, `pose`, `matcher`, `camera`,
            `appearance`, `config`, `threads`.

    Raises:
        ValueError: if something asked for does not exist or makes no sense, or there is no frame.
        OSError: if a file cannot be read.

    Example:
        >>> for seen in stream(0, preset="fast"):  # doctest: +SKIP
        ...     print(seen.tracked.ids, seen.draw().shape)
    """
    request = Request(
        source=source,
        output=None,
        target=target,
        tracker=tracker,
        skeleton=skeleton,
        smooth=smooth,
        start=start,
        end=end,
        fps=fps,
        stream=stream_index,
        rotate=rotate,
        reconnect=reconnect,
        region=region,
        **options,
    )
    return _stream(request)


def _stream(request: Request) -> Iterator[Tracked]:
    request, tracker = uprighted(request, _log.info)
    with opened(request) as video:
        video.sizes_may_change = False
        loaded = load(request, video, tracker)
        threshold = loaded.origin.keypoint_threshold
        state, smoothing = loaded.tracker.start(), loaded.start_smoothing()
        for number, frame in enumerate(video, start=1):
            is_last = number == video.info.frame_count
            state, tracked = loaded.tracker.step(state, frame, is_last=is_last)
            tracked, smoothing = loaded.finish(tracked, smoothing)
            yield Tracked(frame, tracked, threshold)
