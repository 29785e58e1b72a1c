"""Evaluation: PoseTrack, CLEAR MOT, identity, HOTA, OKS-AP, detection, pose matching.

Every metric has the same shape: evaluate one sequence to a picklable partial, `combine` partials,
`summarize` what is left, so that many videos can be scored side by side.
"""

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
    "SequenceFrame",
    "TrackingPartial",
    "box_iou",
    "evaluate_boxes",
    "evaluate_poses",
    "make_sequence",
    "pose_oks",
    "pose_pckh",
    "sequence_of_boxes",
    "sequence_of_poses",
]
