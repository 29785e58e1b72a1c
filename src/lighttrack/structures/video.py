"""Video: frames with the stream's own timestamps, and what is known of the stream."""

from dataclasses import dataclass

from lighttrack.structures.types import Image, require_shape


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What is known of a video before, and after, it is read."""

    name: str
    """Name of the file or stream without folder and suffix."""

    width: int
    """Pixels, as shown (after rotation)."""

    height: int
    """Pixels, as shown (after rotation)."""

    fps: float
    """Average frames per second; timestamps come from the frames, never from this."""

    frame_count: int | None = None
    """Frames that the container announces, if it does."""

    source: str = ""
    """Path or address that was opened."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One image of a video."""

    index: int
    """Counts from 0."""

    time: float
    """Seconds since the start of the stream, from the stream's own timestamps."""

    image: Image
    """`(H, W, 3)`: RGB, uint8."""

    def __post_init__(self) -> None:
        require_shape("image", self.image, ("H", "W", 3))
        if self.image.dtype != "uint8":
            raise ValueError(f"image must be uint8, got {self.image.dtype}")

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self.image.shape[0])
