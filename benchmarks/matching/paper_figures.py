"""Draws the figures of docs/paper.md from the code that they are about.

    python benchmarks/matching/paper_figures.py ../shared/poses/cmu-mocap --output docs/images

The network (the paper's Figure 3) is that of the shipped weights, the partition of neighbours
(Figure 4) that of `matching.graph`; matched and mismatched pairs are of motion capture seen by
random cameras, so no image of a data set is in them. In the timeline of key frames three people
walk, of whom one after the other is out of sight.
"""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from lighttrack.matching import PoseMatcher
from lighttrack.matching.graph import adjacency, gravity_distances
from lighttrack.matching.matcher import SHIPPED
from lighttrack.matching.network import Weights
from lighttrack.matching.normalize import CANONICAL, normalize
from lighttrack.matching.pairs import PairKind, PoseSequence, mine_pairs
from lighttrack.models.recorded import RecordedDetector, RecordedEstimator, blank_frames
from lighttrack.render.svg import COLOURS, drawing, element, text
from lighttrack.structures import Detections, Floats, Poses, VideoInfo, boxes
from lighttrack.tracking import PoseTracker, TrackerConfig
from lighttrack.training.corruption import CLEAN
from lighttrack.training.motion import load_motion
from lighttrack.training.synthetic import record_sequences

INK, PALE, PAPER = "#1d2330", "#9aa4b5", "#ffffff"
SAME, NEARER, FARTHER = COLOURS[2], COLOURS[0], COLOURS[4]
LOST, SCHEDULED, CALLED = "#e3e6ec", COLOURS[0], COLOURS[1]
FRAMES = 90
GAP = 4
INTERVAL = 8
FIGURE = {
    "head_top": (0, 0), "nose": (0, 14), "head_bottom": (0, 27), "left_shoulder": (18, 33),
    "right_shoulder": (-18, 33), "left_elbow": (29, 56), "right_elbow": (-29, 56),
    "left_wrist": (34, 80), "right_wrist": (-34, 80), "left_hip": (11, 84), "right_hip": (-11, 84),
    "left_knee": (14, 116), "right_knee": (-14, 116), "left_ankle": (16, 148),
    "right_ankle": (-16, 148),
}  # fmt: skip
"""A body to draw the partition on, and to walk in the timeline."""
HIDDEN = (range(67, 68), range(13, 16), range(36, 56))
"""Frames in which each of three people is out of sight."""


