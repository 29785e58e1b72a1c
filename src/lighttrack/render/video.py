"""Drawing of a stored result on the video that it was made from."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from lighttrack.render.draw import draw
from lighttrack.structures import Frame, TrackedVideo


def annotated(
    frames: Iterable[Frame],
    result: TrackedVideo,
    *,
    keypoint_threshold: float = 0.3,
    boxes: bool = False,
    labels: bool = True,
) -> Iterator[Frame]:
    """The same frames with the people of `result` drawn on them, matched by frame number.

    A frame that the result does not have is left as it is. The options are those of `draw`.

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
    people = {tracked.index: tracked for tracked in result.frames}
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
        if frame.index in people:
            drawn = draw(
                frame.image,
                people[frame.index],
                keypoint_threshold=keypoint_threshold,
                boxes=boxes,
                labels=labels,
            )
            frame = replace(frame, image=drawn)
        yield frame
