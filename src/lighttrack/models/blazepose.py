"""BlazePose: the landmark network as a pose estimator (Bazarevsky et al. 2020)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lighttrack.models.crop import boxes_of, crop_region, crop_regions, to_image_points
from lighttrack.models.session import Network, PixelContract
from lighttrack.structures import Boxes, Floats, Image, Poses, Regions, Skeleton
from lighttrack.structures.skeletons import BLAZEPOSE_33, COCO_17

_SIDE = 256
_PIXELS = PixelContract(deviation=(255.0, 255.0, 255.0), layout="NHWC")
_BODY = len(BLAZEPOSE_33)


@dataclass(frozen=True, slots=True)
class BlazePoseConfig:
    """Numbers of BlazePose as a pose estimator."""

    skeleton: Skeleton = COCO_17
    """BLAZEPOSE_33 gives all landmarks, another those of its keypoints that are among them."""

    padding: float = 1.4
    """Side of the square crop in units of the box's longer side.

    At 1.25 of a box that cuts off a third of the body, the network squeezes the keypoints into the
    crop, and a tracker that continues from there never recovers the rest; at 1.4 and more it finds
    the whole body. Larger factors reduce the resolution of small people.
    """

    tracked_threshold: float = 0.4
    keypoint_threshold: float = 0.1
    """Low, because the score is one of visibility: occluded keypoints are often estimated well."""


class LandmarkNetwork:
    """BlazePose's landmark network: 33 keypoints and the probability of a person, per region."""

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        # The other outputs (a mask, heat maps and landmarks in metres) are not needed here.
        self.network = Network(path, _PIXELS, outputs=[0, 1], threads=threads)

    def __call__(self, image: Image, regions: Boxes) -> tuple[Floats, Floats, Floats]:
        """Run on square `regions` `(N, 4)` of the image, N at least 1.

        Returns:
            Keypoints `(N, 33, 2)` in pixels of the image, their visibility `(N, 33)` and the
            probability of a person `(N,)`, both 0 to 1.
        """

        def fill(number: int, pixels: Image) -> None:
            crop_region(image, regions[number], pixels)

        landmarks, person = self.network.many((_SIDE, _SIDE), len(regions), fill)
        landmarks = landmarks.reshape(len(regions), -1, 5)[:, :_BODY]
        keypoints = to_image_points(landmarks[..., :2], regions, (_SIDE, _SIDE))
        return keypoints, sigmoid(landmarks[..., 3]), person.reshape(-1).clip(0, 1)


def sigmoid(logits: Floats) -> Floats:
    """Logistic function, without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(logits / 2)), np.float32)


class BlazePose:
    """BlazePose's landmark network as a pose estimator."""

    def __init__(
        self, path: Path, config: BlazePoseConfig | None = None, *, threads: int | None = None
    ) -> None:
        self.config = config or BlazePoseConfig()
        self.skeleton = self.config.skeleton
        self.tracked_threshold = self.config.tracked_threshold
        self.keypoint_threshold = self.config.keypoint_threshold
        self._landmarks = LandmarkNetwork(path, threads=threads)

    @property
    def networks(self) -> Mapping[str, str]:
        """File name and sha256."""
        network = self._landmarks.network
        return {network.path.name: network.sha256}

    @property
    def network_seconds(self) -> float:
        """Spent on inference so far, without preparing images and reading outputs."""
        return self._landmarks.network.seconds

    def __call__(self, image: Image, regions: Regions, /) -> Poses:
        """One pose for each of `regions`, in their order."""
        boxes = boxes_of(regions)
        if not len(boxes):
            return Poses.empty(self.skeleton)
        crops = crop_regions(boxes, aspect=1.0, padding=self.config.padding)
        keypoints, visibility, person = self._landmarks(image, crops)
        scores = visibility * person[:, None]
        return Poses(BLAZEPOSE_33, keypoints, scores, boxes, person).to(self.skeleton)
