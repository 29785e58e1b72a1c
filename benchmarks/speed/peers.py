"""Ours beside others, on the same images and the same network files, in turn on one machine.

    python benchmarks/speed/peers.py --clips ../shared/clips --networks ../shared/models

- rtmlib's `PoseTracker`: the same ONNX files (RTMDet-nano, TinyPose), input sizes and detection
  frequency, on OpenVINO as ours and on ONNX Runtime, its default. It knows heat-map networks as
  `ViTPose`; its refinement of them is given the same blur as ours.
- mediapipe's `solutions.pose`: one person, the `full` networks, which are those of `embedded`.

Each runs in a process of its own, and others' packages in virtual environments of their own below
`--cache`, made when they are not there. A process reads all images, works on some for nothing,
and then takes the time for all: reading videos and loading networks are not counted. Ratios are of
wall time and of processor time; the latter says what is computed, whatever else the machine does,
and with `--cores 1` threads that wait in a loop do not add to it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from measuring import show, write

HERE = Path(__file__).parent

PACKAGES: Mapping[str, Sequence[str]] = {
    "rtmlib": ("rtmlib==0.0.16", "openvino"),
    "mediapipe": ("mediapipe==0.10.21",),
}

Command = Sequence[str]


def python_with(package: str, cache: Path) -> str:
    """The interpreter of an environment that holds a peer; made at its first use."""
    folder = cache / package
    python = folder / "bin" / "python"
    done = folder / "complete"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", *PACKAGES[package]]
        subprocess.run(install, check=True)
        done.touch()
    return str(python)


def run(command: Command) -> dict[str, float]:
    """What a process prints last: times and counts."""
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    result: dict[str, float] = json.loads(output.splitlines()[-1])
    return result


def compare(commands: Mapping[str, Command], times: int) -> list[dict[str, object]]:
    """Run all in turn, several times; the first is the one that others are compared with."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    for _ in range(times):
        for name, command in commands.items():
            runs[name].append(run(command))
    ours, *_ = runs.values()
    rows: list[dict[str, object]] = []
    for name, found in runs.items():
        pairs = list(zip(found, ours, strict=True))
        ratios = [each["seconds"] / own["seconds"] for each, own in pairs]
        rows.append(
            {
                "tracker": name,
                "frames/s": median(each["frames"] / each["seconds"] for each in found),
                "people per frame": found[0]["people"] / found[0]["frames"],
                "times our time": median(ratios),
                "from": min(ratios),
                "to": max(ratios),
                "times our processor time": median(
                    each["processor"] / own["processor"] for each, own in pairs
                ),
            }
        )
    return rows


def against_rtmlib(clip: Path, networks: Path, cache: Path, pose: str) -> dict[str, Command]:
    """Commands for ours and for rtmlib's on both backends."""
    python = python_with("rtmlib", cache)
    files = [str(networks / "rtmdet-nano-person.onnx"), str(networks / f"{pose}.onnx")]
    theirs = [python, str(HERE / "peer_rtmlib.py"), str(clip), *files]
    ours = [sys.executable, str(HERE / "peer_lighttrack.py"), str(clip)]
    return {
        "lighttrack": [*ours, "--detector", "rtmdet-nano-person", "--pose", pose],
        "rtmlib, OpenVINO": [*theirs, "openvino"],
        "rtmlib, ONNX Runtime": [*theirs, "onnxruntime"],
    }


def against_mediapipe(clip: Path, cache: Path, frames: int) -> dict[str, Command]:
    """Commands for ours and for mediapipe's on the start of a clip."""
    ours = [sys.executable, str(HERE / "peer_lighttrack.py"), str(clip), "--frames", str(frames)]
    theirs = [python_with("mediapipe", cache), str(HERE / "peer_mediapipe.py"), str(clip)]
    return {
        "lighttrack, one person": [*ours, "--preset", "embedded", "--max-people", "1"],
        "lighttrack": [*ours, "--preset", "embedded"],
        "mediapipe": [*theirs, str(frames)],
    }


def main() -> None:
    """Print a table for each comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--networks", type=Path, required=True)
    default = Path(tempfile.gettempdir()) / "lighttrack-benchmarks"
    parser.add_argument("--cache", type=Path, default=default, help="default: %(default)s")
    parser.add_argument("--peers", nargs="+", choices=PACKAGES, default=[*PACKAGES])
    parser.add_argument("--pose", nargs="+", default=["tinypose-128x96", "tinypose-256x192"])
    parser.add_argument("--frames", type=int, default=250, help="of the one-person clip")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--cores", type=int, help="processors to use (Linux); default: all")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if arguments.cores:
        # What is started from here inherits it, and the runtimes make no more threads than that.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
    comparisons: dict[str, dict[str, Command]] = {}
    campus = arguments.clips / "TUD-Campus" / "TUD-Campus.mp4"
    alone = arguments.clips / "one-by-one" / "one-by-one.mp4"
    if "rtmlib" in arguments.peers:
        for pose in arguments.pose:
            commands = against_rtmlib(campus, arguments.networks, arguments.cache, pose)
            comparisons[f"TUD-Campus, {pose}"] = commands
    if "mediapipe" in arguments.peers:
        commands = against_mediapipe(alone, arguments.cache, arguments.frames)
        comparisons["one-by-one"] = commands
    results = {title: compare(each, arguments.times) for title, each in comparisons.items()}
    for title, rows in results.items():
        show(title, list(rows[0]), [list(row.values()) for row in rows])
    write(arguments.json, results)


if __name__ == "__main__":
    main()
