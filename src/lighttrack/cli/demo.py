"""`lighttrack demo`."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from lighttrack.cli.messages import note, tell
from lighttrack.cli.track import report

_CLIP = "demo-clip"
_IMAGES = 9


def demo(*, output: Annotated[Path, Parameter(alias="-o")] = Path("lighttrack-demo")) -> int:
    """Track a real clip with the default networks, and leave images of it to look at.

    At the first time the clip (9 MB, from Sports2D) and the networks (36 MB, from MediaPipe) are
    fetched from the package index; then it takes less than a minute.

    For example:

        lighttrack demo
        lighttrack demo --output /tmp/demo

    Args:
        output: Folder for the result, the video and the contact sheet; made if it is not there.
    """
    from lighttrack.models import assets
    from lighttrack.pipeline.request import Request
    from lighttrack.pipeline.run import run

    clip = assets.fetch(_CLIP)
    outcome = run(
        Request(source=str(clip), output=output, overwrite=True, command=sys.argv), say=note
    )
    code = report(outcome)
    if outcome.interrupted:
        return code
    sheet = output / f"{outcome.name}.png"
    draw_sheet(outcome.paths["video"], sheet, outcome.summary["frames"])
    tell(f"Look at {outcome.paths['video']}, or at some of its frames in {sheet}.")
    note(f"The clip is Sports2D's ({_credit()}).")
    return code


def draw_sheet(video: Path, sheet: Path, count: int) -> None:
    """Put some frames of a video of `count` frames, evenly spread, on one page."""
    from lighttrack.render.sheet import contact_sheet, write_png
    from lighttrack.video import open_video

    wanted = {round((i + 0.5) * count / _IMAGES) for i in range(_IMAGES)}
    with open_video(video) as frames:
        images = [frame.image for frame in frames if frame.index in wanted]
    write_png(sheet, contact_sheet(images))


def _credit() -> str:
    from lighttrack.models import assets

    return next(asset.licence for asset in assets.list_assets() if asset.name == _CLIP)
