"""Top-down pose estimators: one pose in each box."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lighttrack.models.crop import boxes_of, crop_region, crop_regions, to_picture
from lighttrack.models.decode import heat_map_keypoints, simcc_keypoints
from lighttrack.models.session import IMAGENET, Network, PixelContract
from lighttrack.structures import Boxes, Floats, Image, Poses, Regions, Skeleton
from lighttrack.structures.skeletons import COCO_17


@dataclass(frozen=True, slots=True)
class HeatMapConfig:
    """Numbers of a network that gives one heat map per keypoint."""

    skeleton: Skeleton = COCO_17
    pixels: PixelContract = IMAGENET
    input_size: tuple[int, int] = (192, 256)
    """Width and height; a file that fixes them overrides it."""

    padding: float = 1.25
    """Factor by which a box grows before it is cropped."""

    flip_test: bool = False
    """Look at each crop and at its mirror image, and take the mean: slower, a little better."""

    tracked_threshold: float = 0.3
    keypoint_threshold: float = 0.2


class HeatMapEstimator:
    """TinyPose, SimpleBaseline, HRNet and the like: heat maps `(1, K, h, w)` as only output."""

    def __init__(
        self, path: Path, config: HeatMapConfig | None = None, *, threads: int | None = None
    ) -> None:
        self.config = config or HeatMapConfig()
        self.skeleton = self.config.skeleton
        self.tracked_threshold = self.config.tracked_threshold
        self.keypoint_threshold = self.config.keypoint_threshold
        self._network = Network(path, self.config.pixels, outputs=[0], threads=threads)
        self._size = self._network.fixed_size or self.config.input_size

    @property
    def networks(self) -> Mapping[str, str]:
        """File name and sha256."""
        return {self._network.path.name: self._network.sha256}

    def __call__(self, image: Image, regions: Regions, /) -> Poses:
        """One pose for each of `regions`, in their order."""
        boxes = boxes_of(regions)
        if not len(boxes):
            return Poses.empty(self.skeleton)
        width, height = self._size
        crops = crop_regions(boxes, aspect=width / height, padding=self.config.padding)
        maps = self._maps(image, crops)
        points, scores = heat_map_keypoints(maps)
        cell = np.array([width / maps.shape[3], height / maps.shape[2]], np.float32)
        keypoints = to_picture(points * cell, crops, self._size)
        return Poses(self.skeleton, keypoints, scores, boxes, scores.mean(axis=1))

    def _maps(self, image: Image, regions: Boxes) -> Floats:
        maps = self._look(image, regions)
        if not self.config.flip_test:
            return maps
        # Cell i stands for pixel i * stride of the crop. The mirror is set so that this holds for
        # the cells of the mirrored map too, which then need no shift.
        cell = (regions[:, 2] - regions[:, 0]) / maps.shape[3]
        mirrored = regions.copy()
        mirrored[:, 0], mirrored[:, 2] = regions[:, 2] - cell, regions[:, 0] - cell
        back = self._look(image, mirrored)[:, list(self.skeleton.mirror), :, ::-1]
        return np.asarray((maps + back) / 2)

    def _look(self, image: Image, regions: Boxes) -> Floats:
        def fill(number: int, pixels: Image) -> None:
            crop_region(image, regions[number], pixels)

        [maps] = self._network.many(self._size, len(regions), fill)
        return maps


@dataclass(frozen=True, slots=True)
class SimCCConfig:
    """Numbers of a network that gives one distribution along each axis per keypoint.

    The defaults are RTMPose's (MMPose's data preprocessor: RGB, ImageNet's mean and deviation).
    """

    skeleton: Skeleton = COCO_17
    pixels: PixelContract = IMAGENET
    input_size: tuple[int, int] = (192, 256)
    """Width and height; a file that fixes them overrides it."""

    padding: float = 1.25
    """Factor by which a box grows before it is cropped."""

    tracked_threshold: float = 0.3
    keypoint_threshold: float = 0.3


class SimCCEstimator:
    """RTMPose and the like: outputs `(1, K, width * s)` and `(1, K, height * s)`, s bins each."""

    def __init__(
        self, path: Path, config: SimCCConfig | None = None, *, threads: int | None = None
    ) -> None:
        self.config = config or SimCCConfig()
        self.skeleton = self.config.skeleton
        self.tracked_threshold = self.config.tracked_threshold
        self.keypoint_threshold = self.config.keypoint_threshold
        self._network = Network(path, self.config.pixels, outputs=[0, 1], threads=threads)
        self._size = self._network.fixed_size or self.config.input_size

    @property
    def networks(self) -> Mapping[str, str]:
        """File name and sha256."""
        return {self._network.path.name: self._network.sha256}

    def __call__(self, image: Image, regions: Regions, /) -> Poses:
        """One pose for each of `regions`, in their order."""
        boxes = boxes_of(regions)
        if not len(boxes):
            return Poses.empty(self.skeleton)
        width, height = self._size
        crops = crop_regions(boxes, aspect=width / height, padding=self.config.padding)
        x, y = self._network.many(
            self._size, len(crops), lambda i, pixels: crop_region(image, crops[i], pixels)
        )
        points, scores = simcc_keypoints(x, y, split_ratio=x.shape[2] / width)
        keypoints = to_picture(points, crops, self._size)
        return Poses(self.skeleton, keypoints, scores, boxes, scores.mean(axis=1))
