"""A run of `track` shown live: every frame is tracked, and viewers see the newest."""

import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lighttrack.pipeline.loading import Loaded
from lighttrack.pipeline.request import Request
from lighttrack.structures import Frame, TrackedFrame
from lighttrack.view.live_app import live_app
from lighttrack.view.serving import PageServer
from lighttrack.view.session import LiveSession

_LOOK = 0.05
"""Seconds between two checks whether a pause has ended."""

_LONGEST_PAUSE = 3600.0
"""Seconds after which a run that was paused on the page goes on."""


@contextmanager
def showing(
    request: Request, *, tell: Callable[[str], None], browser: bool = True
) -> Iterator["RunPage"]:
    """A page for a run, to be given to `lighttrack.pipeline.run.run` as `on_step`.

    The page ends with the run. Following a person on it changes what is shown, not what is written.

    Args:
        request: of the run.
        tell: is told the address at once.
        browser: open the page in the browser.

    Raises:
        RuntimeError: if a library of the page is missing.

    Example:
        >>> with showing(request, tell=print) as page:  # doctest: +SKIP
        ...     run(request, on_step=page)
    """
    with PageServer() as server:
        tell(server.address)
        page = RunPage(server, request.name or Path(str(request.source)).name)
        if browser:
            webbrowser.open(server.address)
        yield page


class RunPage:
    """Shows the frames of a run, from the first one on.

    Args:
        server: serves the page; its address has been told already.
        title: of the page.
    """

    def __init__(self, server: PageServer, title: str) -> None:
        self._session, self._begun = LiveSession(title, ("pause",)), False
        server.start(live_app(self._session))

    def __call__(self, loaded: Loaded, frame: Frame, tracked: TrackedFrame) -> None:
        """Show a frame, and wait while viewers have the run paused."""
        session = self._session
        if not self._begun:
            self._begun = True
            threshold = float(loaded.origin.keypoint_threshold)
            session.begin(session.title, loaded.skeleton, threshold)
        session.publish(frame, tracked, captured_at=None, drop_rate=0.0)
        ends = time.monotonic() + _LONGEST_PAUSE
        while session.wishes.paused and session.viewers and time.monotonic() < ends:
            time.sleep(_LOOK)
