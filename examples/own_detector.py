"""Track with a detector of your own: any object with a threshold and a call will do.

$ python examples/own_detector.py video.mp4

This one needs no network. It suits a camera that stands still: people are what moves, upright.
"""

import sys

import cv2

import lighttrack


class MovingPeople:
    """Finds upright things that were not there before."""

    score_threshold = 0.5
    """The score from which a detection is more likely a person than not."""

    def __init__(self):
        """Know nothing of the background yet."""
        self._background = cv2.createBackgroundSubtractorMOG2(history=30, detectShadows=False)

    def __call__(self, image):
        """The people in `image` `(H, W, 3)`, RGB."""
        moving = self._background.apply(cv2.blur(image, (5, 5)))
        moving = cv2.dilate(moving, None, iterations=4)
        outlines, _ = cv2.findContours(moving, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        found = [cv2.boundingRect(outline) for outline in outlines]
        tall = image.shape[0] / 10
        boxes = [[x, y, x + w, y + h] for x, y, w, h in found if 1.2 * w < h and h > tall]
        if not boxes:
            return lighttrack.Detections.empty()
        return lighttrack.Detections(boxes=boxes, scores=[0.9] * len(boxes))


for seen in lighttrack.stream(sys.argv[1], detector=MovingPeople()):
    ids = ", ".join(map(str, seen.tracked.ids))
    print(f"{seen.frame.time:.2f} s: {ids or 'no people'}")
