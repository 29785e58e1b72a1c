"""Which videos a batch consists of, and where the result of each goes."""

import csv
import glob
import math
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from lighttrack.formats.names import file_name
from lighttrack.pipeline.batch.storage import files_below, is_store
from lighttrack.video.images import SUFFIXES as IMAGE_SUFFIXES

VIDEO_SUFFIXES = frozenset(
    {
        *(".3gp", ".avi", ".dv", ".flv", ".h264", ".h265", ".m2ts", ".m4v", ".mjpeg", ".mjpg"),
        *(".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".ogv", ".ts", ".vob"),
        *(".webm", ".wmv", ".y4m"),
    }
)
"""Lower-case suffixes of the files in a folder that count as videos."""

_LISTS = frozenset({".txt", ".lst"})
_SOURCE_COLUMNS = ("source", "video", "path")
_NUMBERS = frozenset({"start", "end", "fps"})
_WHOLE = frozenset({"max_people", "keyframe_interval"})
_FLAGS = frozenset({"smooth"})
_TEXTS = frozenset({"preset", "detector", "pose", "matcher", "appearance", "target", "skeleton"})
OPTIONS = tuple(sorted(_NUMBERS | _WHOLE | _FLAGS | _TEXTS))
"""Options that a CSV can give for each video."""


@dataclass(frozen=True, slots=True)
class Job:
    """One video of a batch."""

    source: str
    """A path or an address."""

    folder: str = ""
    """Of its result, relative to the folder of the batch, with `/` between its parts."""

    stem: str = ""
    """Of its files: `NAME.tracks.jsonl` and so on."""

    options: Mapping[str, Any] = field(default_factory=dict)
    """What differs from the options of the batch; see `OPTIONS`."""

    @property
    def name(self) -> str:
        """What it is called in progress and reports."""
        return str(PurePosixPath(self.folder) / self.stem)


def find_jobs(
    sources: Sequence[str | os.PathLike[str]],
    *,
    without: Path | None = None,
) -> list[Job]:
    """All videos that sources name, in the order of their names, each once.

    A folder is searched to any depth; a folder in it that holds images and no video is one video.
    Results keep the paths relative to the folder that all sources have in common.

    Args:
        sources: videos, folders, patterns such as `"day*/*.mp4"`, addresses of videos, folders of
            stores such as `"s3://bucket/videos/"` with the `/` at their end, list files (`.txt`: a
            source a line, relative to the list's folder) and CSV files (a column `source`, and any
            of `OPTIONS`, a row a job).
        without: folder that is not searched, as it holds the results.

    Raises:
        FileNotFoundError: if a list, a pattern or a folder leads nowhere.
        ValueError: if there is no video, or a CSV has a column or a value that is not allowed.

    Example:
        >>> [job.name for job in find_jobs(["a/walk.mp4", "b/walk.mp4"])]
        ['a/walk', 'b/walk']
    """
    found = list(_unique(_all(sources, without)))
    if not found:
        named = ", ".join(os.fspath(source) for source in sources)
        raise ValueError(f"no video in {named or 'an empty list of sources'}")
    return sorted(_placed(found), key=lambda job: job.name)


@dataclass(frozen=True, slots=True)
class _Found:
    """A source before it has a place among the results."""

    source: str
    root: Path | None
    """The folder that its path is kept relative to; None for addresses."""

    options: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    folder: str = ""
    """Of the result, for addresses."""

    @property
    def path(self) -> Path:
        return Path(os.path.abspath(self.source))


def _all(sources: Iterable[str | os.PathLike[str]], without: Path | None) -> Iterator[_Found]:
    for given in sources:
        text = os.fspath(given)
        path = Path(text)
        if "://" in text:
            yield from _at_address(text)
        elif path.is_dir():
            yield from _in_folder(path, without)
        elif path.suffix.lower() == ".csv":
            yield from _in_csv(path)
        elif path.suffix.lower() in _LISTS:
            yield from _all(_in_list(path), without)
        elif glob.has_magic(text) and not path.exists():
            yield from _matching(text, without)
        else:
            yield _Found(text, _parent(path))


def _at_address(address: str) -> Iterator[_Found]:
    """A video at an address; of a folder of a store, such as `s3://bucket/videos/`, its videos."""
    if not address.endswith("/") or not is_store(address):
        yield _Found(address, None)
        return
    for path in files_below(address):
        if PurePosixPath(path).suffix.lower() in VIDEO_SUFFIXES:
            folder = str(PurePosixPath(path).parent)
            yield _Found(address + path, None, folder="" if folder == "." else folder)


def _parent(path: Path) -> Path:
    return Path(os.path.abspath(path)).parent


def _in_folder(folder: Path, without: Path | None) -> Iterator[_Found]:
    root = Path(os.path.abspath(folder))
    found = list(_walk(root, None if without is None else Path(os.path.abspath(without))))
    for path in found:
        # A folder of images that was named itself is called as it is.
        yield _Found(str(path), root.parent if path == root else root)


def _walk(folder: Path, without: Path | None) -> Iterator[Path]:
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    files = [entry for entry in entries if entry.is_file()]
    videos = [file for file in files if file.suffix.lower() in VIDEO_SUFFIXES]
    yield from videos
    if not videos and any(file.suffix.lower() in IMAGE_SUFFIXES for file in files):
        yield folder
    for entry in entries:
        # Links to folders are left out: they can lead in a circle.
        if entry.is_dir() and not entry.is_symlink() and entry != without:
            yield from _walk(entry, without)


def _matching(pattern: str, without: Path | None) -> Iterator[_Found]:
    paths = sorted(Path(path) for path in glob.iglob(pattern, recursive=True))
    if not paths:
        raise FileNotFoundError(f"no file matches {pattern}")
    files = [path for path in paths if path.is_file()]
    if files and all(path.suffix.lower() in IMAGE_SUFFIXES for path in files):
        yield _Found(pattern, _parent(files[0]).parent, name=_parent(files[0]).name)
        return
    for path in paths:
        if path.is_dir():
            yield from _in_folder(path, without)
        elif path.suffix.lower() in VIDEO_SUFFIXES:
            yield _Found(str(path), _parent(path))


def _in_list(path: Path) -> list[str]:
    lines = (line.strip() for line in _text(path).splitlines())
    return [_relative_to(path, line) for line in lines if line and not line.startswith("#")]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text in UTF-8: {error.reason}") from error


def _relative_to(listed: Path, source: str) -> str:
    """A source of a list: relative to the list's folder."""
    return source if "://" in source else str(listed.parent / source)


def _in_csv(path: Path) -> Iterator[_Found]:
    rows = csv.DictReader(_text(path).splitlines(), skipinitialspace=True)
    columns = rows.fieldnames or []
    sources = [column for column in columns if column in _SOURCE_COLUMNS]
    if len(sources) != 1:
        raise ValueError(f"{path} needs one column source, got {', '.join(columns) or 'none'}")
    unknown = [column for column in columns if column not in (*_SOURCE_COLUMNS, "name", *OPTIONS)]
    if unknown:
        raise ValueError(
            f"{path} has the column {unknown[0]!r}; allowed: source, name, {', '.join(OPTIONS)}"
        )
    for number, row in enumerate(rows, start=2):
        if None in row:
            raise ValueError(f"{path}, line {number}: more values than columns")
        options = {
            key: _value(f"{path}, line {number}", key, text.strip())
            for key, text in row.items()
            if key in OPTIONS and text and text.strip()
        }
        source = (row[sources[0]] or "").strip()
        if not source:
            raise ValueError(f"{path}, line {number}: no {sources[0]}")
        source = _relative_to(path, source)
        root = None if "://" in source else _parent(Path(source))
        yield _Found(source, root, options, (row.get("name") or "").strip())


def _value(where: str, key: str, text: str) -> Any:
    if key in _TEXTS:
        return text
    if key in _FLAGS:
        if text.lower() not in ("true", "false", "1", "0", "yes", "no"):
            raise ValueError(f"{where}: {key} must be true or false, got {text!r}")
        return text.lower() in ("true", "1", "yes")
    kind = int if key in _WHOLE else float
    try:
        value = kind(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        wanted = "a whole number" if kind is int else "a number"
        raise ValueError(f"{where}: {key} must be {wanted}, got {text!r}")
    return value


def _unique(found: Iterable[_Found]) -> Iterator[_Found]:
    seen = set()
    for each in found:
        name = each.source if each.root is None else str(each.path)
        key = (name, tuple(sorted(each.options.items())))
        if key not in seen:
            seen.add(key)
            yield each


def _placed(found: Sequence[_Found]) -> list[Job]:
    """Jobs with places of their own; where names would collide, the whole file name is a folder."""
    roots = [str(each.root) for each in found if each.root is not None]
    common = Path(os.path.commonpath(roots)) if _have_common(roots) else None
    jobs = [_job(each, common) for each in found]
    taken = Counter(job.name.casefold() for job in jobs)
    apart = [
        job if taken[job.name.casefold()] == 1 else _apart(job, each)
        for job, each in zip(jobs, found, strict=True)
    ]
    for name, count in Counter(job.name.casefold() for job in apart).items():
        if count > 1:
            same = [each.source for each, job in zip(found, apart, strict=True) if _is(job, name)]
            raise ValueError(
                f"{same[0]} and {same[1]} would both be written to {name}: give them names in the "
                "column name of a CSV"
            )
    return apart


def _is(job: Job, name: str) -> bool:
    return job.name.casefold() == name


def _have_common(roots: Sequence[str]) -> bool:
    # Drives of Windows have nothing in common.
    return bool(roots) and len({os.path.splitdrive(root)[0] for root in roots}) == 1


def _job(found: _Found, common: Path | None) -> Job:
    if found.root is None:
        stem = PurePosixPath(found.source.split("://", 1)[1].split("?")[0]).stem or "stream"
        return Job(found.source, found.folder, file_name(found.name or stem), found.options)
    path = found.path
    stem = found.name or (path.name if path.is_dir() else path.stem)
    parent = found.root if glob.has_magic(found.source) else path.parent
    folder = "" if common is None else PurePosixPath(parent.relative_to(common).as_posix())
    return Job(
        found.source, "" if str(folder) == "." else str(folder), file_name(stem), found.options
    )


def _apart(job: Job, found: _Found) -> Job:
    """The same job in a folder of its own, named after the whole file and its part in time."""
    name = PurePosixPath(found.source.replace("\\", "/")).name
    if found.options.keys() & {"start", "end"}:
        start, end = found.options.get("start", 0), found.options.get("end", "end")
        name += f"@{start:g}-{end:g}" if isinstance(end, float) else f"@{start:g}-{end}"
    return replace(job, folder=str(PurePosixPath(job.folder) / name))
