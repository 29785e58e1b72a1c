"""Refining a whole result: offline, for those who have all of it. The tracker itself is online."""

from dataclasses import replace

import numpy as np

from lighttrack.refinement.changes import changed
from lighttrack.refinement.false_positives import find_ghosts
from lighttrack.refinement.gaps import fill_gaps
from lighttrack.refinement.joining import chained, find_joins
from lighttrack.refinement.sightings import Sightings
from lighttrack.structures import TrackedVideo, TrackState


def refine(
    video: TrackedVideo,
    *,
    join: bool = True,
    drop: bool = True,
    fill: bool = True,
    join_gap: float = 2.0,
    fill_gap: float = 1.0,
) -> TrackedVideo:
    """The same result with pieces of tracks joined, ghosts dropped and short gaps filled.

    It works on what was seen: people whose state is `LOST`, whom a tracker shows where it expects
    them, are left out first, and their gaps treated like all others. What was done stands in the
    provenance, under `changes`.

    Args:
        video: a result; it is not changed.
        join: give a track that begins soon after another has ended, where that one led, the id of
            the earlier one. See `joining`.
        drop: leave out tracks that are doubtful and brief, or doubtful and still. See `ghosts`.
        fill: put people into the frames between two in which they were seen; their state is `LOST`
            and their scores are halved. See `gaps`.
        join_gap: seconds that may lie between two pieces.
        fill_gap: seconds that a gap may take to be filled.

    Raises:
        ValueError: if a gap is below 0.

    Example:
        >>> from lighttrack.structures import VideoInfo
        >>> from lighttrack.structures.skeletons import COCO_17
        >>> video = TrackedVideo(VideoInfo("clip", 160, 90, 25.0), COCO_17, [])
        >>> refine(video).provenance["changes"][0]["joined"]
        []
    """
    for name, gap in (("join_gap", join_gap), ("fill_gap", fill_gap)):
        if not gap >= 0:
            raise ValueError(f"{name} must be 0 seconds or more, got {gap}")
    times = np.array([frame.time for frame in video.frames], np.float64)
    everybody = Sightings.of(video)
    people = everybody[everybody.states != TrackState.LOST]
    predicted = len(everybody) - len(people)
    joins = find_joins(people, join_gap) if join else {}
    people = _joined(people, joins)
    ghosts = find_ghosts(people, times) if drop else []
    people = people[~np.isin(people.ids, ghosts)]
    filled = 0
    if fill:
        added = fill_gaps(people, times, fill_gap)
        filled = len(added)
        people = Sightings.concatenate([people, added])
    return changed(
        video,
        people.placed_in(video.frames),
        "refine",
        join_gap=join_gap if join else None,
        fill_gap=fill_gap if fill else None,
        drop=drop,
        joined=[[earlier, later] for later, earlier in joins.items()],
        dropped=ghosts,
        filled=filled,
        predictions_left_out=predicted,
    )


def _joined(people: Sightings, joins: dict[int, int]) -> Sightings:
    """Everybody with the id of their first piece; where a piece begins, a person is back."""
    ids, states = people.ids.copy(), people.states.copy()
    rows_of = dict(people.tracks())
    for piece, root in chained(joins).items():
        ids[rows_of[piece]] = root
        states[rows_of[piece][0]] = TrackState.REIDENTIFIED
    return replace(people, ids=ids, states=states)
