import hashlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lighttrack.models.session import IMAGENET_BGR, Network, PixelContract

SIZE = (48, 64)
PLAIN = PixelContract()


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 255, (7, 64, 48, 3), np.uint8)


def _filler(images):
    return lambda number, pixels: np.copyto(pixels, images[number])


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
def test_many_images_get_the_answers_of_each_alone(heat_map_file, images, threads, count):
    network = Network(heat_map_file, PLAIN, threads=threads)
    [together] = network.many(SIZE, count, _filler(images))
    alone = [network.one(SIZE, _filler(images[i:]))[0][0] for i in range(count)]
    assert together.shape == (count, 1, 16, 12)
    np.testing.assert_allclose(together, np.stack(alone), rtol=1e-5)


def test_several_threads_can_share_a_network(heat_map_file, images):
    network = Network(heat_map_file, PLAIN, threads=2)
    expected = network.many(SIZE, 7, _filler(images))[0]
    with ThreadPoolExecutor(4) as pool:
        runs = pool.map(lambda _: network.many(SIZE, 7, _filler(images))[0], range(12))
        for found in runs:
            np.testing.assert_array_equal(found, expected)


def test_a_result_is_not_overwritten_by_the_next(heat_map_file, images):
    network = Network(heat_map_file, PLAIN, threads=1)
    [first] = network.one(SIZE, _filler(images))
    kept = first.copy()
    network.one(SIZE, _filler(images[3:]))
    np.testing.assert_array_equal(first, kept)


def test_pixels_are_normalised_in_the_networks_own_order(simcc_file):
    """The toy network takes the mean over channels, so the expected brightness is known."""
    colour = np.array([200, 100, 50], np.uint8)
    pixels = PixelContract(mean=(10, 20, 30), deviation=(2, 4, 5), channels="BGR")
    network = Network(simcc_file, pixels, threads=1)
    columns, _ = network.one(SIZE, lambda _, image: np.copyto(image, colour))
    blue, green, red = 50.0, 100.0, 200.0
    expected = ((blue - 10) / 2 + (green - 20) / 4 + (red - 30) / 5) / 3
    np.testing.assert_allclose(columns, expected, rtol=1e-5)


def test_only_wanted_outputs_are_given(simcc_file):
    network = Network(simcc_file, IMAGENET_BGR, outputs=[1], threads=1)
    outputs = network.one(SIZE, lambda _, image: image.fill(0))
    assert [output.shape for output in outputs] == [(1, 1, 128)]


def test_a_fixed_size_is_known_and_held_to(heat_map_file):
    network = Network(heat_map_file, PLAIN, threads=1)
    assert network.fixed_size == SIZE
    with pytest.raises(ValueError, match="takes images of 48x64, got 64x64"):
        network.one((64, 64), lambda _, image: image.fill(0))


def test_the_hash_is_that_of_the_file(heat_map_file):
    expected = hashlib.sha256(heat_map_file.read_bytes()).hexdigest()
    assert Network(heat_map_file, PLAIN).sha256 == expected


def test_a_file_that_is_no_network_is_refused_in_one_line(tmp_path):
    path = tmp_path / "letter.onnx"
    path.write_text("Dear network,")
    with pytest.raises(ValueError, match=r"letter\.onnx cannot be read as a network") as caught:
        Network(path, PLAIN)
    assert "\n" not in str(caught.value)


def test_a_network_of_two_images_is_refused(two_inputs_file):
    with pytest.raises(ValueError, match="must have one input, a batch of images; got"):
        Network(two_inputs_file, PLAIN)


def test_a_missing_file_and_no_threads_are_refused(tmp_path, heat_map_file):
    with pytest.raises(FileNotFoundError, match="no network file at"):
        Network(tmp_path / "none.onnx", PLAIN)
    with pytest.raises(ValueError, match="threads must be at least 1, got 0"):
        Network(heat_map_file, PLAIN, threads=0)
