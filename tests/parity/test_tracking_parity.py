"""CLEAR, identity and HOTA equal TrackEval and motmetrics within 1e-6.

Every field is compared; a failure lists all that disagree. `trackeval` is installed without its
dependencies (`pip install --no-deps trackeval`): they would put a second OpenCV in place.
"""

from pathlib import Path

import motmetrics
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from requirements import required_module

from lighttrack.evaluation import EvaluationSequence, box_iou, make_sequence
from lighttrack.evaluation import tracking as metrics
from lighttrack.formats.mot import frames_of_rows

TOLERANCE = 1e-6
CLIPS = ("TUD-Campus", "PETS09-S2L1", "TownCentre_A", "TownCentre_A-virtual-camera")

TRACKEVAL_FIELDS = {
    "mota": ("CLEAR", "MOTA"), "motp": ("CLEAR", "MOTP"), "precision": ("CLEAR", "CLR_Pr"),
    "recall": ("CLEAR", "CLR_Re"), "switches": ("CLEAR", "IDSW"),
    "fragmentations": ("CLEAR", "Frag"), "matches": ("CLEAR", "CLR_TP"),
    "misses": ("CLEAR", "CLR_FN"), "false_positives": ("CLEAR", "CLR_FP"),
    "mostly_tracked": ("CLEAR", "MT"), "partly_tracked": ("CLEAR", "PT"),
    "mostly_lost": ("CLEAR", "ML"), "idf1": ("Identity", "IDF1"), "idp": ("Identity", "IDP"),
    "idr": ("Identity", "IDR"), "hota": ("HOTA", "HOTA"), "deta": ("HOTA", "DetA"),
    "assa": ("HOTA", "AssA"), "loca": ("HOTA", "LocA"), "detre": ("HOTA", "DetRe"),
    "detpr": ("HOTA", "DetPr"), "assre": ("HOTA", "AssRe"), "asspr": ("HOTA", "AssPr"),
}  # fmt: skip

MOTMETRICS_FIELDS = {
    "mota": "mota", "precision": "precision", "recall": "recall", "switches": "num_switches",
    "fragmentations": "num_fragmentations", "misses": "num_misses",
    "false_positives": "num_false_positives", "mostly_tracked": "mostly_tracked",
    "partly_tracked": "partially_tracked", "mostly_lost": "mostly_lost", "idf1": "idf1",
    "idp": "idp", "idr": "idr", "identities": "num_unique_objects", "truths": "num_objects",
    "detections": "num_predictions",
}  # fmt: skip


def _trackeval(sequences: list[EvaluationSequence]) -> dict[str, float]:
    theirs = required_module("trackeval.metrics", "PARITY")
    quiet = {"PRINT_CONFIG": False}
    found = {}
    for metric in (theirs.CLEAR(quiet), theirs.Identity(quiet), theirs.HOTA()):
        parts = {}
        for index, sequence in enumerate(sequences):
            parts[str(index)] = metric.eval_sequence(
                {
                    "gt_ids": [frame.truth for frame in sequence.frames],
                    "tracker_ids": [frame.tracks for frame in sequence.frames],
                    "similarity_scores": [frame.similarity for frame in sequence.frames],
                    "num_gt_dets": int(sequence.truth_counts.sum()),
                    "num_tracker_dets": int(sequence.track_counts.sum()),
                    "num_gt_ids": len(sequence.truth_ids),
                    "num_tracker_ids": len(sequence.track_ids),
                    "num_timesteps": len(sequence),
                }
            )
        found[type(metric).__name__] = metric.combine_sequences(parts)
    return {
        ours: float(np.mean(found[metric][theirs]))
        for ours, (metric, theirs) in TRACKEVAL_FIELDS.items()
    }


def _motmetrics(sequence: EvaluationSequence) -> dict[str, float]:
    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    for frame in sequence.frames:
        distance = 1.0 - frame.similarity
        distance[distance > 0.5] = np.nan
        accumulator.update(frame.truth, frame.tracks, distance)
    host = motmetrics.metrics.create()
    names = [*MOTMETRICS_FIELDS.values(), "motp"]
    table = host.compute(accumulator, metrics=names, return_dataframe=False)
    figures = {ours: float(table[theirs]) for ours, theirs in MOTMETRICS_FIELDS.items()}
    figures["motp"] = 1.0 - float(table["motp"])  # theirs is the mean distance
    return figures


