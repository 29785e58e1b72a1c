"""One run of mediapipe's solutions.pose for `peers.py`, in an environment that holds mediapipe.

python peer_mediapipe.py CLIP FRAMES
"""

import sys

import cv2
import mediapipe
from peer_timing import WARM_UP, report

FULL = 1


def main() -> None:
    """Track frames that are in memory."""
    clip, limit = sys.argv[1], int(sys.argv[2])
    video = cv2.VideoCapture(clip)
    frames = []
    while len(frames) < limit and (read := video.read())[0]:
        frames.append(cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB))
    with mediapipe.solutions.pose.Pose(model_complexity=FULL) as pose:
        for frame in frames[:WARM_UP]:
            pose.process(frame)
        pose.reset()
        found = (pose.process(frame).pose_landmarks is not None for frame in frames)
        report(len(frames), lambda: sum(found))


if __name__ == "__main__":
    main()
