"""Claims: files that say who works on a job, with a lease that has to be renewed.

A claim is made by creating a file that must not exist. A worker that dies leaves its claim; when it
has not been renewed for the length of the lease (or its process is gone, where that can be seen)
the next generation of the claim may be created, again by one worker only.
"""

import json
import os
import socket
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

LEASE = 60.0
"""Seconds that a claim holds without being renewed."""

SUFFIX = ".claim"


class Claim:
    """A claim on whatever a path stands for; renewed by a thread of its own while it is held.

    Args:
        path: the claim's files are this path with `.claim-N` behind it.
        lease: seconds that it holds without being renewed; the same for all workers.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "video"
        >>> first, second = Claim(path), Claim(path)
        >>> first.take(), second.take()
        (True, False)
        >>> first.release()
        >>> second.take()
        True
        >>> second.release()
    """

    def __init__(self, path: Path, *, lease: float = LEASE) -> None:
        self._path, self._lease = path, lease
        self._file: Path | None = None
        self._ended = threading.Event()

    def take(self) -> bool:
        """Claim it; False if another worker has it.

        Raises:
            OSError: if no file can be created there.
        """
        latest = self._latest()
        if latest is not None and not _is_stale(latest[1], self._lease):
            return False
        number = 0 if latest is None else latest[0] + 1
        file = self._path.with_name(f"{self._path.name}{SUFFIX}-{number}")
        try:
            with open(file, "x", encoding="utf-8") as stream:
                json.dump({"host": socket.gethostname(), "process": os.getpid()}, stream)
        except FileExistsError:
            return False
        # What was seen may have been released meanwhile, and claimed again under another number:
        # of two that claim at once the later one sees the other's file, and gives way.
        if any(
            other != file and not _is_stale(other, self._lease) for _, other in self._generations()
        ):
            file.unlink(missing_ok=True)
            return False
        self._file, self._number = file, number
        self._ended.clear()
        self._thread = threading.Thread(target=self._renew, name="claim", daemon=True)
        self._thread.start()
        return True

    def is_held(self) -> bool:
        """Whether it is still ours: no other worker has taken it for stale."""
        if self._file is None or not self._file.exists():
            return False
        # One that gives way is there for a moment only.
        for _ in range(2):
            newer = [file for number, file in self._generations() if number > self._number]
            if not newer:
                return True
            time.sleep(0.2)
        return False

    def release(self) -> None:
        """Give it up; the files of dead workers before us go first."""
        if self._file is None:
            return
        self._ended.set()
        self._thread.join()
        for number, file in sorted(self._generations()):
            if number <= self._number:
                file.unlink(missing_ok=True)
        self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def _renew(self) -> None:
        while not self._ended.wait(self._lease / 5):
            try:
                if self._file is not None:
                    os.utime(self._file)
            except OSError:
                return  # taken away: `is_held` says so

    def _latest(self) -> tuple[int, Path] | None:
        return max(self._generations(), default=None)

    def _generations(self) -> list[tuple[int, Path]]:
        start = f"{self._path.name}{SUFFIX}-"
        try:
            names = os.listdir(self._path.parent)
        except FileNotFoundError:
            return []
        return [
            (int(name[len(start) :]), self._path.with_name(name))
            for name in names
            if name.startswith(start) and name[len(start) :].isdecimal()
        ]


def _is_stale(file: Path, lease: float) -> bool:
    try:
        modified = file.stat().st_mtime
        holder = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        holder = {}  # being written at this moment
    if _is_dead(holder):
        return True
    return _now_at(file.parent) - modified > lease


def _is_dead(holder: dict[str, object]) -> bool:
    """Whether the process is of this machine and no longer runs."""
    process = holder.get("process")
    if holder.get("host") != socket.gethostname() or not isinstance(process, int):
        return False
    if os.name != "posix":
        return False  # os.kill would end the process there
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _now_at(folder: Path) -> float:
    """The time by the clock of the file system, which is not always this machine's."""
    with tempfile.TemporaryFile(dir=folder) as file:
        return os.fstat(file.fileno()).st_mtime
