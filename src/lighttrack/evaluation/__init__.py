"""Evaluation: PoseTrack, CLEAR MOT, identity, HOTA, OKS-AP, detection, pose matching.

`evaluate_mot`, `evaluate_posetrack`, `evaluate_coco`, `evaluate_detection` and `evaluate_matching`
score files, or what was read of them, and return figures. Beneath them every metric has the same
shape: evaluate one sequence to a picklable partial, `combine` partials, `summarize` what is left,
so that many videos can be scored side by side.
"""

from lighttrack.evaluation.coco import evaluate_coco
from lighttrack.evaluation.detection import evaluate_detection
from lighttrack.evaluation.figures import Figures
from lighttrack.evaluation.matching import evaluate_matching
from lighttrack.evaluation.mot import TrackingFigures, evaluate_mot
from lighttrack.evaluation.posetrack import PoseTrackReport, evaluate_posetrack
from lighttrack.evaluation.sequence import EvaluationSequence, SequenceFrame, make_sequence
from lighttrack.evaluation.similarity import box_iou, pose_oks, pose_pckh
from lighttrack.evaluation.tracking import (
    TrackingPartial,
    evaluate_boxes,
    evaluate_poses,
    sequence_of_boxes,
    sequence_of_poses,
)

__all__ = [
    "EvaluationSequence",
    "Figures",
    "PoseTrackReport",
    "SequenceFrame",
    "TrackingFigures",
    "TrackingPartial",
    "box_iou",
    "evaluate_boxes",
    "evaluate_coco",
    "evaluate_detection",
    "evaluate_matching",
    "evaluate_mot",
    "evaluate_poses",
    "evaluate_posetrack",
    "make_sequence",
    "pose_oks",
    "pose_pckh",
    "sequence_of_boxes",
    "sequence_of_poses",
]
