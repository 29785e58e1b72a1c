"""What pose matching brings to the whole tracker on real clips, a moving camera among them.

    LIGHTTRACK_MODELS=../shared/models python benchmarks/matching/on_clips.py ../shared/clips

The tracker as the paper describes it (`TrackerConfig.paper`, whose second stage is pose matching
alone) and as it is by default, with each matcher; RTMDet-nano and TinyPose-128, one thread.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from lighttrack import TrackerConfig, load_tracker
from lighttrack.evaluation import evaluate_boxes
from lighttrack.formats.mot import read_mot
from lighttrack.video import open_video

CLIPS = {
    "TUD-Campus": "gt.txt",
    "TownCentre_A-virtual-camera": "gt.txt",
    "SAM2_bedroom": "gt_pseudo.txt",
}
MATCHERS = ("none", "euclidean", "sgcn")


def measure(folder: Path, matchers: Sequence[str], interval: int) -> dict:
    """MOTA, IDF1 and switches by clip, configuration and matcher."""
    result: dict = {}
    configurations = {
        "paper": TrackerConfig.paper().changed({"keyframes": {"interval": interval}}),
        "default": TrackerConfig().changed({"keyframes": {"interval": interval}}),
    }
    for clip, truth in CLIPS.items():
        for name, config in configurations.items():
            for matcher in matchers:
                tracker = load_tracker(
                    detector="rtmdet-nano-person",
                    pose="tinypose-128x96",
                    matcher=matcher,
                    config=config,
                    threads=1,
                )
                with open_video(folder / clip / f"{clip}.mp4") as video:
                    seen = [(frame.ids, frame.boxes) for frame in tracker.track(video)]
                people = read_mot(folder / clip / truth, truth=True).by_frame(len(seen))
                figures = evaluate_boxes(people, seen)
                row = {key: figures[key] for key in ("mota", "idf1", "switches")}
                result.setdefault(clip, {}).setdefault(name, {})[matcher] = row
                print(
                    f"{clip:28s} {name:8s} {matcher:10s} MOTA {row['mota']:.3f}"
                    f"  IDF1 {row['idf1']:.3f}  switches {row['switches']}",
                    flush=True,
                )
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--matchers", nargs="+", default=MATCHERS, choices=MATCHERS)
    parser.add_argument("--interval", type=int, default=10)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    table = measure(arguments.folder, arguments.matchers, arguments.interval)
    if arguments.json:
        arguments.json.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
