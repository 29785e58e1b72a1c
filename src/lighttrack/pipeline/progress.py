"""How far a run has come: a moving line on a terminal, a plain line now and then in a pipe."""

import logging
import sys
from collections.abc import Callable
from time import perf_counter
from types import TracebackType
from typing import Any, Self, TypeAlias

from lighttrack.pipeline.measure import Counts
from lighttrack.pipeline.text import counted, duration

Show: TypeAlias = bool | Callable[[Counts], None]
"""Whether progress is shown, or what is called after every frame instead."""

Say: TypeAlias = Callable[[str], None]
"""Takes a line of text."""

_log = logging.getLogger(__name__)

_REDRAW = 0.1  # seconds
_PLAIN = 5.0  # seconds between lines in a pipe
_MEASURED = 4.0  # seconds after which the rate is known well enough for an estimate
_LONG = 60.0  # seconds from which a run is long


class Progress:
    """Shows a run's progress: a bar on a terminal, else a line every few seconds.

    Args:
        name: what is being worked on.
        total: frames to expect, if known.
        done: frames of an earlier run, which come on top of them.
        show: whether to show anything; or a function that gets the counts after every frame, in
            place of what would be shown.
        say: takes the lines where there is no terminal; without it they are logged.
    """

    def __init__(
        self,
        name: str,
        total: int | None,
        *,
        done: int = 0,
        show: Show = True,
        say: Say | None = None,
    ) -> None:
        self._name, self._done, self._show = name, done, show
        self._say = say or _log.info
        self._estimated = False
        self._total = None if total is None else total + done
        self._live = _bar(total) if show is True and sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        self._began = self._shown = perf_counter()
        if self._live is not None:
            self._live.start()
            self._task = self._live.add_task(self._name, total=self._total, found="")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def update(self, counts: Counts) -> None:
        """Take note of a frame; shows it if enough time has passed."""
        if callable(self._show):
            self._show(counts)
        elif self._show:
            self._display(counts)

    def _display(self, counts: Counts) -> None:
        now = perf_counter()
        if now - self._shown < (_PLAIN if self._live is None else _REDRAW):
            return
        self._shown = now
        rate = (counts.frames - self._done) / (now - self._began)
        self._estimate(counts, rate, now)
        if self._live is None:
            self._say(f"{self._name}: {self._line(counts, rate)}")
        else:
            self._live.update(self._task, completed=counts.frames, found=_found(counts, rate))
            self._live.refresh()

    def _estimate(self, counts: Counts, rate: float, now: float) -> None:
        """Say once, before a long run is far, how long it will take."""
        if self._estimated or self._total is None or now - self._began < _MEASURED:
            return
        self._estimated = True
        left = (self._total - counts.frames) / max(rate, 1e-6)
        if left >= _LONG:
            text = f"{self._total} frames at {rate:.1f} a second: about {duration(left)} to go"
            self._say(f"{self._name}: {text} (--preview SECONDS shows a part)")

    def _line(self, counts: Counts, rate: float) -> str:
        total = "" if self._total is None else f" of {self._total}"
        return f"{counts.frames}{total} frames, {_found(counts, rate)}"


def _found(counts: Counts, rate: float) -> str:
    people = counted(counts.here, "person", "people")
    keyframes = counted(counts.keyframes, "key frame")
    return f"{rate:.1f} frames/s, {people}, {keyframes}"


def _bar(total: int | None) -> Any:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()]
    columns += [TextColumn("frames, {task.fields[found]}")]
    if total is not None:
        columns += [TimeRemainingColumn(compact=True)]
    return Progress(*columns, console=Console(stderr=True), auto_refresh=False, transient=True)
