"""The synthetic source: motion capture through random cameras and estimators."""

from dataclasses import dataclass, field

import numpy as np

from lighttrack.matching.pairs import PoseSequence
from lighttrack.training.batches import Batch, draw_moments
from lighttrack.training.corruption import CorruptionConfig, corrupt
from lighttrack.training.motion import MotionBank
from lighttrack.training.scenes import SceneConfig, draw_scenes


@dataclass(frozen=True, slots=True)
class SyntheticSource:
    """Draws batches without end; a call takes some milliseconds.

    Fulfils `BatchSource`.
    """

    bank: MotionBank
    scenes: int = 32
    """Scenes per batch."""
    later: int = 3
    """Moments of each scene after the first."""
    longest_gap: int = 16
    """Frames from the first moment to the last, at most."""
    scene: SceneConfig = field(default_factory=SceneConfig)
    corruption: CorruptionConfig = field(default_factory=CorruptionConfig)

    def __call__(self, rng: np.random.Generator, /, step: int = 0) -> Batch:
        """One batch; all of its randomness is `rng`'s."""
        moments = draw_moments(rng, self.scenes, self.later, self.longest_gap)
        view = draw_scenes(self.bank, moments, self.scene, rng)
        observed = corrupt(view, moments, self.corruption, rng)
        return Batch(observed.keypoints, observed.boxes, moments)


def record_sequences(
    bank: MotionBank,
    count: int,
    *,
    seed: int,
    frames: int = 40,
    scene: SceneConfig | None = None,
    corruption: CorruptionConfig | None = None,
) -> list[PoseSequence]:
    """Tracked sequences as a data set would hold them: for validation and for counting pairs.

    Args:
        bank: the motion to draw from.
        count: how many sequences.
        seed: the same seed gives the same sequences.
        frames: length of each, at 30 per second.
        scene: how scenes are drawn.
        corruption: errors of their keypoints.
    """
    rng = np.random.default_rng(seed)
    offsets = np.tile(np.arange(frames, dtype=np.float32), (count, 1))
    view = draw_scenes(bank, offsets, scene or SceneConfig(), rng)
    observed = corrupt(view, offsets, corruption or CorruptionConfig(), rng)
    return [
        PoseSequence(
            f"synthetic-{number:04d}",
            keypoints.transpose(1, 0, 2, 3),
            boxes.transpose(1, 0, 2),
        )
        for number, (keypoints, boxes) in enumerate(
            zip(observed.keypoints, observed.boxes, strict=True)
        )
    ]
