"""The command `lighttrack`: finds the command meant, runs it, and reports errors in one line."""

import logging
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper

from cyclopts import App, CycloptsError

from lighttrack._version import __version__
from lighttrack.cli.messages import note

FAILED = 1
MISUSED = 2
INTERRUPTED = 130

_HELP = """
Track every person's pose through a video, each with an identity that lasts.

Try it on a clip that comes with it:

    lighttrack demo

Then on a video of your own:

    lighttrack track video.mp4 --output out

Every command explains itself: `lighttrack track --help`. With `--debug` anywhere on the line an
error shows its traceback, and the log goes to the screen.
"""

# Worked out from its parameters it would not show that the operations go together with ids.
_EDIT_USAGE = (
    "Usage: lighttrack edit RESULT [--swap A B] [--merge A B] [--delete A] [--rename A B] "
    "[--from WHEN] [--to WHEN] [OPTIONS]"
)

# Commands are imported when they are called or explained, so that `--version` is at once there.
app = App(
    name="lighttrack",
    help=_HELP,
    help_format="markdown",
    version=__version__,
    suppress_keyboard_interrupt=False,
)
app.command("lighttrack.cli.track:track", name="track")
app.command("lighttrack.cli.batch:batch", name="batch")
app.command("lighttrack.cli.live:live", name="live")
app.command("lighttrack.cli.view:view", name="view")
app.command("lighttrack.cli.demo:demo", name="demo")
app.command("lighttrack.cli.render:render", name="render")
app.command("lighttrack.cli.convert:convert", name="convert")
app.command("lighttrack.cli.refine:refine", name="refine")
app.command("lighttrack.cli.edit:edit", name="edit", usage=_EDIT_USAGE)
app.command("lighttrack.cli.analyze:analyze", name="analyze")
app.command("lighttrack.cli.report:report", name="report")
app.command("lighttrack.cli.models:app", name="models")
app.command("lighttrack.cli.train:app", name="train")
app.command("lighttrack.cli.match_report:match_report", name="match-report")
app.command("lighttrack.cli.evaluate:app", name="evaluate")
app.command("lighttrack.cli.compare:compare", name="compare")
app.command("lighttrack.cli.experiment:experiment", name="experiment")
app.command("lighttrack.cli.data:data", name="data")
app.command("lighttrack.cli.doctor:doctor", name="doctor")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0, 1 (failed), 2 (misused) or 130.

    Args:
        arguments: what stands behind `lighttrack`; without it, what the shell gave.
    """
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in tokens
    if debug:
        tokens.remove("--debug")
    if tokens in ([], ["--help"], ["-h"]):
        _import_commands()
    _show_everything()
    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, format="%(message)s")
    try:
        with _stopped_by_sigterm():
            code = app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
    except KeyboardInterrupt:
        note("lighttrack: interrupted")
        return INTERRUPTED
    except Exception as error:
        if debug:
            raise
        note(f"lighttrack: {_sentence(error)}")
        return MISUSED if isinstance(error, CycloptsError) else FAILED
    return code if isinstance(code, int) else 0


def _import_commands() -> None:
    """Have the list of commands show what each is for, which their own docstrings say."""
    for name in app:
        app[name]


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """SIGTERM is Ctrl-C: what service managers and batch systems end programs with."""
    if threading.current_thread() is not threading.main_thread():  # it may not handle signals
        yield
        return
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _show_everything() -> None:
    """A letter that the console does not know is escaped: it is no reason to fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _sentence(error: Exception) -> str:
    """What went wrong, in one line."""
    from lighttrack.pipeline.existing import OutputExists

    if isinstance(error, OutputExists):
        return error.told("--{}".format)
    text = " ".join(str(error).split())
    if isinstance(error, CycloptsError):
        command = " ".join(["lighttrack", *(error.command_chain or ())])
        return f"{text} See `{command} --help`."
    if isinstance(error, MemoryError):
        return f"there is not enough memory: {text or 'a part of the input is too large'}"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, ValueError | OSError | RuntimeError):
        return text
    return f"{type(error).__name__}: {text} (a mistake of lighttrack's: --debug shows where)"
