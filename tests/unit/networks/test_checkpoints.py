"""Published checkpoints: names and shapes written down here as their authors' files have them."""

import re

import pytest
from requirements import required_module


@pytest.fixture(scope="module", autouse=True)
def _vision(torch):
    required_module("torchvision", "TRAINING")


def _convolution(names, place, outputs, inputs, kernel):
    names[f"{place}.weight"] = (outputs, inputs, kernel, kernel)


def _normalisation(names, place, width):
    for part in ("weight", "bias", "running_mean", "running_var"):
        names[f"{place}.{part}"] = (width,)


def _pair(names, convolution, normalisation, outputs, inputs, kernel):
    _convolution(names, convolution, outputs, inputs, kernel)
    _normalisation(names, normalisation, outputs)


def _bottleneck(names, place, inputs, width, *, downsample):
    _pair(names, f"{place}.conv1", f"{place}.bn1", width, inputs, 1)
    _pair(names, f"{place}.conv2", f"{place}.bn2", width, width, 3)
    _pair(names, f"{place}.conv3", f"{place}.bn3", 4 * width, width, 1)
    if downsample:
        _pair(names, f"{place}.downsample.0", f"{place}.downsample.1", 4 * width, inputs, 1)


def pose_resnet(blocks, keypoints):
    """SimpleBaseline: backbone and head."""
    backbone, head = {}, {}
    _pair(backbone, "conv1", "bn1", 64, 3, 7)
    inputs = 64
    for stage, count in enumerate(blocks):
        width = 64 * 2**stage
        for block in range(count):
            place = f"layer{stage + 1}.{block}"
            _bottleneck(backbone, place, inputs, width, downsample=block == 0)
            inputs = 4 * width
    for number in (0, 3, 6):
        head[f"deconv_layers.{number}.weight"] = (inputs, 256, 4, 4)
        _normalisation(head, f"deconv_layers.{number + 1}", 256)
        inputs = 256
    _final(head, 256, keypoints)
    return backbone, head


def _final(names, inputs, keypoints):
    names["final_layer.weight"] = (keypoints, inputs, 1, 1)
    names["final_layer.bias"] = (keypoints,)


def hrnet(width, keypoints):
    """HRNet: backbone and head."""
    names, head = {}, {}
    _pair(names, "conv1", "bn1", 64, 3, 3)
    _pair(names, "conv2", "bn2", 64, 64, 3)
    for block in range(4):
        _bottleneck(names, f"layer1.{block}", 64 if block == 0 else 256, 64, downsample=block == 0)
    _pair(names, "transition1.0.0", "transition1.0.1", width, 256, 3)
    _pair(names, "transition1.1.0.0", "transition1.1.0.1", 2 * width, 256, 3)
    _pair(names, "transition2.2.0.0", "transition2.2.0.1", 4 * width, 2 * width, 3)
    _pair(names, "transition3.3.0.0", "transition3.3.0.1", 8 * width, 4 * width, 3)
    for stage, (branches, modules) in enumerate(((2, 1), (3, 4), (4, 3)), start=2):
        for module in range(modules):
            last = stage == 4 and module == modules - 1
            _hrnet_module(names, f"stage{stage}.{module}", width, branches, 1 if last else branches)
    _final(head, width, keypoints)
    return names, head


def _hrnet_module(names, place, width, branches, outputs):
    for branch in range(branches):
        wide = width * 2**branch
        for block in range(4):
            for part in (1, 2):
                at = f"{place}.branches.{branch}.{block}"
                _pair(names, f"{at}.conv{part}", f"{at}.bn{part}", wide, wide, 3)
    for target in range(outputs):
        for source in range(branches):
            at = f"{place}.fuse_layers.{target}.{source}"
            to, of = width * 2**target, width * 2**source
            if source > target:
                _pair(names, f"{at}.0", f"{at}.1", to, of, 1)
            for step in range(target - source):
                wide = to if step == target - source - 1 else of
                _pair(names, f"{at}.{step}.0", f"{at}.{step}.1", wide, of, 3)


STYLES = {
    "microsoft": ("module.", "module.", False),
    "mmpose-0.x": ("backbone.", "keypoint_head.", True),
    "mmpose-1.x": ("backbone.", "head.", True),
}

NETWORKS = {
    "pose-resnet-50": (lambda: pose_resnet((3, 4, 6, 3), 17), "simple-baseline", {"depth": 50}),
    "hrnet-w32": (lambda: hrnet(32, 17), "hrnet", {"width": 32}),
}


