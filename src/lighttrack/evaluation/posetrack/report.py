"""The whole PoseTrack evaluation: folders in, figures out."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from lighttrack.evaluation.figures import aligned
from lighttrack.evaluation.posetrack import mot, precision
from lighttrack.evaluation.posetrack.checks import Pair, check_pairs, read_pairs
from lighttrack.evaluation.posetrack.frames import Mode, counts, frames_to_score
from lighttrack.formats.posetrack.annotations import JOINTS, People, SequenceFile
from lighttrack.structures.types import Reals

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Head": ("head_top", "head_bottom", "nose"),
    "Shou": ("right_shoulder", "left_shoulder"),
    "Elb": ("right_elbow", "left_elbow"),
    "Wri": ("right_wrist", "left_wrist"),
    "Hip": ("right_hip", "left_hip"),
    "Knee": ("right_knee", "left_knee"),
    "Ankl": ("right_ankle", "left_ankle"),
}
"""The columns of the benchmark's tables; "Total" follows."""

# The evaluator's own order of keys, and its name for head_bottom.
_NAME_ORDER = (0, 1, 2, 8, 7, 6, 5, 4, 3, 9, 10, 11, 12, 13, 14)


@dataclass(frozen=True, slots=True)
class PoseTrackPartial:
    """What one or several sequences contribute: picklable, to be added up by `combine`."""

    precision: precision.PrecisionPartial
    mot: mot.MotPartial


@dataclass(frozen=True, slots=True)
class PoseTrackFigures:
    """Every list holds 15 joints in the evaluator's order and the total, in percent."""

    mode: Mode
    ap: Mapping[str, Reals]
    """`ap`, `pre`, `rec` `(16,)`."""
    mot: Mapping[str, Reals]
    """`mota`, `motp`, `pre`, `rec` `(16,)`."""

    def to_json(self) -> dict[str, Any]:
        """The structure that the official evaluator writes, its two files under `AP` and `MOT`."""
        names = {str(joint): _printed(joint) for joint in _NAME_ORDER} | {"15": "total"}
        return {
            kind: {**{key: values.tolist() for key, values in table.items()}, "names": names}
            for kind, table in (("AP", self.ap), ("MOT", self.mot))
        }

    def grouped(self, figure: str) -> dict[str, float]:
        """`ap`, `mota` or `motp` in the benchmark's columns, Head to Ankl and Total.

        A column of joints that were never annotated is NaN; `strict` leaves single such joints out.
        """
        values = self.ap[figure] if figure == "ap" else self.mot[figure]
        columns = {}
        for name, joints in GROUPS.items():
            part = values[[JOINTS.index(joint) for joint in joints]]
            if self.mode == "strict":
                part = part[~np.isnan(part)]
            columns[name] = float(part.mean()) if len(part) else float("nan")
        return columns | {"Total": float(values[-1])}


@dataclass(frozen=True, slots=True)
class PoseTrackReport:
    """The result of an evaluation."""

    total: PoseTrackFigures
    sequences: Mapping[str, PoseTrackFigures]
    """By name; a sequence without labelled frames is not among them."""
    warnings: Sequence[str] = field(default_factory=tuple)
    pairs: Sequence[Pair] = field(default=(), repr=False)
    """The sequences as they were read, before keypoints were dropped."""
    drop_below: float | None = None

    @property
    def scored(self) -> list[Pair]:
        """The sequences as they were scored."""
        if self.drop_below is None:
            return list(self.pairs)
        return [Pair(pair.truth, drop(pair.predicted, self.drop_below)) for pair in self.pairs]

    def to_json(self) -> dict[str, Any]:
        """The total, in the structure that the official evaluator writes."""
        return self.total.to_json()

    def table(self) -> str:
        """AP, MOTA and MOTP in the benchmark's columns, as aligned text, in percent."""
        rows = [
            [name, *(f"{value:.1f}" for value in self.total.grouped(figure).values())]
            for name, figure in (("AP", "ap"), ("MOTA", "mota"), ("MOTP", "motp"))
        ]
        return aligned([["", *GROUPS, "Total"], *rows])


