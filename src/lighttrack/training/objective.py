"""The networks that are trained together, and the loss of a batch."""

import numpy as np
import torch
from torch import nn

from lighttrack.matching.matcher import HISTORY_AGES, history_features
from lighttrack.matching.network import pose_features
from lighttrack.matching.sgcn import SGCN
from lighttrack.structures import Floats
from lighttrack.training.batches import Batch, PairMasks, pairs_ahead, pairs_within
from lighttrack.training.losses import PairLogistic, margin_contrastive, squared_distances
from lighttrack.training.recipes import Recipe

POSE_CHANNELS = 3
HISTORY_CHANNELS = 3 * len(HISTORY_AGES) + 1


class Siamese(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """The network of poses and, if asked for, the network of histories that points into its space.

    The logistic loss has numbers of its own, which are learnt with the networks.
    """

    def __init__(
        self, adjacency: Floats, precision: Floats | None, recipe: Recipe, *, history: bool
    ) -> None:
        super().__init__()
        self.precision = precision
        edges = torch.from_numpy(adjacency)
        self.pose = SGCN(edges, recipe.network, channels=POSE_CHANNELS)
        self.history = SGCN(edges, recipe.network, channels=HISTORY_CHANNELS) if history else None
        self.pair_loss = PairLogistic() if recipe.loss == "logistic" else None

    def begin_history(self) -> None:
        """Let the network of histories begin as that of poses: it looks at the newest pose only."""
        if self.history is None:
            return
        old, new = self.pose.state_dict(), self.history.state_dict()
        for name, tensor in old.items():
            if tensor.shape == new[name].shape:
                new[name] = tensor.clone()
            else:  # the first layer's weights, by subset and channel: the newest pose comes first
                subsets = len(self.pose.first.adjacency)
                wide = torch.zeros_like(new[name]).reshape(len(tensor), subsets, -1)
                wide[..., :POSE_CHANNELS] = tensor.reshape(len(tensor), subsets, -1)
                new[name] = wide.reshape(len(tensor), -1)
        self.history.load_state_dict(new)


def batch_loss(model: Siamese, batch: Batch, recipe: Recipe, device: torch.device) -> torch.Tensor:
    """Mean loss of a batch: pairs of poses, and of expectations and poses if there are histories.

    Positives weigh as much as all negatives.
    """
    scenes, people, moments, k = batch.keypoints.shape[:4]
    features, _ = pose_features(batch.keypoints.reshape(-1, k, 2), model.precision)
    embedded = model.pose(torch.from_numpy(features).to(device))
    embedded = embedded.reshape(scenes, people, moments, -1)
    poses = embedded.flatten(1, 2)
    loss = _loss(model, squared_distances(poses, poses), pairs_within(batch), recipe)
    if model.history is None:
        return loss
    ages = len(HISTORY_AGES)
    later = moments - ages
    gaps = np.repeat(batch.moments[:, ages:].reshape(-1), people)
    # (B, P, H, K, 2) for each of the L later moments: (B L P, H, K, 2).
    past = np.repeat(batch.keypoints[:, None, :, :ages], later, axis=1)
    known, _ = history_features(past.reshape(-1, ages, k, 2), gaps, model.precision)
    expected = model.history(torch.from_numpy(known).to(device))
    expected = expected.reshape(scenes * later, people, -1)
    seen = embedded[:, :, ages:].transpose(1, 2).reshape(scenes * later, people, -1)
    ahead = pairs_ahead(batch, ages)
    return loss + _loss(model, squared_distances(expected, seen), ahead, recipe)


def forget(batch: Batch, rng: np.random.Generator) -> Batch:
    """The same batch with pieces of the histories lost, as short tracks and lost frames have it."""
    points = batch.keypoints.copy()
    ages = len(HISTORY_AGES)
    shape = points.shape[:2]
    length = rng.integers(1, ages + 1, shape)
    length[rng.random(shape) < 0.6] = ages
    lost = (np.arange(ages) >= length[..., None]) | (rng.random((*shape, ages)) < 0.05)
    lost[..., 0] = False
    points[:, :, :ages][lost] = np.nan
    return Batch(points, batch.boxes, batch.moments)


def _loss(model: Siamese, squared: torch.Tensor, masks: PairMasks, recipe: Recipe) -> torch.Tensor:
    device = squared.device
    positive, hard, other = (
        torch.from_numpy(mask).to(device) for mask in (masks.positive, masks.hard, masks.other)
    )
    same = positive.to(squared.dtype)
    if model.pair_loss is None:
        losses = margin_contrastive(squared, same, recipe.margin)
    else:
        losses = model.pair_loss(squared, same)

    def mean(mask: torch.Tensor) -> torch.Tensor:
        return (losses * mask).sum() / mask.sum().clamp(min=1)

    negative = (mean(hard) + recipe.others * mean(other)) / (1 + recipe.others)
    return torch.as_tensor(0.5 * mean(positive) + 0.5 * negative)
