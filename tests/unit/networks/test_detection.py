"""The paper's detectors: their deformable parts, and their files."""

import numpy as np
import pytest
from requirements import required_module

from lighttrack.models import build_detector
from lighttrack.structures.protocols import Detector

SMALLEST = {
    "deformable-fpn": {"depth": 18, "width": 32, "hidden": 32},
    "deformable-rfcn": {"depth": 18, "width": 32, "bins": 3},
}
COMMON = {"normalisation": "group", "smallest_anchor": 16, "proposals": 60}


@pytest.fixture(autouse=True)
def _vision(torch):
    required_module("torchvision", "TRAINING")


@pytest.fixture
def network_of(torch):
    """A network with random weights whose deformable parts read elsewhere."""

    def made(family):
        from lighttrack.networks.detection.deformable import DeformableConvolution
        from lighttrack.networks.detection.regions import detector_network

        torch.manual_seed(0)
        network = detector_network(family, **SMALLEST[family], **COMMON).eval()
        for module in network.modules():
            if isinstance(module, DeformableConvolution):
                torch.nn.init.normal_(module.offsets.weight, std=0.02)
        if family == "deformable-rfcn":
            torch.nn.init.normal_(network.roi_heads.box_roi_pool.shifts.weight, std=0.5)
            for part in ("scores", "boxes"):
                torch.nn.init.normal_(getattr(network.roi_heads.box_roi_pool, part).weight, std=1)
        return network

    return made


def test_offsets_of_zero_are_a_plain_convolution(torch):
    from lighttrack.networks.detection.deformable import DeformableConvolution

    plain = torch.nn.Conv2d(6, 4, 3, stride=2, padding=2, dilation=2, bias=False)
    features = torch.randn(2, 6, 11, 9)
    deformable = DeformableConvolution(plain)
    torch.testing.assert_close(deformable(features), plain(features))
    assert deformable.state_dict().keys() == {"weight", "offsets.weight", "offsets.bias"}


def test_sampling_equals_torchvisions_deformable_convolution(torch):
    from lighttrack.networks.detection.deformable import DeformableConvolution

    plain = torch.nn.Conv2d(6, 4, 3, stride=2, padding=1, bias=False)
    deformable = DeformableConvolution(plain)
    torch.nn.init.normal_(deformable.offsets.weight)
    features = torch.randn(2, 6, 12, 9)
    sampled = deformable.sampled(features, deformable.offsets(features))
    torch.testing.assert_close(sampled, deformable(features), atol=1e-5, rtol=1e-5)
    assert not torch.allclose(sampled, plain(features))


BOXES = [[[0.0, 0, 300, 200], [33, 20, 150, 310], [5, 6, 7, 9]], [[10.0, 20, 480, 320]]]


def test_bins_that_are_not_shifted_are_pooled_as_by_torchvision(torch):
    from lighttrack.networks.detection.deformable import deformably_pooled, pooled

    maps = torch.randn(2, 5 * 9, 20, 30)
    boxes = [torch.tensor(each) for each in BOXES]
    expected = pooled(maps, boxes, 3, 1 / 16)
    assert expected.shape == (4, 5, 3, 3)
    torch.testing.assert_close(deformably_pooled(maps, boxes, 3, 1 / 16, None), expected)


def test_a_shift_moves_a_bin_by_shares_of_the_box(torch):
    """On maps that rise by 1 a cell to the right (or down), a shift is what the value gains."""
    from lighttrack.networks.detection.deformable import deformably_pooled

    rising = torch.arange(40.0).expand(1, 4, 40, 40).clone()
    box = [torch.tensor([[160.0, 160, 320, 480]])]  # 10 x 20 cells
    shifts = torch.zeros(1, 2, 2, 2)
    shifts[0, 1, 0, 1] = 0.3  # the upper right bin, to the right
    shifts[0, 0, 1, 0] = 0.2  # the lower left one, down
    still = deformably_pooled(rising, box, 2, 1 / 16, None)
    moved = deformably_pooled(rising, box, 2, 1 / 16, shifts) - still
    torch.testing.assert_close(moved[0, 0], torch.tensor([[0.0, 3.0], [0.0, 0.0]]))
    down = rising.transpose(2, 3)
    moved = deformably_pooled(down, box, 2, 1 / 16, shifts) - deformably_pooled(
        down, box, 2, 1 / 16, None
    )
    torch.testing.assert_close(moved[0, 0], torch.tensor([[0.0, 0.0], [4.0, 0.0]]))


def test_shifts_are_learnt(torch):
    from lighttrack.networks.detection.deformable import deformably_pooled

    maps, boxes = torch.randn(1, 9, 12, 12), [torch.tensor([[20.0, 30, 120, 150]])]
    shifts = torch.full((1, 2, 3, 3), 0.05, requires_grad=True)
    deformably_pooled(maps, boxes, 3, 1 / 16, shifts).sum().backward()
    assert (shifts.grad != 0).all()


