"""`lighttrack live`."""

import sys
import webbrowser
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from lighttrack.cli.messages import counted, note, tell
from lighttrack.cli.tracking import Flag, TrackingOptions

_DEFAULTS = TrackingOptions()


def live(
    source: str,
    /,
    *,
    output: Annotated[Path, Parameter(alias="-o")] = Path("lighttrack-output"),
    host: str = "127.0.0.1",
    port: int = 0,
    browser: bool = True,
    loop: Flag = False,
    osc: str | None = None,
    lsl: Flag = False,
    options: Annotated[TrackingOptions, Parameter(name="*")] = _DEFAULTS,
) -> int:
    """Track a camera, a stream or a file, and show it in the browser until Ctrl-C.

    Prints the page's address at once, and opens it. On the page: click a person to follow only
    them, again to release; pause, snapshot, record (the usual files, into `--output`), names.
    Needs `pip install "lighttrack[view]"`.

    For example:

        lighttrack live 0 --preset fast
        lighttrack live rtsp://camera/stream --no-browser --port 8000
        lighttrack live match.mp4 --loop --osc 127.0.0.1:9000

    Args:
        source: The number of a camera, an address (RTSP, HTTP), a video file or a folder of images.
        output: Folder for recordings and snapshots; made when there is one.
        host: Address of this machine to listen on; others than the default let other machines in
            that have the page's address with its token.
        port: Port to listen on; by default one that is free.
        browser: Open the page in the browser.
        loop: Play a file again and again, at its own rate.
        osc: Send the poses as OSC messages to `HOST:PORT`.
        lsl: Send the poses as a stream of the Lab Streaming Layer.
        options: How to track, and what a recording writes.
    """
    from lighttrack.view.live import watch
    from lighttrack.view.serving import PageServer
    from lighttrack.view.streams import pose_streams

    request = options.request(source, output)
    streams = pose_streams(osc, lsl=lsl)
    with PageServer(host=host, port=port) as server:
        # At once and in one line, also for a program that reads it.
        tell(server.address)
        if browser:
            webbrowser.open(server.address)
        outcome = watch(request, server, loop=loop, streams=streams, say=note)
    rate = outcome.frames / outcome.seconds if outcome.seconds else 0.0
    note(
        f"{counted(outcome.frames, 'frame')}, {rate:.1f} frames/s, "
        f"{counted(outcome.dropped, 'frame')} dropped"
    )
    for path in outcome.written:
        tell(f"  {path}")
    if outcome.problem:
        sys.stderr.write(f"warning: {outcome.problem}\n")
    return 0
