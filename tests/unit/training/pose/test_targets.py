import dataclasses

import numpy as np
import pytest

from lighttrack.models.decode import heat_map_keypoints
from lighttrack.training.pose import read_recipe

SMALL = read_recipe("small")
MSE = dataclasses.replace(SMALL, loss="mse", input_size=(64, 96), sigmas=(2.0,))


def test_targets_decode_to_where_they_were_put(torch):
    """Unbiased: a Gaussian is set between the cells, and DARK reads it there."""
    from lighttrack.training.pose.targets import gaussians

    points = torch.tensor([[[7.3, 9.8], [12.0, 5.5]]])
    maps = gaussians(points, (16, 24), 1.5)
    assert maps.shape == (1, 2, 24, 16)
    found, _ = heat_map_keypoints(maps.numpy())
    np.testing.assert_allclose(found, points.numpy(), atol=0.02)


def _case(torch, maps=0.0):
    points = torch.full((2, 15, 2), 32.0)
    known = torch.ones(2, 15, dtype=torch.bool)
    outputs = [torch.full((2, 15, 24, 16), maps)]
    return outputs, points, known


def test_perfect_maps_cost_nothing(torch):
    from lighttrack.training.pose.targets import gaussians, heat_map_loss

    _, points, known = _case(torch)
    perfect = [gaussians(points / 4, (16, 24), 2.0)]
    assert heat_map_loss(perfect, points, known, MSE) == 0


@pytest.mark.parametrize("loss", ["mse", "cross-entropy"])
def test_unknown_keypoints_and_those_outside_do_not_count(torch, loss):
    from lighttrack.training.pose.targets import heat_map_loss

    recipe = dataclasses.replace(MSE, loss=loss)
    outputs, points, known = _case(torch)
    outputs[0].requires_grad_()
    known[0, 3] = False
    points[1, 4] = 500.0
    heat_map_loss(outputs, points, known, recipe).backward()
    gradient = outputs[0].grad.abs().sum(dim=(2, 3))
    assert gradient[0, 3] == 0
    assert gradient[1, 4] == 0
    assert (gradient > 0).sum() == 28


def test_only_the_hardest_keypoints_count(torch):
    from lighttrack.training.pose.targets import heat_map_loss

    outputs, points, known = _case(torch)
    outputs[0] += torch.arange(15)[None, :, None, None] / 3
    outputs[0].requires_grad_()
    heat_map_loss(outputs, points, known, MSE, hardest=7).backward()
    used = outputs[0].grad.abs().sum(dim=(2, 3)) > 0
    assert used.sum(dim=1).tolist() == [7, 7]
    assert used[0, 8:].all()


def test_coarse_outputs_are_held_against_wide_targets(torch):
    from lighttrack.training.pose.targets import gaussians, heat_map_loss

    recipe = dataclasses.replace(MSE, sigmas=(4.0, 1.0))
    _, points, known = _case(torch)
    wide, narrow = (gaussians(points / 4, (16, 24), sigma) for sigma in (4.0, 1.0))
    assert heat_map_loss([wide, narrow], points, known, recipe) == 0
    assert heat_map_loss([narrow, wide], points, known, recipe) > 0
    with pytest.raises(ValueError, match="sigmas must be 1 or 3 numbers"):
        heat_map_loss([wide] * 3, points, known, recipe)


def test_mining_is_of_the_last_output_only(torch):
    from lighttrack.training.pose.targets import heat_map_loss

    outputs, points, known = _case(torch)
    outputs = [outputs[0].clone().requires_grad_() for _ in range(2)]
    heat_map_loss(outputs, points, known, MSE, hardest=7).backward()
    used = [(each.grad.abs().sum(dim=(2, 3)) > 0).sum().item() for each in outputs]
    assert used == [30, 14]
