"""Write `landmarks.json`: mediapipe's own regions and landmarks, for `test_blazepose_golden.py`.

    python tests/golden/blazepose/make_landmarks.py ../shared/clips

Run it with a Python that has mediapipe 0.10.21 (`benchmarks/speed/peers.py` makes one). `static`
looks at single frames, some turned by quarters, so that people stand, lean, lie and stand on their
heads; `video` follows a person who does a vault, without mediapipe's smoothing of landmarks. Each
row: clip, frame, quarter turns to the left, region (x, y of its centre, side, in pixels, and its
angle in radians), landmarks in pixels of the (turned) frame, and how many pixels of the frame make
one of the network's 256.
"""

import json
import sys
from pathlib import Path

import cv2
import mediapipe as mp
import numpy as np
from mediapipe.python.solution_base import SolutionBase

STATIC = [
    ("DAVIS_parkour", 0, 0),
    ("DAVIS_parkour", 0, 1),
    ("DAVIS_parkour", 0, 2),
    ("DAVIS_parkour", 0, 3),
    ("DAVIS_parkour", 30, 1),
    ("DAVIS_parkour", 50, 0),
    ("DAVIS_parkour", 60, 0),
    ("DAVIS_parkour", 70, 0),
    ("DAVIS_breakdance", 50, 0),
    ("one-by-one", 70, 0),
    ("one-by-one", 70, 2),
]
VIDEO = ("DAVIS_parkour", range(76))
KEPT = (10, 30, 50, 60, 66, 70, 74)
SIDE = 256


def solution(*, video):
    """mediapipe's graph of one pose, with the regions as outputs, too."""
    return SolutionBase(
        binary_graph_path="mediapipe/modules/pose_landmark/pose_landmark_cpu.binarypb",
        side_inputs={
            "model_complexity": 1,
            "smooth_landmarks": False,
            "enable_segmentation": False,
            "smooth_segmentation": False,
            "use_prev_landmarks": video,
        },
        outputs=["pose_landmarks", "pose_rect_from_detection", "pose_rect_from_landmarks"],
    )


def frames(clips, name, wanted):
    """The wanted frames of a clip, RGB."""
    video = cv2.VideoCapture(str(clips / name / f"{name}.mp4"))
    for index in range(max(wanted) + 1):
        _, image = video.read()
        if index in wanted:
            yield index, cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def row(mode, clip, frame, turns, image, rect, landmarks):
    """One row of the file."""
    height, width = image.shape[:2]
    side = rect.width * width
    return {
        "mode": mode,
        "clip": clip,
        "frame": frame,
        "turns": turns,
        "region": [
            round(value, 4)
            for value in (rect.x_center * width, rect.y_center * height, side, rect.rotation)
        ],
        "landmarks": [
            [round(point.x * width, 2), round(point.y * height, 2)] for point in landmarks.landmark
        ],
        "pixel": round(side / SIDE, 4),
    }


def main():
    """Look at all frames and write the file beside this script."""
    clips = Path(sys.argv[1])
    rows = []
    for clip, index, turns in STATIC:
        [(_, image)] = frames(clips, clip, {index})
        image = np.ascontiguousarray(np.rot90(image, turns))
        with solution(video=False) as graph:
            found = graph.process({"image": image})
        if found.pose_landmarks is None:
            print(f"no person in {clip} {index} turned {turns} times", file=sys.stderr)
            continue
        rect = found.pose_rect_from_detection
        rows.append(row("static", clip, index, turns, image, rect, found.pose_landmarks))
    clip, indices = VIDEO
    with solution(video=True) as graph:
        region = None
        for index, image in frames(clips, clip, set(indices)):
            found = graph.process({"image": image})
            if index in KEPT and region is not None and found.pose_landmarks is not None:
                rows.append(row("video", clip, index, 0, image, region, found.pose_landmarks))
            region = found.pose_rect_from_landmarks
    text = json.dumps({"mediapipe": mp.__version__, "rows": rows}, indent=None)
    Path(__file__).with_name("landmarks.json").write_text(text.replace("}, {", "},\n{") + "\n")


if __name__ == "__main__":
    main()
