"""How a matcher judges the poses of a file of tracks: its mistakes, its narrow successes, a map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lighttrack.matching.normalize import CANONICAL
from lighttrack.matching.pairs import PairKind, Pairs, PoseSequence, mine_pairs
from lighttrack.reports.matching_page import Example, Sight, Summary, page
from lighttrack.structures import Floats, Ids, Poses, TrackedVideo
from lighttrack.structures.protocols import PoseDistance
from lighttrack.structures.types import AnyArray

_MAPPED = 3000
"""Poses on the map of embeddings, at most."""


@dataclass(frozen=True, slots=True)
class MatchingReport:
    """What a matcher got right and wrong, and the page that shows it."""

    pairs: int
    mistakes: int
    html: str
    """The page, complete in itself."""


def matching_report(
    video: TrackedVideo, matcher: PoseDistance, *, name: str, gap: int = 4, limit: int = 24
) -> MatchingReport:
    """Compare the poses of a video in pairs some frames apart; its ids count as the truth.

    Args:
        video: annotations, or a result whose ids are to be believed.
        matcher: compares the poses.
        name: of the matcher, as the page calls it.
        gap: frames between the two poses of a pair.
        limit: pairs of each kind that are drawn, at most.

    Raises:
        ValueError: if `gap` or `limit` is below 1, or no person is seen in two frames `gap` apart.

    Example:
        >>> from lighttrack.matching import EuclideanMatcher
        >>> from lighttrack.structures import VideoInfo
        >>> empty = TrackedVideo(VideoInfo("empty", 10, 10, 25.0), CANONICAL, [])
        >>> matching_report(empty, EuclideanMatcher(), name="euclidean")
        Traceback (most recent call last):
        ValueError: empty: no person is seen in two frames 4 apart
    """
    if gap < 1 or limit < 1:
        raise ValueError(f"gap and limit must be at least 1, got {gap} and {limit}")
    sequence = PoseSequence.from_video(video)
    pairs = mine_pairs([sequence], gaps=(gap,))
    if not len(pairs):
        raise ValueError(f"{video.info.name}: no person is seen in two frames {gap} apart")
    embeddings = _embeddings(matcher, sequence)
    distances = _distances(matcher, embeddings, pairs)
    right = (pairs.kind == PairKind.POSITIVE) == (distances < matcher.threshold)
    ids = video.ids()
    groups = {
        "A sample of all pairs, from the most alike to the least": _sample(distances),
        **{
            f"{title} ({len(rows)})": rows
            for title, rows in _groups(pairs, distances, matcher.threshold).items()
        },
    }
    drawn = {
        title: [
            _example(sequence, pairs, row, float(distances[row]), ids)
            for row in rows[:limit].tolist()
        ]
        for title, rows in groups.items()
    }
    summary = Summary(
        title=video.info.name,
        matcher=name,
        gap=gap,
        threshold=matcher.threshold,
        counts=pairs.counts(),
        right=float(right.mean()),
    )
    dimensions = getattr(matcher, "dimensions", embeddings.shape[-1])
    html = page(summary, drawn, *_map(embeddings[..., :dimensions], ids))
    return MatchingReport(len(pairs), int((~right).sum()), html)


def _groups(pairs: Pairs, distances: Floats, threshold: float) -> Mapping[str, AnyArray]:
    """Rows of the pairs by kind of mistake, the worst first; of the right ones the narrowest."""
    same, near = pairs.kind == PairKind.POSITIVE, distances < threshold
    margin = np.abs(distances - threshold)
    mistakes = {
        "One person, taken for two": same & ~near,
        "Two people who overlap, taken for one": (pairs.kind == PairKind.HARD_NEGATIVE) & near,
        "Two people apart, taken for one": (pairs.kind == PairKind.OTHER_NEGATIVE) & near,
    }
    groups = {title: _sorted(chosen, -margin) for title, chosen in mistakes.items()}
    return groups | {"Right, but only just": _sorted(same == near, margin)}


_SAMPLE = 6
"""Pairs that are shown before the mistakes, drawn evenly from all, near and far."""


def _sample(distances: Floats) -> AnyArray:
    """Rows of pairs from the most to the least alike, evenly spread."""
    order = np.argsort(distances, kind="stable")
    return order[np.linspace(0, len(order) - 1, min(_SAMPLE, len(order))).round().astype(np.intp)]


def _sorted(chosen: AnyArray, key: Floats) -> AnyArray:
    rows = np.flatnonzero(chosen)
    return rows[np.argsort(key[rows], kind="stable")]


def _embeddings(matcher: PoseDistance, sequence: PoseSequence) -> Floats:
    """Embeddings `(F, I, D)`; NaN where there is no person."""
    frames, people, k = sequence.keypoints.shape[:3]
    n = frames * people
    points = sequence.keypoints.reshape(n, k, 2)
    scores = np.isfinite(points[..., 0]).astype(np.float32)
    boxes = np.nan_to_num(sequence.boxes.reshape(n, 4))
    poses = Poses(CANONICAL, points, scores, boxes, np.ones(n, np.float32))
    embeddings: Floats = matcher.embed(poses).reshape(frames, people, -1)
    return embeddings


def _distances(matcher: PoseDistance, embeddings: Floats, pairs: Pairs) -> Floats:
    """`(P,)`: one comparison of two whole frames serves all pairs between them."""
    gap = int(pairs.gap[0])
    tables: dict[int, Any] = {
        frame: matcher.compare(embeddings[frame], embeddings[frame + gap])
        for frame in np.unique(pairs.first[:, 1]).tolist()
    }
    both = zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
    values: Sequence[float] = [tables[known[1]][known[2], seen[2]] for known, seen in both]
    return np.array(values, np.float32)


def _example(sequence: PoseSequence, pairs: Pairs, row: int, distance: float, ids: Ids) -> Example:
    first, second = (
        Sight(int(frame), int(ids[column]), sequence.keypoints[frame, column])
        for _, frame, column in (pairs.first[row].tolist(), pairs.second[row].tolist())
    )
    return Example(first, second, distance)


def _map(embeddings: Floats, ids: Ids) -> tuple[Floats, list[int]]:
    """The embeddings' two principal components `(M, 2)`, and whose they are."""
    frames, columns = np.nonzero(np.isfinite(embeddings).any(axis=2))
    step = max(1, -(-len(frames) // _MAPPED))
    frames, columns = frames[::step], columns[::step]
    points = np.nan_to_num(embeddings[frames, columns])
    points = points - points.mean(axis=0)
    _, _, axes = np.linalg.svd(points, full_matrices=False)
    flat = points @ axes[:2].T
    return flat.astype(np.float32), ids[columns].tolist()
