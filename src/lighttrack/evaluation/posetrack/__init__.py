"""PoseTrack: its files, its rules, its figures.

`official` reproduces the benchmark's evaluator number for number, quirks included; `strict` does
what the definitions say. `docs/evaluation.md` lists where the two part.
"""

from lighttrack.evaluation.posetrack.checks import EvaluationInputError, Pair, read_pairs
from lighttrack.evaluation.posetrack.frames import Mode
from lighttrack.evaluation.posetrack.report import (
    GROUPS,
    PoseTrackFigures,
    PoseTrackReport,
    evaluate_posetrack,
    score_pairs,
    sweep,
)

__all__ = [
    "GROUPS",
    "EvaluationInputError",
    "Mode",
    "Pair",
    "PoseTrackFigures",
    "PoseTrackReport",
    "evaluate_posetrack",
    "read_pairs",
    "score_pairs",
    "sweep",
]
