"""What one video costs: processor seconds a frame and a person-frame, by preset.

    python benchmarks/scale/cost.py CLIP --presets embedded,fast,balanced,accurate

Each preset tracks the clip in a process of its own, on one thread; the time is that of the
processor, so other work on the machine counts little. Loading the networks is left out by tracking
two lengths of the clip and taking the difference.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

_PROGRAM = """
import json, os, sys
import lighttrack
result = lighttrack.track_video(sys.argv[1], preset=sys.argv[2], end=float(sys.argv[3]),
                                output=sys.argv[4], write="jsonl", threads=1, progress=False)
people = sum(len(frame.ids) for frame in result.frames)
times = os.times()
print(json.dumps([times.user + times.system, len(result.frames), people]))
"""


def spent(clip: str, preset: str, end: float) -> tuple[float, int, int]:
    """Processor seconds, frames and people of a run of the first `end` seconds."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _PROGRAM, clip, preset, str(end), folder]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, frames, people = json.loads(done.stdout.splitlines()[-1])
    return seconds, frames, people


def main() -> None:
    """Print the table and, with `--json`, write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip")
    parser.add_argument("--presets", default="embedded,fast,balanced,accurate")
    parser.add_argument("--ends", default="0.6,2.4", help="seconds of the two runs")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    short, long = (float(part) for part in options.ends.split(","))
    rows = []
    for preset in options.presets.split(","):
        first, second = spent(options.clip, preset, short), spent(options.clip, preset, long)
        seconds, frames, people = (b - a for a, b in zip(first, second, strict=True))
        rows.append(
            {
                "preset": preset,
                "frames": frames,
                "people_per_frame": people / frames,
                "core_seconds_per_frame": seconds / frames,
                "core_seconds_per_person_frame": seconds / people,
            }
        )
        print(
            f"{preset:9} {seconds / frames:.4f} core-s/frame  {people / frames:.1f} people/frame  "
            f"{seconds / people:.4f} core-s/person-frame",
            flush=True,
        )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
