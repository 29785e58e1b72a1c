"""Whether a setting helps on clips that had no part in choosing it.

    python benchmarks/quality/leave_one_out.py --clips ../shared/clips --cache FOLDER \
        --preset balanced --settings settings.json --json out.json --jobs 4 \
        --seeds original mirror "start 3" "interval -1"

`settings.json` holds changed settings by a name of one's own; the first is what the others are
compared with, and `networks` stands beside the groups of `TrackerConfig`:

    {"as it is": {}, "without appearance": {"networks": {"appearance": null}},
     "every 10th": {"keyframes": {"interval": 10}, "networks": {"detector_size": 640}}}

What is changed are the default settings or, with `--preset`, those of a preset.

Two views of one scene are one scene here, and left out together. A setting is accepted if it gains
in the mean over the scenes left out, where it has to have gained in the mean over all others to be
taken at all. Beside each gain stands its spread: over the scenes, as the standard error of the
mean, and over the seeds (other first frames, mirrored, an interval one longer or shorter), as the
standard deviation of the mean over the scenes from seed to seed. A gain below either is noise.
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean, stdev

from jobs import by_clip
from material import CLIPS, Clip, decoded
from rich.console import Console
from rich.table import Table
from scoring import Figures
from sweep import Seed, Settings, Sweep

from lighttrack.models.presets import PRESETS

SCENES: Mapping[str, str] = {
    "TownCentre_A-virtual-camera": "TownCentre_A",
    "VC_ADL-Rundle-6": "ADL-Rundle-6",
}
"""Clips that show the people of another clip."""

Results = Mapping[str, Mapping[str, Mapping[str, Figures]]]
"""Figures by setting, clip and seed."""

Gains = Mapping[str, Mapping[str, float]]
"""What a setting gains by scene and seed."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a setting gains beside the first one."""

    gain: float
    """In the mean over scenes and seeds."""
    over_scenes: float
    """Standard error of that mean, from scene to scene."""
    over_seeds: float
    """Standard deviation, from seed to seed, of the mean over the scenes."""
    left_out: float
    """In the mean over the scenes left out, 0 where the others would not have taken it."""

    @property
    def accepted(self) -> bool:
        """Whether the setting helps where it was not chosen."""
        return self.left_out > 0


def verdict(gains: Gains) -> Verdict:
    """What is to be said of a setting.

    Example:
        >>> found = verdict({"a": {"x": 0.02}, "b": {"x": 0.01}, "c": {"x": -0.09}})
        >>> round(found.gain, 3), round(found.left_out, 3), found.accepted
        (-0.02, -0.03, False)
    """
    by_scene = {scene: fmean(by_seed.values()) for scene, by_seed in gains.items()}
    left_out = []
    for scene, gain in by_scene.items():
        others = [by_scene[other] for other in by_scene if other != scene]
        left_out.append(gain if others and fmean(others) > 0 else 0.0)
    seeds = set.intersection(*(set(by_seed) for by_seed in gains.values()))
    by_seed = [fmean(gains[scene][seed] for scene in gains) for seed in seeds]
    values = list(by_scene.values())
    return Verdict(
        gain=fmean(values),
        over_scenes=stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0,
        over_seeds=stdev(by_seed) if len(by_seed) > 1 else 0.0,
        left_out=fmean(left_out),
    )


def gains(results: Results, name: str, base: str, figure: str) -> Gains:
    """What a setting gains in a figure by scene and seed; clips of one scene are averaged."""
    steps: dict[str, dict[str, list[float]]] = {}
    for clip, by_seed in results[name].items():
        scene = steps.setdefault(SCENES.get(clip, clip), {})
        for seed, figures in by_seed.items():
            step = getattr(figures, figure) - getattr(results[base][clip][seed], figure)
            scene.setdefault(seed, []).append(step)
    return {
        scene: {seed: fmean(values) for seed, values in by_seed.items()}
        for scene, by_seed in steps.items()
    }


def means(results: Results, name: str) -> tuple[float, float, float, float]:
    """MOTA, IDF1, that of perfect ids, and the detector's share: every clip counts the same."""
    rows = [
        [fmean(getattr(each, figure) for each in by_seed.values()) for figure in
         ("mota", "idf1", "perfect_idf1", "detector_share")]
        for by_seed in results[name].values()
    ]  # fmt: skip
    mota, idf1, perfect, share = (fmean(column) for column in zip(*rows, strict=True))
    return mota, idf1, perfect, share


