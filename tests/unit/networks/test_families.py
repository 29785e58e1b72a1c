import pytest
from requirements import required_module

SMALLEST = {
    "simple-baseline": {"depth": 18, "widths": [32, 32, 32]},
    "cpn": {"depth": 18, "width": 32},
    "mobilenet": {"width": 0.25, "widths": [32, 32, 32]},
    "hrnet": {"width": 8, "modules": (1, 1, 1)},
    "encoder-decoder": {"widths": [8, 16, 24]},
}


@pytest.fixture(autouse=True)
def _vision(torch):
    required_module("torchvision", "TRAINING")


@pytest.mark.parametrize("size", [(256, 192), (384, 288), (128, 96)])
@pytest.mark.parametrize("family", SMALLEST)
def test_maps_have_a_quarter_of_the_size_of_the_image(torch, family, size):
    from lighttrack.networks.families import pose_network

    network = pose_network(family, 11, **SMALLEST[family]).eval()
    with torch.no_grad():
        maps = network(torch.zeros(1, 3, *size))
    assert [tuple(each.shape) for each in maps] == [(1, 11, size[0] // 4, size[1] // 4)] * len(maps)
    assert len(maps) == (5 if family == "cpn" else 1)


@pytest.mark.parametrize(
    ("family", "sizes", "millions"),
    [
        ("simple-baseline", {"depth": 50}, 34.0),  # Xiao et al., and MMPose's table
        ("simple-baseline", {"depth": 152}, 68.6),  # Sun et al., table 1
        ("hrnet", {"width": 32}, 28.5),  # Sun et al., table 1
        ("hrnet", {"width": 48}, 63.6),  # Sun et al., table 1
        ("cpn", {"depth": 50}, 27.0),  # Sun et al., table 1
    ],
)
def test_parameters_are_as_many_as_published(torch, family, sizes, millions):
    from lighttrack.networks.families import pose_network

    with torch.device("meta"):
        network = pose_network(family, 17, **sizes)
    count = sum(each.numel() for each in network.parameters()) / 1e6
    assert count == pytest.approx(millions, rel=0.05)


def test_the_stride_of_a_caffe_backbone_is_on_the_first_convolution(torch):
    from lighttrack.networks.families import pose_network

    block = pose_network("simple-baseline", 17, depth=50, stride_first=True).layer2[0]
    assert (block.conv1.stride, block.conv2.stride) == ((2, 2), (1, 1))
    block = pose_network("simple-baseline", 17, depth=50).layer2[0]
    assert (block.conv1.stride, block.conv2.stride) == ((1, 1), (2, 2))


@pytest.mark.parametrize(
    ("family", "sizes", "told"),
    [
        ("resnet", {}, "no family of pose networks 'resnet'; known: simple-baseline, cpn"),
        ("hrnet", {"depth": 3}, "sizes of hrnet do not fit"),
        ("cpn", {"depth": 9}, "a ResNet has 18, 34, 50, 101, 152 layers, got 9"),
    ],
)
def test_what_there_is_not_is_said(torch, family, sizes, told):
    from lighttrack.networks.families import pose_network

    with pytest.raises(ValueError, match=told):
        pose_network(family, 15, **sizes)


def test_cross_entropy_maps_peak_at_one_where_they_are_sure(torch):
    from lighttrack.networks.heat_maps import HeatMaps

    x, y = torch.meshgrid(torch.arange(9.0), torch.arange(9.0), indexing="xy")
    logits = -((x - 4) ** 2 + (y - 4) ** 2) / 2  # a Gaussian of deviation 1
    maps = HeatMaps(torch.nn.Identity(), loss="cross-entropy", sigma=1.0)
    assert maps(logits[None, None][None])[0, 0].max() == pytest.approx(1, abs=0.01)
