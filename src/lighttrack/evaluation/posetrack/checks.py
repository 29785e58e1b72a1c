"""What is wrong with a submission, found before anything is scored; and what would score badly."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from lighttrack.evaluation.posetrack.frames import (
    Mode,
    ScoredFrame,
    counts,
    frames_to_score,
    head_sizes,
)
from lighttrack.formats.posetrack import SUFFIX, SUFFIX_2017, read_sequence
from lighttrack.formats.posetrack.annotations import JOINTS, AnnotatedFrame, SequenceFile, stack

MAX_TRACK_ID = 10000
"""The official evaluator refuses this id and larger ones."""


_MOST_PROBLEMS = 50
"""Problems that a message lists; the error itself holds all."""


class EvaluationInputError(ValueError):
    """The files cannot be scored; `problems` says why, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        head = f"the files cannot be scored, {len(problems)} problem"
        lines = [f"{head}{'s' if len(problems) > 1 else ''}:", *problems[:_MOST_PROBLEMS]]
        if len(problems) > _MOST_PROBLEMS:
            lines.append(f"... and {len(problems) - _MOST_PROBLEMS} more")
        super().__init__("\n  - ".join(lines))


@dataclass(frozen=True, slots=True)
class Pair:
    """One sequence: its truth and what was predicted for it."""

    truth: SequenceFile
    predicted: SequenceFile

    @property
    def name(self) -> str:
        """The file's name without suffix."""
        return self.truth.name


def read_pairs(truth: Path, predicted: Path, mode: Mode) -> tuple[list[Pair], list[str]]:
    """Read all sequences of two folders (or two files), and warnings about them.

    Args:
        truth: folder of the ground truth, one JSON file per sequence; or one such file.
        predicted: folder of the predictions, with files of the same names; or one file.
        mode: `official` takes the files in the order of the file system, as the official evaluator
            does; `strict` in the order of their names.

    Raises:
        EvaluationInputError: listing everything that is wrong.
    """
    problems: list[str] = []
    warnings: list[str] = []
    paths = list(_paths(truth, predicted, mode, problems, warnings))
    read = (Pair(read_sequence(known), read_sequence(seen)) for known, seen in paths)
    pairs, others = check_pairs(read, mode, problems=problems, where=f"{truth}: ")
    return pairs, warnings + others


def check_pairs(
    pairs: Iterable[Pair], mode: Mode, *, problems: Sequence[str] = (), where: str = ""
) -> tuple[list[Pair], list[str]]:
    """The sequences, if all of them can be scored, and warnings about them.

    Args:
        pairs: as they were read.
        mode: by whose rules they are to be scored.
        problems: what is known to be wrong already.
        where: begins the message that nothing is labelled.

    Raises:
        EvaluationInputError: listing everything that is wrong.
    """
    found = list(problems)
    warnings: list[str] = []
    sound = []
    for pair in pairs:
        broken = [*pair.truth.problems, *(f"{p} (prediction)" for p in pair.predicted.problems)]
        if not broken:
            broken = list(_problems(pair, mode))
        found += broken
        if not broken:
            warnings += _warnings(pair, mode)
            sound.append(pair)
    if not found and not any(counts(f, mode) for pair in sound for f in pair.truth.frames):
        found.append(f"{where}no frame is labelled, so there is nothing to score")
    if found:
        raise EvaluationInputError(found)
    return sound, warnings + _warnings_of_all(sound)


def _paths(
    truth: Path, predicted: Path, mode: Mode, problems: list[str], warnings: list[str]
) -> Iterator[tuple[Path, Path]]:
    for path, what in ((truth, "ground truth"), (predicted, "predictions")):
        if not path.exists():
            problems.append(f"{path}: the {what} does not exist")
    if problems:
        return
    if truth.is_file() and predicted.is_file():
        yield truth, predicted
        return
    if truth.is_file() != predicted.is_file():
        problems.append(f"{truth} and {predicted} must both be folders or both be files")
        return
    names = [name for name in os.listdir(truth) if _is_sequence(name)]
    if mode == "strict":
        names.sort()
    if not names:
        problems.append(f"{truth}: no .json file is in this folder")
    unused = {name for name in os.listdir(predicted) if _is_sequence(name)}
    for name in names:
        # A result of lighttrack's is called NAME.posetrack.json, or NAME.posetrack17.json.
        candidates = (name, *(f"{name.split('.')[0]}{suffix}" for suffix in _OWN_SUFFIXES))
        found = next((n for n in candidates if (predicted / n).is_file()), None)
        if found is None:
            problems.append(f"{name}: the sequence is missing among the predictions")
        else:
            unused.discard(found)
            yield truth / name, predicted / found
    warnings += [
        f"{name}: predicted, but not in the ground truth; ignored" for name in sorted(unused)
    ]


_OWN_SUFFIXES = (SUFFIX, SUFFIX_2017)


def _is_sequence(name: str) -> bool:
    # The folder of `lighttrack track` holds a summary of each run, too.
    own = name.endswith(".summary.json")
    return name.endswith(".json") and not own and not name.startswith(".")


