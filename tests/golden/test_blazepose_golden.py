"""Landmarks equal mediapipe's on the same frames and regions; see `blazepose/make_landmarks.py`."""

import json
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from lighttrack.models import assets
from lighttrack.models.blazepose import LandmarkNetwork
from lighttrack.video import open_video

GOLDEN = json.loads((Path(__file__).parent / "blazepose" / "landmarks.json").read_text())
SIDE = 256


def _label(row):
    degrees = round(float(np.degrees(row["region"][3])))
    return f"{row['mode']}-{row['clip']}-{row['frame']}-at {degrees} degrees"


@lru_cache(maxsize=2)
def _frames(path, count):
    with open_video(path) as video:
        return [frame.image for frame in islice(video, count)]


@pytest.fixture(scope="module")
def network():
    return LandmarkNetwork(assets.locate("blazepose-full").paths[0], threads=1)


def test_people_stand_lean_lie_and_stand_on_their_heads():
    assert GOLDEN["mediapipe"] == "0.10.21"
    angles = np.abs([row["region"][3] for row in GOLDEN["rows"]])
    for low, high in ((0, 0.2), (0.3, 0.8), (1.2, 1.9), (2.6, 3.2)):
        assert ((angles >= low) & (angles <= high)).any(), (low, high)
    assert {row["mode"] for row in GOLDEN["rows"]} == {"static", "video"}


@pytest.mark.network
@pytest.mark.clips
@pytest.mark.parametrize("row", GOLDEN["rows"], ids=_label)
def test_landmarks_lie_within_a_pixel_of_the_crop_of_mediapipes(row, network, clips_dir):
    last = max(r["frame"] for r in GOLDEN["rows"] if r["clip"] == row["clip"])
    image = _frames(clips_dir / row["clip"] / f"{row['clip']}.mp4", last + 1)[row["frame"]]
    image = np.ascontiguousarray(np.rot90(image, row["turns"]))
    x, y, side, angle = row["region"]
    region = np.array([[x, y, x, y]]) + np.array([-1, -1, 1, 1]) * side / 2
    found = network(image, region.astype(np.float32), np.array([angle], np.float32))
    off = np.linalg.norm(found.keypoints[0] - row["landmarks"], axis=1) / row["pixel"]
    assert off.mean() < 0.5
    assert (off < 1).mean() >= 0.9