def evaluate_posetrack(
    truth: str | os.PathLike[str] | SequenceFile,
    predicted: str | os.PathLike[str] | SequenceFile,
    *,
    mode: Mode = "strict",
    drop_below: float | None = None,
) -> PoseTrackReport:
    """Score predictions against PoseTrack ground truth: AP and MOT per keypoint and in total.

    Args:
        truth: folder of the ground truth, one JSON file per sequence (PoseTrack17, 18 or 21); or
            one such file, or what was read of it.
        predicted: folder of the predictions, with files of the same names; or one file likewise.
        mode: `official` gives the official evaluator's numbers, its quirks included; `strict` what
            the definitions say.
        drop_below: leave out predicted keypoints whose score is lower.

    Raises:
        EvaluationInputError: listing everything that is wrong with the files.

    Example:
        >>> report = evaluate_posetrack("gt", "predictions", mode="official")  # doctest: +SKIP
        >>> print(report.table())  # doctest: +SKIP
    """
    require_mode(mode)
    if isinstance(truth, SequenceFile) and isinstance(predicted, SequenceFile):
        pairs, warnings = check_pairs([Pair(truth, predicted)], mode)
    elif isinstance(truth, SequenceFile) or isinstance(predicted, SequenceFile):
        raise ValueError("truth and predicted must both be paths or both have been read")
    else:
        pairs, warnings = read_pairs(Path(truth), Path(predicted), mode)
    return score_pairs(pairs, mode=mode, drop_below=drop_below, warnings=warnings)


def score_pairs(
    pairs: Iterable[Pair],
    *,
    mode: Mode,
    drop_below: float | None = None,
    warnings: Sequence[str] = (),
) -> PoseTrackReport:
    """Score sequences that are read and checked already; see `evaluate_posetrack`."""
    read = list(pairs)
    partials = {
        pair.name: evaluate_pair(pair, mode=mode, drop_below=drop_below)
        for pair in read
        if _is_scored(pair, mode)
    }
    return PoseTrackReport(
        summarize(combine(partials.values()), mode),
        {name: summarize(partial, mode) for name, partial in partials.items()},
        tuple(warnings),
        tuple(read),
        drop_below,
    )


def evaluate_pair(pair: Pair, *, mode: Mode, drop_below: float | None = None) -> PoseTrackPartial:
    """Count over one sequence."""
    predicted = pair.predicted if drop_below is None else drop(pair.predicted, drop_below)
    frames = frames_to_score(pair.truth, predicted, mode)
    return PoseTrackPartial(precision.evaluate(frames, mode), mot.evaluate(frames, mode))


def combine(partials: Iterable[PoseTrackPartial]) -> PoseTrackPartial:
    """Several sequences together."""
    parts = list(partials)
    return PoseTrackPartial(
        precision.combine(part.precision for part in parts), mot.combine(part.mot for part in parts)
    )


def summarize(partial: PoseTrackPartial, mode: Mode) -> PoseTrackFigures:
    """Figures per keypoint and in total."""
    return PoseTrackFigures(
        mode, precision.summarize(partial.precision, mode), mot.summarize(partial.mot, mode)
    )


def drop(file: SequenceFile, below: float) -> SequenceFile:
    """Without the keypoints that score less than `below`; the people stay."""
    frames = tuple(replace(frame, people=_without(frame.people, below)) for frame in file.frames)
    return replace(file, frames=frames)


def sweep(
    pairs: Sequence[Pair], thresholds: Iterable[float | None], *, mode: Mode
) -> list[dict[str, float | None]]:
    """Figures (mAP, MOTA) for several thresholds of keypoint dropping; None stands for no dropping.

    The paper reports mAP before and MOTA after dropping (0.8 and 0.7 for its two networks).
    """
    rows: list[dict[str, float | None]] = []
    for threshold in thresholds:
        total = score_pairs(pairs, mode=mode, drop_below=threshold).total
        rows.append(
            {
                "drop_below": threshold,
                "map": float(total.ap["ap"][-1]),
                **{name: float(values[-1]) for name, values in total.mot.items()},
            }
        )
    return rows


def require_mode(mode: str) -> None:
    """Raise `ValueError` unless `mode` is one of the two."""
    if mode not in ("official", "strict"):
        raise ValueError(f"mode must be 'official' or 'strict', got {mode!r}")


def _is_scored(pair: Pair, mode: Mode) -> bool:
    return any(counts(frame, mode) for frame in pair.truth.frames)


def _without(people: People, below: float) -> People:
    points = people.points.copy()
    points[people.scores < below] = np.nan
    return People(people.ids, points, people.scores, people.heads)


def _printed(joint: int) -> str:
    return "neck" if JOINTS[joint] == "head_bottom" else JOINTS[joint]