def checkpoint(torch, parts, style):
    """A file's content in the style of a publisher, filled with different numbers."""
    of_backbone, of_head, wrapped = STYLES[style]
    state = {}
    for prefix, names in zip((of_backbone, of_head), parts, strict=True):
        for name, shape in names.items():
            state[prefix + name] = torch.full(shape, 0.01 * (len(state) % 7 + 1))
    if not wrapped:
        return state
    for name in [name for name in state if name.endswith("running_var")]:
        state[name.replace("running_var", "num_batches_tracked")] = torch.tensor(7)
    return {"state_dict": state, "meta": {"epoch": 210}}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("network", NETWORKS)
def test_published_names_and_shapes_are_read(torch, network, style, tmp_path):
    from lighttrack.networks.checkpoints import load_published, read_state
    from lighttrack.networks.families import pose_network

    names, family, sizes = NETWORKS[network]
    content = checkpoint(torch, names(), style)
    torch.save(content, tmp_path / "published.pth")
    built = pose_network(family, 17, **sizes)
    load_published(built, read_state(tmp_path / "published.pth"))
    own = built.state_dict()
    given = content.get("state_dict", content)
    for prefixed, value in given.items():
        name = re.sub(r"^(module|backbone|keypoint_head|head)\.", "", prefixed)
        assert torch.equal(own[name], value), name


@pytest.mark.parametrize(("depth", "blocks"), [(101, (3, 4, 23, 3)), (152, (3, 8, 36, 3))])
def test_the_deeper_networks_have_the_published_names(torch, depth, blocks):
    from lighttrack.networks.families import pose_network

    names = {**pose_resnet(blocks, 17)[0], **pose_resnet(blocks, 17)[1]}
    with torch.device("meta"):
        own = pose_network("simple-baseline", 17, depth=depth).state_dict()
    found = {n: tuple(v.shape) for n, v in own.items() if not n.endswith("num_batches_tracked")}
    assert found == names


def test_hrnet_w48_has_the_published_names(torch):
    from lighttrack.networks.families import pose_network

    backbone, head = hrnet(48, 17)
    with torch.device("meta"):
        own = pose_network("hrnet", 17, width=48).state_dict()
    found = {n: tuple(v.shape) for n, v in own.items() if not n.endswith("num_batches_tracked")}
    assert found == {**backbone, **head}


def test_missing_extra_and_unfit_tensors_are_listed(torch):
    from lighttrack.networks.checkpoints import load_published
    from lighttrack.networks.families import pose_network

    backbone, head = pose_resnet((3, 4, 6, 3), 17)
    state = {name: torch.zeros(shape) for name, shape in {**backbone, **head}.items()}
    del state["layer1.0.conv1.weight"], state["bn1.bias"]
    state["layer9.weight"] = torch.zeros(1)
    state["final_layer.bias"] = torch.zeros(15)
    with pytest.raises(ValueError, match="does not fit") as caught:
        load_published(pose_network("simple-baseline", 17, depth=50), state)
    told = str(caught.value)
    assert "missing: bn1.bias, layer1.0.conv1.weight" in told
    assert "extra: layer9.weight" in told
    assert "final_layer.bias is (15,), not (17,)" in told


def test_a_file_that_would_run_code_is_refused(torch, tmp_path):
    from lighttrack.networks.checkpoints import read_state

    class Trap:
        def __reduce__(self):
            return (print, ("run",))

    torch.save({"state_dict": Trap()}, tmp_path / "trap.pth")
    with pytest.raises(ValueError, match=r"trap\.pth cannot be read as a checkpoint"):
        read_state(tmp_path / "trap.pth")


def test_a_backbone_of_imagenet_begins_a_network(torch):
    from torchvision.models import resnet18

    from lighttrack.networks.checkpoints import begin_with
    from lighttrack.networks.families import pose_network

    state = resnet18(weights=None).state_dict()
    for family, place in (("simple-baseline", "layer1"), ("cpn", "resnet.layer1")):
        network = pose_network(family, 15, depth=18)
        assert begin_with(network, state) >= 100
        own = network.state_dict()[f"{place}.0.conv1.weight"]
        assert torch.equal(own, state["layer1.0.conv1.weight"])
    with pytest.raises(ValueError, match="none of the weights"):
        begin_with(pose_network("mobilenet", 15), state)
