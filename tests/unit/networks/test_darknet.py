import numpy as np
import pytest
from darknet_random import SMALL, image_of, numbers_of
from requirements import required_module

from lighttrack.models import build_detector
from lighttrack.models.decode import yolov3_candidates
from lighttrack.networks.detection.darknet_files import (
    COCO_ANCHORS,
    parse_cfg,
    read_cfg,
    read_weights,
    write_weights,
    yolov3_cfg,
)

TINY = """
[net]
width=64
height=64  # as it is given
[convolutional]
batch_normalize=1
filters=4
size=3
stride=1
pad=1
activation=leaky
[maxpool]
size=2
stride=2
[maxpool]
size=2
stride=1
[convolutional]
filters=12
size=1
stride=16
activation=linear
[yolo]
mask = 2,3
anchors = 1,2, 3,4, 5,6, 7,8
classes=1
num=4
"""


def test_yolov3_has_the_published_layers_and_weights(torch):
    """62,001,757 numbers: the published file has 248,007,048 bytes, 20 of them its header."""
    from lighttrack.networks.detection.darknet import yolov3

    with torch.device("meta"):
        network = yolov3()
    assert network.kinds.count("convolutional") == 75
    assert network.kinds.count("shortcut") == 23
    assert [head.anchors for head in network.heads] == [
        COCO_ANCHORS[6:], COCO_ANCHORS[3:6], COCO_ANCHORS[:3],
    ]  # fmt: skip
    count = sum(each.numel() for each in network.parameters())
    running = sum(each.numel() for name, each in network.named_buffers() if "running" in name)
    assert count + running == (248_007_048 - 20) // 4


def test_weights_are_read_as_they_were_written(torch, tmp_path):
    from lighttrack.networks.detection.darknet import read_darknet, stored_weights

    (tmp_path / "tiny.cfg").write_text(TINY)
    numbers = np.arange(4 * 4 + 4 * 27 + 12 + 12 * 4, dtype=np.float32)
    write_weights(tmp_path / "tiny.weights", numbers)
    network = read_darknet(tmp_path / "tiny.cfg", tmp_path / "tiny.weights")
    np.testing.assert_array_equal(stored_weights(network), numbers)
    first = network.layers[0]
    assert first[1].bias.tolist() == [0, 1, 2, 3]
    assert first[1].weight.tolist() == [4, 5, 6, 7]
    assert first[1].running_mean.tolist() == [8, 9, 10, 11]
    assert first[1].running_var.tolist() == [12, 13, 14, 15]
    assert first[0].weight.flatten()[:2].tolist() == [16, 17]
    assert network.heads[0].anchors == ((5, 6), (7, 8))
    with torch.no_grad():
        assert network(torch.zeros(1, 3, 64, 64))[0].shape == (1, 12, 2, 2)


@pytest.mark.parametrize(("version", "bytes_of_count"), [((0, 1), 4), ((0, 2), 8), ((1, 0), 8)])
def test_the_header_depends_on_the_version(tmp_path, version, bytes_of_count):
    head = np.array([*version, 0], "<i4").tobytes() + bytes(bytes_of_count)
    (tmp_path / "a.weights").write_bytes(head + np.array([1.5, 2.5], "<f4").tobytes())
    assert read_weights(tmp_path / "a.weights").tolist() == [1.5, 2.5]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[maxpool]", "[gru]", r"\[gru\] in line \d+ is not known; known: \[convolutional\]"),
        ("activation=leaky", "activation=mish", "has the activation 'mish'; known: leaky, relu"),
        ("filters=12", "filters=14", r"\[yolo\] in line \d+ needs 12 channels, got 14"),
        ("filters=4\n", "", "has no entry 'filters'"),
        ("filters=4", "filters=four", "has 'four' for the whole number"),
        ("[yolo]", "[route]\nlayers=9\n[yolo]", "names a layer not before it"),
        ("size=3", "size", "line 8 is neither .section. nor key=value: 'size'"),
        ("[net]", "[set]", "must begin with .net."),
    ],
)
def test_a_wrong_cfg_is_explained(torch, old, new, told):
    from lighttrack.networks.detection.darknet import Darknet

    assert old in TINY
    with pytest.raises(ValueError, match=told):
        Darknet(parse_cfg(TINY.replace(old, new, 1)))


