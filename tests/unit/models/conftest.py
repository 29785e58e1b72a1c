"""Tiny networks whose right answer is known: they point at the brightest spot of an image."""

import numpy as np
import openvino
import openvino.opset13 as ops
import pytest
from toy_networks import HEIGHT, WIDTH

from lighttrack.video import open_video


def _grey(source):
    return ops.reduce_mean(source, np.array([1]), keep_dims=True)


def _image_input(batch=1):
    return ops.parameter([batch, 3, HEIGHT, WIDTH], np.float32, name="image")


def _save(path, outputs, inputs):
    openvino.save_model(openvino.Model(outputs, inputs, "toy"), path, compress_to_fp16=False)
    return path


@pytest.fixture(scope="session")
def heat_map_file(tmp_path_factory):
    """Heat map `(N, 1, H/4, W/4)`: the image, blurred, at every fourth pixel."""
    source = _image_input(-1)
    bell = np.exp(-(np.arange(-8, 9) ** 2) / (2 * 4.0**2))
    kernel = np.outer(bell, bell).astype(np.float32)[None, None]
    blurred = ops.convolution(_grey(source), kernel, [4, 4], [8, 8], [8, 8], [1, 1])
    return _save(tmp_path_factory.mktemp("toy") / "heat-map.xml", [blurred], [source])


@pytest.fixture(scope="session")
def simcc_file(tmp_path_factory):
    """Brightness of the columns and of the rows, two bins a pixel."""
    source = _image_input(-1)
    grey = _grey(source)
    outputs = []
    for axis in (2, 3):
        profile = ops.reduce_max(grey, np.array([axis]), keep_dims=False)
        twice = ops.concat([ops.unsqueeze(profile, [3]), ops.unsqueeze(profile, [3])], 3)
        outputs.append(ops.reshape(twice, np.array([0, 0, -1]), special_zero=True))
    return _save(tmp_path_factory.mktemp("toy") / "simcc.xml", outputs, [source])


@pytest.fixture(scope="session")
def mean_colour_file(tmp_path_factory):
    """Mean of each channel: the simplest description of appearance."""
    source = _image_input(-1)
    means = ops.reduce_mean(source, np.array([2, 3]), keep_dims=False)
    return _save(tmp_path_factory.mktemp("toy") / "colour.xml", [means], [source])


@pytest.fixture(scope="session")
def two_inputs_file(tmp_path_factory):
    first, second = _image_input(), _image_input()
    total = ops.add(first, second)
    return _save(tmp_path_factory.mktemp("toy") / "two.xml", [total], [first, second])


@pytest.fixture(scope="session")
def street(clips_dir):
    """First image of TUD-Campus, and the boxes of three people in plain view."""
    rows = np.loadtxt(clips_dir / "TUD-Campus" / "gt.txt", delimiter=",", usecols=range(6))
    people = rows[rows[:, 0] == 1][:3, 2:6].astype(np.float32)
    with open_video(clips_dir / "TUD-Campus" / "TUD-Campus.mp4") as video:
        image = next(iter(video)).image
    return image, np.concatenate([people[:, :2], people[:, :2] + people[:, 2:]], axis=1)
