"""HOTA of keypoints, PoseTrack21's tracking metric.

Döring et al., "PoseTrack21: A dataset for person search, multi-object tracking and multi-person
pose tracking", 2022. Every joint is tracked for itself: one assignment per frame and joint on
similarity alone serves all thresholds. FragA judges each unbroken run of a pair for itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lighttrack.evaluation.hota import ALPHAS
from lighttrack.evaluation.posetrack.checks import EvaluationInputError, Pair, read_pairs
from lighttrack.evaluation.posetrack.frames import Mode, ScoredFrame, frames_to_score
from lighttrack.evaluation.posetrack.report import require_mode
from lighttrack.formats.posetrack.annotations import JOINTS, K, People
from lighttrack.structures.types import Reals

REACH = 0.5001
"""Head sizes at which the similarity has fallen to 0."""

_EPSILON = float(np.finfo(np.float64).eps)
_Codes = NDArray[np.intp]
_Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class KeypointHotaPartial:
    """Sums `(19, 16)`: thresholds x the 15 joints and the total; add them up with `combine`."""

    true_positives: Reals
    false_negatives: Reals
    false_positives: Reals
    similarity: Reals
    association: Reals
    association_recall: Reals
    association_precision: Reals
    fragments: Reals


@dataclass(frozen=True, slots=True)
class _Matches:
    """All matched joints of a sequence, sorted by joint, person and time."""

    joint: _Codes
    person: _Codes
    track: _Codes
    alike: Reals


def evaluate_keypoint_hota(
    truth: Path | str, predicted: Path | str, *, mode: Mode = "strict"
) -> dict[str, Reals]:
    """Score predictions against PoseTrack21 ground truth with HOTA per keypoint.

    Args:
        truth: folder of the ground truth, one JSON file per sequence.
        predicted: folder of the predictions, with files of the same names.
        mode: `official` gives the benchmark's numbers, its quirks included; `strict` counts what is
            there.

    Returns:
        `hota`, `deta`, `assa`, `loca`, `detre`, `detpr`, `assre`, `asspr`, `fraga`, `fa_hota` and
        `rhota`, each `(16,)` in percent: the 15 joints in the order of `JOINTS`, and the total.

    Raises:
        EvaluationInputError: listing everything that is wrong with the files.
    """
    require_mode(mode)
    pairs, _ = read_pairs(Path(truth), Path(predicted), "strict")
    return summarize(combine(evaluate(pair, mode=mode) for pair in pairs), mode)


def evaluate(pair: Pair, *, mode: Mode) -> KeypointHotaPartial:
    """Sums over one sequence; the frames that count are those flagged `is_labeled`.

    Raises:
        EvaluationInputError: in `official` mode for a labelled frame without people, with which the
            benchmark's code fails.
    """
    frames = frames_to_score(pair.truth, pair.predicted, "strict")
    if mode == "official":
        _refuse_frames_without_people(pair)
        frames = tuple(_positive(frame) for frame in frames)
    people = np.unique(np.concatenate([[0], *(frame.truth.ids for frame in frames)]))
    tracks = np.unique(np.concatenate([[0], *(frame.predicted.ids for frame in frames)]))
    of_people = _presence(people, [frame.truth for frame in frames])
    of_tracks = _presence(tracks, [frame.predicted for frame in frames])
    matches = _matches(frames, people, tracks, mode)
    rows = [_at(alpha, matches, of_people, of_tracks) for alpha in ALPHAS]
    found, similarity, *association = (np.array(column) for column in zip(*rows, strict=True))
    missed, wrong = of_people.sum(axis=0), of_tracks.sum(axis=0)
    if mode == "official":
        extra_missed, extra_wrong = _empty_frames(frames, missed, wrong)
        missed, wrong = missed + extra_missed, wrong + extra_wrong
    sums = [found, missed - found, wrong - found, similarity, *association]
    return KeypointHotaPartial(*_with_total(sums, mode, of_people.sum(axis=0) > 0))


def combine(partials: Iterable[KeypointHotaPartial]) -> KeypointHotaPartial:
    """The sums of several sequences together."""
    parts = list(partials)
    return KeypointHotaPartial(
        *(
            np.sum([getattr(part, f.name) for part in parts], axis=0)
            for f in fields(KeypointHotaPartial)
        )
    )


def summarize(partial: KeypointHotaPartial, mode: Mode) -> dict[str, Reals]:
    """Means over the thresholds `(16,)` in percent.

    In `strict` a joint that is never annotated is NaN and no part of the total.
    """
    tp, fn, fp = partial.true_positives, partial.false_negatives, partial.false_positives
    found = np.maximum(1, tp)
    deta, detre = tp / np.maximum(1, tp + fn + fp), tp / np.maximum(1, tp + fn)
    assa, fraga = partial.association / found, partial.fragments / found
    curves: Mapping[str, Reals] = {
        "hota": np.sqrt(deta * assa),
        "deta": deta,
        "assa": assa,
        "loca": np.maximum(1e-10, partial.similarity) / np.maximum(1e-10, tp),
        "detre": detre,
        "detpr": tp / np.maximum(1, tp + fp),
        "assre": partial.association_recall / found,
        "asspr": partial.association_precision / found,
        "fraga": fraga,
        "fa_hota": np.sqrt(deta * np.sqrt(assa * fraga)),
        "rhota": np.sqrt(detre * assa),
    }
    figures = {name: 100 * curve.mean(axis=0) for name, curve in curves.items()}
    if mode == "strict":
        absent = (tp + fn)[0] == 0
        for values in figures.values():
            values[absent] = np.nan
    return figures


def to_json(figures: Mapping[str, Reals]) -> dict[str, object]:
    """The figures with the names of the joints, for a file."""
    return {
        "joints": [*JOINTS, "total"],
        **{name: values.tolist() for name, values in figures.items()},
    }


def _refuse_frames_without_people(pair: Pair) -> None:
    empty = [frame.name for frame in pair.truth.frames if frame.labelled and not frame.annotated]
    if empty:
        raise EvaluationInputError(
            [
                f"{pair.name}: {len(empty)} labelled frames show no person, "
                f"the first is {empty[0]!r}; the official evaluator fails with these"
            ]
        )


def _positive(frame: ScoredFrame) -> ScoredFrame:
    """Without joints at coordinates of 0 or less, which the benchmark takes for missing."""
    kept = [_joints_with_positive_coordinates(side) for side in (frame.truth, frame.predicted)]
    distance = frame.distance.copy()
    distance[~(kept[0].present[:, None] & kept[1].present[None])] = np.nan
    return ScoredFrame(frame.name, kept[0], kept[1], distance)


def _joints_with_positive_coordinates(people: People) -> People:
    points = people.points.copy()
    points[~(points > 0).all(axis=2)] = np.nan
    return People(people.ids, points, people.scores, people.heads)


def _presence(ids: NDArray[np.int64], people: list[People]) -> Reals:
    """`(I, 15)`: in how many frames each id has each joint."""
    counts = np.zeros((len(ids), K))
    for side in people:
        counts[np.searchsorted(ids, side.ids)] += side.present
    return counts


def _empty_frames(
    frames: Iterable[ScoredFrame], truths: Reals, predictions: Reals
) -> tuple[Reals, Reals]:
    """What frames with one empty side add in the benchmark: the totals of the whole sequence."""
    missed, wrong = np.zeros(K), np.zeros(K)
    for frame in frames:
        if not len(frame.truth):
            wrong += predictions - frame.predicted.present.sum(axis=0)
        elif not len(frame.predicted):
            missed += truths - frame.truth.present.sum(axis=0)
    return missed, wrong


def _matches(
    frames: Iterable[ScoredFrame],
    people: NDArray[np.int64],
    tracks: NDArray[np.int64],
    mode: Mode,
) -> _Matches:
    from scipy.optimize import linear_sum_assignment

    rows: list[tuple[int, int, int, int, float]] = []
    for time, frame in enumerate(frames):
        if not len(frame.truth) or not len(frame.predicted):
            continue
        alike = np.nan_to_num(np.maximum(0.0, 1.0 - frame.distance / REACH))
        person = np.searchsorted(people, frame.truth.ids)
        track = np.searchsorted(tracks, frame.predicted.ids)
        for joint in range(K):
            first, second = linear_sum_assignment(-alike[:, :, joint])
            values = alike[first, second, joint]
            rows += [
                (joint, int(person[g]), time, int(track[p]), value)
                for g, p, value in zip(first, second, values.tolist(), strict=True)
                if value > 0
            ]
    rows.sort(key=lambda row: row[:3])
    table = np.array([row[:4] for row in rows], np.intp).reshape(-1, 4)
    return _Matches(table[:, 0], table[:, 1], table[:, 3], np.array([row[4] for row in rows]))


def _at(
    alpha: float, matches: _Matches, of_people: Reals, of_tracks: Reals
) -> tuple[Reals, Reals, Reals, Reals, Reals, Reals]:
    """True positives, similarity, AssA, AssRe, AssPr and FragA `(15,)`, summed over the matches."""
    ok = matches.alike >= alpha - _EPSILON
    joint, person, track = matches.joint[ok], matches.person[ok], matches.track[ok]
    pair = (joint * len(of_people) + person) * len(of_tracks) + track
    codes, of_pair, length = np.unique(pair, return_inverse=True, return_counts=True)
    track_code, rest = codes % len(of_tracks), codes // len(of_tracks)
    person_code, joint_code = rest % len(of_people), rest // len(of_people)
    frames_person = of_people[person_code, joint_code]
    frames_track = of_tracks[track_code, joint_code]
    union = np.maximum(1, frames_person + frames_track - length)

    run = np.cumsum(np.concatenate([[True], pair[1:] != pair[:-1]])[: len(pair)])
    _, first, run_length = np.unique(run, return_index=True, return_counts=True)
    run_union = union[of_pair.reshape(-1)[first]]

    def per_joint(where: _Codes, weights: Reals) -> Reals:
        return np.bincount(where, weights=weights, minlength=K).astype(np.float64)

    return (
        np.bincount(joint, minlength=K).astype(np.float64),
        per_joint(joint, matches.alike[ok]),
        per_joint(joint_code, length * length / union),
        per_joint(joint_code, length * length / np.maximum(1, frames_person)),
        per_joint(joint_code, length * length / np.maximum(1, frames_track)),
        per_joint(joint[first], run_length * run_length / run_union),
    )


def _with_total(sums: list[Reals], mode: Mode, annotated: _Bools) -> list[Reals]:
    """The sums `(19, 15)` with a column for the total.

    The benchmark takes, for each sequence, the mean over the joints of AssA, FragA and LocA and
    weighs it by the true positives; `strict` pools the annotated joints.
    """
    found = sums[0]
    weight = np.maximum(1, found)
    totals = []
    for index, values in enumerate(sums):
        if mode == "strict":
            total = values[:, annotated].sum(axis=1)
        elif index < 3:
            total = values.sum(axis=1)
        else:
            rate = values / weight
            if index == 3:
                rate = np.maximum(1e-10, values) / np.maximum(1e-10, found)
            total = rate.mean(axis=1) * found.sum(axis=1)
        totals.append(np.append(values, total[:, None], axis=1))
    return totals
