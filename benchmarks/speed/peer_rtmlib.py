"""One run of rtmlib's PoseTracker for `peers.py`, in an environment that holds rtmlib.

python peer_rtmlib.py CLIP DETECTOR.onnx POSE.onnx openvino|onnxruntime
"""

import sys
from functools import partial

import cv2
import openvino
from peer_timing import WARM_UP, report
from rtmlib import Custom, PoseTracker

DETECTION_FREQUENCY = 10
LONGER_SIDE, STRIDE = 416, 32


class FullPrecision(openvino.Core):
    """OpenVINO as lighttrack uses it; by itself it may compute in 16 bits, and find less."""

    def __init__(self) -> None:
        super().__init__()
        self.set_property("CPU", {"INFERENCE_PRECISION_HINT": "f32"})


def main() -> None:
    """Track frames that are in memory."""
    clip, detector, pose, backend = sys.argv[1:]
    video = cv2.VideoCapture(clip)
    frames = []
    while (read := video.read())[0]:
        frames.append(read[1])
    height, width = frames[0].shape[:2]
    scale = LONGER_SIDE / max(height, width)
    # As small an input as lighttrack gives the detector: no padding to a square.
    detector_size = tuple(-(-round(side * scale) // STRIDE) * STRIDE for side in (height, width))
    pose_size = (96, 128) if "128x96" in pose else (192, 256)
    openvino.Core = FullPrecision
    solution = partial(
        Custom,
        det_class="RTMDet",
        det=detector,
        det_input_size=detector_size,
        pose_class="ViTPose",
        pose=pose,
        pose_input_size=pose_size,
    )
    tracker = PoseTracker(solution, det_frequency=DETECTION_FREQUENCY, backend=backend)
    network = tracker.pose_model
    network.postprocess = partial(network.postprocess, dark_kernel=3)
    tracker.det_model.score_thr = 0.4
    for frame in frames[:WARM_UP]:
        tracker(frame)
    tracker.reset()
    report(len(frames), lambda: sum(len(tracker(frame)[0]) for frame in frames))


if __name__ == "__main__":
    main()
