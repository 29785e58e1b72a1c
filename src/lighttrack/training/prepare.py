"""From data on disk, or tracked videos, to a complete training run."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lighttrack.matching.normalize import CANONICAL
from lighttrack.matching.pairs import PoseSequence, mine_pairs
from lighttrack.structures import TrackedVideo, skeleton_named
from lighttrack.training.batches import BatchSource
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
    seed: int = 0,
    about: Mapping[str, Any] | None = None,
    validation_sequences: int = 100,
) -> Run:
    """A run on motion capture projected through random cameras, validated on clips held out.

    Raises:
        FileNotFoundError: if the folder holds no clips.
    """
    bank, held_out = load_motion(folder, "train"), load_motion(folder, "held_out")
    source: BatchSource
    if recipe.single_pairs:
        recorded = record_sequences(bank, _RECORDED_SEQUENCES, seed=seed)
        source, recipe = _single_pairs(recorded, recipe, seed)
    else:
        source = SyntheticSource(bank, scenes=recipe.batch, longest_gap=recipe.longest_gap)
    clips = sorted(folder.glob("*.npz"))
    data = {
        "source": "motion capture through random cameras",
        "clips": len(clips),
        "sha256": _digest(clips),
    }
    return Run(
        source=source,
        validation=record_sequences(held_out, validation_sequences, seed=_VALIDATION_SEED),
        recipe=recipe,
        seed=seed,
        about={"data": data, **(about or {})},
    )


def tracks_run(
    videos: Sequence[TrackedVideo],
    recipe: Recipe,
    *,
    validation: Sequence[TrackedVideo] = (),
    skeleton: str | None = None,
    seed: int = 0,
    about: Mapping[str, Any] | None = None,
) -> Run:
    """A run on tracked videos: annotations of PoseTrack, or results of tracking.

    Args:
        videos: to train on; one in five is held out if `validation` is empty.
        recipe: how to train.
        validation: to choose the best epoch by.
        skeleton: the one that the network is for; without it, that of PoseTrack (15 keypoints).
        seed: of everything drawn.
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
    source: BatchSource
    if recipe.single_pairs:
        source, recipe = _single_pairs(sequences, recipe, seed)
    else:
        source = WindowSource(sequences, recipe.batch, longest_gap=recipe.longest_gap)
    data = {"source": "tracked videos", "videos": [video.info.name for video in kept]}
    return Run(
        source=source,
        validation=held_out,
        recipe=recipe,
        skeleton=definition.name,
        seed=seed,
        about={"data": data, "pairs": counts, **(about or {})},
    )


def quick(recipe: Recipe, *, epochs: int | None = None, steps: int | None = None) -> Recipe:
    """The same recipe with another number of epochs, or of batches in each."""
    return replace(
        recipe,
        epochs=recipe.epochs if epochs is None else epochs,
        steps=recipe.steps if steps is None else steps,
    )


def _single_pairs(
    sequences: Sequence[PoseSequence], recipe: Recipe, seed: int
) -> tuple[PairSource, Recipe]:
    """A source of single pairs, and the recipe with as many steps as an epoch of it has."""
    gaps = tuple(range(recipe.longest_gap + 1))
    pairs = mine_pairs(sequences, gaps=gaps)
    source = PairSource(sequences, pairs, size=recipe.batch, seed=seed)
    return source, replace(recipe, steps=recipe.steps or source.steps_per_pass)


def _digest(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
