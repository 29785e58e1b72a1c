"""Ours beside ByteTrack, OC-SORT and BoT-SORT, on the same detector and the same clips, in one run.

    pip install --no-deps --group peers
    python benchmarks/quality/peers.py --clips ../shared/clips --markdown peers.md

The peers see the detections of RTMDet-nano in every frame, and their thresholds are tuned to the
best IDF1 on the very clip, which favours them; `peer_trackers.py` says how. Ours runs with its
default configuration, with the detector at one frame in ten and at every frame, and with the
configuration `paper` (one frame in ten); poses are TinyPose's. What does not change from run to
run, the peers' detections and the settings found for them, is kept in `--cache`.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import committed
import peer_trackers
from clips import CONFIGURATIONS
from jobs import by_clip
from material import CLIPS, decoded
from rich.console import Console
from scoring import Figures, score, table_of

from lighttrack.models import build_detector

EVERY_FRAME = "lighttrack, every frame"
ONE_IN_TEN = "lighttrack, 1 frame in 10"

OURS: Mapping[str, str] = {
    ONE_IN_TEN: "default",
    EVERY_FRAME: "every frame",
    "lighttrack, paper": "paper",
}
"""The configurations of `clips.py`, by the names of the tables."""

Table = dict[str, Figures]
"""Figures by the name of the tracker."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What is run over every clip."""

    clips: Path
    ours: tuple[str, ...]
    """Names of our rows."""
    cache: Path

    def of(self, name: str) -> Table:
        """The rows of one clip, the peers first."""
        detector = build_detector(str(CONFIGURATIONS["default"].detector), threads=1)
        clip = decoded(self.clips, name)
        table = peer_trackers.measure(clip, name, detector, self.cache)
        for ours in self.ours:
            seen, share = CONFIGURATIONS[OURS[ours]].tracker().follow(clip.frames())
            table[ours] = score(clip.truth, seen, share)
        return table


def margins(table: Mapping[str, Figures]) -> str:
    """How far ours are ahead of the peer with the best IDF1, in points."""
    name = max(peer_trackers.GRIDS, key=lambda peer: table[peer].idf1)
    peer = table[name]
    parts = [
        f"{ours}: IDF1 {100 * (table[ours].idf1 - peer.idf1):+.1f}, "
        f"MOTA {100 * (table[ours].mota - peer.mota):+.1f}"
        for ours in (ONE_IN_TEN, EVERY_FRAME)
        if ours in table
    ]
    return f"Beside the best IDF1, {name}'s: {'; '.join(parts)}."


def markdown(tables: Mapping[str, Table]) -> str:
    """All clips in one table, the best IDF1 and MOTA of each in bold."""
    lines = [
        "| clip | tracker | MOTA | IDF1 | HOTA | switches | ids / people | detector |",
        "|:--|:--|--:|--:|--:|--:|--:|--:|",
    ]
    for clip, table in tables.items():
        best = {key: max(getattr(each, key) for each in table.values()) for key in ("mota", "idf1")}
        for name, each in table.items():
            mota, idf1 = (
                f"**{value:.3f}**" if value == best[key] else f"{value:.3f}"
                for key, value in (("mota", each.mota), ("idf1", each.idf1))
            )
            lines.append(
                f"| {clip} | {name} | {mota} | {idf1} | {each.hota:.3f} | {each.switches} | "
                f"{each.ids} / {each.people} | {100 * each.detector_share:.0f} % |"
            )
    lines += ["", *(f"- {clip}. {margins(table)}" for clip, table in tables.items())]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print a table for each clip."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, required=True, help="folder of the clips")
    parser.add_argument("--only", nargs="+", choices=CLIPS, default=[*CLIPS], help="clips to use")
    parser.add_argument("--ours", nargs="+", choices=OURS, default=[*OURS], help="default: all")
    cache = peer_trackers.CACHE
    parser.add_argument("--cache", type=Path, default=cache, help="default: %(default)s")
    parser.add_argument("--jobs", type=int, default=1, help="clips at a time; default: 1")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--markdown", type=Path, help="write the tables to this file")
    parser.add_argument("--update", action="store_true", help="write ours to figures.json")
    arguments = parser.parse_args()
    measurement = Measurement(arguments.clips, tuple(arguments.ours), arguments.cache)
    console = Console(width=max(Console().width, 110))
    tables: dict[str, Table] = {}
    for name, table in by_clip(measurement.of, arguments.only, arguments.jobs):
        tables[name] = table
        console.print(table_of(name, table))
        print(margins(table), flush=True)
        if arguments.json:
            committed.write(arguments.json, tables)
        if arguments.markdown:
            arguments.markdown.write_text(markdown(tables), encoding="utf-8")
    if arguments.update:
        committed.update(
            {
                OURS[name]: {clip: table[name] for clip, table in tables.items()}
                for name in arguments.ours
            }
        )


if __name__ == "__main__":
    main()