def _disagreements(ours: dict[str, float], theirs: dict[str, float]) -> list[str]:
    return [
        f"{name}: {ours[name]} here, {value} there"
        for name, value in theirs.items()
        if np.isfinite(value) and abs(ours[name] - value) > TOLERANCE
    ]


def _assert_equal_to_both(sequence: EvaluationSequence) -> None:
    ours = metrics.summarize(metrics.evaluate(sequence))
    assert _disagreements(ours, _trackeval([sequence])) == []
    ours = metrics.summarize(metrics.evaluate(sequence, convention="motmetrics"))
    assert _disagreements(ours, _motmetrics(sequence)) == []


def _perturbed_clip(folder: Path, seed: int) -> EvaluationSequence:
    """A clip's ground truth against itself with jitter, gaps, swaps and false positives."""
    rng = np.random.default_rng(seed)
    rows = np.loadtxt(folder / "gt.txt", delimiter=",", ndmin=2)
    rows = rows[rows[:, 6] != 0]
    frames, ids = rows[:, 0].astype(int) - 1, rows[:, 1].astype(int)
    boxes = rows[:, 2:6].copy()
    boxes[:, 2:] += boxes[:, :2]
    count = frames.max() + 1
    size = (boxes[:, 3] - boxes[:, 1])[:, None]
    seen = boxes + rng.normal(0, 0.06, boxes.shape) * size
    names = ids + 100
    for _ in range(6):  # two people exchange their ids from some frame on
        first, second = rng.choice(np.unique(names), 2, replace=False)
        later = frames >= rng.integers(count)
        a, b = later & (names == first), later & (names == second)
        names[a], names[b] = second, first
    kept = rng.random(len(frames)) > 0.12
    extra = rng.random(len(frames)) < 0.05
    all_frames = np.concatenate([frames[kept], frames[extra]])
    all_ids = np.concatenate([names[kept], 1000 + np.arange(extra.sum()) // 3])
    all_boxes = np.concatenate([seen[kept], boxes[extra] + 0.8 * size[extra]])
    unique = np.unique(np.stack([all_frames, all_ids], axis=1), axis=0, return_index=True)[1]
    truth = frames_of_rows(frames, ids, boxes, count)
    tracks = frames_of_rows(all_frames[unique], all_ids[unique], all_boxes[unique], count)
    return make_sequence(
        [i for i, _ in truth],
        [i for i, _ in tracks],
        [box_iou(a, b) for (_, a), (_, b) in zip(truth, tracks, strict=True)],
    )


@pytest.mark.parametrize("clip", CLIPS)
def test_perturbed_clips_score_as_in_both_reference_tools(clips_dir: Path, clip: str) -> None:
    _assert_equal_to_both(_perturbed_clip(clips_dir / clip, seed=len(clip)))


def test_clips_together_score_as_in_trackeval(clips_dir: Path) -> None:
    sequences = [_perturbed_clip(clips_dir / clip, seed=1) for clip in CLIPS[:2]]
    together = metrics.combine(metrics.evaluate(sequence) for sequence in sequences)
    assert _disagreements(metrics.summarize(together), _trackeval(sequences)) == []


@st.composite
def _sequences(draw: st.DrawFn) -> EvaluationSequence:
    """Up to five people and six tracks over a dozen frames, someone present in some frame."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    people, tracks = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    truth, seen, alike = [], [], []
    presence, alone = draw(st.floats(0.2, 1.0)), draw(st.floats(0.2, 1.0))
    for index in range(draw(st.integers(1, 12))):
        g = rng.permutation(people)[: rng.binomial(people, presence)]
        t = rng.permutation(tracks)[: rng.binomial(tracks, alone)]
        if index == 0:
            g, t = np.arange(people), np.arange(tracks)
        truth.append(g * 3)
        seen.append(t + 10)
        alike.append(rng.random((len(g), len(t))) ** draw(st.sampled_from([0.3, 1.0, 3.0])))
    return make_sequence(truth, seen, alike)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(_sequences())
def test_random_sequences_score_as_in_both_reference_tools(sequence: EvaluationSequence) -> None:
    _assert_equal_to_both(sequence)
