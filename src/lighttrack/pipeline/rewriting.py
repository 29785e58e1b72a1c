"""What commands that make a new result of a stored one share: which file, which format, writing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lighttrack.formats.catalog import Format
from lighttrack.formats.formats import detect, format_by_suffix, guarded
from lighttrack.pipeline.existing import require_new
from lighttrack.pipeline.outputs import rebuild, spare_the_source
from lighttrack.structures import TrackedVideo


class Rewriting:
    """A stored result on its way into a new file.

    Args:
        source: a result in any format.
        output: the file to write, in the format that its name tells, or in that of the source
            where it tells none; without it, a file beside the source, in its format.
        word: what the name of that file gets: `NAME.word.tracks.jsonl`.
        overwrite: whether the file may exist.

    Raises:
        FileNotFoundError: if the source is not there.
        ValueError: if the source is no result, or the file exists and may not, or is the source.
    """

    def __init__(self, source: Path, output: Path | None, word: str, *, overwrite: bool) -> None:
        stored = detect(source)
        self.output = beside(source, stored, word) if output is None else output
        self.format = format_by_suffix(self.output) or stored
        spare_the_source(str(source), {self.format.name: self.output})
        require_new({self.format.name: self.output}, overwrite=overwrite)
        self.video = guarded(stored, source)
        self._stored = stored

    def write(self, video: TrackedVideo) -> str:
        """Write what has become of the result; returns what the format has no place for."""
        rebuild({self.format.name: self.output}, video)
        loses = self.format.loses
        if self.format is not self._stored and loses:
            return f"{self.format.name} has no place for: {loses}"
        if "provenance" in loses:
            return f"{self.format.name} has no place for a record of what was done"
        return ""

    def made(self, video: TrackedVideo) -> list[Mapping[str, Any]]:
        """What was done to the result since it was read."""
        before = len(self.video.provenance.get("changes", ()))
        return list(video.provenance.get("changes", ()))[before:]


def beside(source: Path, format_: Format, word: str) -> Path:
    """A file beside a result, with a word in its name.

    Example:
        >>> beside(Path("out/match.csv"), format_by_suffix(Path("a.csv")), "edited").name
        'match.edited.csv'
    """
    named = source.name.endswith(format_.suffix)
    suffix = format_.suffix if named else source.suffix
    return source.with_name(f"{source.name.removesuffix(suffix)}.{word}{suffix}")
