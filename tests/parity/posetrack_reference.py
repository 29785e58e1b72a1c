"""A slow, plain reading of the official PoseTrack evaluator, loop by loop, on motmetrics.

It shares nothing with the package: it reads the JSON itself, and its tracking figures come from one
motmetrics accumulator per keypoint. The parity test compares with it on random data sets and the
benchmark measures it.
"""

import json
import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

import motmetrics
import numpy as np

JOINTS = [
    "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "right_wrist",
    "right_elbow", "right_shoulder", "left_shoulder", "left_elbow", "left_wrist", "head_bottom",
    "nose", "head_top",
]  # fmt: skip
Person = dict[str, Any]
Frame = dict[str, Any]


def evaluate(truth: Path, predicted: Path) -> dict[str, dict[str, np.ndarray]]:
    """What the official evaluator says, as `AP` and `MOT` lists over joints and total."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        frames = load(truth, predicted)
        return {"AP": precision_figures(frames), "MOT": tracking_figures(frames)}


def load(truth: Path, predicted: Path) -> list[Frame]:
    """All frames that count, both sides, with ignore regions applied."""
    frames = []
    for path in sorted(truth.glob("*.json")):
        pairs = zip(_read(path), _read(predicted / path.name), strict=True)
        for known, seen in pairs:
            if not known["people"]:
                continue
            sides = [known["people"], seen["people"]]
            if known["regions"]:
                sides = [_outside(side, known["regions"]) for side in sides]
            frames.append({"sequence": path.name, "truth": sides[0], "seen": sides[1]})
    for frame in frames:
        frame["distance"] = _distances(frame["truth"], frame["seen"])
    return frames


def precision_figures(frames: list[Frame]) -> dict[str, np.ndarray]:
    """`ap`, `pre`, `rec`."""
    scores: list[list[float]] = [[] for _ in JOINTS]
    labels: list[list[bool]] = [[] for _ in JOINTS]
    truths = np.zeros(15)
    for frame in frames:
        for person in frame["truth"]:
            for joint in person["points"]:
                truths[joint] += 1
        assigned = _assign(frame)
        for p, person in enumerate(frame["seen"]):
            for joint in person["points"]:
                g = assigned.get(p)
                hit = g is not None and frame["distance"][p][g][joint] <= 0.5
                scores[joint].append(person["scores"].get(joint, -9999))
                labels[joint].append(bool(hit))
    return _curves(scores, labels, truths)


def _curves(
    scores: list[list[float]], labels: list[list[bool]], truths: np.ndarray
) -> dict[str, np.ndarray]:
    ap, pre, rec = np.zeros(15), np.zeros(15), np.zeros(15)
    for joint in range(15):
        order = np.array(scores[joint], float).argsort()[::-1]
        hits, precision, recall = 0, [], []
        for rank, index in enumerate(order):
            hits += labels[joint][index]
            precision.append(hits / (rank + 1))
            recall.append(np.float64(hits) / truths[joint])
        if precision:
            ap[joint] = 100 * _voc(recall, precision)
            pre[joint], rec[joint] = 100 * precision[-1], 100 * recall[-1]
    return {"ap": _total(ap), "pre": _total(pre), "rec": _total(rec)}


def tracking_figures(frames: list[Frame]) -> dict[str, np.ndarray]:
    """`mota`, `motp`, `pre`, `rec`."""
    sums = dict.fromkeys(("misses", "switches", "false_positives", "objects", "detections"))
    counts = {name: np.zeros(15) for name in sums}
    distance = np.zeros(15)
    host = motmetrics.metrics.create()
    for sequence in dict.fromkeys(frame["sequence"] for frame in frames):
        of_sequence = [frame for frame in frames if frame["sequence"] == sequence][:-1]
        for joint in range(15):
            accumulator = motmetrics.MOTAccumulator(auto_id=True)
            for frame in of_sequence:
                accumulator.update(*_joint_of(frame, joint))
            table = host.compute(
                accumulator, metrics=[f"num_{name}" for name in counts], return_dataframe=False
            )
            for name, values in counts.items():
                values[joint] += table[f"num_{name}"]
            distance[joint] += np.nan_to_num(accumulator.events["D"].sum())
    objects = np.where(counts["objects"] > 0, counts["objects"], np.nan)
    found = counts["detections"]
    answers = found + counts["false_positives"]
    errors = counts["misses"] + counts["switches"] + counts["false_positives"]
    return {
        "mota": _total(100 * (1 - errors / objects)),
        "motp": _total(np.where(found > 0, 100 * (1 - distance / found), 0.0)),
        "pre": _total(100 * found / np.where(answers > 0, answers, np.nan)),
        "rec": _total(100 * found / objects),
    }


def _joint_of(frame: Frame, joint: int) -> tuple[list[int], list[int], np.ndarray]:
    if not frame["truth"] or not frame["seen"]:
        return [0], [0], np.full((1, 1), np.nan)
    g = [i for i, person in enumerate(frame["truth"]) if joint in person["points"]]
    p = [i for i, person in enumerate(frame["seen"]) if joint in person["points"]]
    cost = np.full((len(g), len(p)), np.nan)
    for row, i in enumerate(g):
        for column, k in enumerate(p):
            if frame["distance"][k][i][joint] <= 0.5:
                cost[row, column] = frame["distance"][k][i][joint]
    return [frame["truth"][i]["id"] for i in g], [frame["seen"][i]["id"] for i in p], cost


def _assign(frame: Frame) -> dict[int, int]:
    """Prediction -> person of the truth."""
    truth, seen = frame["truth"], frame["seen"]
    if not truth or not seen:
        return {}
    share = np.zeros((len(seen), len(truth)))
    for p in range(len(seen)):
        for g, person in enumerate(truth):
            near = sum(frame["distance"][p][g][j] <= 0.5 for j in range(15))
            share[p, g] = near / len(person["points"]) if person["points"] else near
    for p in range(len(seen)):
        best = int(np.argmax(share[p]))
        share[p, [g for g in range(len(truth)) if g != best]] = 0
    return {int(np.argmax(share[:, g])): g for g in range(len(truth)) if share[:, g].max() > 0}


def _distances(truth: list[Person], seen: list[Person]) -> list[list[list[float]]]:
    table = [[[np.inf] * 15 for _ in truth] for _ in seen]
    for p, other in enumerate(seen):
        for g, person in enumerate(truth):
            x1, y1, x2, y2 = person["head"]
            size = 0.6 * np.linalg.norm(np.subtract([x2, y2], [x1, y1]))
            for joint in person["points"].keys() & other["points"].keys():
                offset = np.subtract(person["points"][joint], other["points"][joint])
                table[p][g][joint] = float(np.linalg.norm(offset) / size)
    return table


def _read(path: Path) -> list[dict[str, Any]]:
    data = json.loads(path.read_text())
    names = data["categories"][0]["keypoints"]
    frames = []
    for image in data["images"]:
        people = []
        for annotation in data["annotations"]:
            if annotation["image_id"] != image["id"]:
                continue
            points, scores = {}, {}
            for index, name in enumerate(names):
                x, y, visible = annotation["keypoints"][3 * index : 3 * index + 3]
                if name not in JOINTS or (x == 0 and y == 0 and visible == 0):
                    continue
                points[JOINTS.index(name)] = (x, y)
                if annotation.get("scores"):
                    scores[JOINTS.index(name)] = annotation["scores"][index]
            person = {"id": annotation["track_id"], "points": points, "scores": scores}
            if "bbox_head" in annotation:
                x, y, width, height = annotation["bbox_head"]
                person["head"] = (x, y, x + width, y + height)
            people.append(person)
        corners = zip(
            image.get("ignore_regions_x", []), image.get("ignore_regions_y", []), strict=True
        )
        regions = [list(zip(xs, ys, strict=True)) for xs, ys in corners]
        frames.append({"people": people, "regions": regions})
    return frames


def _outside(people: list[Person], regions: list[list[tuple[float, float]]]) -> list[Person]:
    kept = []
    for person in people:
        points = {
            joint: point
            for joint, point in person["points"].items()
            if not any(_inside(region, point) for region in regions)
        }
        if points:
            kept.append({**person, "points": points})
    return kept


def _inside(polygon: list[tuple[float, float]], point: tuple[float, float]) -> bool:
    px, py = Fraction(point[0]), Fraction(point[1])
    corners = [(Fraction(x), Fraction(y)) for x, y in polygon]
    inside = False
    for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
        side = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
        if side == 0 and min(ax, bx) <= px <= max(ax, bx) and min(ay, by) <= py <= max(ay, by):
            return False
        if (ay > py) != (by > py) and px < ax + (py - ay) * (bx - ax) / (by - ay):
            inside = not inside
    return inside


def _voc(recall: list[float], precision: list[float]) -> float:
    along, height = [0.0, *recall, 1.0], [0.0, *precision, 0.0]
    for i in range(len(height) - 2, -1, -1):
        height[i] = max(height[i], height[i + 1])
    steps = [i for i in range(1, len(along)) if along[i] != along[i - 1]]
    return float(sum((along[i] - along[i - 1]) * height[i] for i in steps))


def _total(values: np.ndarray) -> np.ndarray:
    known = values[~np.isnan(values)]
    return np.append(values, known.mean() if len(known) else np.nan)
