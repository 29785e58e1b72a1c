"""`lighttrack render`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from lighttrack.cli.messages import counted, note, tell


def render(
    result: Path,
    /,
    *,
    video: str,
    output: Annotated[Path, Parameter(alias="-o")],
    boxes: Annotated[bool, Parameter(negative="")] = False,
    labels: bool = True,
) -> None:
    """Draw a stored result on the video that it was made from.

    Each person keeps one colour; limbs fade with their confidence; a dot in the upper right corner
    marks the frames in which the detector was called.

    For example:

        lighttrack render out/match.tracks.jsonl --video match.mp4 --output drawn.mp4
        lighttrack render match.posetrack.json --video frames/ -o drawn.mp4 --boxes --no-labels

    Args:
        result: File of tracks in any format that `lighttrack convert` reads.
        video: The video that it was made from, or anything that shows the same frames.
        output: The H.264 video to write (.mp4); times are those of the source.
        boxes: Outline everyone's box too.
        labels: Write everyone's id above their head.
    """
    from lighttrack.pipeline.outputs import VIDEO, spare_the_source
    from lighttrack.pipeline.render_video import render_video
    from lighttrack.video import open_video

    spare_the_source(video, {VIDEO: output})
    with open_video(video) as frames:
        count = render_video(result, frames, output, boxes=boxes, labels=labels)
    if frames.problem:
        note(f"warning: {frames.problem}")
    tell(f"{output}: {counted(count, 'frame')}")
