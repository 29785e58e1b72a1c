"""How a stream is looked at: which one, which way up, with square pixels and usual colours."""

from collections.abc import Iterator
from dataclasses import dataclass

from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from lighttrack.structures import Image
from lighttrack.video import colour, orientation
from lighttrack.video.decode import ImageConverter, square_unless_known, with_square_pixels


@dataclass(frozen=True, slots=True)
class Viewing:
    """What a user says of a source that it does not say itself.

    Raises:
        ValueError: if a number is out of bounds.
    """

    stream: int | None = None
    """Number of the video stream in its container, as ffprobe shows it; None: the best."""

    rotate: int = 0
    """Degrees clockwise by which images are turned, after what the source says of itself."""

    reconnect: float = 0.0
    """Seconds in which a live source that broke off is tried again."""

    def __post_init__(self) -> None:
        orientation.rotated(self.rotate)
        if self.stream is not None and self.stream < 0:
            raise ValueError(f"stream must be the number of a video stream, got {self.stream}")
        if not 0 <= self.reconnect < float("inf"):
            raise ValueError(f"reconnect must be 0 seconds or more, got {self.reconnect}")


DEFAULT_VIEWING = Viewing()


class View:
    """Images of decoded frames as they are shown, and their size.

    Args:
        stream: says the shape of a pixel.
        first: its first frame, which says how it is turned.
        how: what the user says.
    """

    def __init__(self, stream: VideoStream, first: VideoFrame, how: Viewing) -> None:
        turned = orientation.of_frame(first).then(orientation.rotated(how.rotate))
        aspect = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio
        self._aspect = square_unless_known(aspect)
        self._swapped = turned.swap_axes
        self._convert = ImageConverter(turned, self._aspect)

    def __call__(self, frame: VideoFrame) -> Image:
        """The image `(H, W, 3)` of a frame."""
        return self._convert(frame)

    def size_of(self, frame: VideoFrame) -> tuple[int, int]:
        """Width and height of the image of a frame."""
        width, height = with_square_pixels(frame.width, frame.height, self._aspect)
        return (height, width) if self._swapped else (width, height)

    def notes(self, source: str, frame: VideoFrame) -> Iterator[str]:
        """What is done to the images that a user should know."""
        if self._aspect != 1:
            width, height = self.size_of(frame)
            yield (
                f"{source} has pixels of {self._aspect.numerator}:{self._aspect.denominator}: "
                f"{frame.width}x{frame.height} are taken as {width}x{height} square ones, in which "
                "all coordinates are"
            )
        if kind := colour.of_frame(frame):
            yield f"{source} is {kind}: its colours are mapped to BT.709, the usual range"
