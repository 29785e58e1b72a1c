"""Folders of results: on a file system, or at an address that fsspec opens (`s3://`, `gs://`)."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from lighttrack.pipeline.batch.claim import Claim


class Storage(Protocol):
    """Where the results of a batch lie; names are relative, with `/` between their parts."""

    def read(self, name: str) -> bytes | None:
        """What a file holds; None if it is not there."""

    def write(self, name: str, data: bytes) -> None:
        """Store a file, whole or not at all."""

    def existing(self, folder: str, names: Iterable[str]) -> list[str]:
        """Those of the files in a folder that are there."""

    def remove(self, folder: str, names: Iterable[str]) -> None:
        """Remove files of a folder that may be there."""

    @contextmanager
    def working(self, folder: str) -> Iterator[Path]:
        """A local folder to work in; what lies in it at the end is stored in `folder`."""

    def claim(self, name: str) -> Claim | None:
        """A claim on a job; None where claims cannot be made, and each job needs one worker."""


def storage_at(place: str) -> Storage:
    """The folder at a path or an address.

    Raises:
        RuntimeError: if the address needs a library that is not installed.
    """
    if "://" in place and not place.startswith("file://"):
        return RemoteFolder(place)
    return LocalFolder(Path(place.removeprefix("file://")))


class LocalFolder:
    """A folder of a file system, which several machines may share."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, name: str) -> bytes | None:
        """What a file holds; None if it is not there."""
        try:
            return (self._root / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def write(self, name: str, data: bytes) -> None:
        """Store a file, whole or not at all."""
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        try:
            with open(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(part, 0o644)
            os.replace(part, path)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise

    def existing(self, folder: str, names: Iterable[str]) -> list[str]:
        """Those of the files in a folder that are there."""
        return [name for name in names if (self._root / folder / name).exists()]

    def remove(self, folder: str, names: Iterable[str]) -> None:
        """Remove files of a folder that may be there."""
        for name in names:
            (self._root / folder / name).unlink(missing_ok=True)

    @contextmanager
    def working(self, folder: str) -> Iterator[Path]:
        """The folder itself: what an interrupted job has written is there for the next."""
        path = self._root / folder
        path.mkdir(parents=True, exist_ok=True)
        yield path

    def claim(self, name: str) -> Claim | None:
        """A claim on a job."""
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return Claim(path)


class RemoteFolder:
    """A folder at an address. It has no claims: one call, or one shard, works on a job."""

    def __init__(self, address: str) -> None:
        self._files, root = _file_system(address)
        self._root = root.rstrip("/")

    def read(self, name: str) -> bytes | None:
        """What a file holds; None if it is not there."""
        try:
            data: bytes = self._files.cat_file(self._at(name))
        except FileNotFoundError:
            return None
        return data

    def write(self, name: str, data: bytes) -> None:
        """Store a file; such stores show it when it is whole."""
        path = self._at(name)
        self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
        self._files.pipe_file(path, data)

    def existing(self, folder: str, names: Iterable[str]) -> list[str]:
        """Those of the files in a folder that are there."""
        self._files.invalidate_cache()
        return [name for name in names if self._files.exists(self._at(folder, name))]

    def remove(self, folder: str, names: Iterable[str]) -> None:
        """Remove files of a folder that may be there."""
        for name in self.existing(folder, names):
            self._files.rm_file(self._at(folder, name))

    @contextmanager
    def working(self, folder: str) -> Iterator[Path]:
        """A folder of this machine, which is uploaded at the end."""
        path = Path(tempfile.mkdtemp(prefix="lighttrack-"))
        try:
            yield path
            for file in sorted(path.iterdir()):
                target = self._at(folder, file.name)
                self._files.makedirs(target.rpartition("/")[0], exist_ok=True)
                self._files.put_file(str(file), target)
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def claim(self, name: str) -> Claim | None:
        """None: object stores have no file that only one can create."""
        return None

    def _at(self, *parts: str) -> str:
        return "/".join([self._root, *(part for part in parts if part)])


_OPENED = frozenset({"file", "http", "https", "rtsp", "rtmp", "rtp", "udp", "tcp"})
"""Kinds of addresses that video readers open themselves."""


def is_store(address: str) -> bool:
    """Whether an address is of a store whose files are fetched before they are read."""
    return "://" in address and address.partition("://")[0] not in _OPENED


def files_below(address: str) -> list[str]:
    """All files below a folder of a store, relative to it.

    Raises:
        RuntimeError: if the address needs a library that is not installed.
    """
    files, root = _file_system(address)
    root = root.rstrip("/") + "/"
    return sorted(str(path).removeprefix(root) for path in files.find(root))


def state_in_store(address: str) -> tuple[int | None, float | None]:
    """Bytes of a file of a store, and when it was changed, in seconds since 1970."""
    files, path = _file_system(address)
    try:
        size = int(files.size(path))
    except FileNotFoundError:
        return None, None
    try:
        return size, float(files.modified(path).timestamp())
    except NotImplementedError:
        return size, None


@contextmanager
def local_source(source: str) -> Iterator[str]:
    """A source that can be opened: what lies at an address of a store is fetched first."""
    if not is_store(source):
        yield source
        return
    files, path = _file_system(source)
    folder = Path(tempfile.mkdtemp(prefix="lighttrack-"))
    try:
        target = folder / path.rpartition("/")[2]
        files.get_file(path, str(target))
        yield str(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _file_system(address: str) -> tuple[Any, str]:
    try:
        import fsspec

        files, path = fsspec.core.url_to_fs(address)
    except ImportError as error:
        raise RuntimeError(
            f"{address} needs fsspec and its driver for this kind of address: "
            f'pip install "lighttrack[ray]" ({error})'
        ) from error
    except ValueError as error:
        raise ValueError(f"{address} cannot be opened: {error}") from error
    return files, path
