"""`lighttrack render`."""

from pathlib import Path
from typing import Annotated, Literal

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
    stream: int | None = None,
    rotate: Literal[0, 90, 180, 270] | None = None,
    overwrite: Annotated[bool, Parameter(negative="")] = False,
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
        boxes: Outline every person's box too.
        labels: Write every person's id above their head.
        anonymize: Blur the head of everyone in the result; who is not in it stays as they are.
        black_background: Draw on black instead of the video.
        trails: Draw the way that everyone has come.
        trail_seconds: How long a trail lasts.
        side_by_side: Show the video itself on the left.
        thumbnails: Write an image of everyone, too, into a folder beside the output,
            `NAME.thumbnails/id_3.jpg`.
        stream: Number of the video stream; by default as in the run that made the result.
        rotate: Degrees clockwise by which the video is turned; by default as in that run.
        overwrite: Replace the output if it exists.
    """
    from lighttrack.formats import read_tracks
    from lighttrack.pipeline.existing import require_new
    from lighttrack.pipeline.outputs import VIDEO, spare_the_source
    from lighttrack.pipeline.render_video import render_video, viewing_of
    from lighttrack.render.video import Style
    from lighttrack.video import open_video

    for given in (video, str(result)):
        spare_the_source(given, {VIDEO: output})
    require_new({VIDEO: output}, overwrite=overwrite)
    style = Style(
        boxes=boxes,
        labels=labels,
        anonymize=anonymize,
        black_background=black_background,
        trails=trail_seconds if trails else 0.0,
        side_by_side=side_by_side,
    )
    folder = output.with_name(f"{output.stem}.thumbnails") if thumbnails else None
    tracks = read_tracks(result)
    how = viewing_of(tracks, stream, rotate)
    with open_video(video, stream=how.stream, rotate=how.rotate) as frames:
        count = render_video(
            tracks, frames, output, style=style, thumbnails=folder, overwrite=overwrite
        )
    if frames.problem:
        note(f"warning: {frames.problem}")
    tell(f"{output}: {counted(count, 'frame')}")
