"""Write `heads.json`: what OpenCV 4 makes of YOLOv3's files, for `test_darknet_golden.py`.

    python tests/golden/darknet/make_heads.py          # the small network of the tests
    python tests/golden/darknet/make_heads.py --full   # compares the published sizes only

Run it with a Python that has lighttrack, torch and `opencv-python-headless<5`: OpenCV 5 no longer
reads Darknet's files. `raw` are the outputs of the convolutions before the heads, `decoded` what
OpenCV's own heads make of them: centre and size in shares of the input, objectness, and the
classes' scores, which are 0 up to a fifth.
"""

import json
import sys
import tempfile
from pathlib import Path

import cv2
import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "fixtures"))

from darknet_random import SMALL, image_of, numbers_of

from lighttrack.networks.detection.darknet import Darknet, read_darknet
from lighttrack.networks.detection.darknet_files import parse_cfg, write_weights, yolov3_cfg


def by_opencv(cfg, weights, image):
    """Raw and decoded heads."""
    found = []
    for decoded in (False, True):
        network = cv2.dnn.readNetFromDarknet(str(cfg), str(weights))
        network.setInput(image)
        heads = [name for name in network.getLayerNames() if name.startswith("yolo_")]
        before = [f"conv_{int(name.split('_')[1]) - 1}" for name in heads]
        found.append(network.forward(heads if decoded else before))
    return found


def main():
    """Write the small network's numbers, or compare the full one's."""
    full = "--full" in sys.argv
    text = yolov3_cfg() if full else yolov3_cfg(**SMALL)
    with tempfile.TemporaryDirectory() as place:
        cfg, weights = Path(place, "net.cfg"), Path(place, "net.weights")
        cfg.write_text(text)
        network = Darknet(parse_cfg(text))
        write_weights(weights, numbers_of(network))
        image = image_of(network.size)
        raw, decoded = by_opencv(cfg, weights, image)
        with torch.no_grad():
            own = [head.numpy() for head in read_darknet(cfg, weights)(torch.from_numpy(image))]
    for mine, theirs in zip(own, raw, strict=True):
        print(mine.shape, "largest", abs(theirs).max(), "difference", abs(mine - theirs).max())
    if not full:
        golden = {
            "opencv": cv2.__version__,
            "raw": [[round(float(each), 6) for each in head.ravel()] for head in raw],
            "decoded": [[round(float(each), 6) for each in head.ravel()] for head in decoded],
        }
        Path(__file__).with_name("heads.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
