"""Track with a detector of your own: any object with a threshold and a call will do.

$ python examples/own_detector.py video.mp4

This one suits videos of one person who fills the picture: it says that they are everywhere, and
leaves the rest to the pose estimator.
"""

import sys

import lighttrack


class WholePicture:
    """Says that somebody fills the picture."""

    score_threshold = 0.5
    """The score from which a detection is more likely a person than not."""

    def __call__(self, image):
        """The people in `image` `(H, W, 3)`, RGB."""
        height, width, _ = image.shape
        return lighttrack.Detections(boxes=[[0, 0, width, height]], scores=[1.0])


tracker = lighttrack.load_tracker(detector=WholePicture())
with lighttrack.open_video(sys.argv[1]) as video:
    for frame in tracker.track(video):
        print(f"{frame.time:.2f} s: {len(frame)} seen, key frame: {frame.is_keyframe}")
