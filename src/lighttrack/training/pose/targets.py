"""Gaussian targets and the losses on heat maps."""

from collections.abc import Sequence

import torch
from torch.nn.functional import log_softmax

from lighttrack.training.pose.recipe import Recipe


def gaussians(points: torch.Tensor, size: tuple[int, int], sigma: float) -> torch.Tensor:
    """Maps of height 1 around points, not rounded to cells (DARK, Zhang et al., CVPR 2020, 3.2).

    Args:
        points: `(N, K, 2)`: x, y in cells.
        size: width and height of the maps.
        sigma: standard deviation in cells.

    Returns:
        `(N, K, h, w)`.
    """
    width, height = size
    x = torch.arange(width, device=points.device) - points[..., 0, None]
    y = torch.arange(height, device=points.device) - points[..., 1, None]
    along, down = (torch.exp(-(offset**2) / (2 * sigma**2)) for offset in (x, y))
    return down[..., :, None] * along[..., None, :]


def inside(points: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """`(N, K)`: which points `(N, K, 2)` lie in maps of a size (width, height)."""
    x, y = points.unbind(dim=-1)
    width, height = size
    return (x > -0.5) & (x < width - 0.5) & (y > -0.5) & (y < height - 0.5)


def heat_map_loss(
    outputs: Sequence[torch.Tensor],
    points: torch.Tensor,
    known: torch.Tensor,
    recipe: Recipe,
    *,
    hardest: int = 0,
) -> torch.Tensor:
    """The loss of a batch: of every output against a target of its own width, added up.

    Coarse outputs are held against wide targets, fine ones against narrow ones (CPN's
    coarse-to-fine supervision). Hard keypoints are mined in the last output only, as in CPN.

    Args:
        outputs: each `(N, K, h, w)`, coarse to fine.
        points: `(N, K, 2)`: true positions in pixels of the crop.
        known: `(N, K)`: which of them count.
        recipe: says the loss, the widths and the input's size.
        hardest: keypoints of each person that count; 0 for all.
    """
    sigmas = recipe.sigmas * len(outputs) if len(recipe.sigmas) == 1 else recipe.sigmas
    if len(sigmas) != len(outputs):
        raise ValueError(
            f"recipe {recipe.name}: sigmas must be 1 or {len(outputs)} numbers, one per output of "
            f"the network, got {len(sigmas)}"
        )
    total = torch.zeros((), device=points.device)
    for number, (maps, sigma) in enumerate(zip(outputs, sigmas, strict=True)):
        size = (maps.shape[3], maps.shape[2])
        stride = recipe.input_size[0] / size[0]
        cells = points / stride
        counted = (known & inside(cells, size)).float()
        losses = _losses(maps.float(), gaussians(cells, size, sigma), recipe.loss) * counted
        mined = hardest if number == len(outputs) - 1 else 0
        total = total + _mean(losses, counted, mined)
    return total


def _losses(maps: torch.Tensor, targets: torch.Tensor, kind: str) -> torch.Tensor:
    """`(N, K)`: the loss of each keypoint."""
    if kind == "mse":
        return ((maps - targets) ** 2).mean(dim=(2, 3))
    shares = targets.flatten(2) / targets.flatten(2).sum(dim=2, keepdim=True).clamp_min(1e-6)
    return -(shares * log_softmax(maps.flatten(2), dim=2)).sum(dim=2)


def _mean(losses: torch.Tensor, counted: torch.Tensor, hardest: int) -> torch.Tensor:
    if hardest:
        taken = losses.topk(min(hardest, losses.shape[1]), dim=1)
        losses, counted = taken.values, counted.gather(1, taken.indices)
    return losses.sum() / counted.sum().clamp_min(1)
