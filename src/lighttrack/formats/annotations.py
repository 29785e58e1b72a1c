"""What writing COCO's and PoseTrack's files has in common: a JSON object of images and annotations.

The lists grow on disk, and the object takes its name only when it is complete.
"""

import os
import tempfile
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import IO, Any

from lighttrack.formats.writing import TracksWriter, identity_scores_of, replacing, to_json
from lighttrack.structures import Skeleton, TrackedFrame, TrackState


class AnnotationsWriter(TracksWriter):
    """Collects images and annotations, and stores all so far as a whole file now and then.

    So a killed program leaves the file of some seconds before. Left by an error, it leaves what it
    stored last, if it did.
    """

    def _begin(self) -> None:
        self._lists = JsonLists(self.path, ("images", "annotations"))
        self._due = perf_counter() + _EVERY

    def write(self, frame: TrackedFrame) -> None:
        """Append a frame; see `TracksWriter.write`."""
        super().write(frame)
        began = perf_counter()
        if began >= self._due:
            self._store()
            # Storing may take a twentieth of the time, however long the video is.
            self._due = perf_counter() + max(_EVERY, 20 * (perf_counter() - began))

    @abstractmethod
    def _store(self) -> None:
        """Store what was collected so far as a whole file."""

    def _finish(self) -> None:
        self._store()
        self._lists.discard()

    def _abandon(self) -> None:
        self._lists.discard()


_EVERY = 5.0
"""Seconds between two states of a file that is stored as a whole."""


def category_of(skeleton: Skeleton) -> dict[str, Any]:
    """The category "person", with the skeleton's keypoints; its edges count them from 1."""
    return {
        "id": 1,
        "name": "person",
        "supercategory": "person",
        "keypoints": skeleton.keypoints,
        "skeleton": [[a + 1, b + 1] for a, b in skeleton.edges],
    }


def states_of(frame: TrackedFrame) -> list[dict[str, Any]]:
    """For each person `state`, unless it is the usual one, and `identity_score`, if it is known."""
    people: list[dict[str, Any]] = []
    for state, sure in zip(frame.states.tolist(), identity_scores_of(frame), strict=True):
        unusual = state != TrackState.TRACKED
        named = {"state": TrackState(state).name.lower()} if unusual else {}
        people.append({**named, **sure})
    return people


class JsonLists:
    """A JSON object whose lists grow side by side, on disk: memory does not grow with them.

    Nothing appears under the final name before `commit`.
    """

    def __init__(self, path: Path, lists: Sequence[str]) -> None:
        self._path = path
        self._spools: dict[str, IO[str]] = {
            name: tempfile.TemporaryFile(  # noqa: SIM115
                "w+", encoding="utf-8", errors="backslashreplace", dir=path.parent
            )
            for name in lists
        }

    def append(self, name: str, item: Mapping[str, Any]) -> None:
        """Append an item to the list of that name."""
        self._spools[name].write(to_json(item) + "\n")

    def commit(
        self,
        *,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        amend: Mapping[str, Mapping[str, Any]],
    ) -> None:
        """Write the whole object as it is now under its name; the lists may grow further.

        Args:
            before: members that precede the lists.
            after: members that follow them.
            amend: for a list, members that each of its items gets besides its own.
        """
        with replacing(self._path) as file:
            file.write("{")
            for name, value in before.items():
                file.write(f"{to_json(name)}:{to_json(value)},\n")
            for name, spool in self._spools.items():
                common = to_json(amend[name])[1:-1] + "," if amend.get(name) else ""
                file.write(f"{to_json(name)}:[")
                spool.seek(0)
                separator = "\n"
                for line in spool:
                    file.write(separator + "{" + common + line[1:-1])
                    separator = ",\n"
                file.write("],\n")
            file.write(",\n".join(f"{to_json(name)}:{to_json(v)}" for name, v in after.items()))
            file.write("}\n")
        for spool in self._spools.values():
            spool.seek(0, os.SEEK_END)

    def discard(self) -> None:
        """Throw the lists away."""
        for spool in self._spools.values():
            # A full disk fails the flush once more.
            with suppress(OSError):
                spool.close()
