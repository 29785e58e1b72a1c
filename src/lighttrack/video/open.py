"""Opening of sources of frames: files, images, cameras, addresses."""

import glob
import math
import os
import re
import stat
import sys
from pathlib import Path
from urllib.parse import urlsplit

from lighttrack.video.decode import DEFAULT_FPS
from lighttrack.video.errors import VideoError
from lighttrack.video.files import FileReader
from lighttrack.video.images import SUFFIXES, ImageReader, images_in, natural_order
from lighttrack.video.live import LiveReader
from lighttrack.video.pages import PageReader, pages_of
from lighttrack.video.reader import Cut, VideoReader
from lighttrack.video.viewing import Viewing

_WEB = frozenset({"http", "https", "ftp"})
"""Protocols that serve recordings as well as live streams."""

_TIMEOUT = 10.0
"""Seconds to wait for a server."""


def open_video(
    source: str | int | os.PathLike[str],
    *,
    start: float | None = None,
    end: float | None = None,
    fps: float = DEFAULT_FPS,
    stream: int | None = None,
    rotate: int = 0,
    reconnect: float = 0.0,
) -> VideoReader:
    """Open a source of frames: iterate over it to get them, one `Frame` at a time.

    Times are the stream's own and begin with 0 at its first frame; images are upright, of square
    pixels, RGB in BT.709 and 8 bits deep, whatever the source is. Of a recording every frame is
    given, of a camera or a live stream the latest. The reader's `notes` say what was done.

    Args:
        source: a video file; an image, a folder of images or a pattern such as
            `"shots/*.png"`; the number of a camera (`0` or `"0"`); an address such as
            `"rtsp://camera/stream"` or `"https://example.org/video.mp4"`.
        start: seconds after the first frame; earlier frames are left out, numbers and times stay
            those of the whole video.
        end: seconds after the first frame; this and later frames are left out.
        fps: frames per second of images, which have no times of their own.
        stream: number of the video stream in a file of several, as ffprobe shows it; without it
            the default one, else the largest that is no still image.
        rotate: 90, 180 or 270 degrees clockwise by which images are turned, for cameras that are
            mounted sideways and do not say so.
        reconnect: seconds in which a camera or live stream that broke off is tried again.

    Raises:
        FileNotFoundError: if there is no such file or folder.
        VideoError: if the source gives no frames.
        ValueError: if `start`, `end`, `fps`, `stream`, `rotate` or `reconnect` is out of bounds.

    Example:
        >>> with open_video("match.mp4", start=10, end=12) as video:  # doctest: +SKIP
        ...     times = [frame.time for frame in video]
    """
    cut = Cut.between(start, end)
    how = Viewing(stream, rotate, reconnect)
    if not 0 < fps < math.inf:
        raise ValueError(f"fps must be positive, got {fps}")
    text = os.fspath(source) if not isinstance(source, int) else str(source)
    if isinstance(source, int):
        return _open_camera(source, cut, how)
    if "://" in text:
        return _open_address(text, cut, how)
    path = Path(text)
    if path.exists():
        return _open_path(path, text, cut, how, fps)
    if text.isdecimal():
        return _open_camera(int(text), cut, how)
    if glob.has_magic(text):
        return _open_pattern(text, cut, how, fps)
    raise FileNotFoundError(f"no such file or folder: {text}")


def _open_path(path: Path, source: str, cut: Cut, how: Viewing, fps: float) -> VideoReader:
    name = path.resolve().stem if path.is_file() else path.resolve().name
    if path.is_dir():
        images = images_in(path)
        if not images:
            kinds = ", ".join(sorted(SUFFIXES))
            raise VideoError(f"folder {source} holds no images ({kinds})")
        return ImageReader(images, fps=fps, name=name, source=source, cut=cut, rotate=how.rotate)
    if stat.S_ISCHR(path.stat().st_mode):
        return _open_device(source, name=path.name, source=source, cut=cut, how=how)
    if path.is_file() and path.stat().st_size == 0:
        raise VideoError(f"{source} is empty (0 bytes)")
    if path.suffix.lower() in SUFFIXES:
        return _open_image(path, name, source, cut, how, fps)
    # The protocol is stated, because FFmpeg would take a colon in the name for one.
    return FileReader(f"file:{path}", name=name, source=source, cut=cut, how=how)


