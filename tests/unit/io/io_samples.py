"""Results with everything that formats stumble over: id 0, nobody, missing keypoints, odd names."""

from pathlib import Path

import numpy as np

from lighttrack.structures import (
    Poses,
    Skeleton,
    TargetState,
    TrackedFrame,
    TrackedVideo,
    VideoInfo,
    make_skeleton,
)
from lighttrack.structures.skeletons import COCO_17

PAWS = Skeleton(
    name="Katze",
    keypoints=("nose", "left_paw", "right_paw", "tail, tip"),
    edges=((0, 1), (0, 2), (1, 3)),
    mirror=(0, 2, 1, 3),
    sigmas=(0.026, 0.05, 0.05, 0.1),
)
"""A skeleton that nobody knows, of parts that nobody knows."""

ARM = make_skeleton("arm", ["left_wrist", "left_elbow"], [("left_elbow", "left_wrist")])

PADDING = np.array([-3, -3, 3, 3], np.float32)


def frame(
    index: int, ids: list[int], skeleton: Skeleton = COCO_17, *, time: float | None = None
) -> TrackedFrame:
    """People at places that depend on frame and id, each without some keypoints."""
    n, k = len(ids), len(skeleton)
    random = np.random.default_rng(index)
    corner = np.array([[40 * i + index, 30.0] for i in ids], np.float32).reshape(n, 2)
    boxes = np.concatenate([corner, corner + np.float32([30, 90])], axis=1).astype(np.float32)
    keypoints = corner[:, None] + random.uniform(0, 30, (n, k, 2)) * (1, 3)
    scores = random.uniform(0.05, 1, (n, k))
    gone = random.random((n, k)) < 0.25
    gone[:, :2] = False
    keypoints[gone] = np.nan
    scores[gone] = 0
    poses = Poses(skeleton, keypoints, scores, boxes + PADDING, random.uniform(0.2, 1, n))
    return TrackedFrame(
        index=index,
        time=index / 25 if time is None else time,
        ids=ids,
        poses=poses,
        boxes=boxes,
        is_keyframe=index % 3 == 0,
        states=[TargetState.LOST if i == 2 else TargetState.TRACKED for i in ids],
    )


def video(skeleton: Skeleton = COCO_17, name: str = "clip") -> TrackedVideo:
    """Six frames: one person of id 0, nobody, several, nobody, one, several."""
    frames = [
        frame(0, [0], skeleton),
        frame(1, [], skeleton),
        frame(2, [0, 2, 7], skeleton),
        frame(3, [], skeleton),
        frame(4, [7], skeleton),
        frame(5, [12345, 0], skeleton),
    ]
    info = VideoInfo(name, 640, 360, 25.0, 6, source=f"/videos/{name}.mp4")
    provenance = {"version": "0.1.0", "networks": {"détecteur.onnx": "ab12"}}
    return TrackedVideo(info, skeleton, frames, provenance)


def write(writer: type, path: Path, content: TrackedVideo) -> Path:
    with writer(path, content.info, content.skeleton, content.provenance) as file:
        for one in content.frames:
            file.write(one)
    return path


def assert_same_people(
    read: TrackedVideo,
    written: TrackedVideo,
    *,
    keypoints: bool = True,
    boxes: bool = True,
    person_scores: bool = True,
) -> None:
    """The same identities in the same frames, with the same boxes and keypoints, as rounded."""
    assert [f.index for f in read.frames] == [f.index for f in written.frames]
    for got, wanted in zip(read.frames, written.frames, strict=True):
        assert got.ids.tolist() == wanted.ids.tolist()
        if boxes:
            np.testing.assert_allclose(got.boxes, wanted.boxes, atol=0.011)
        if person_scores:
            np.testing.assert_allclose(
                got.poses.person_scores, wanted.poses.person_scores, atol=1e-4
            )
        if keypoints:
            poses = wanted.poses.to(read.skeleton)
            np.testing.assert_allclose(got.poses.keypoints, poses.keypoints, atol=0.0051)
            np.testing.assert_allclose(got.poses.scores, poses.scores, atol=1e-4)


def assert_same_times(read: TrackedVideo, written: TrackedVideo) -> None:
    times = [frame.time for frame in read.frames]
    np.testing.assert_allclose(times, [frame.time for frame in written.frames], atol=1e-6)
