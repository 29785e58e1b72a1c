"""Refining a whole result offline: unlike the tracker, it uses later frames too."""

from dataclasses import replace

import numpy as np

from lighttrack.refinement.changes import changed
from lighttrack.refinement.false_positives import find_false_positives
from lighttrack.refinement.gaps import fill_gaps
from lighttrack.refinement.joining import chained, find_joins
from lighttrack.refinement.track_table import TrackTable
from lighttrack.structures import TrackedVideo, TrackState
from lighttrack.structures.tracks import in_order


def refine(
    video: TrackedVideo,
    *,
    join: bool = True,
    drop: bool = True,
    fill: bool = True,
    join_gap: float = 2.0,
    fill_gap: float = 1.0,
) -> TrackedVideo:
    """The same result with fragments of tracks joined, false positives dropped and gaps filled.

    It works on observations: people whose state is `LOST`, whom a tracker predicted, are left out
    first, and their gaps treated like all others. The provenance records what was done, under
    `changes`.

    Args:
        video: a result; it is not changed.
        join: give a track that begins soon after another has ended, at its predicted place, the id
            of the earlier one. See `joining`.
        drop: leave out tracks of low confidence that are brief or motionless. See
            `false_positives`.
        fill: interpolate people in the frames of short gaps; their state is `LOST` and their scores
            are halved. See `gaps`.
        join_gap: seconds that may lie between two fragments.
        fill_gap: seconds that a gap may take to be filled.

    Raises:
        ValueError: if a gap is below 0, or a frame stands twice or is out of time.

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
    video = replace(video, frames=in_order(video.frames))
    times = np.array([frame.time for frame in video.frames], np.float64)
    table = TrackTable.of(video)
    people = table[table.states != TrackState.LOST]
    predicted = len(table) - len(people)
    joins = find_joins(people, join_gap) if join else {}
    people = _joined(people, joins)
    dropped = find_false_positives(people, times) if drop else []
    people = people[~np.isin(people.ids, dropped)]
    filled = 0
    if fill:
        added = fill_gaps(people, times, fill_gap)
        filled = len(added)
        people = TrackTable.concatenate([people, added])
    return changed(
        video,
        people.placed_in(video.frames),
        "refine",
        join_gap=join_gap if join else None,
        fill_gap=fill_gap if fill else None,
        drop=drop,
        joined=[[earlier, later] for later, earlier in joins.items()],
        dropped=dropped,
        filled=filled,
        predictions_left_out=predicted,
    )


def _joined(people: TrackTable, joins: dict[int, int]) -> TrackTable:
    """The people with the id of their first fragment; where a fragment begins, a person is back."""
    ids, states = people.ids.copy(), people.states.copy()
    rows_of = dict(people.tracks())
    for fragment, root in chained(joins).items():
        ids[rows_of[fragment]] = root
        states[rows_of[fragment][0]] = TrackState.REIDENTIFIED
    return replace(people, ids=ids, states=states)
