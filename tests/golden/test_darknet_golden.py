"""YOLOv3 equals OpenCV 4's reading of the same files; see `darknet/make_heads.py`."""

import json
from pathlib import Path

import numpy as np
import pytest
from darknet_random import SMALL, image_of, numbers_of

from lighttrack.models.decode import yolov3_candidates
from lighttrack.networks.detection.darknet_files import COCO_ANCHORS, parse_cfg, yolov3_cfg

GOLDEN = json.loads((Path(__file__).parent / "darknet" / "heads.json").read_text())
WIDTH, HEIGHT = SMALL["size"]
CHANNELS = 3 * (5 + SMALL["classes"])
TOLERANCE = 1e-4


def test_raw_heads_are_opencvs(torch):
    from lighttrack.networks.detection.darknet import Darknet, load_weights

    assert GOLDEN["opencv"].startswith("4.")
    network = Darknet(parse_cfg(yolov3_cfg(**SMALL)))
    load_weights(network, numbers_of(network))
    with torch.no_grad():
        heads = network.eval()(torch.from_numpy(image_of(SMALL["size"])))
    assert len(heads) == len(GOLDEN["raw"]) == 3
    for head, stride, theirs in zip(heads, (32, 16, 8), GOLDEN["raw"], strict=True):
        assert head.shape == (1, CHANNELS, HEIGHT // stride, WIDTH // stride)
        np.testing.assert_allclose(head.numpy().ravel(), theirs, atol=TOLERANCE)
        assert np.abs(theirs).max() > 1


@pytest.mark.parametrize("person_class", [0, 1])
def test_boxes_and_scores_are_opencvs(person_class):
    heads, decoded = [], []
    for stride, raw, theirs in zip((32, 16, 8), GOLDEN["raw"], GOLDEN["decoded"], strict=True):
        rows, columns = HEIGHT // stride, WIDTH // stride
        heads.append(np.array(raw, np.float32).reshape(CHANNELS, rows, columns))
        # OpenCV has the anchors of a cell together, the decoder here the cells of an anchor.
        cells = np.array(theirs).reshape(rows, columns, 3, -1)
        decoded.append(cells.transpose(2, 0, 1, 3).reshape(3 * rows * columns, -1))
    finest_first = np.concatenate(decoded[::-1])
    boxes, scores = yolov3_candidates(heads, np.array(COCO_ANCHORS), (WIDTH, HEIGHT), person_class)
    center, size = finest_first[:, :2], finest_first[:, 2:4]
    expected = np.concatenate([center - size / 2, center + size / 2], axis=1)
    sides = np.array([WIDTH, HEIGHT] * 2)
    np.testing.assert_allclose(boxes / sides, expected, atol=TOLERANCE, rtol=1e-4)
    theirs = finest_first[:, 5 + person_class]
    shown = theirs > 0
    assert 0 < shown.sum() < len(shown)
    np.testing.assert_allclose(scores[shown], theirs[shown], atol=TOLERANCE)
