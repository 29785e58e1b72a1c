"""Random PoseTrack18 data sets with everything that the evaluator treats specially."""

import json
from pathlib import Path
from typing import Any

import numpy as np

NAMES = [
    "nose", "head_bottom", "head_top", "left_ear", "right_ear", "left_shoulder", "right_shoulder",
    "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee",
    "right_knee", "left_ankle", "right_ankle",
]  # fmt: skip
CATEGORY = {"id": 1, "name": "person", "supercategory": "person", "keypoints": NAMES}


def write_data_set(
    folder: Path, rng: np.random.Generator, *, sequences: int = 3, frames: int = 12, people: int = 4
) -> tuple[Path, Path]:
    """Folders of ground truth and predictions: crowded, jittered, dropped, doubled and swapped."""
    truth, predicted = folder / "gt", folder / "pred"
    truth.mkdir(parents=True)
    predicted.mkdir()
    for number in range(sequences):
        name = f"{number:06d}_mpii_test"
        known, seen = _sequence(rng, name, frames, people)
        (truth / f"{name}.json").write_text(json.dumps(known))
        (predicted / f"{name}.json").write_text(json.dumps(seen))
    return truth, predicted


def _sequence(
    rng: np.random.Generator, name: str, frames: int, people: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    starts = rng.uniform(100, 260, (people, 2))
    speed = rng.normal(0, 4, (people, 2))
    shape = rng.normal(0, 25, (people, 17, 2))
    heads = rng.uniform(20, 60, (people, 2)).round(2)
    identity = rng.permutation(people) - (1 if rng.random() < 0.3 else 0)
    absent = rng.choice(17, 2, replace=False)  # joints that this sequence never annotates
    images, known, seen = [], [], []
    for index in range(frames):
        image = {"id": 100000 + index, "file_name": f"images/val/{name}/{index:06d}.jpg"}
        if rng.random() < 0.25:
            corners = rng.uniform(50, 350, (2, rng.integers(3, 7))).round(1)
            image["ignore_regions_x"] = [corners[0].tolist(), [300, 400, 400, 300]]
            image["ignore_regions_y"] = [corners[1].tolist(), [0, 0, 400, 400]]
        images.append(image)
        if rng.random() < 0.2:
            identity = rng.permutation(identity)
        unlabelled, blind = rng.random() < 0.1, rng.random() < 0.1
        for person in rng.permutation(people):
            points = (starts[person] + index * speed[person] + shape[person]).round(2)
            base = {"image_id": image["id"], "category_id": 1}
            there = rng.random(17) < 0.85
            there[absent] = False
            if not unlabelled and rng.random() < 0.85:
                box = [*(starts[person] + index * speed[person]).round(2), *heads[person]]
                entry = {
                    "track_id": int(person),
                    "bbox_head": box,
                    "keypoints": _flat(points, there),
                }
                known.append({**base, **entry})
            for copy in range(0 if blind else int(rng.choice([0, 1, 1, 1, 2]))):
                moved = (points + rng.normal(0, rng.choice([2, 8, 20]), points.shape)).round(2)
                number = int(identity[person]) if copy == 0 else 50 + int(person)
                entry = {
                    "track_id": number,
                    "keypoints": _flat(moved, rng.random(17) < 0.9),
                    "scores": rng.random(17).tolist(),
                }
                seen.append({**base, **entry})
    shared = {"images": images, "categories": [CATEGORY]}
    return {**shared, "annotations": known}, {**shared, "annotations": seen}


def _flat(points: np.ndarray, there: np.ndarray) -> list[float]:
    table = np.concatenate([points, np.ones((17, 1))], axis=1)
    table[~there] = 0
    return table.reshape(-1).tolist()
