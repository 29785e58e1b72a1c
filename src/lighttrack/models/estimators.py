"""Top-down pose estimators: one pose in each box."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lighttrack.models.crop import boxes_of, crop_region, crop_regions, to_image_points
from lighttrack.models.decode import heat_map_keypoints, simcc_keypoints
from lighttrack.models.session import IMAGENET, Network, OneNetwork, PixelContract
from lighttrack.structures import Boxes, Floats, Image, Poses, Regions, Skeleton
from lighttrack.structures.skeletons import COCO_17


class _TopDownEstimator(OneNetwork, ABC):
    """Crops the image around each box and reads the keypoints that the network finds in it."""

    def __init__(
        self,
        path: Path,
        config: "HeatMapConfig | SimCCConfig",
        outputs: Sequence[int],
        threads: int | None,
    ) -> None:
        super().__init__(Network(path, config.pixels, outputs=outputs, threads=threads))
        self.skeleton = config.skeleton
        self.tracked_threshold = config.tracked_threshold
        self.keypoint_threshold = config.keypoint_threshold
        self._padding = config.padding
        self._size = self._network.fixed_size or config.input_size

    def __call__(self, image: Image, regions: Regions, /) -> Poses:
        """One pose for each of `regions`, in their order."""
        boxes = boxes_of(regions)
        if not len(boxes):
            return Poses.empty(self.skeleton)
        width, height = self._size
        crops = crop_regions(boxes, aspect=width / height, padding=self._padding)
        points, scores = self._found_in(image, crops)
        keypoints = to_image_points(points, crops, self._size)
        return Poses(self.skeleton, keypoints, scores, boxes, scores.mean(axis=1))

    @abstractmethod
    def _found_in(self, image: Image, crops: Boxes) -> tuple[Floats, Floats]:
        """Keypoints `(N, K, 2)` in pixels of the crops, N at least 1, and scores `(N, K)`."""

    def _outputs(self, image: Image, crops: Boxes) -> list[Floats]:
        """The network's outputs for each crop."""

        def fill(number: int, pixels: Image) -> None:
            crop_region(image, crops[number], pixels)

        return self._network.many(self._size, len(crops), fill)


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
    """Run each crop and its mirror image, and take the mean: slower, a little better."""

    tracked_threshold: float = 0.3
    keypoint_threshold: float = 0.2


class HeatMapEstimator(_TopDownEstimator):
    """TinyPose, SimpleBaseline, HRNet and the like: heat maps `(1, K, h, w)` as only output."""

    def __init__(
        self, path: Path, config: HeatMapConfig | None = None, *, threads: int | None = None
    ) -> None:
        self.config = config or HeatMapConfig()
        super().__init__(path, self.config, [0], threads)

    def _found_in(self, image: Image, crops: Boxes) -> tuple[Floats, Floats]:
        maps = self._maps(image, crops)
        points, scores = heat_map_keypoints(maps)
        width, height = self._size
        cell = np.array([width / maps.shape[3], height / maps.shape[2]], np.float32)
        return points * cell, scores

    def _maps(self, image: Image, crops: Boxes) -> Floats:
        [maps] = self._outputs(image, crops)
        if not self.config.flip_test:
            return maps
        # Cell i stands for pixel i * stride of the crop. The mirror is set so that this holds for
        # the cells of the mirrored map too, which then need no shift.
        cell = (crops[:, 2] - crops[:, 0]) / maps.shape[3]
        mirrored = crops.copy()
        mirrored[:, 0], mirrored[:, 2] = crops[:, 2] - cell, crops[:, 0] - cell
        [back] = self._outputs(image, mirrored)
        return np.asarray((maps + back[:, list(self.skeleton.mirror), :, ::-1]) / 2)


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


class SimCCEstimator(_TopDownEstimator):
    """RTMPose and the like: outputs `(1, K, width * s)` and `(1, K, height * s)`, s bins each."""

    def __init__(
        self, path: Path, config: SimCCConfig | None = None, *, threads: int | None = None
    ) -> None:
        self.config = config or SimCCConfig()
        super().__init__(path, self.config, [0, 1], threads)

    def _found_in(self, image: Image, crops: Boxes) -> tuple[Floats, Floats]:
        x, y = self._outputs(image, crops)
        return simcc_keypoints(x, y, split_ratio=x.shape[2] / self._size[0])
