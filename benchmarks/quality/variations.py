"""The clips as other cameras would have seen them: a check that what was gained holds elsewhere.

    python benchmarks/quality/variations.py --clips ../shared/clips --only TUD-Campus PETS09-S2L1
    python benchmarks/quality/variations.py --clips ../shared/clips --json before.json
    python benchmarks/quality/variations.py --clips ../shared/clips --against before.json

Each clip is decoded once and changed as it is read; `cameras.py` says how. `--peers` puts the best
of ByteTrack, OC-SORT and BoT-SORT beside it, with the detector at every frame and tuned to each
variation (see `peers.py`).
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import fmean

import committed
import peer_trackers
from cameras import VARIATIONS
from clips import CONFIGURATIONS, CountedTracker
from material import CLIPS, Clip, decoded
from rich.console import Console
from scoring import Figures, score, table_of

from lighttrack.models import build_detector
from lighttrack.tracking import Detector

Table = dict[str, Figures]
"""Figures by the name of the variation."""


def measure(clip: Clip, variations: Sequence[str], tracker: CountedTracker) -> Table:
    """Track every variation of a clip and score it."""
    table = {}
    for name in variations:
        varied = VARIATIONS[name](clip)
        seen, share = tracker.follow(varied.frames())
        table[name] = score(varied.truth, seen, share)
    return table


def measure_peers(clip: Clip, variations: Sequence[str], detector: Detector, cache: Path) -> Table:
    """The peer with the best IDF1 on every variation, by the names of both."""
    table = {}
    for name in variations:
        # `peers.py` has the original under the clip's own name.
        key = clip.name if name == "original" else f"{clip.name}-{name.replace(' ', '-')}"
        found = peer_trackers.measure(VARIATIONS[name](clip), key, detector, cache)
        peer = max(found, key=lambda each: found[each].idf1)
        table[f"{name}, {peer}"] = found[peer]
    return table


def that_differ(clip: Clip, wanted: Sequence[str]) -> list[str]:
    """Variations that make another clip of this one: nothing is dropped of one with few frames."""
    return [name for name in wanted if name != "7 fps" or clip.fps > 10]


def summary(tables: Mapping[str, Table]) -> str:
    """Means over everything, every clip and variation counting the same."""
    rows = [figures for table in tables.values() for figures in table.values()]
    return (
        f"mean of {len(rows)}: MOTA {fmean(each.mota for each in rows):.4f}, "
        f"IDF1 {fmean(each.idf1 for each in rows):.4f}, "
        f"HOTA {fmean(each.hota for each in rows):.4f}, "
        f"switches {sum(each.switches for each in rows)}, "
        f"detector {fmean(each.detector_share for each in rows):.3f}"
    )


def differences(
    now: Mapping[str, Table], before: Mapping[str, Mapping[str, Mapping[str, float]]]
) -> str:
    """What has changed since figures were written, a line for each clip and variation."""
    lines, all_steps = [], []
    for name, table in now.items():
        for variation in [each for each in table if each in before.get(name, {})]:
            new, old = asdict(table[variation]), before[name][variation]
            steps = {key: new[key] - old[key] for key in ("mota", "idf1", "hota", "switches")}
            all_steps.append(steps)
            lines.append(f"{f'{name}, {variation}':42s} {_signed(steps)}")
    if all_steps:
        means = {key: fmean(steps[key] for steps in all_steps) for key in all_steps[0]}
        lines.append(f"{'mean':42s} {_signed(means)}")
    return "\n".join(lines)


def _signed(steps: Mapping[str, float]) -> str:
    shown = [f"{key.upper()} {steps[key]:+.3f}" for key in ("mota", "idf1", "hota")]
    return "  ".join([*shown, f"switches {steps['switches']:+.3g}"])


def main() -> None:
    """Print a table for each clip, then the mean of all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, required=True, help="folder of the clips")
    parser.add_argument("--only", nargs="+", choices=CLIPS, default=[*CLIPS], help="clips to use")
    parser.add_argument(
        "--variations", nargs="+", choices=VARIATIONS, default=[*VARIATIONS], help="default: all"
    )
    parser.add_argument("--configuration", choices=CONFIGURATIONS, default="default")
    parser.add_argument("--keyframe-interval", type=int)
    parser.add_argument("--threads", type=int, default=1, help="for each network; default: 1")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--against", type=Path, help="print what changed since such a file")
    parser.add_argument("--peers", action="store_true", help="track with others, too: slow")
    parser.add_argument("--cache", type=Path, default=peer_trackers.CACHE, help="of the peers")
    arguments = parser.parse_args()
    before = json.loads(arguments.against.read_text()) if arguments.against else {}
    configuration = CONFIGURATIONS[arguments.configuration]
    if arguments.keyframe_interval:
        interval = arguments.keyframe_interval
        config = configuration.config.changed({"keyframes": {"interval": interval}})
        configuration = replace(configuration, config=config)
    tracker = configuration.tracker(arguments.threads)
    console = Console(width=max(Console().width, 110))
    tables: dict[str, Table] = {}
    for name in arguments.only:
        clip = decoded(arguments.clips, name)
        variations = that_differ(clip, arguments.variations)
        tables[name] = measure(clip, variations, tracker)
        console.print(table_of(name, tables[name]))
        if arguments.json:
            committed.write(arguments.json, tables)
        if arguments.peers:
            detector = build_detector("rtmdet-nano-person", threads=arguments.threads)
            theirs = measure_peers(clip, variations, detector, arguments.cache)
            console.print(table_of(f"{name}, the best of the peers", theirs))
    print(summary(tables))
    if before:
        print(differences(tables, before))


if __name__ == "__main__":
    main()
