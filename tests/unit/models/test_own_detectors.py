"""Detectors of the kinds `boxes-scores-labels` and `yolov3`: toy files whose answer is known."""

import numpy as np
import openvino
import openvino.opset13 as ops
import pytest

from lighttrack.models import build_detector
from lighttrack.models.contract import KINDS, configuration
from lighttrack.models.decode import boxes_scores_labels, yolov3_candidates
from lighttrack.structures.protocols import Detector

BOXES = np.array([[8, 4, 24, 60], [32, 4, 40, 20], [1, 1, 90, 90], [0, 0, 5, 5]], np.float32)
SCORES = np.array([0.6, 0.9, 0.7, 0.05], np.float32)
LABELS = np.array([1, 1, 3, 1])


def _file(path, shape, outputs, contract=""):
    """A network that looks at nothing, and gives constants."""
    source = ops.parameter(shape, np.float32, name="image")
    nothing = ops.multiply(
        ops.reduce_mean(source, np.arange(len(shape)), keep_dims=False), np.float32(0)
    )
    given = [
        ops.add(ops.constant(each), ops.convert(nothing, each.dtype.name.replace("float32", "f32")
                                                .replace("int64", "i64")))
        for each in outputs
    ]  # fmt: skip
    openvino.save_model(openvino.Model(given, [source], "toy"), path, compress_to_fp16=False)
    path.with_suffix(".toml").write_text('kind = "boxes-scores-labels"\n' + contract)
    return str(path)


@pytest.mark.parametrize("shape", [[1, 3, 64, 96], [3, 64, 96], [1, 3, -1, -1]])
@pytest.mark.parametrize(
    "outputs",
    [
        (BOXES, LABELS, SCORES),  # as torchvision gives them
        (BOXES[None], SCORES[None], LABELS[None]),
        (np.column_stack([BOXES, SCORES])[None], LABELS[None]),  # as MMDeploy does
    ],
    ids=["torchvision", "a batch", "dets"],
)
def test_people_are_reported_in_pixels_of_the_image(tmp_path, shape, outputs):
    detector = build_detector(_file(tmp_path / "net.xml", shape, outputs, "input_size = 96"))
    assert isinstance(detector, Detector)
    # The image is twice as large as the input.
    people = detector(np.zeros((128, 192, 3), np.uint8))
    np.testing.assert_allclose(people.boxes, 2 * BOXES[[1, 0]])
    np.testing.assert_allclose(people.scores, [0.9, 0.6])


def test_the_contract_says_which_label_is_a_person(tmp_path):
    path = _file(tmp_path / "net.xml", [1, 3, 64, 96], (BOXES, LABELS, SCORES), "person_class = 3")
    people = build_detector(path)(np.zeros((64, 96, 3), np.uint8))
    # What is beyond the image is cut off.
    assert people.boxes.tolist() == [[1, 1, 90, 64]]


def test_outputs_of_another_kind_are_refused(tmp_path):
    path = _file(tmp_path / "net.xml", [1, 3, 64, 96], (SCORES, LABELS))
    with pytest.raises(ValueError, match="a network of the kind 'boxes-scores-labels' gives boxes"):
        build_detector(path)
    path = _file(tmp_path / "yolo.xml", [1, 3, 64, 64], (np.zeros((1, 17, 2, 2), np.float32),))
    contract = tmp_path / "yolo.toml"
    contract.write_text('kind = "yolov3"\nanchors = [10, 20, 30, 40, 50, 60]\n')
    with pytest.raises(ValueError, match="a network of the kind 'yolov3' gives heads"):
        build_detector(path)
    contract.write_text('kind = "yolov3"\nanchors = [10, 20, 30]\n')
    with pytest.raises(ValueError, match="anchors must be a multiple of 2 numbers"):
        build_detector(path)


def test_nothing_found_is_no_detections():
    nothing = [np.zeros((0, 4), np.float32), np.zeros(0, np.int64), np.zeros(0, np.float32)]
    boxes, scores, labels = boxes_scores_labels(nothing)
    assert boxes.shape == (0, 4)
    assert len(scores) == len(labels) == 0
    with pytest.raises(ValueError, match=r"no boxes \(N, 4\) with scores"):
        boxes_scores_labels([np.zeros((3, 7))])


def test_four_detections_do_not_pass_for_boxes():
    found = [LABELS[None], SCORES[None], BOXES[None]]
    boxes, scores, labels = boxes_scores_labels(found)
    np.testing.assert_array_equal(boxes, BOXES)
    np.testing.assert_array_equal(scores, SCORES)
    np.testing.assert_array_equal(labels, LABELS)


def test_yolov3s_head_by_hand():
    """Cell (1, 0) of 2 x 2 at 64 px: centre at 48, 16; the anchor doubled; person 1 of two."""
    head = np.full((7, 2, 2), -20.0, np.float32)
    head[:, 0, 1] = [0, 0, np.log(2), 0, np.log(9), -20, 0]
    boxes, scores = yolov3_candidates([head], np.array([[10.0, 20.0]]), (64, 64), 1)
    best = int(scores.argmax())
    np.testing.assert_allclose(boxes[best], [38, 6, 58, 26], rtol=1e-5)
    assert scores[best] == pytest.approx(0.9 * 0.5)
    with pytest.raises(ValueError, match="2 anchors and class 1 do not fit heads"):
        yolov3_candidates([head], np.ones((2, 2)), (64, 64), 1)


def test_yolov3_begins_with_the_papers_anchors():
    config = configuration(KINDS["yolov3"], {}, "my.toml")
    assert config.anchors[-2:] == (373, 326)
    tiny = configuration(KINDS["yolov3"], {"anchors": [1, 2, 3, 4]}, "my.toml")
    assert tiny.anchors == (1.0, 2.0, 3.0, 4.0)


def test_torchvisions_own_export_is_a_detector(torch, tmp_path):
    """Faster R-CNN of one image without a batch, exported as torchvision's documentation does."""
    from requirements import required_module

    required_module("onnx", "TRAINING")
    detection = required_module("torchvision", "TRAINING").models.detection
    torch.manual_seed(0)
    network = detection.fasterrcnn_mobilenet_v3_large_320_fpn(
        weights=None, weights_backbone=None, num_classes=2, box_score_thresh=0.0
    ).eval()
    image = torch.rand(3, 96, 128, generator=torch.Generator().manual_seed(1))
    path = tmp_path / "torchvision.onnx"
    torch.onnx.export(network, ([image],), str(path), opset_version=17, dynamo=False)
    path.with_suffix(".toml").write_text('kind = "boxes-scores-labels"\nscore_floor = 0.0\n')
    with torch.no_grad():
        [expected] = network([image])
    pixels = (image * 255).round().permute(1, 2, 0).to(torch.uint8).numpy()
    people = build_detector(str(path), threads=1)(pixels)
    assert len(people) == len(expected["boxes"]) > 0
    np.testing.assert_allclose(people.scores, expected["scores"].numpy(), atol=2e-3)
