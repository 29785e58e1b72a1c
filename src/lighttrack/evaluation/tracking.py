"""Tracking of whole people, by boxes or by poses: CLEAR MOT, identity and HOTA together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from numpy.typing import ArrayLike

from lighttrack.evaluation import clear, hota, identity
from lighttrack.evaluation.clear import Convention
from lighttrack.evaluation.figures import Column
from lighttrack.evaluation.sequence import EvaluationSequence, make_sequence
from lighttrack.evaluation.similarity import box_iou, pose_oks, pose_pckh
from lighttrack.structures import Poses
from lighttrack.structures.types import Reals

IdsAndBoxes = tuple[ArrayLike, ArrayLike]
"""Ids `(N,)` and boxes `(N, 4)` x0, y0, x1, y1 of one frame."""

IdsAndPoses = tuple[ArrayLike, Poses]
"""Ids `(N,)` and the poses of the N people of one frame."""


COLUMNS: tuple[Column, ...] = (
    ("MOTA", "mota", 100.0), ("IDF1", "idf1", 100.0), ("HOTA", "hota", 100.0),
    ("DetA", "deta", 100.0), ("AssA", "assa", 100.0), ("MOTP", "motp", 100.0),
    ("Prec", "precision", 100.0), ("Rec", "recall", 100.0), ("FP", "false_positives", 1),
    ("Miss", "misses", 1), ("Switch", "switches", 1), ("Frag", "fragmentations", 1),
    ("MT", "mostly_tracked", 1), ("ML", "mostly_lost", 1),
)  # fmt: skip
"""What tables show of the figures."""


@dataclass(frozen=True, slots=True)
class TrackingPartial:
    """What one or several sequences contribute: picklable, to be added up by `combine`."""

    clear: clear.ClearPartial
    identity: identity.IdentityPartial
    hota: hota.HotaPartial


def evaluate(
    sequence: EvaluationSequence,
    *,
    threshold: float = 0.5,
    convention: Convention = "trackeval",
) -> TrackingPartial:
    """All tracking metrics of one sequence.

    Args:
        sequence: ids and similarities.
        threshold: least similarity of a match (CLEAR and identity; HOTA goes through all).
        convention: whose matching and counting CLEAR follows; see `docs/evaluation.md`.
    """
    return TrackingPartial(
        clear.evaluate(sequence, threshold=threshold, convention=convention),
        identity.evaluate(sequence, threshold=threshold),
        hota.evaluate(sequence),
    )


def combine(partials: Iterable[TrackingPartial]) -> TrackingPartial:
    """Several sequences together, weighted by what they hold."""
    parts = list(partials)
    return TrackingPartial(
        clear.combine(part.clear for part in parts),
        identity.combine(part.identity for part in parts),
        hota.combine(part.hota for part in parts),
    )


def summarize(partial: TrackingPartial) -> dict[str, float]:
    """All figures by name: rates as fractions (1 = perfect), counts as integers.

    Example:
        >>> from lighttrack.evaluation.sequence import make_sequence
        >>> walk = make_sequence([[0], [0]], [[5], [5]], [[[0.8]], [[0.8]]])
        >>> figures = summarize(evaluate(walk))
        >>> figures["mota"], figures["idf1"], figures["switches"]
        (1.0, 1.0, 0)
    """
    return {
        **clear.summarize(partial.clear),
        **identity.summarize(partial.identity),
        **hota.summarize(partial.hota),
    }


def evaluate_boxes(
    truth: Sequence[IdsAndBoxes],
    predicted: Sequence[IdsAndBoxes],
    *,
    threshold: float = 0.5,
    convention: Convention = "trackeval",
) -> dict[str, float]:
    """Figures of one video tracked as boxes; similarity is IoU.

    Args:
        truth: for each frame ids `(N,)` and boxes `(N, 4)` of the ground truth.
        predicted: the same of the tracker, for the same frames.
        threshold: least IoU of a match.
        convention: whose matching and counting CLEAR follows.

    Raises:
        ValueError: if the numbers of frames disagree or an id stands twice in a frame.

    Example:
        >>> frame = ([1, 2], [[0, 0, 10, 20], [30, 0, 40, 20]])
        >>> swapped = ([2, 1], frame[1])
        >>> figures = evaluate_boxes([frame, frame], [frame, swapped])
        >>> figures["switches"], figures["mota"], figures["idf1"]
        (2, 0.5, 0.5)
    """
    sequence = sequence_of_boxes(truth, predicted)
    return summarize(evaluate(sequence, threshold=threshold, convention=convention))


def sequence_of_boxes(
    truth: Sequence[IdsAndBoxes], predicted: Sequence[IdsAndBoxes], *, name: str = ""
) -> EvaluationSequence:
    """A sequence whose similarity is the IoU of boxes; see `evaluate_boxes`."""
    _require_same_length(len(truth), len(predicted), name)
    return make_sequence(
        [ids for ids, _ in truth],
        [ids for ids, _ in predicted],
        [box_iou(a, b) for (_, a), (_, b) in zip(truth, predicted, strict=True)],
        name=name,
    )


def evaluate_poses(
    truth: Sequence[IdsAndPoses],
    predicted: Sequence[IdsAndPoses],
    *,
    head_sizes: Sequence[Reals] | None = None,
    threshold: float = 0.5,
    convention: Convention = "trackeval",
) -> dict[str, float]:
    """Figures of one video tracked as poses.

    Similarity is OKS over the keypoints of the truth with the truth's box as scale; with
    `head_sizes` it is PCKh, the share of the truth's keypoints within half a head size.

    Args:
        truth: for each frame ids `(N,)` and poses of the ground truth.
        predicted: the same of the tracker, for the same frames.
        head_sizes: for each frame the head sizes `(N,)` in pixels of the truth's people.
        threshold: least similarity of a match.
        convention: whose matching and counting CLEAR follows.

    Raises:
        ValueError: if the numbers of frames or the skeletons disagree, or an id stands twice in a
            frame.

    Example:
        >>> from lighttrack.structures.skeletons import COCO_17
        >>> empty = ([], Poses.empty(COCO_17))
        >>> evaluate_poses([empty], [empty])["misses"]
        0
    """
    sequence = sequence_of_poses(truth, predicted, head_sizes=head_sizes)
    return summarize(evaluate(sequence, threshold=threshold, convention=convention))


def sequence_of_poses(
    truth: Sequence[IdsAndPoses],
    predicted: Sequence[IdsAndPoses],
    *,
    head_sizes: Sequence[Reals] | None = None,
    name: str = "",
) -> EvaluationSequence:
    """A sequence whose similarity is OKS, or PCKh with `head_sizes`; see `evaluate_poses`."""
    _require_same_length(len(truth), len(predicted), name)
    poses = [(a, b) for (_, a), (_, b) in zip(truth, predicted, strict=True)]
    if head_sizes is None:
        similarity = [pose_oks(a, b) for a, b in poses]
    else:
        similarity = [
            pose_pckh(a, b, sizes) for (a, b), sizes in zip(poses, head_sizes, strict=True)
        ]
    return make_sequence(
        [ids for ids, _ in truth], [ids for ids, _ in predicted], similarity, name=name
    )


def _require_same_length(truth: int, predicted: int, name: str) -> None:
    if truth != predicted:
        where = f"{name}: " if name else ""
        raise ValueError(
            f"{where}the truth has {truth} frames and the prediction {predicted}; "
            "give one entry per frame, empty where there is no person"
        )
