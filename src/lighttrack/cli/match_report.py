"""`lighttrack match-report`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from cyclopts import Parameter

from lighttrack.cli.messages import counted, tell
from lighttrack.structures import Floats, Ids

if TYPE_CHECKING:
    from lighttrack.matching import EuclideanMatcher, PoseMatcher
    from lighttrack.reports.matching_page import Example
    from lighttrack.training.pairs import Pairs, PoseSequence

MatcherName = Literal["sgcn", "euclidean"]

_MAPPED = 3000
"""Poses on the map of embeddings, at most."""


def match_report(
    tracks: Path,
    /,
    *,
    output: Annotated[Path, Parameter(alias="-o")] = Path("match-report.html"),
    matcher: MatcherName = "sgcn",
    weights: Path | None = None,
    gap: int = 4,
    limit: int = 24,
) -> None:
    """Show how pose matching judges the poses of a file of tracks, its mistakes first.

    Pairs of poses some frames apart are drawn side by side with their distance: people taken for
    somebody else, others taken for them, and the closest right answers. A map shows the embedding
    of every pose, coloured by identity. The ids of the file count as the truth.

    For example:

        lighttrack match-report out/match.tracks.jsonl
        lighttrack match-report annotations.posetrack.json --gap 8 -o report.html

    Args:
        tracks: A file of tracks: annotations, or a result whose ids are to be believed.
        output: Page (HTML, complete in itself) to write.
        matcher: How poses are compared.
        weights: Weights written by `lighttrack train matcher`, instead of those that ship.
        gap: Frames between the two poses of a pair.
        limit: Pairs of each kind that are drawn, at most.
    """
    from lighttrack.formats import read_tracks
    from lighttrack.reports.matching_page import Summary, page
    from lighttrack.training.pairs import PairKind, PoseSequence, mine_pairs

    if gap < 1 or limit < 1:
        raise ValueError(f"--gap and --limit must be at least 1, got {gap} and {limit}")
    video = read_tracks(tracks)
    judge = _build(matcher, weights)
    sequence = PoseSequence.from_video(video)
    pairs = mine_pairs([sequence], gaps=(gap,))
    if not len(pairs):
        raise ValueError(f"{tracks}: nobody is seen in two frames {gap} apart")
    described = _described(judge, sequence)
    distances = _distances(judge, described, pairs)
    same = pairs.kind == PairKind.POSITIVE
    near = distances < judge.threshold
    ids = video.ids()
    groups = {
        "One person, taken for two": same & ~near,
        "Two people who overlap, taken for one": (pairs.kind == PairKind.HARD_NEGATIVE) & near,
        "Two people apart, taken for one": (pairs.kind == PairKind.OTHER_NEGATIVE) & near,
        "Right, but only just": same == near,
    }
    margin = np.abs(distances - judge.threshold)
    drawn: dict[str, list[Example]] = {}
    for title, chosen in groups.items():
        rows = np.flatnonzero(chosen)
        # The worst mistakes and the narrowest successes come first.
        order = margin[rows] if title.startswith("Right") else -margin[rows]
        best = rows[np.argsort(order, kind="stable")[:limit]]
        drawn[f"{title} ({len(rows)})"] = [
            _example(sequence, pairs, int(row), float(distances[row]), ids) for row in best
        ]
    summary = Summary(
        title=video.info.name,
        matcher=matcher,
        gap=gap,
        threshold=judge.threshold,
        counts=pairs.counts(),
        right=float((same == near).mean()),
    )
    output.write_text(
        page(summary, drawn, *_map(described[..., : judge.dimensions], ids)), encoding="utf-8"
    )
    mistakes = int((same != near).sum())
    tell(f"{output}: {counted(mistakes, 'mistake')} in {counted(len(pairs), 'pair')}")


def _build(name: MatcherName, weights: Path | None) -> "PoseMatcher | EuclideanMatcher":
    from lighttrack.matching import EuclideanMatcher, PoseMatcher

    if name == "euclidean":
        if weights is not None:
            raise ValueError("--weights goes with --matcher sgcn: euclidean has none")
        return EuclideanMatcher()
    return PoseMatcher(weights)


def _described(judge: "PoseMatcher | EuclideanMatcher", sequence: "PoseSequence") -> Floats:
    """Descriptions `(F, I, D)`; NaN where nobody is."""
    from lighttrack.matching.normalize import CANONICAL
    from lighttrack.structures import Poses

    frames, people, k = sequence.keypoints.shape[:3]
    n = frames * people
    points = sequence.keypoints.reshape(n, k, 2)
    scores = np.isfinite(points[..., 0]).astype(np.float32)
    boxes = np.nan_to_num(sequence.boxes.reshape(n, 4))
    poses = Poses(CANONICAL, points, scores, boxes, np.ones(n, np.float32))
    return judge.embed(poses).reshape(frames, people, -1)


def _distances(
    judge: "PoseMatcher | EuclideanMatcher",
    described: Floats,
    pairs: "Pairs",
) -> Floats:
    frames = np.unique(pairs.first[:, 1])
    gap = int(pairs.gap[0])
    tables = {
        frame: judge.compare(described[frame], described[frame + gap]) for frame in frames.tolist()
    }
    return np.array(
        [
            tables[known[1]][known[2], seen[2]]
            for known, seen in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
        ],
        np.float32,
    )


def _example(
    sequence: "PoseSequence",
    pairs: "Pairs",
    row: int,
    distance: float,
    ids: Ids,
) -> "Example":
    from lighttrack.reports.matching_page import Example, Sight

    sights = [
        Sight(int(frame), int(ids[column]), sequence.keypoints[frame, column])
        for _, frame, column in (pairs.first[row].tolist(), pairs.second[row].tolist())
    ]
    return Example(sights[0], sights[1], distance)


def _map(
    embeddings: Floats,
    ids: Ids,
) -> tuple[Floats, list[int]]:
    """The embeddings' two principal components `(M, 2)`, and whose they are."""
    frames, columns = np.nonzero(np.isfinite(embeddings).any(axis=2))
    step = max(1, -(-len(frames) // _MAPPED))
    frames, columns = frames[::step], columns[::step]
    points = np.nan_to_num(embeddings[frames, columns])
    points = points - points.mean(axis=0)
    _, _, axes = np.linalg.svd(points, full_matrices=False)
    flat = points @ axes[:2].T
    return flat.astype(np.float32), ids[columns].tolist()
