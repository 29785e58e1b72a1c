"""NumPy inference of pose matching against torch: within 1e-5 on the shipped weights' shapes."""

import numpy as np
import pytest

from lighttrack.matching.graph import adjacency
from lighttrack.matching.network import pose_features
from lighttrack.structures.skeletons import SKELETONS

_TOLERANCE = 1e-5


def _network(torch, k, channels, *, width=64, partitioning="spatial", hops=1):
    from lighttrack.networks.sgcn import SGCN

    torch.manual_seed(0)
    skeleton = next(s for s in SKELETONS.values() if len(s) == k)
    edges = adjacency(skeleton, np.linspace(0.1, 2, k), partitioning=partitioning, hops=hops)
    network = SGCN(torch.from_numpy(edges), channels=channels, width=width)
    with torch.no_grad():  # edge weights that differ, as after training
        for layer in (network.first, network.second):
            layer.importance.uniform_(0.2, 2)
    return network.eval()


def _keypoints(*shape):
    rng = np.random.default_rng(1)
    points = (rng.normal(size=(*shape, 2)) * 80 + 300).astype(np.float32)
    points[rng.random(shape) < 0.3] = np.nan
    return points


@pytest.mark.parametrize("k", [14, 15, 17, 25, 33])
@pytest.mark.parametrize(
    "settings",
    [{}, {"width": 32, "partitioning": "distance", "hops": 2}],
    ids=["paper", "distance"],
)
def test_pose_embeddings_agree(torch, k, settings):
    from lighttrack.training.export import to_numpy

    network = _network(torch, k, 3, **settings)
    features, present = pose_features(_keypoints(40, k), np.eye(k, dtype=np.float32) - 1 / k)
    with torch.no_grad():
        expected = network(torch.from_numpy(features)).numpy()
    assert present.all()
    np.testing.assert_allclose(to_numpy(network)(features), expected, atol=_TOLERANCE)


def test_a_network_of_two_channels_reads_positions_alone(torch):
    from lighttrack.training.export import to_numpy

    network = _network(torch, 15, 2)
    features, _ = pose_features(_keypoints(40, 15), None)
    with torch.no_grad():
        expected = network(torch.from_numpy(features[..., :2])).numpy()
    exported = to_numpy(network)
    assert exported.channels == 2
    np.testing.assert_allclose(exported(features), expected, atol=_TOLERANCE)