def table_of_clips(results: Results) -> Table:
    """IDF1 of each setting and clip in the mean over the seeds, and what perfect ids would give."""
    table = Table(title="IDF1 (perfect ids)", title_justify="left")
    names = list(results)
    for column in ("", *names):
        table.add_column(column, justify="right" if column else "left")
    for clip in results[names[0]]:
        cells = []
        for name in names:
            figures = results[name][clip].values()
            idf1, perfect = (
                fmean(getattr(each, key) for each in figures) for key in ("idf1", "perfect_idf1")
            )
            cells.append(f"{idf1:.3f} ({perfect:.3f})")
        table.add_row(clip, *cells)
    return table


def table_of_settings(results: Results) -> Table:
    """Each setting beside the first."""
    table = Table(title="means over clips, and gains of IDF1", title_justify="left")
    columns = ("", "MOTA", "IDF1", "perfect", "detector", "gain", "± scenes", "± seeds",
               "left out", "")  # fmt: skip
    for column in columns:
        table.add_column(column, justify="right" if column else "left")
    base = next(iter(results))
    for name in results:
        shown = [f"{value:.3f}" for value in means(results, name)]
        if name != base:
            found = verdict(gains(results, name, base, "idf1"))
            shown += [f"{found.gain:+.4f}", f"{found.over_scenes:.4f}", f"{found.over_seeds:.4f}",
                      f"{found.left_out:+.4f}", "accepted" if found.accepted else ""]  # fmt: skip
        table.add_row(name, *shown)
    return table


def shortened(clip: Clip, frames: int | None) -> Clip:
    """The first frames of a clip."""
    return replace(clip, times=clip.times[:frames], truth=clip.truth[:frames])


@dataclass(frozen=True, slots=True)
class Measurement:
    """What is run over every clip, each in a process of its own if there are several."""

    clips: Path
    seeds: tuple[Seed, ...]
    settings: Mapping[str, Settings]
    preset: str | None
    frames: int | None
    cache: Path | None

    def of(self, clip_name: str) -> dict[str, dict[str, Figures]]:
        """Figures of one clip by setting and seed, told one by one."""
        clip = shortened(decoded(self.clips, clip_name, self.cache), self.frames)
        found: dict[str, dict[str, Figures]] = {name: {} for name in self.settings}
        sweep = Sweep(self.cache, self.preset)
        for seed in self.seeds:
            truth = seed.of(clip).truth
            for name, changed in self.settings.items():
                figures = sweep.run(clip, seed, changed).score(truth)
                found[name][seed.name] = figures
                print(
                    f"{clip_name}, {seed.name}, {name}: MOTA {figures.mota:.3f}, IDF1 "
                    f"{figures.idf1:.3f} of {figures.perfect_idf1:.3f}, switches "
                    f"{figures.switches}, detector {figures.detector_share:.3f}",
                    flush=True,
                )
            sweep.save()
        return found


def plain(results: Results) -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    """Figures as JSON has them."""
    return {
        name: {
            clip: {seed: asdict(figures) for seed, figures in by_seed.items()}
            for clip, by_seed in by_clip.items()
        }
        for name, by_clip in results.items()
    }


def main() -> None:
    """Print figures as they come, then the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, required=True, help="folder of the clips")
    parser.add_argument("--only", nargs="+", choices=CLIPS, default=[*CLIPS], help="clips to use")
    parser.add_argument("--settings", type=Path, required=True, help="JSON, see above")
    parser.add_argument("--preset", choices=PRESETS, help="what the settings change")
    parser.add_argument("--seeds", nargs="+", default=["original"], help="see above")
    parser.add_argument("--frames", type=int, help="of each clip; default: all")
    parser.add_argument("--cache", type=Path, help="folder for the answers of the networks")
    parser.add_argument("--jobs", type=int, default=1, help="clips at a time; default: 1")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    arguments = parser.parse_args()
    if arguments.cache is not None:
        arguments.cache.mkdir(parents=True, exist_ok=True)
    settings = json.loads(arguments.settings.read_text(encoding="utf-8"))
    measurement = Measurement(
        arguments.clips,
        tuple(map(Seed.named, arguments.seeds)),
        settings,
        arguments.preset,
        arguments.frames,
        arguments.cache,
    )
    found = dict(by_clip(measurement.of, arguments.only, arguments.jobs))
    results = {
        name: {clip: by_setting[name] for clip, by_setting in found.items()} for name in settings
    }
    console = Console(width=max(Console().width, 110 + 16 * len(settings)))
    console.print(table_of_clips(results), table_of_settings(results))
    if arguments.json:
        content = {
            "figures": plain(results),
            "verdicts": {
                name: asdict(verdict(gains(results, name, next(iter(results)), "idf1")))
                for name in results
            },
        }
        arguments.json.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
