"""Correcting a result by hand: functions that return a new result and leave the old one as it is.

Frames are named by their numbers (`TrackedFrame.index`); a range includes both of its ends. What
was done is recorded in the provenance, under `changes`, with all that it takes to do it again.

Example:
    Ids 1 and 2 were exchanged in frame 120; 7 is 3 after an absence; 9 is a false positive:

        from lighttrack.refinement import edit

        video = edit.swap(video, 1, 2, from_frame=120)
        video = edit.merge(video, 3, 7)
        video = edit.delete(video, 9)
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import compress, pairwise

import numpy as np

from lighttrack.refinement.changes import changed
from lighttrack.structures import TrackedFrame, TrackedVideo, TrackState

_LISTED = 20
"""How many ids or ranges of frames an error lists at most."""

_NAMES = "names"
_LONGEST_NAME = 40

_STORED = 1e-6
"""Seconds: files have times to a microsecond, and a time copied from one must find its frame."""


def swap(
    video: TrackedVideo,
    first: int,
    second: int,
    *,
    from_frame: int | None = None,
    to_frame: int | None = None,
) -> TrackedVideo:
    """Exchange two ids; in a frame with only one of them, that one becomes the other.

    Args:
        video: a result; it is not changed.
        first: an id.
        second: another id.
        from_frame: first frame in which to do so; without it, from the beginning.
        to_frame: last frame in which to do so; without it, to the end.

    Raises:
        ValueError: if an id is not in the result, both are one, neither is in these frames, or a
            frame lies outside the result.
    """
    _require_ids(video, first, second)
    if first == second:
        raise ValueError(f"cannot swap {first} with itself: two different ids are needed")
    exchange = {first: second, second: first}
    frames = _in_range(
        video, from_frame, to_frame, exchange, lambda frame: _with_ids(frame, exchange)
    )
    details = {"ids": [first, second], "from_frame": from_frame, "to_frame": to_frame}
    return changed(video, frames, "swap", **details)


def merge(video: TrackedVideo, kept: int, merged: int) -> TrackedVideo:
    """Make two ids one: `merged` becomes `kept`.

    Where both are in a frame and one of them is `LOST` (a prediction), the observed one is kept.

    Args:
        video: a result; it is not changed.
        kept: the id that remains.
        merged: the id that is replaced by it.

    Raises:
        ValueError: if an id is not in the result, both are one, or both were observed in one frame.
    """
    _require_ids(video, kept, merged)
    if kept == merged:
        raise ValueError(f"cannot merge {kept} with itself: two different ids are needed")
    frames, conflicts = [], []
    for frame in video.frames:
        pair = np.isin(frame.ids, (kept, merged))
        if pair.sum() == 2:
            unseen = pair & (frame.states == TrackState.LOST)
            if not unseen.any():
                conflicts.append(frame.index)
            # Of two predictions, that of the id that remains is kept.
            leaving = unseen if unseen.sum() == 1 else pair & (frame.ids == merged)
            frame = frame[~leaving]
        frames.append(_with_ids(frame, {merged: kept}))
    if conflicts:
        raise ValueError(
            f"cannot merge {kept} and {merged}: both were observed in {_ranges(conflicts)}; "
            "swap or delete one of them in these frames first"
        )
    return _handed_over(changed(video, frames, "merge", ids=[kept, merged]), merged, kept)


def delete(
    video: TrackedVideo,
    identity: int,
    *,
    from_frame: int | None = None,
    to_frame: int | None = None,
) -> TrackedVideo:
    """Remove a person.

    Args:
        video: a result; it is not changed.
        identity: an id.
        from_frame: first frame in which to do so; without it, from the beginning.
        to_frame: last frame in which to do so; without it, to the end.

    Raises:
        ValueError: if the id is not in the result or not in these frames, or a frame lies outside.
    """
    _require_ids(video, identity)
    frames = _in_range(
        video,
        from_frame,
        to_frame,
        (identity,),
        lambda frame: frame[frame.ids != identity],
    )
    details = {"id": identity, "from_frame": from_frame, "to_frame": to_frame}
    rest = changed(video, frames, "delete", **details)
    return (
        rest if any(identity in frame.ids for frame in frames) else _with_name(rest, identity, "")
    )


def rename(video: TrackedVideo, identity: int, new: int) -> TrackedVideo:
    """Give a person another id.

    Args:
        video: a result; it is not changed.
        identity: an id.
        new: an id that is not in the result.

    Raises:
        ValueError: if the id is not in the result, or the new one is, or is below 0.
    """
    _require_ids(video, identity)
    if new < 0:
        raise ValueError(f"an id must be 0 or more, got {new}")
    if new in video.ids():
        raise ValueError(
            f"cannot rename {identity} to {new}: {new} is in the result already; merge makes "
            "two ids one, swap exchanges them"
        )
    frames = [_with_ids(frame, {identity: new}) for frame in video.frames]
    return _handed_over(changed(video, frames, "rename", id=identity, new=new), identity, new)


def name(video: TrackedVideo, identity: int, text: str) -> TrackedVideo:
    """Give a person a name, beside the id; names are kept in the provenance, under `names`.

    `rename` and `merge` take it along to the new id, `delete` drops it with the person.

    Args:
        video: a result; it is not changed.
        identity: an id.
        text: the name; empty: none any more. Letters that cannot be printed are left out, and
            what is beyond 40 letters.

    Raises:
        ValueError: if the id is not in the result.
    """
    _require_ids(video, identity)
    text = printable(text)
    return _with_name(changed(video, video.frames, "name", id=identity, name=text), identity, text)


def printable(text: str) -> str:
    """A name as it is kept: in one line, of 40 letters at most.

    Example:
        >>> printable(" Ann B. ")
        'Ann B.'
    """
    return "".join(letter for letter in text if letter.isprintable()).strip()[:_LONGEST_NAME]


def _with_name(video: TrackedVideo, identity: int, text: str) -> TrackedVideo:
    """The video with a name of an id; an empty one is none."""
    before = video.provenance.get(_NAMES, {})
    names = {key: known for key, known in before.items() if key != str(identity)}
    if text:
        names[str(identity)] = text
    rest = {key: value for key, value in video.provenance.items() if key != _NAMES}
    names = dict(sorted(names.items(), key=lambda item: int(item[0])))
    return replace(video, provenance={**rest, _NAMES: names} if names else rest)


def _handed_over(video: TrackedVideo, identity: int, new: int) -> TrackedVideo:
    """The video with the name of an id given to another that has none."""
    names = video.provenance.get(_NAMES, {})
    taken = names.get(str(identity), "")
    video = _with_name(video, identity, "")
    return _with_name(video, new, names.get(str(new)) or taken)


def split(video: TrackedVideo, identity: int, *, from_frame: int) -> TrackedVideo:
    """Give a person a new id from a frame on: the lowest that is above all others.

    Args:
        video: a result; it is not changed.
        identity: an id.
        from_frame: first frame of the new id.

    Raises:
        ValueError: if the id is not in the result, or not both before the frame and from it on.
    """
    _require_ids(video, identity)
    new = max(video.ids()) + 1
    before = any(identity in frame.ids for frame in video.frames if frame.index < from_frame)
    frames = _in_range(
        video, from_frame, None, (identity,), lambda frame: _with_ids(frame, {identity: new})
    )
    if not before:
        raise ValueError(f"cannot split {identity} in frame {from_frame}: it begins there")
    return changed(video, frames, "split", id=identity, new=new, from_frame=from_frame)


def frame_from(video: TrackedVideo, seconds: float) -> int:
    """The number of the first frame at a time or after it.

    Raises:
        ValueError: if there is none.

    Example:
        >>> from lighttrack.structures import Poses, VideoInfo
        >>> from lighttrack.structures.skeletons import COCO_17
        >>> no = Poses.empty(COCO_17)
        >>> frames = [TrackedFrame(i, i / 10, [], no, no.boxes, False, []) for i in range(9)]
        >>> frame_from(TrackedVideo(VideoInfo("clip", 160, 90, 10.0), COCO_17, frames), 0.45)
        5
    """
    for frame in video.frames:
        if frame.time >= seconds - _STORED:
            return frame.index
    raise ValueError(f"no frame at {seconds:g} s or later: the result {_times(video)}")


def frame_until(video: TrackedVideo, seconds: float) -> int:
    """The number of the last frame at a time or before it; see `frame_from`.

    Raises:
        ValueError: if there is none.
    """
    for frame in reversed(video.frames):
        if frame.time <= seconds + _STORED:
            return frame.index
    raise ValueError(f"no frame at {seconds:g} s or earlier: the result {_times(video)}")


def _in_range(
    video: TrackedVideo,
    from_frame: int | None,
    to_frame: int | None,
    ids: Collection[int],
    edit: Callable[[TrackedFrame], TrackedFrame],
) -> list[TrackedFrame]:
    """All frames, those of the range edited; at least one of `ids` must be in it."""
    first, last = video.frames[0].index, video.frames[-1].index
    for frame in (from_frame, to_frame):
        if frame is not None and not first <= frame <= last:
            raise ValueError(
                f"frame {frame} lies outside the result, which has frames {first} to {last}"
            )
    begin = first if from_frame is None else from_frame
    end = last if to_frame is None else to_frame
    if begin > end:
        raise ValueError(f"the range ends ({end}) before it begins ({begin})")
    wanted = [begin <= frame.index <= end for frame in video.frames]
    if not any(np.isin(frame.ids, list(ids)).any() for frame in compress(video.frames, wanted)):
        who = " and ".join(str(identity) for identity in ids)
        raise ValueError(f"nothing to do: frames {begin} to {end} do not show {who}")
    return [
        edit(frame) if inside else frame for frame, inside in zip(video.frames, wanted, strict=True)
    ]


def _with_ids(frame: TrackedFrame, new_of: Mapping[int, int]) -> TrackedFrame:
    """The frame with some ids replaced by others."""
    ids = np.array([new_of.get(identity, identity) for identity in frame.ids.tolist()], np.int64)
    return replace(frame, ids=ids)


def _require_ids(video: TrackedVideo, *ids: int) -> None:
    frames_of: dict[int, list[int]] = {}
    for frame in video.frames:
        for identity in frame.ids.tolist():
            frames_of.setdefault(identity, []).append(frame.index)
    for identity in ids:
        if identity not in frames_of:
            known = [
                f"{each} (frames {frames[0]} to {frames[-1]})"
                for each, frames in sorted(frames_of.items())
            ]
            there = "it has " + _listed(known) if known else "it has no people"
            raise ValueError(f"no id {identity} in the result; {there}")


def _ranges(frames: Sequence[int]) -> str:
    """Numbers of frames, those in a row as ranges."""
    breaks = [i for i, (one, other) in enumerate(pairwise(frames), 1) if other != one + 1]
    parts = [
        f"{frames[begin]} to {frames[end - 1]}" if end - begin > 1 else f"{frames[begin]}"
        for begin, end in pairwise([0, *breaks, len(frames)])
    ]
    return ("frame " if len(frames) == 1 else "frames ") + _listed(parts)


def _listed(parts: Sequence[str]) -> str:
    more = f" and {len(parts) - _LISTED} more" if len(parts) > _LISTED else ""
    return ", ".join(parts[:_LISTED]) + more


def _times(video: TrackedVideo) -> str:
    if not video.frames:
        return "has no frames"
    return f"goes from {video.frames[0].time:g} to {video.frames[-1].time:g} s"
