"""Track everybody in a video and print where each person's nose is.

$ python examples/track_a_video.py video.mp4
"""

import sys

import lighttrack

tracker = lighttrack.load_tracker()
with lighttrack.open_video(sys.argv[1]) as video:
    for frame in tracker.track(video):
        for person, keypoints in zip(frame.ids, frame.poses.keypoints, strict=True):
            print(f"{frame.time:.2f} s: person {person}, nose at {keypoints[0]}")