def main() -> None:
    """Write the four figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("motion", type=Path, help="folder of motion capture (.npz)")
    parser.add_argument("--output", type=Path, default=Path("docs/images"))
    options = parser.parse_args()
    held_out = load_motion(options.motion, "held_out")
    clean = record_sequences(held_out, 40, seed=11, frames=FRAMES, corruption=CLEAN)
    figures = {
        "paper-network": network(),
        "paper-partition": partition(clean),
        "paper-pairs": pairs(clean),
        "paper-keyframes": keyframes(),
    }
    for name, figure in figures.items():
        path = options.output / f"{name}.svg"
        path.write_text(figure + "\n", encoding="utf-8")
        print(path)


def network() -> str:
    """Two poses through the layers that the shipped weights hold, to one distance."""
    tensors = Weights.read(SHIPPED / "pose.safetensors").pose.tensors
    keypoints = len(CANONICAL)
    channels = len(tensors["first.mix"]) // (len(tensors["first.gather"]) // keypoints)
    widths = [len(tensors[f"{layer}.bias"]) for layer in ("first", "second", "last")]
    steps = [
        ("normalised keypoints", f"{keypoints} x {channels}"),
        ("graph convolution, ReLU", f"{keypoints} x {widths[0]}"),
        ("graph convolution, ReLU", f"{keypoints} x {widths[1]}"),
        ("convolution over the graph", f"{widths[2]}"),
        ("length 1", f"{widths[2]}"),
    ]
    parts, wide, high, step = [], 172.0, 52.0, 198.0
    for row, name in enumerate(("pose j", "pose k")):
        top = 30.0 + 110 * row
        parts.append(text(name, 8, top + 31, font_size=14, fill=INK))
        for column, (what, shape) in enumerate(steps):
            left = 66 + step * column
            parts.append(_box(left, top, wide, high))
            parts.append(text(what, left + wide / 2, top + 22, anchor="middle", font_size=12))
            parts.append(text(shape, left + wide / 2, top + 40, anchor="middle", font_size=12))
            if column:
                parts.append(_arrow(left - step + wide, top + high / 2, left, top + high / 2))
    right = 66 + step * (len(steps) - 1) + wide
    for row in range(2):
        parts.append(_arrow(right, 56 + 110 * row, right + 44, 100 + 22 * row))
    parts.append(_box(right + 46, 85, 118, 52))
    parts.append(text("distance D, 0 to 2", right + 105, 107, anchor="middle", font_size=12))
    parts.append(text("same if below τ", right + 105, 125, anchor="middle", font_size=12))
    parts.append(text("the same weights", 66 + 2 * step, 116, font_size=12, fill=PALE))
    return _figure(parts, right + 172, 216, "the Siamese graph convolution network")


def partition(sequences: Sequence[PoseSequence]) -> str:
    """Neighbours of some keypoints by eq. (6), drawn on a body that faces us."""
    points, valid = normalize(np.concatenate([s.keypoints.reshape(-1, 15, 2) for s in sequences]))
    subsets = adjacency(CANONICAL, gravity_distances(points, valid)) > 0
    shown = np.array([FIGURE[name] for name in CANONICAL.keypoints])
    shown = shown - shown.mean(axis=0)
    roots = ("right_shoulder", "left_shoulder", "right_elbow", "left_hip", "right_hip", "head_top")
    side, parts = 170.0, []
    for column, root in enumerate(roots):
        places = shown * (side / 175) + np.array([side * column + side / 2, side / 2])
        index = CANONICAL.index[root]
        parts += _bones(places, PALE)
        for keypoint, place in enumerate(places):
            kind = np.flatnonzero(subsets[:, index, keypoint])
            fill = (SAME, NEARER, FARTHER)[kind[0]] if len(kind) else PALE
            parts.append(_dot(place, 5.5 if len(kind) else 3.0, fill))
        parts.append(_ring(places[index], 9.0))
        parts.append(_dot(places.mean(axis=0), 4.0, INK))
        label = root.replace("_", " ")
        parts.append(
            text(label, side * column + side / 2, side + 24, anchor="middle", font_size=13)
        )
    names = ("the keypoint itself, or as near to the centre", "nearer", "farther", "gravity centre")
    parts += _legend(zip(names, (SAME, NEARER, FARTHER, INK), strict=True), 12, side + 52)
    return _figure(parts, side * len(roots), side + 66, "the partition of eq. (6)")


def pairs(sequences: Sequence[PoseSequence]) -> str:
    """Pairs of one person and of two who overlap: of each kind the middle and the narrowest."""
    mined = mine_pairs(sequences, gaps=(GAP,))
    matcher, k = PoseMatcher(), len(CANONICAL)
    flat = [
        np.stack([sequences[s].keypoints[f, column] for s, f, column in rows.tolist()])
        for rows in (mined.first, mined.second)
    ]
    first, second = (matcher.embed(_poses(points.reshape(-1, k, 2))) for points in flat)
    chunks = [matcher.compare(first[i : i + 1], second[i : i + 1])[0, 0] for i in range(len(first))]
    distances = np.array(chunks)
    whole = np.isfinite(flat[0]).all(axis=(1, 2)) & np.isfinite(flat[1]).all(axis=(1, 2))
    side, parts = 150.0, []
    groups = (
        ("one person: matched", PairKind.POSITIVE, True),
        ("two people: told apart", PairKind.HARD_NEGATIVE, False),
        ("one person: taken for two", PairKind.POSITIVE, False),
        ("two people: taken for one", PairKind.HARD_NEGATIVE, True),
    )
    for column, (title, kind, near) in enumerate(groups):
        chosen = np.flatnonzero(
            whole & (mined.kind == kind) & ((distances < matcher.threshold) == near)
        )
        order = chosen[np.argsort(distances[chosen])]
        picked = order[[len(order) // 2, -1 if near else 0]] if len(order) else order
        left = 2 * side * column
        parts.append(text(title, left + side, 18, anchor="middle", font_size=14))
        for row, pair in enumerate(picked.tolist()):
            top = 26 + (side + 24) * row
            for half, points in enumerate((flat[0][pair], flat[1][pair])):
                places, _ = normalize(points[None])
                centre = np.array([left + side * (half + 0.5), top + side / 2])
                same = kind == PairKind.POSITIVE
                colour = COLOURS[0] if same or half == 0 else COLOURS[1]
                parts += _bones(places[0] * (side / 4.6) + centre, colour)
            caption = f"D = {distances[pair]:.2f}"
            parts.append(text(caption, left + side, top + side + 14, anchor="middle", font_size=13))
    note = f"τ = {matcher.threshold:.2f}; {GAP} frames of 1/30 s apart; one colour, one person"
    parts.append(text(note, 12, 2 * side + 94, font_size=13, fill=INK))
    return _figure(parts, 8 * side, 2 * side + 106, "matched and mismatched pairs of poses")


def keyframes() -> str:
    """When the detector is called, and who is tracked, in the three modes of key frames."""
    truth = {index: _walkers(index) for index in range(FRAMES)}
    seen = {
        index: poses[[person for person in range(len(poses)) if index not in HIDDEN[person]]]
        for index, poses in truth.items()
    }
    found = {
        index: Detections(poses.boxes, np.full(len(poses), 0.9, np.float32))
        for index, poses in seen.items()
    }
    info = VideoInfo("timeline", width=640, height=240, fps=30.0)
    scale, left, row, top, parts = 9.0, 150.0, 13.0, 20.0, []
    for mode in ("fixed", "adaptive", "both"):
        config = TrackerConfig.paper().changed({"keyframes": {"interval": INTERVAL, "mode": mode}})
        tracker = PoseTracker(
            RecordedDetector(found),
            RecordedEstimator(seen, CANONICAL),
            matcher=PoseMatcher(),
            config=config,
        )
        tracked = list(tracker.track(blank_frames(info, FRAMES)))
        calls = [frame.index for frame in tracked if frame.is_keyframe]
        name = {"fixed": "FKI", "adaptive": "AKI", "both": "both"}[mode]
        parts.append(text(f"{mode} ({name})", 8, top + 10, font_size=14))
        parts.append(text(f"{len(calls)} detector calls", 8, top + 27, font_size=12, fill=INK))
        for index in calls:  # in the paper's configuration the schedule is kept whatever comes
            at_interval = index == 0 or (mode != "adaptive" and index % INTERVAL == 0)
            shade = SCHEDULED if at_interval else CALLED
            parts.append(_bar(left + index * scale, top, scale - 1.5, row - 2, shade))
        ids = sorted({int(i) for frame in tracked for i in frame.ids})
        for line, identity in enumerate(ids, start=1):
            y = top + row * line
            parts.append(text(f"id {identity}", left - 8, y + 9, anchor="end", font_size=11))
            parts.append(_bar(left, y, FRAMES * scale, row - 2, LOST))
            for frame in tracked:
                if identity in frame.ids:
                    parts.append(_bar(left + frame.index * scale, y, scale, row - 2, COLOURS[2]))
        top += row * (len(ids) + 1) + 26
    for frame in range(0, FRAMES + 1, 10):
        parts.append(text(str(frame), left + frame * scale, top - 8, anchor="middle", font_size=11))
    parts.append(text("frame", left - 8, top - 8, anchor="end", font_size=11))
    legend = (
        (f"key frame at the interval of {INTERVAL}", SCHEDULED),
        ("key frame because a person was lost", CALLED),
        ("tracked", COLOURS[2]),
        ("lost, or not there", LOST),
    )
    parts += _legend(legend, left, top + 18)
    return _figure(parts, left + FRAMES * scale + 20, top + 30, "key frames and who is tracked")


def _walkers(index: int) -> Poses:
    """Three people who walk side by side."""
    body = np.array([FIGURE[name] for name in CANONICAL.keypoints], np.float32)
    return _poses(np.stack([body + np.float32([100 + 180 * n + index, 50]) for n in range(3)]))


def _poses(keypoints: Floats) -> Poses:
    """The poses that have keypoints, with boxes as the paper makes them from keypoints."""
    valid = np.isfinite(keypoints[..., 0])
    around = np.nan_to_num(boxes.of_points(keypoints, valid))
    return Poses(
        CANONICAL,
        keypoints,
        valid.astype(np.float32),
        boxes.enlarge(around, 0.1),
        np.ones(len(keypoints), np.float32),
    )


def _bones(places: Floats, colour: str) -> list[str]:
    return [
        element(
            "line", x1=float(places[a][0]), y1=float(places[a][1]), x2=float(places[b][0]),
            y2=float(places[b][1]), stroke=colour, stroke_width=3, stroke_linecap="round",
        )
        for a, b in CANONICAL.edges
    ]  # fmt: skip


def _dot(place: Floats, radius: float, fill: str) -> str:
    return element("circle", cx=float(place[0]), cy=float(place[1]), r=radius, fill=fill)


def _ring(place: Floats, radius: float) -> str:
    return element(
        "circle", cx=float(place[0]), cy=float(place[1]), r=radius, fill="none", stroke=INK,
        stroke_width=2,
    )  # fmt: skip


def _bar(x: float, y: float, width: float, height: float, fill: str) -> str:
    return element("rect", x=x, y=y, width=width, height=height, fill=fill)


def _box(x: float, y: float, width: float, height: float) -> str:
    return element("rect", x=x, y=y, width=width, height=height, rx=5, fill="#f2f4f8", stroke=PALE)


def _arrow(x0: float, y0: float, x1: float, y1: float) -> str:
    return element(
        "line", x1=x0, y1=y0, x2=x1, y2=y1, stroke=INK, stroke_width=1.5, marker_end="url(#tip)"
    )


def _legend(entries: Iterable[tuple[str, str]], x: float, y: float) -> list[str]:
    parts = []
    for name, colour in entries:
        parts.append(_bar(x, y - 10, 11, 11, colour))
        parts.append(text(name, x + 16, y, font_size=13))
        x += 40 + 6.8 * len(name)
    return parts


def _figure(parts: Sequence[str], width: float, height: float, label: str) -> str:
    """A drawing that stands alone: its own name space, font and ground."""
    tip = element(
        "marker", element("path", d="M0 0 L8 4 L0 8 z", fill=INK), id="tip", viewBox="0 0 8 8",
        refX=8, refY=4, markerWidth=7, markerHeight=7, orient="auto",
    )  # fmt: skip
    ground = element("rect", width=width, height=height, fill=PAPER)
    group = element("g", *parts, font_family="system-ui, sans-serif", fill=INK)
    made = drawing([element("defs", tip), ground, group], width, height, label)
    return made.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


if __name__ == "__main__":
    main()
