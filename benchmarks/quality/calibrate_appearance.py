"""What appearance is worth: distances of one person's images, and of two people's.

Over clips with ground-truth boxes and identities, images of people some seconds apart are
compared by each appearance network, by the colour descriptor (the tracker's cue that costs
no network) and by both. Printed are the areas under the ROC curve, the curve from distances to
probabilities, fitted on all clips and, for each clip, on the others only, and what hidden bodies
do:

    python benchmarks/quality/calibrate_appearance.py --clips ../shared/clips --json appearance.json

People hidden by more than `CLEAR` of their box, or out of the image by as much, are left out,
but for the last table. One image is compared with one image; a tracker that averages several is
better off.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import rankdata

from lighttrack.models import build_appearance, build_estimator
from lighttrack.structures import Boxes, Floats, Ids, Mask, Regions
from lighttrack.structures.boxes import area, clip, from_xywh, intersection
from lighttrack.tracking.colours import ColourDescriptor
from lighttrack.video import open_video

NETWORKS = ("reid-retail-0287", "reid-retail-0288")

CLIPS = {
    "TUD-Campus": (25, 1, (0,)),
    "PETS09-S2L1": (7, 7, (0, 1)),
    "TownCentre_A": (25, 5, (0,)),
    "SAM2_bedroom": (30, 3, (0,)),
}
"""Frames a second, and of every so many frames those that are looked at."""

GAPS = (0.2, 1.0, 3.0, 10.0)
"""Seconds between two images."""

CLEAR = 0.3
"""Share of a box up to which a person may be hidden, or outside, and counts as seen."""

HIDDEN = (0.0, 0.15, 0.3, 0.45, 0.6, 0.8, 1.01)
"""Edges of the classes of hidden shares."""

FEWEST = 5
"""Pairs of one person without which nothing is said of a clip and a gap."""


@dataclass(frozen=True)
class Views:
    """Images of people in a clip, one a row."""

    fps: float
    frames: Ids
    ids: Ids
    hidden: Floats
    """Share of the box that others cover who stand in front."""

    inside: Floats
    """Share of the box in the image."""

    colours: Floats
    embeddings: dict[str, Floats]

    @property
    def clear(self) -> Mask:
        """Who is seen well."""
        return (self.hidden < CLEAR) & (self.inside > 1 - CLEAR)


@dataclass(frozen=True)
class Pairs:
    """Two images a row."""

    distance: Floats
    """By the network."""

    colours: Floats
    """Log odds of one person by the colour descriptor; 0 where they cannot be seen."""

    same: Mask


Rows = NDArray[np.intp]


def hidden_shares(people: Boxes) -> Floats:
    """Share `(N,)` of each box that lies in the box of one other who stands lower, so in front."""
    covered = intersection(people, people) / np.maximum(area(people)[:, None], 1)
    in_front = people[None, :, 3] > people[:, None, 3]
    return np.where(in_front, covered, 0).max(axis=1, initial=0)


def views_of(clips: Path, name: str) -> Views:
    """Every person of the chosen frames of a clip."""
    fps, stride, taken = CLIPS[name]
    networks = {each: build_appearance(each, threads=1) for each in NETWORKS}
    estimator = build_estimator("tinypose-256x192", threads=1)
    descriptor = ColourDescriptor(estimator.keypoint_threshold)
    [truth] = sorted((clips / name).glob("gt*.txt"))
    rows = np.loadtxt(truth, delimiter=",", usecols=range(7))
    parts: list[tuple[Any, ...]] = []
    with open_video(clips / name / f"{name}.mp4") as video:
        for frame in video:
            people = rows[(rows[:, 0] == frame.index + 1) & (rows[:, 6] != 0)]
            if frame.index % stride not in taken or not len(people):
                continue
            boxes = from_xywh(people[:, 2:6])
            poses = estimator(frame.image, Regions.of(boxes))
            parts.append((
                np.full(len(people), frame.index),
                people[:, 1].astype(np.int64),
                hidden_shares(boxes),
                area(clip(boxes, frame.width, frame.height)) / area(boxes),
                descriptor.describe(frame.image, boxes, poses),
                *(network(frame.image, boxes) for network in networks.values()),
            ))  # fmt: skip
    frames, ids, hidden, inside, colours, *embeddings = map(
        np.concatenate, zip(*parts, strict=True)
    )
    by_name = dict(zip(NETWORKS, embeddings, strict=True))
    return Views(fps, frames, ids, hidden, inside, colours, by_name)


def rows_apart(views: Views, gap: float) -> tuple[Rows, Rows]:
    """All pairs of rows whose frames are so many seconds apart (a frame at least)."""
    step = max(1, round(gap * views.fps))
    apart = views.frames[None, :] - views.frames[:, None]
    earlier, later = np.nonzero(apart == step)
    return earlier, later


def compared(views: Views, network: str, first: Rows, second: Rows) -> Pairs:
    """The images of `first` compared with those of `second`, row by row."""
    embeddings = views.embeddings[network]
    distance = 1 - (embeddings[first] * embeddings[second]).sum(axis=1)
    colours = ColourDescriptor(keypoint_threshold=0).log_odds
    pairs = zip(views.colours[first, None], views.colours[second, None], strict=True)
    alike = np.array([colours(*each)[0, 0] for each in pairs], np.float32)
    return Pairs(distance, alike, views.ids[first] == views.ids[second])


def clear_pairs(seen: dict[str, Views], network: str) -> Iterator[tuple[tuple[str, float], Pairs]]:
    """Pairs of clear images by clip and gap."""
    for name, views in seen.items():
        for gap in GAPS:
            first, second = rows_apart(views, gap)
            both = views.clear[first] & views.clear[second]
            pairs = compared(views, network, first[both], second[both])
            if min(pairs.same.sum(), (~pairs.same).sum()) >= FEWEST:
                yield (name, gap), pairs


def roc_area(evidence: Floats, same: Mask) -> float:
    """Probability that a pair of one person has more evidence than a pair of two."""
    ranks = rankdata(evidence)
    ones, twos = int(same.sum()), int((~same).sum())
    return float((ranks[same].sum() - ones * (ones + 1) / 2) / (ones * twos))


def features(pairs: Pairs, *, colours: bool) -> Floats:
    """Columns from which the log odds of one person are added up."""
    columns = [-pairs.distance, np.ones_like(pairs.distance)]
    return np.stack([*columns, pairs.colours] if colours else columns, axis=1)


def fit(groups: list[Pairs], *, colours: bool) -> Floats:
    """Weights of the features by logistic regression.

    Each group counts the same, and in it the pairs of one person as much as those of two.
    """
    table = np.concatenate([features(each, colours=colours) for each in groups])
    sign = np.concatenate([np.where(each.same, 1.0, -1.0) for each in groups])
    weight = np.concatenate(
        [np.where(g.same, 0.5 / g.same.sum(), 0.5 / (~g.same).sum()) for g in groups]
    )

    def loss(weights: Floats) -> float:
        return float((weight * np.logaddexp(0, -sign * (table @ weights))).sum() / len(groups))

    return np.asarray(minimize(loss, np.zeros(table.shape[1])).x)


def right(evidence: Floats, same: Mask) -> float:
    """Mean of the rates at which the sign of the evidence is right, on one person and on two."""
    return float(((evidence > 0)[same].mean() + (evidence <= 0)[~same].mean()) / 2)


def curve(weights: Floats) -> dict[str, float]:
    """Weights of one distance as the threshold and spread of a contract."""
    slope, offset = weights[:2].tolist()
    return {"threshold": round(offset / slope, 3), "spread": round(1 / slope, 4)}


def calibrate(seen: dict[str, Views], network: str) -> dict[str, Any]:
    """Curve of a network, and how it does on each clip when fitted on the others."""
    groups = dict(clear_pairs(seen, network))
    result: dict[str, Any] = {}
    for held_out in seen:
        others = [pairs for (name, _), pairs in groups.items() if name != held_out]
        alone, together = fit(others, colours=False), fit(others, colours=True)
        rows = []
        for (name, gap), pairs in groups.items():
            if name != held_out:
                continue
            evidence = features(pairs, colours=False) @ alone
            rows.append({
                "gap": gap,
                "pairs": [int(pairs.same.sum()), int((~pairs.same).sum())],
                "one person 5 50 95 %": percentiles(pairs.distance[pairs.same]),
                "two people 5 50 95 %": percentiles(pairs.distance[~pairs.same]),
                "ROC network": round(roc_area(evidence, pairs.same), 4),
                "ROC colours": round(roc_area(pairs.colours, pairs.same), 4),
                "ROC both": round(
                    roc_area(features(pairs, colours=True) @ together, pairs.same), 4
                ),
                "right": round(right(evidence, pairs.same), 3),
            })  # fmt: skip
        result[held_out] = {"fitted on the others": curve(alone), "gaps": rows}
    everything = curve(fit(list(groups.values()), colours=False))
    return {"fitted on all": everything, "clips": result}


def percentiles(values: Floats) -> list[float]:
    """The 5th, the 50th and the 95th."""
    return [round(float(each), 2) for each in np.percentile(values, [5, 50, 95])]


def hiding(seen: dict[str, Views], network: str) -> list[dict[str, Any]]:
    """Distances of a clear image to one of a person who is hidden, 0.2 and 1 s apart."""
    found: list[tuple[Floats, Pairs]] = []
    for name, views in seen.items():
        if name == "SAM2_bedroom":  # its boxes are too rough to say who hides whom
            continue
        for gap in GAPS[:2]:
            forth = rows_apart(views, gap)
            for first, second in (forth, forth[::-1]):
                use = (views.hidden[first] < HIDDEN[1]) & (views.inside > 0.9)[first]
                use &= (views.inside > 0.9)[second]
                pairs = compared(views, network, first[use], second[use])
                found.append((views.hidden[second[use]], pairs))
    hidden = np.concatenate([share for share, _ in found])
    distance = np.concatenate([pairs.distance for _, pairs in found])
    same = np.concatenate([pairs.same for _, pairs in found])
    table = []
    for low, high in pairwise(HIDDEN):
        use = (hidden >= low) & (hidden < high)
        table.append({
            "hidden": [low, high],
            "pairs": int((use & same).sum()),
            "one person 5 50 95 %": percentiles(distance[use & same]),
            "two people 5 50 95 %": percentiles(distance[use & ~same]),
            "ROC": round(roc_area(-distance[use], same[use]), 3),
        })  # fmt: skip
    return table


def report(name: str, result: dict[str, Any]) -> None:
    """Print what came of one network."""
    print(f"{name}: {result['curve']['fitted on all']} fitted on all clips")
    for clip_name, each in result["curve"]["clips"].items():
        print(f"  {clip_name}: {each['fitted on the others']} fitted on the others")
        for row in each["gaps"]:
            print("   ", "  ".join(f"{key} {value}" for key, value in row.items()))
    print("  hidden bodies, all clips with exact boxes:")
    for row in result["hidden"]:
        print("   ", "  ".join(f"{key} {value}" for key, value in row.items()))


def main() -> None:
    """Print the tables of each network."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    seen = {name: views_of(arguments.clips, name) for name in CLIPS}
    results = {
        name: {"curve": calibrate(seen, name), "hidden": hiding(seen, name)} for name in NETWORKS
    }
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    for name, result in results.items():
        report(name, result)


if __name__ == "__main__":
    main()
