"""Drawing of a stored result on the video that it was made from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from lighttrack.render.draw import draw
from lighttrack.render.effects import Trails, anonymize, black, side_by_side
from lighttrack.structures import Frame, Image, TrackedFrame, TrackedVideo


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """What a drawn video shows."""

    boxes: bool = False
    """Each person's box."""
    labels: bool = True
    """Each person's id."""
    anonymize: bool = False
    """Heads are blurred."""
    black_background: bool = False
    """People are drawn on black."""
    trails: float = 0.0
    """Seconds of their way that follow people's feet; 0: none."""
    side_by_side: bool = False
    """The video without drawings on the left; images are twice as wide."""

    @property
    def columns(self) -> int:
        """Images side by side."""
        return 2 if self.side_by_side else 1


def annotated(
    frames: Iterable[Frame],
    result: TrackedVideo,
    *,
    keypoint_threshold: float = 0.3,
    boxes: bool = False,
    labels: bool = True,
    style: Style | None = None,
) -> Iterator[Frame]:
    """The same frames with the people of `result` drawn on them, matched by frame number.

    A frame that the result does not have is left as it is, or black. The options are those of
    `draw`; a `style` has those and more, and is used in their place.

    Raises:
        ValueError: if the images are not of the size that the result was made from.

    Example:
        >>> import numpy as np
        >>> from lighttrack.structures import VideoInfo
        >>> from lighttrack.structures.skeletons import COCO_17
        >>> empty = TrackedVideo(VideoInfo("clip", 160, 90, 25.0), COCO_17, [])
        >>> frame = Frame(0, 0.0, np.zeros((90, 160, 3), np.uint8))
        >>> len(list(annotated([frame], empty)))
        1
    """
    style = style or Style(boxes=boxes, labels=labels)
    people = {tracked.index: tracked for tracked in result.frames}
    trails = Trails(style.trails) if style.trails else None
    wanted = (result.info.width, result.info.height)
    begun = False
    for frame in frames:
        # Some formats of tracks do not know the size, and some videos change it on their way.
        if not begun and all(wanted) and (frame.width, frame.height) != wanted:
            raise ValueError(
                f"the video's images are {frame.width}x{frame.height}, "
                f"but the result was made on {wanted[0]}x{wanted[1]}"
            )
        begun = True
        tracked = people.get(frame.index)
        yield replace(frame, image=_drawn(frame.image, tracked, style, trails, keypoint_threshold))


def _drawn(
    image: Image,
    people: TrackedFrame | None,
    style: Style,
    trails: Trails | None,
    threshold: float,
) -> Image:
    if style.anonymize and people is not None:
        image = anonymize(image, people)
    drawn = black(image) if style.black_background else image
    if people is not None:
        if trails is not None:
            drawn = trails.draw(drawn, people)
        drawn = draw(
            drawn, people, keypoint_threshold=threshold, boxes=style.boxes, labels=style.labels
        )
    return side_by_side(image, drawn) if style.side_by_side else drawn
