"""Where frames can come from: what `open_video` opens, and frames that a program has already."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from os import PathLike
from typing import Any, TypeAlias, TypeGuard

import numpy as np

from lighttrack.structures import Frame, Image, VideoInfo
from lighttrack.video import VideoError, VideoReader, open_video
from lighttrack.video.decode import DEFAULT_FPS
from lighttrack.video.reader import Cut, require_size
from lighttrack.video.viewing import DEFAULT_VIEWING, Viewing

Source: TypeAlias = str | int | PathLike[str] | VideoReader | Iterable[Any] | Any
"""A path, an address or a camera's number; an open `VideoReader`; arrays `(H, W, 3)` uint8 RGB,
with a frame rate; `Frame`s; PyAV's `VideoFrame`s or an open container; an OpenCV `VideoCapture`."""

_FPS_PROPERTY = 5
"""`cv2.CAP_PROP_FPS`."""

_TIME_PROPERTY = 0
"""`cv2.CAP_PROP_POS_MSEC`."""

_TAKEN = (
    "a path, an address, a camera's number, images (H, W, 3) of type uint8 with fps=, Frames, "
    "PyAV frames or an OpenCV VideoCapture"
)


def is_named(source: Source) -> TypeGuard[str | int | PathLike[str]]:
    """Whether a source is a name that can be opened again: a path, an address, a camera."""
    return isinstance(source, str | int | PathLike)


def open_source(
    source: Source,
    *,
    start: float | None = None,
    end: float | None = None,
    fps: float | None = None,
    how: Viewing = DEFAULT_VIEWING,
) -> VideoReader:
    """Open whatever gives frames; see `Source` for what that can be.

    Args:
        source: where the frames come from. A reader that is open already is taken as it is.
        start: seconds after the first frame at which to begin.
        end: seconds after the first frame at which to end.
        fps: frames per second of images that have no times of their own.
        how: which stream of a file, how it is turned, how long a live source is tried again.

    Raises:
        FileNotFoundError: if a path leads nowhere.
        TypeError: if the source, or what it gives, is nothing that frames can be made of.
        ValueError: if images come without `fps`, or `start`, `end` or `fps` make no sense.
        VideoError: if there is no frame.

    Example:
        >>> black = np.zeros((48, 64, 3), np.uint8)
        >>> with open_source([black] * 3, fps=25) as video:
        ...     [frame.time for frame in video]
        [0.0, 0.04, 0.08]
    """
    if isinstance(source, VideoReader):
        if (start, end, fps) != (None, None, None):
            raise ValueError("start, end and fps are given where a video is opened: it is open")
        return source
    if is_named(source):
        return open_video(
            source,
            start=start,
            end=end,
            fps=DEFAULT_FPS if fps is None else fps,
            stream=how.stream,
            rotate=how.rotate,
            reconnect=how.reconnect,
        )
    if how != DEFAULT_VIEWING:
        raise ValueError("stream, rotate and reconnect are for sources that are opened by name")
    if fps is not None and not fps > 0:
        raise ValueError(f"fps must be positive, got {fps}")
    return FrameReader(source, cut=Cut.between(start, end), fps=fps)


class FrameReader(VideoReader):
    """Reads frames that a program hands over, in their order.

    Args:
        source: an iterable of arrays, `Frame`s or PyAV frames, a PyAV container, or an OpenCV
            `VideoCapture`.
        cut: the wanted part; numbers and times stay those of the whole.
        fps: frames per second of what has no times of its own.

    Raises:
        TypeError: if the source is nothing of these.
        ValueError: if images come without `fps`.
        VideoError: if there is no frame.
    """

    def __init__(self, source: Any, *, cut: Cut, fps: float | None) -> None:
        self._cut = cut
        if fps is None and _is_capture(source):
            fps = float(source.get(_FPS_PROPERTY)) or None
        self._made = iter(_frames(_items(source), fps))
        # A rate that was not given is that of the first two frames.
        first = list(islice(self._made, 1 if fps else 2))
        if not first:
            raise VideoError("the source gave no frame")
        self._made = chain(first, self._made)
        count = len(source) if hasattr(source, "__len__") else None
        rate = fps or _rate(first)
        self.info = VideoInfo(
            name="video",
            width=first[0].width,
            height=first[0].height,
            fps=rate,
            frame_count=cut.frames(count, None, rate),
            source=type(source).__name__,
        )

    def _frames(self) -> Iterator[Frame]:
        last = -1
        for frame in self._made:
            if frame.time >= self._cut.end:
                return
            if frame.time < self._cut.start:
                continue
            require_size(self.info, frame.width, frame.height, what=f"frame {frame.index}")
            if frame.index <= last:
                raise VideoError(f"frames must be numbered upwards: {frame.index} after {last}")
            last = frame.index
            yield frame

    def close(self) -> None:
        """Nothing: the source is closed where it was opened."""


def _rate(frames: list[Frame]) -> float:
    elapsed = frames[-1].time - frames[0].time
    return 1 / elapsed if elapsed > 0 else 1.0


def _is_capture(source: Any) -> bool:
    return all(callable(getattr(source, name, None)) for name in ("read", "get", "isOpened"))


def _items(source: Any) -> Iterator[Any]:
    """What a source gives, one by one."""
    if _is_capture(source):
        return _captured(source)
    if callable(getattr(source, "decode", None)) and hasattr(source, "streams"):
        return iter(source.decode(video=0))
    if isinstance(source, np.ndarray) and source.ndim == 3:
        raise TypeError(
            f"the source is one image of shape {source.shape}: give a list of images, with fps="
        )
    try:
        return iter(source)
    except TypeError:
        raise TypeError(f"a source is {_TAKEN}, got {type(source).__name__}") from None


def _captured(capture: Any) -> Iterator[tuple[float | None, Image]]:
    """Times and images of an OpenCV capture; a capture that knows no times says 0 for all."""
    last = -1.0
    while True:
        done, image = capture.read()
        if not done:
            return
        time = float(capture.get(_TIME_PROPERTY)) / 1000
        known = time > last
        last = max(last, time)
        yield time if known else None, np.ascontiguousarray(image[..., ::-1])


def _frames(items: Iterable[Any], fps: float | None) -> Iterator[Frame]:
    for index, item in enumerate(items):
        yield _frame(item, index, fps)


def _frame(item: Any, index: int, fps: float | None) -> Frame:
    if isinstance(item, Frame):
        return item
    if isinstance(item, tuple):
        time, image = item
    elif callable(getattr(item, "to_ndarray", None)):  # PyAV's VideoFrame
        time, image = item.time, item.to_ndarray(format="rgb24")
    else:
        time, image = None, item
    if not isinstance(image, np.ndarray):
        raise TypeError(f"a source is {_TAKEN}; its item {index} is of {type(item).__name__}")
    if time is None:
        if fps is None:
            raise ValueError("these images have no times: say their frames per second with fps=")
        time = index / fps
    return Frame(index, float(time), image)
