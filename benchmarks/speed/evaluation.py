"""How fast PoseTrack scoring is: against motmetrics' per-keypoint route, and as clips grow longer.

Random crowded sequences (seeded) are written to a temporary folder and read once; what is timed is
the scoring of tracking for all 15 keypoints, the part that the official evaluator gives to
motmetrics. Both sides compute the same figures, which is checked.

    python benchmarks/speed/evaluation.py [--markdown FILE]
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "parity"))

import posetrack_reference  # noqa: E402
from posetrack_random import write_data_set  # noqa: E402

from lighttrack.evaluation.posetrack import evaluate_posetrack, mot, read_pairs  # noqa: E402
from lighttrack.evaluation.posetrack.frames import frames_to_score  # noqa: E402

SEQUENCES = 30
FRAMES = 40
PEOPLE = 5


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=Path, help="also write the tables to this file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text = "\n\n".join([_against_motmetrics(Path(folder)), _growth(Path(folder))]) + "\n"
    print(text)
    if arguments.markdown:
        arguments.markdown.write_text(text)


def _against_motmetrics(folder: Path) -> str:
    rng = np.random.default_rng(0)
    shape = {"sequences": SEQUENCES, "frames": FRAMES, "people": PEOPLE}
    truth, predicted = write_data_set(folder / "many", rng, **shape)
    scored = _scored(truth, predicted)
    ours_s = _best(lambda: mot.combine(mot.evaluate(frames, "official") for frames in scored))
    frames = posetrack_reference.load(truth, predicted)
    theirs_s = _best(lambda: posetrack_reference.tracking_figures(frames), times=1)
    whole_s = _best(lambda: evaluate_posetrack(truth, predicted, mode="official"))
    their_whole_s = _best(lambda: posetrack_reference.evaluate(truth, predicted), times=1)

    ours = mot.summarize(mot.combine(mot.evaluate(f, "official") for f in scored), "official")
    theirs = posetrack_reference.tracking_figures(frames)
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, atol=1e-6)
    return (
        f"{SEQUENCES} sequences of {FRAMES} frames, up to {PEOPLE} people:\n\n"
        "| route | seconds | times as fast |\n|:------|--------:|--------------:|\n"
        f"| motmetrics, one accumulator per keypoint | {theirs_s:.2f} | 1 |\n"
        f"| lighttrack, tracking of all keypoints | {ours_s:.3f} | {theirs_s / ours_s:.0f} |\n"
        f"| plain loops: files read, AP, and tracking on motmetrics | {their_whole_s:.2f} | 1 |\n"
        f"| lighttrack, files read and checked, AP and tracking | {whole_s:.3f} | "
        f"{their_whole_s / whole_s:.0f} |"
    )


def _growth(folder: Path) -> str:
    rows = []
    for count in (50, 100, 200, 400, 800):
        rng = np.random.default_rng(count)
        shape = {"sequences": 1, "frames": count, "people": PEOPLE}
        truth, predicted = write_data_set(folder / str(count), rng, **shape)
        scored = _scored(truth, predicted)
        seconds = _best(lambda scored=scored: [mot.evaluate(f, "official") for f in scored])
        rows.append(f"| {count} | {1000 * seconds:.1f} | {1e6 * seconds / count:.0f} |")
    head = "| frames | milliseconds | microseconds per frame |\n|-------:|-----:|-----:|\n"
    return "Growth with the length of one sequence:\n\n" + head + "\n".join(rows)


def _scored(truth: Path, predicted: Path) -> list:
    pairs, _ = read_pairs(truth, predicted, "official")
    return [frames_to_score(pair.truth, pair.predicted, "official") for pair in pairs]


def _best(work: Callable[[], object], times: int = 3) -> float:
    """Wall time in seconds of the fastest of several runs."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


if __name__ == "__main__":
    main()
