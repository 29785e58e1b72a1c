"""A ten-frame clip of two people, written as PoseTrack18 files after a story has changed it.

The 17 keypoints of person p lie at x = 100 + 300 p + 5 i, y = 100 + 7 i. The head box of 30 x 40
pixels makes a head size of 0.6 x 50 = 30, so a keypoint is found within 15 pixels.
"""

import json
from pathlib import Path
from typing import Any

NAMES = [
    "nose", "head_bottom", "head_top", "left_ear", "right_ear", "left_shoulder", "right_shoulder",
    "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee",
    "right_knee", "left_ankle", "right_ankle",
]  # fmt: skip
ANKLES = (NAMES.index("left_ankle"), NAMES.index("right_ankle"))


class Clip:
    """Both sides of one sequence, as lists of people per frame, free to be changed."""

    def __init__(self, frames: int = 10, name: str = "000001_mpii_test") -> None:
        self.name = name
        self.images: list[dict[str, Any]] = [
            {"id": index, "file_name": f"images/val/{name}/{index:06d}.jpg"}
            for index in range(frames)
        ]
        self.truth = [[person(p, head=True) for p in range(2)] for _ in range(frames)]
        self.seen = [[person(p, score=0.9) for p in range(2)] for _ in range(frames)]

    def write(self, folder: Path) -> tuple[Path, Path]:
        for side, people in (("gt", self.truth), ("pred", self.seen)):
            (folder / side).mkdir(exist_ok=True)
            data = self.data(people)
            (folder / side / f"{self.name}.json").write_text(json.dumps(data))
        return folder / "gt", folder / "pred"

    def data(self, people: list[list[dict[str, Any]]]) -> dict[str, Any]:
        return {
            "images": self.images,
            "annotations": [
                {**entry, "image_id": image["id"]}
                for image, entries in zip(self.images, people, strict=False)
                for entry in entries
            ],
            "categories": [{"id": 1, "name": "person", "keypoints": NAMES}],
        }


def person(
    number: int,
    *,
    track: int | None = None,
    shift: float = 0,
    score: float | None = None,
    head: bool = False,
    without: tuple[int, ...] = (),
) -> dict[str, Any]:
    """Person `number`, moved `shift` pixels to the right, with one `score` for all keypoints."""
    keypoints: list[float] = []
    for i in range(17):
        there = i not in (3, 4, *without)  # PoseTrack never annotates the ears
        point = [100 + 300 * number + 5 * i + shift, 100 + 7 * i, 1]
        keypoints += point if there else [0, 0, 0]
    entry: dict[str, Any] = {"track_id": number if track is None else track, "keypoints": keypoints}
    if score is not None:
        entry["scores"] = [score] * 17
    if head:
        entry["bbox_head"] = [100 + 300 * number, 60, 30, 40]
    return entry
