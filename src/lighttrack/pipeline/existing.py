"""Results that are there already: what a run may not write over, and who is writing to it now."""

import errno
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from lighttrack.formats import FORMATS
from lighttrack.pipeline.text import counted

_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
"""Errors of file systems that know no locks."""


class OutputExists(FileExistsError, ValueError):
    """A file that a run would write is there, and may not be replaced."""

    def __init__(self, paths: Sequence[Path], *, of: str = "", resumable: bool = False) -> None:
        self.paths, self._of, self._resumable = tuple(paths), of, resumable
        super().__init__(self.told())

    def told(self, option: Callable[[str], str] = str) -> str:
        """The sentence, with settings as `option` writes them.

        Example:
            >>> OutputExists([Path("out/a.csv")]).told(lambda name: "--" + name)
            'out/a.csv exists already: name another output, or allow it with --overwrite'
        """
        first, more = self.paths[0], len(self.paths) - 1
        others = f" (and {counted(more, 'file')} more of it)" if more else ""
        exists = f"{first} exists already{others}{f', of {self._of}' if self._of else ''}"
        ways = "name another output"
        if self._resumable:
            ways = f"go on with the interrupted run by {option('resume')}, {ways}"
        return f"{exists}: {ways}, or allow it with {option('overwrite')}"


def require_new(paths: Mapping[str, Path], *, overwrite: bool, source: str | None = None) -> None:
    """Refuse to write over files that are there.

    This is the one rule of all commands: nothing is replaced unless asked to.

    Args:
        paths: what would be written, by kind; an empty folder is nothing.
        overwrite: whether they may be replaced.
        source: what the new result is of, if it is one of a video; for the message.

    Raises:
        OutputExists: naming the first one, and what can be done.
    """
    there = [path for path in paths.values() if _is_something(path)]
    if overwrite or not there:
        return
    stored = next((path for path in there if path.name.endswith(FORMATS["jsonl"].suffix)), None)
    of = source_of(stored) if stored is not None and source is not None else ""
    state = stored and stored.with_name(
        stored.name.removesuffix(FORMATS["jsonl"].suffix) + ".state.npz"
    )
    resumable = state is not None and state.exists() and of in ("", source)
    raise OutputExists(there, of="" if of == source else of, resumable=resumable)


def _is_something(path: Path) -> bool:
    if path.is_dir():
        return any(path.iterdir())
    # Devices such as /dev/null hold nothing that could be lost.
    return path.is_file() or path.is_symlink()


def source_of(stored: Path) -> str:
    """What the JSON lines of a result say that they are of; empty if they do not say it."""
    try:
        with open(stored, "rb") as file:
            header = json.loads(file.readline(1 << 22))
        return str(header["video"]["source"])
    except (OSError, ValueError, TypeError, KeyError):
        return ""


def stale(folder: Path, name: str, kinds: Sequence[str], known: Mapping[str, Path]) -> list[Path]:
    """Files of an earlier result of a video that a run will not write again.

    Args:
        folder: where the run writes.
        name: of the video.
        kinds: what the run writes.
        known: where each kind of output goes.
    """
    found = [path for kind, path in known.items() if kind not in kinds and _is_something(path)]
    for word in ("refined", "edited"):
        found += sorted(folder.glob(f"{_escaped(name)}.{word}.*"))
    return found


def _escaped(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


@contextmanager
def claimed(folder: Path, name: str) -> Iterator[None]:
    """Keep another run from writing the same files meanwhile.

    The operating system holds the claim and gives it back when the process ends, however it ends.

    Args:
        folder: where the run writes; it must exist.
        name: of the video.

    Raises:
        FileExistsError: if another run is at it.
    """
    path = folder / f".{name}.running"
    with open(path, "a+b") as file:
        if not _locked(file):
            raise FileExistsError(
                f"another run is writing {folder / name}.*: wait for it, or choose another output "
                "or name"
            )
        try:
            yield
        finally:
            with suppress(OSError):  # Windows keeps a file that is open
                path.unlink()
    with suppress(OSError):
        path.unlink()


def _locked(file: IO[bytes]) -> bool:
    try:
        if os.name == "nt":
            locking: Any = import_module("msvcrt")
            locking.locking(file.fileno(), locking.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # Some network file systems know no locks: then two runs cannot be told apart.
        return error.errno in _NO_LOCKS
    return True
