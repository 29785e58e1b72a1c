"""From data on disk, or tracked videos, to a complete training run."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lighttrack.matching.matcher import HISTORY_AGES, SHIPPED
from lighttrack.matching.normalize import CANONICAL
from lighttrack.matching.pairs import PoseSequence, mine_pairs
from lighttrack.structures import TrackedVideo, skeleton_named
from lighttrack.training.batches import BatchSource
from lighttrack.training.corruption import TYPICAL
from lighttrack.training.fit import Run
from lighttrack.training.motion import load_motion
from lighttrack.training.pairs import PairSource, WindowSource
from lighttrack.training.recipes import Recipe
from lighttrack.training.synthetic import SyntheticSource, record_sequences

_RECORDED_SEQUENCES = 200
_VALIDATION_SEED = 7
_HELD_OUT = 5
"""One tracked video in five is held out, unless videos for validation are given."""


def mocap_run(
    folder: Path,
    recipe: Recipe,
    *,
    history: bool = False,
    seed: int = 0,
    start: Path | None = None,
    about: Mapping[str, Any] | None = None,
    validation_sequences: int = 100,
) -> Run:
    """A run on motion capture projected through random cameras, validated on clips held out.

    Raises:
        FileNotFoundError: if the folder holds no clips.
        ValueError: if a network of histories is asked for from single pairs.
    """
    bank, held_out = load_motion(folder, "train"), load_motion(folder, "held_out")
    ages = _ages(recipe, history=history)
    source: BatchSource
    if recipe.single_pairs:
        recorded = record_sequences(bank, _RECORDED_SEQUENCES, seed=seed)
        source = _single_pairs(recorded, recipe)
    else:
        source = SyntheticSource(
            bank, scenes=recipe.batch, longest_gap=recipe.longest_gap, ages=ages
        )
    clips = sorted(folder.glob("*.npz"))
    data = {
        "source": "motion capture through random cameras",
        "clips": len(clips),
        "sha256": _digest(clips),
    }
    return Run(
        source=source,
        validation=record_sequences(
            held_out, validation_sequences, seed=_VALIDATION_SEED, corruption=TYPICAL
        ),
        recipe=recipe,
        seed=seed,
        start=_start(start, history=history),
        about={"data": data, **(about or {})},
    )


def tracks_run(
    videos: Sequence[TrackedVideo],
    recipe: Recipe,
    *,
    validation: Sequence[TrackedVideo] = (),
    skeleton: str | None = None,
    history: bool = False,
    seed: int = 0,
    start: Path | None = None,
    about: Mapping[str, Any] | None = None,
) -> Run:
    """A run on tracked videos: annotations of PoseTrack, or results of tracking.

    Args:
        videos: to train on; one in five is held out if `validation` is empty.
        recipe: how to train.
        validation: to choose the best epoch by.
        skeleton: the one that the network is for; without it, that of PoseTrack (15 keypoints).
        history: whether to train a network of histories, not one of poses.
        seed: of everything drawn.
        start: weights of poses that histories are trained for; by default those that ship.
        about: what else the description of the run holds.

    Raises:
        ValueError: if there are too few videos, or no positive pairs in them.
    """
    if not videos or (not validation and len(videos) < 2):
        raise ValueError(f"training needs at least two tracked videos, got {len(videos)}")
    kept = [v for i, v in enumerate(videos) if validation or i % _HELD_OUT != 1]
    held = validation or [v for i, v in enumerate(videos) if i % _HELD_OUT == 1]
    definition = CANONICAL if skeleton is None else skeleton_named(skeleton)
    sequences = [PoseSequence.from_video(video, definition) for video in kept]
    held_out = [PoseSequence.from_video(video, definition) for video in held]
    counts = {
        "training": mine_pairs(sequences).counts(),
        "validation": mine_pairs(held_out).counts(),
    }
    if not counts["training"]["positive"] or not counts["validation"]["positive"]:
        raise ValueError(f"no pairs of one person in adjacent frames; pairs found: {counts}")
    ages = _ages(recipe, history=history)
    source: BatchSource = (
        _single_pairs(sequences, recipe)
        if recipe.single_pairs
        else WindowSource(sequences, recipe.batch, longest_gap=recipe.longest_gap, ages=ages)
    )
    data = {"source": "tracked videos", "videos": [video.info.name for video in kept]}
    return Run(
        source=source,
        validation=held_out,
        recipe=recipe,
        skeleton=definition.name,
        seed=seed,
        start=_start(start, history=history),
        about={"data": data, "pairs": counts, **(about or {})},
    )


def quick(recipe: Recipe, *, epochs: int | None = None, steps: int | None = None) -> Recipe:
    """The same recipe with another number of epochs, or of batches in each."""
    return replace(
        recipe,
        epochs=recipe.epochs if epochs is None else epochs,
        steps=recipe.steps if steps is None else steps,
    )


def _single_pairs(sequences: Sequence[PoseSequence], recipe: Recipe) -> PairSource:
    gaps = tuple(range(recipe.longest_gap + 1))
    return PairSource(sequences, mine_pairs(sequences, gaps=gaps), size=recipe.batch)


def _start(given: Path | None, *, history: bool) -> Path | None:
    """Weights of poses for which histories are trained: those that ship, unless others are given.

    Raises:
        ValueError: if a run on poses is given weights to start from.
    """
    if given is not None and not history:
        raise ValueError(
            "a run on poses starts from nothing: weights to start from go with history"
        )
    return (given or SHIPPED / "pose.safetensors") if history else None


def _ages(recipe: Recipe, *, history: bool) -> tuple[float, ...]:
    if history and recipe.single_pairs:
        raise ValueError("a recipe of single pairs has no histories: use the default recipe")
    return HISTORY_AGES if history else (0.0,)


def _digest(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
