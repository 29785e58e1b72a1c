"""The Siamese graph convolution network in torch; its parity with NumPy is in tests/parity."""

import subprocess
import sys

import pytest


def test_embeddings_have_the_given_dimensions_and_length_one(torch):
    from lighttrack.networks.sgcn import SGCN

    torch.manual_seed(0)
    adjacency = torch.rand(3, 15, 15)
    network = SGCN(adjacency, channels=3, width=8, dimensions=16)
    embeddings = network(torch.rand(5, 15, 3))
    assert embeddings.shape == (5, 16)
    torch.testing.assert_close(embeddings.norm(dim=1), torch.ones(5))
    torch.testing.assert_close(network(torch.zeros(0, 15, 3)), torch.zeros(0, 16))


@pytest.mark.parametrize("edge_weights", [True, False])
def test_edges_learn_only_where_asked(torch, edge_weights):
    from lighttrack.networks.sgcn import SGCN

    network = SGCN(torch.ones(1, 4, 4), channels=3, width=2, edge_weights=edge_weights)
    learnt = [name for name, each in network.named_parameters() if each.requires_grad]
    assert ("first.importance" in learnt) is edge_weights
    assert "first.mix.weight" in learnt


def test_an_edge_of_weight_zero_passes_nothing_on(torch):
    from lighttrack.networks.sgcn import GraphConvolution

    torch.manual_seed(0)
    adjacency = torch.eye(3)[None]
    layer = GraphConvolution(adjacency, 2, 4)
    features = torch.rand(3, 1, 2)
    changed = features.clone()
    changed[2] += 1
    before, after = layer(features), layer(changed)
    torch.testing.assert_close(after[:2], before[:2])
    assert not torch.allclose(after[2], before[2])


def test_networks_know_nothing_of_the_rest_of_the_package(torch):
    code = (
        "import sys, lighttrack.networks.sgcn; "
        "print(*sorted(m for m in sys.modules if m.startswith('lighttrack.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {module.split(".")[1] for module in done.stdout.split()} <= {
        "networks",
        "_version",
        "_lazy",
    }
