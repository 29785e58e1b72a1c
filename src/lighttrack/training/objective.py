"""The trained model, a network of poses or one of histories, and the loss of a batch."""

import numpy as np
import torch
from torch import nn

from lighttrack.matching.matcher import HISTORY_AGES, history_features
from lighttrack.matching.network import GraphNetwork, pose_features
from lighttrack.networks.sgcn import SGCN
from lighttrack.structures import Floats
from lighttrack.training.batches import Batch, PairMasks, pairs_ahead, pairs_within
from lighttrack.training.losses import PairLogistic, margin_contrastive, squared_distances
from lighttrack.training.recipes import Recipe

POSE_CHANNELS = 3
HISTORY_CHANNELS = 3 * len(HISTORY_AGES) + 1


class Siamese(nn.Module):  # type: ignore[misc]  # torch is not installed for type checks
    """The network that learns, with the loss, which may have numbers to learn of its own."""

    def __init__(
        self,
        network: SGCN,
        precision: Floats | None,
        recipe: Recipe,
        *,
        target: GraphNetwork | None = None,
    ) -> None:
        """Prepare the model for training.

        Args:
            network: of poses, or of histories.
            precision: by which missing keypoints are completed.
            recipe: names the loss.
            target: the network of poses, finished, into whose space one of histories points.
        """
        super().__init__()
        self.network = network
        self.precision = precision
        self.target = target
        self.pair_loss = PairLogistic() if recipe.loss == "logistic" else None


def batch_loss(model: Siamese, batch: Batch, recipe: Recipe, device: torch.device) -> torch.Tensor:
    """Mean loss of a batch: of pairs of poses, or of pairs of a prediction and a pose.

    Positives weigh as much as all negatives.
    """
    if model.target is None:
        return _pose_loss(model, batch, recipe, device)
    return _history_loss(model, model.target, batch, recipe, device)


def _pose_loss(model: Siamese, batch: Batch, recipe: Recipe, device: torch.device) -> torch.Tensor:
    scenes, people, moments, k = batch.keypoints.shape[:4]
    features, _ = pose_features(batch.keypoints.reshape(-1, k, 2), model.precision)
    embedded = model.network(torch.from_numpy(features).to(device))
    poses = embedded.reshape(scenes, people * moments, -1)
    return _loss(model, squared_distances(poses, poses), pairs_within(batch), recipe)


def _history_loss(
    model: Siamese, target: GraphNetwork, batch: Batch, recipe: Recipe, device: torch.device
) -> torch.Tensor:
    scenes, people, moments, k = batch.keypoints.shape[:4]
    ages = len(HISTORY_AGES)
    later = moments - ages
    # (B, P, L, K, 2) to (B L, P, D).
    ahead = batch.keypoints[:, :, ages:].transpose(0, 2, 1, 3, 4)
    features, _ = pose_features(ahead.reshape(-1, k, 2), model.precision)
    seen = torch.from_numpy(target(features)).to(device).reshape(scenes * later, people, -1)
    gaps = np.repeat(batch.moments[:, ages:].reshape(-1), people)
    # (B, P, H, K, 2) for each of the L later moments: (B L P, H, K, 2).
    past = np.repeat(batch.keypoints[:, None, :, :ages], later, axis=1)
    known, _ = history_features(past.reshape(-1, ages, k, 2), gaps, model.precision)
    expected = model.network(torch.from_numpy(known).to(device))
    expected = expected.reshape(scenes * later, people, -1)
    return _loss(model, squared_distances(expected, seen), pairs_ahead(batch, ages), recipe)


def drop_history(batch: Batch, rng: np.random.Generator) -> Batch:
    """The same batch without parts of the histories, as in short tracks and after lost frames."""
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
