import pytest


def _losses():
    from lighttrack.training import losses

    return losses


def test_contrastive_loss_is_eq_3(torch):
    squared = torch.tensor([0.36, 0.36, 4.0, 0.0])
    same = torch.tensor([1.0, 0.0, 0.0, 1.0])
    loss = _losses().margin_contrastive(squared, same, 1.0)
    assert loss.tolist() == pytest.approx([0.18, 0.32, 0.0, 0.0])


def test_equal_embeddings_have_a_finite_slope(torch):
    losses = _losses()
    vectors = torch.tensor([[[1.0, 0.0], [1.0, 0.0], [0.6, 0.8]]], requires_grad=True)
    squared = losses.squared_distances(vectors, vectors)
    assert squared[0, 0].tolist() == pytest.approx([0.0, 0.0, 0.8])
    losses.margin_contrastive(squared, torch.eye(3)[None], 1.0).sum().backward()
    assert torch.isfinite(vectors.grad).all()


def test_logistic_loss_is_even_at_its_boundary_and_grows_on_the_wrong_side(torch):
    loss = _losses().PairLogistic()
    boundary = loss.boundary.detach()
    squared = torch.stack([boundary, boundary, boundary + 1, boundary + 1])
    values = loss(squared, torch.tensor([1.0, 0.0, 1.0, 0.0])).tolist()
    assert values[0] == values[1] == pytest.approx(0.6931, abs=1e-3)
    assert values[2] > 9
    assert values[3] < 1e-3
