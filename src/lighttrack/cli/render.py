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
    anonymize: Annotated[bool, Parameter(negative="")] = False,
    black_background: Annotated[bool, Parameter(negative="")] = False,
    trails: Annotated[bool, Parameter(negative="")] = False,
    trail_seconds: float = 1.0,
    side_by_side: Annotated[bool, Parameter(negative="")] = False,
    thumbnails: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Draw a stored result on the video that it was made from.

    Each person keeps one colour; limbs fade with their confidence; a dot in the upper right corner
    marks the frames in which the detector was called. The sound of the video is kept.

    For example:

        lighttrack render out/match.tracks.jsonl --video match.mp4 --output drawn.mp4
        lighttrack render match.posetrack.json --video frames/ -o drawn.mp4 --boxes --no-labels

    Args:
        result: File of tracks in any format that `lighttrack convert` reads.
        video: The video that it was made from, or anything that shows the same frames.
        output: The H.264 video to write (.mp4); times are those of the source.
        boxes: Outline everyone's box too.
        labels: Write everyone's id above their head.
        anonymize: Blur the head of everyone in the result; who is not in it stays as they are.
        black_background: Draw on black instead of the video.
        trails: Draw the way that everyone has come.
        trail_seconds: How long a trail lasts.
        side_by_side: Show the video itself on the left.
        thumbnails: Write an image of everyone, too, into a folder beside the output,
            `NAME.thumbnails/id_3.jpg`.
    """
    from lighttrack.pipeline.outputs import VIDEO, spare_the_source
    from lighttrack.pipeline.render_video import render_video
    from lighttrack.render.video import Style
    from lighttrack.video import open_video

    spare_the_source(video, {VIDEO: output})
    style = Style(
        boxes=boxes,
        labels=labels,
        anonymize=anonymize,
        black_background=black_background,
        trails=trail_seconds if trails else 0.0,
        side_by_side=side_by_side,
    )
    folder = output.with_name(f"{output.stem}.thumbnails") if thumbnails else None
    with open_video(video) as frames:
        count = render_video(result, frames, output, style=style, thumbnails=folder)
    if frames.problem:
        note(f"warning: {frames.problem}")
    tell(f"{output}: {counted(count, 'frame')}")