def test_files_that_do_not_fit_are_refused(torch, tmp_path):
    from lighttrack.networks.detection.darknet import read_darknet

    (tmp_path / "tiny.cfg").write_text(TINY)
    with pytest.raises(FileNotFoundError, match=r"no file .*tiny\.weights"):
        read_darknet(tmp_path / "tiny.cfg", tmp_path / "tiny.weights")
    write_weights(tmp_path / "tiny.weights", np.zeros(5, np.float32))
    with pytest.raises(ValueError, match="the network has 184 weights, the file has 5"):
        read_darknet(tmp_path / "tiny.cfg", tmp_path / "tiny.weights")
    (tmp_path / "tiny.weights").write_bytes(b"12345")
    with pytest.raises(ValueError, match=r"tiny\.weights is no file of Darknet's weights: 5 bytes"):
        read_weights(tmp_path / "tiny.weights")
    with pytest.raises(FileNotFoundError, match="no file"):
        read_cfg(tmp_path / "none.cfg")


@pytest.fixture
def exported(torch, tmp_path):
    """The small network as ONNX, and its heads for one input."""
    required_module("onnx", "TRAINING")
    from lighttrack.networks.detection.darknet import Darknet, export_darknet

    (tmp_path / "net.cfg").write_text(yolov3_cfg(**SMALL))
    network = Darknet(parse_cfg(yolov3_cfg(**SMALL)))
    write_weights(tmp_path / "net.weights", numbers_of(network))
    return export_darknet(
        tmp_path / "net.cfg", tmp_path / "net.weights", tmp_path / "net.onnx", person_class=1
    )


def test_torch_and_onnx_runtime_agree(torch, exported):
    runtime = required_module("onnxruntime", "TRAINING")
    from lighttrack.networks.detection.darknet import read_darknet

    image = image_of(SMALL["size"])
    with torch.no_grad():
        network = read_darknet(exported.with_suffix(".cfg"), exported.with_suffix(".weights"))
        expected = network(torch.from_numpy(image))
    session = runtime.InferenceSession(str(exported), providers=["CPUExecutionProvider"])
    for mine, theirs in zip(session.run(None, {"images": image}), expected, strict=True):
        np.testing.assert_allclose(mine, theirs.numpy(), atol=1e-4)


def test_the_export_is_a_detector(torch, exported):
    """Its boxes are those of the heads of torch for the same pixels, in pixels of the image."""
    from lighttrack.networks.detection.darknet import read_darknet

    detector = build_detector(str(exported), threads=1)
    assert detector.config.person_class == 1
    assert detector.config.anchors[:4] == (10, 13, 16, 30)
    width, height = SMALL["size"]
    image = np.random.default_rng(0).integers(0, 255, (height, width, 3)).astype(np.uint8)
    people = detector(image)
    pixels = torch.from_numpy(image.astype(np.float32) / 255).permute(2, 0, 1)[None]
    with torch.no_grad():
        network = read_darknet(exported.with_suffix(".cfg"), exported.with_suffix(".weights"))
        heads = [head[0].numpy() for head in network(pixels)]
    boxes, scores = yolov3_candidates(heads, np.array(COCO_ANCHORS), (width, height), 1)
    best = scores.argmax()
    assert len(people) > 1
    assert people.scores[0] == pytest.approx(scores[best], abs=1e-4)
    np.testing.assert_allclose(people.boxes[0], boxes[best], atol=1e-2)
    assert (np.diff(people.scores) <= 0).all()


def test_an_export_that_cannot_be_is_refused(torch, exported):
    from lighttrack.networks.detection.darknet import export_darknet

    files = exported.with_suffix(".cfg"), exported.with_suffix(".weights")
    with pytest.raises(ValueError, match="person_class must be below 2, got 2"):
        export_darknet(*files, exported, person_class=2)
    with pytest.raises(ValueError, match=r"must end in \.onnx"):
        export_darknet(*files, exported.with_suffix(".pt"))


def test_the_command_writes_the_same_file(torch, exported, tmp_path, capsys):
    from lighttrack.cli.app import main

    files = [str(exported.with_suffix(".cfg")), str(exported.with_suffix(".weights"))]
    assert main(["models", "darknet", *files, "--output", str(tmp_path / "by-command.onnx")]) == 0
    assert "lighttrack track --detector" in capsys.readouterr().out
    assert build_detector(str(tmp_path / "by-command.onnx"), threads=1).config.person_class == 0
    assert main(["models", "darknet", "none.cfg", files[1], "-o", str(tmp_path / "b.onnx")]) == 1
    assert "no file none.cfg" in capsys.readouterr().err
