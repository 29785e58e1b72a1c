"""The model that is trained, and the loss of a batch."""

import numpy as np
import torch
from torch import nn

from lighttrack.matching.network import pose_features
from lighttrack.networks.sgcn import SGCN
from lighttrack.structures import Floats
from lighttrack.training.batches import Batch, PairMasks, pairs_within, usable_poses
from lighttrack.training.losses import PairLogistic, margin_contrastive, squared_distances
from lighttrack.training.recipes import Recipe


class Siamese(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """The network that learns, with the loss, which may have numbers to learn of its own."""

    def __init__(self, network: SGCN, precision: Floats | None, recipe: Recipe) -> None:
        """Prepare the model for training.

        Args:
            network: embeds poses.
            precision: by which missing keypoints are completed.
            recipe: names the loss.
        """
        super().__init__()
        self.network = network
        self.precision = precision
        self.pair_loss = PairLogistic() if recipe.loss == "logistic" else None


def batch_loss(model: Siamese, batch: Batch, recipe: Recipe, device: torch.device) -> torch.Tensor:
    """Mean loss of the pairs of a batch; positives weigh as much as all negatives."""
    scenes, people, moments, k = batch.keypoints.shape[:4]
    flat = batch.keypoints.reshape(-1, k, 2)
    usable = np.flatnonzero(usable_poses(flat))  # the others are in no pair
    features, _ = pose_features(flat[usable], model.precision)
    features = features[..., : recipe.network.channels]
    embedded = model.network(torch.from_numpy(features).to(device))
    poses = embedded.new_zeros((len(flat), embedded.shape[1]))
    poses = poses.index_copy(0, torch.from_numpy(usable).to(device), embedded)
    poses = poses.reshape(scenes, people * moments, -1)
    return _loss(model, squared_distances(poses, poses), pairs_within(batch), recipe)


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