def _problems(pair: Pair, mode: Mode) -> Iterator[str]:
    known, seen = pair.truth.frames, pair.predicted.frames
    if len(known) != len(seen):
        yield (
            f"{pair.name}: the prediction has {len(seen)} frames and the ground truth {len(known)};"
            " predictions must list every image, in the same order"
        )
        return
    if mode == "strict":
        yield from _strict_problems(pair)
    for index, (truth, predicted) in enumerate(zip(known, seen, strict=True)):
        yield from _frame_problems(f"{pair.name}, frame {index}", truth, predicted, mode)
    heads = np.concatenate([np.zeros((0, 4)), *(frame.people.heads for frame in known)])
    if not (head_sizes(heads) > 0).all():
        for frame in frames_to_score(pair.truth, pair.predicted, mode):
            yield from _head_problems(f"{pair.name}, {PurePosixPath(frame.name).name}", frame, mode)
    if mode == "official" and sum(counts(frame, mode) for frame in known) == 1:
        yield (
            f"{pair.name}: has a single labelled frame, with which the official evaluator fails; "
            "use the strict mode"
        )


def _strict_problems(pair: Pair) -> Iterator[str]:
    for side, file in (("ground truth", pair.truth), ("prediction", pair.predicted)):
        if file.videos > 1:
            yield f"{pair.name}: the {side} holds {file.videos} videos; give one file per video"
    different = _first_mismatch(pair)
    if different:
        yield different


def _first_mismatch(pair: Pair) -> str:
    both = zip(pair.truth.frames, pair.predicted.frames, strict=True)
    wrong = [i for i, (known, seen) in enumerate(both) if not _same_image(known, seen)]
    if not wrong:
        return ""
    known, seen = pair.truth.frames[wrong[0]].name, pair.predicted.frames[wrong[0]].name
    return (
        f"{pair.name}: {len(wrong)} frames do not match, the first is frame {wrong[0]}: "
        f"{known!r} in the ground truth, {seen!r} in the prediction"
    )


def _same_image(known: AnnotatedFrame, seen: AnnotatedFrame) -> bool:
    return known.name == seen.name or _number(known.name) == _number(seen.name)


def _number(name: str) -> str:
    """What distinguishes the images of a video, whatever the folder, suffix and leading zeros."""
    return PurePosixPath(name).name.split(".")[0].lstrip("0")


def _frame_problems(
    where: str, truth: AnnotatedFrame, predicted: AnnotatedFrame, mode: Mode
) -> Iterator[str]:
    for side, people in (("ground truth", truth.people), ("prediction", predicted.people)):
        ids = people.ids.tolist()
        known = set(ids)
        if len(known) < len(ids):
            for identity in sorted(name for name, count in Counter(ids).items() if count > 1):
                yield f"{where}: track id {identity} stands twice in the {side}"
        if mode == "official" and max(known, default=0) >= MAX_TRACK_ID:
            for identity in sorted(name for name in known if name >= MAX_TRACK_ID):
                yield (
                    f"{where}: track id {identity} of the {side} is too large; "
                    f"the official evaluator takes ids below {MAX_TRACK_ID}"
                )


def _head_problems(where: str, frame: ScoredFrame, mode: Mode) -> Iterator[str]:
    if not len(frame.predicted):
        return  # nothing is measured, so no head size is needed
    sizes = head_sizes(frame.truth.heads)
    for identity, size in zip(frame.truth.ids, sizes, strict=True):
        if np.isnan(size):
            yield f"{where}: person {identity} of the ground truth has no head box"
        elif size == 0 and mode == "strict":
            yield f"{where}: the head box of person {identity} of the ground truth is empty"


def _warnings(pair: Pair, mode: Mode) -> Iterator[str]:
    """Of one sequence: what the official server would punish or might read differently."""
    if mode == "official":
        yield from _strict_problems(pair)
    known, seen = pair.truth.frames, pair.predicted.frames
    if not any(counts(frame, mode) for frame in known):
        yield f"{pair.name}: no frame is labelled; the sequence does not count"
    both = [(t, p) for t, p in zip(known, seen, strict=True) if counts(t, mode)]
    empty = sum(1 for t, p in both if len(t.people) and not len(p.people))
    if empty:
        yield (
            f"{pair.name}: no person is predicted in {empty} labelled frames; the official "
            "evaluator counts each as one miss and one false positive per keypoint"
        )
    people = stack([p.people for _, p in both])
    unscored = int((people.present & np.isnan(people.scores)).sum())
    if unscored:
        yield (
            f"{pair.name}: {unscored} predicted keypoints have no score; "
            "their order, and with it AP, is arbitrary"
        )
    origin = int((people.points == 0).all(axis=2).sum())
    if origin:
        yield (
            f"{pair.name}: {origin} keypoints are predicted at (0, 0) with a visibility; "
            "each counts as a false positive"
        )
    large = int(people.ids.max(initial=0))
    if mode == "strict" and large >= MAX_TRACK_ID:
        yield (
            f"{pair.name}: track id {large} is predicted; "
            f"the official evaluator takes ids below {MAX_TRACK_ID}"
        )


def _warnings_of_all(pairs: list[Pair]) -> list[str]:
    truths, predictions = (
        stack([frame.people for file in side for frame in file.frames]).present.sum(axis=0)
        for side in ([pair.truth for pair in pairs], [pair.predicted for pair in pairs])
    )
    return [
        f"{joint} is annotated {truths[i]} times and never predicted: its AP is 0"
        for i, joint in enumerate(JOINTS)
        if truths[i] and not predictions[i]
    ]