@pytest.mark.parametrize("family", SMALLEST)
def test_only_the_last_stage_is_deformable(network_of, family):
    from lighttrack.networks.detection.deformable import DeformableConvolution

    names = [
        name
        for name, module in network_of(family).named_modules()
        if isinstance(module, DeformableConvolution)
    ]
    assert names == [f"backbone.body.layer4.{block}.conv2" for block in range(2)]


@pytest.mark.parametrize(("family", "depth"), [("deformable-fpn", 101), ("deformable-rfcn", 101)])
def test_the_papers_networks_can_begin_with_a_backbone_of_imagenet(torch, family, depth):
    from torchvision.models import resnet101

    from lighttrack.networks.checkpoints import begin_with
    from lighttrack.networks.detection.regions import detector_network

    network = detector_network(family)
    backbone = resnet101(weights=None).state_dict()
    fitting = begin_with(network, backbone)
    # All but the classifier, and how many batches were seen.
    assert fitting == sum("num_batches" not in name and "fc." not in name for name in backbone)
    own = network.state_dict()["backbone.body.layer4.2.conv2.weight"]
    assert torch.equal(own, backbone["layer4.2.conv2.weight"])


def test_what_there_is_not_is_said(torch):
    from lighttrack.networks.detection.regions import detector_network

    with pytest.raises(ValueError, match="no family of detectors 'ssd'; known: deformable-fpn"):
        detector_network("ssd")
    with pytest.raises(ValueError, match="sizes of deformable-fpn do not fit"):
        detector_network("deformable-fpn", bins=3)
    with pytest.raises(ValueError, match="normalisation must be one of frozen, batch, group"):
        detector_network("deformable-fpn", normalisation="layer")


@pytest.fixture
def exported(network_of, tmp_path, request):
    required_module("onnx", "TRAINING")
    from lighttrack.networks.detection.detector import TorchDetector
    from lighttrack.training.detection import Recipe
    from lighttrack.training.detection.export import export_detector
    from lighttrack.training.schedule import Stage

    family = request.param
    sizes = {"family": family, **SMALLEST[family], **COMMON}
    recipe = Recipe("smallest", sizes, (Stage(1),), input_size=160)
    detector = TorchDetector(
        network_of(family), input_size=160, score_threshold=0.123, score_floor=0.1
    )
    return detector, export_detector(detector, tmp_path, recipe)


@pytest.mark.parametrize("exported", SMALLEST, indirect=True)
def test_torch_onnx_runtime_and_openvino_agree(torch, exported):
    """At another size than that of the export, too: boxes within 1e-3 px, scores within 1e-4."""
    runtime = required_module("onnxruntime", "TRAINING")
    import openvino

    detector, path = exported
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    compiled = openvino.Core().compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    for size in ((160, 160), (128, 192)):
        image = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(1))
        with torch.no_grad():
            [found] = detector.network(image)
        by_openvino = compiled(image.numpy())
        others = [session.run(None, {"images": image.numpy()}), [by_openvino[n] for n in range(3)]]
        assert len(found["boxes"]) > 5
        for boxes, scores, labels in others:
            np.testing.assert_allclose(boxes, found["boxes"].numpy(), atol=1e-3)
            np.testing.assert_allclose(scores, found["scores"].numpy(), atol=1e-4)
            np.testing.assert_array_equal(labels, found["labels"].numpy())


@pytest.mark.parametrize("exported", SMALLEST, indirect=True)
def test_a_detector_runs_on_torch_and_as_a_file(exported, tmp_path):
    from lighttrack import assembly

    detector, path = exported
    image = np.random.default_rng(0).integers(0, 255, (160, 160, 3)).astype(np.uint8)
    before = image.copy()
    of_file = build_detector(str(path), threads=1)
    of_torch = assembly.build_detector(path.with_suffix(".pt"))
    assert of_torch.networks.keys() == {"model.pt"}
    expected = detector(image)
    for built in (of_file, of_torch):
        assert isinstance(built, Detector)
        assert built.score_threshold == pytest.approx(0.123)
        people = built(image)
        assert len(people) > 5
        np.testing.assert_allclose(people.boxes, expected.boxes, atol=1e-2)
        np.testing.assert_allclose(people.scores, expected.scores, atol=1e-4)
    np.testing.assert_array_equal(image, before)
    assert len(of_torch(np.zeros((90, 30, 3), np.uint8)).boxes.shape) == 2


def test_another_file_is_no_detector(torch, tmp_path):
    from lighttrack.networks.detection.detector import TorchDetector

    torch.save({"weights": {}}, tmp_path / "other.pt")
    with pytest.raises(ValueError, match=r"other\.pt is no detector of lighttrack's"):
        TorchDetector.read(tmp_path / "other.pt")
    with pytest.raises(FileNotFoundError, match="no network file"):
        TorchDetector.read(tmp_path / "none.pt")