def _open_image(
    path: Path, name: str, source: str, cut: Cut, how: Viewing, fps: float
) -> VideoReader:
    """One image, or the file of several pages or frames that looks like one by its name."""
    pages = pages_of(path)
    if pages is None or len(pages.numbers) < 2:
        return ImageReader([path], fps=fps, name=name, source=source, cut=cut, rotate=how.rotate)
    if pages.kind == "png":
        return FileReader(
            f"file:{path}", name=name, source=source, cut=cut, how=how, container_format="apng"
        )
    return PageReader(path, pages, fps=fps, name=name, source=source, cut=cut, rotate=how.rotate)


def _open_pattern(pattern: str, cut: Cut, how: Viewing, fps: float) -> VideoReader:
    paths = natural_order(Path(found) for found in glob.iglob(pattern, recursive=True))
    files = [path for path in paths if path.is_file()]
    if not files:
        raise FileNotFoundError(f"no file matches {pattern}")
    if len(files) == 1:
        return _open_path(files[0], str(files[0]), cut, how, fps)
    others = [path.name for path in files if path.suffix.lower() not in SUFFIXES]
    if others:
        raise VideoError(
            f"{pattern} matches {len(files)} files, and {others[0]} is no image: "
            "name one video, or images only"
        )
    name = Path(pattern).resolve().parent.name
    name = "images" if glob.has_magic(name) or not name else name
    return ImageReader(files, fps=fps, name=name, source=pattern, cut=cut, rotate=how.rotate)


def _open_address(address: str, cut: Cut, how: Viewing) -> VideoReader:
    parts = urlsplit(address)
    name = Path(parts.path).stem or parts.hostname or "stream"
    # User names and passwords of cameras must not appear in results and messages.
    source = without_secrets(address)
    if parts.scheme in _WEB or parts.scheme == "file":
        reader = FileReader(address, name=name, source=source, cut=cut, how=how, timeout=_TIMEOUT)
        if reader.is_recording:
            return reader
        reader.close()
    options = {"rtsp_transport": "tcp"} if parts.scheme == "rtsp" else {}
    return LiveReader(address, name=name, source=source, cut=cut, how=how, options=options)


def without_secrets(text: str) -> str:
    """A text with the user name and password of any address in it left out.

    Example:
        >>> without_secrets("rtsp://admin:secret@camera/stream")
        'rtsp://camera/stream'
    """
    return re.sub(r"(?<=://)[^/@\s]*@", "", text)


def _open_camera(number: int, cut: Cut, how: Viewing) -> VideoReader:
    name = f"camera-{number}"
    source = f"camera {number}"
    if number < 0:
        raise ValueError(f"cameras are numbered from 0, got {number}")
    if sys.platform == "darwin":
        return _open_device(f"{number}:none", name=name, source=source, cut=cut, how=how)
    if sys.platform == "win32":
        return _open_device(_directshow_name(number), name=name, source=source, cut=cut, how=how)
    return _open_device(f"/dev/video{number}", name=name, source=source, cut=cut, how=how)


def _open_device(address: str, *, name: str, source: str, cut: Cut, how: Viewing) -> VideoReader:
    device_format = {"darwin": "avfoundation", "win32": "dshow"}.get(sys.platform, "v4l2")
    # Without a rate that the camera has, AVFoundation does not open it at all.
    options = {"framerate": "30"} if device_format == "avfoundation" else {}
    return LiveReader(
        address,
        name=name,
        source=source,
        cut=cut,
        how=how,
        container_format=device_format,
        options=options,
    )


def _directshow_name(number: int) -> str:
    from av.device import enumerate_input_devices

    cameras = [d for d in enumerate_input_devices("dshow") if "video" in d.media_types]
    if number >= len(cameras):
        found = ", ".join(camera.description for camera in cameras) or "none"
        raise VideoError(f"there is no camera {number}; found: {found}")
    return f"video={cameras[number].name}"
