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
sys.path.insert(0, str(REPOSITORY / "tests" / "fixtures"))

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
    tracking = _best(lambda: mot.combine(mot.evaluate(f, "official") for f in scored))
    frames = posetrack_reference.load(truth, predicted)
    their_tracking = _best(lambda: posetrack_reference.tracking_figures(frames), times=1)
    whole = _best(lambda: evaluate_posetrack(truth, predicted, mode="official"))
    their_whole = _best(lambda: posetrack_reference.evaluate(truth, predicted), times=1)

    ours = mot.summarize(mot.combine(mot.evaluate(f, "official") for f in scored), "official")
    theirs = posetrack_reference.tracking_figures(frames)
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, atol=1e-6)
    rows = [
        _row("motmetrics, one accumulator per keypoint", their_tracking, their_tracking),
        _row("lighttrack, tracking of all keypoints", tracking, their_tracking),
        _row("plain loops: files, AP, and tracking on motmetrics", their_whole, their_whole),
        _row("lighttrack: files checked, AP, and tracking", whole, their_whole),
    ]
    head = (
        "| route | seconds | processor | times as fast | by processor |\n"
        "|:------|--------:|----------:|--------------:|-------------:|\n"
    )
    title = f"{SEQUENCES} sequences of {FRAMES} frames, up to {PEOPLE} people:\n\n"
    return title + head + "\n".join(rows)


def _growth(folder: Path) -> str:
    rows = []
    for count in (50, 100, 200, 400, 800):
        rng = np.random.default_rng(count)
        shape = {"sequences": 1, "frames": count, "people": PEOPLE}
        truth, predicted = write_data_set(folder / str(count), rng, **shape)
        scored = _scored(truth, predicted)
        seconds, _ = _best(lambda scored=scored: [mot.evaluate(f, "official") for f in scored])
        rows.append(f"| {count} | {1000 * seconds:.1f} | {1e6 * seconds / count:.0f} |")
    head = "| frames | milliseconds | microseconds per frame |\n|-------:|-----:|-----:|\n"
    return "Growth with the length of one sequence:\n\n" + head + "\n".join(rows)


def _scored(truth: Path, predicted: Path) -> list:
    pairs, _ = read_pairs(truth, predicted, "official")
    return [frames_to_score(pair.truth, pair.predicted, "official") for pair in pairs]


def _best(work: Callable[[], object], times: int = 5) -> tuple[float, float]:
    """Wall time and processor time, in seconds, of the fastest of several runs."""
    found = []
    for _ in range(times):
        start, cpu = time.perf_counter(), time.process_time()
        work()
        found.append((time.perf_counter() - start, time.process_time() - cpu))
    return min(found)


def _row(name: str, measured: tuple[float, float], against: tuple[float, float]) -> str:
    wall, cpu = (theirs / ours for theirs, ours in zip(against, measured, strict=True))
    return f"| {name} | {measured[0]:.3f} | {measured[1]:.3f} | {wall:.0f} | {cpu:.0f} |"


if __name__ == "__main__":
    main()
