"""The components of a tracker: any object with these methods can be one.

The protocols are structural: a class need not inherit from them.
"""

from typing import Any, Protocol, runtime_checkable

from lighttrack.structures import (
    Boxes,
    CameraMotion,
    Detections,
    Floats,
    Image,
    Mask,
    Poses,
    Regions,
    Skeleton,
)


@runtime_checkable
class Detector(Protocol):
    """Detects people in an image; the tracker calls it at key frames only."""

    score_threshold: float
    """The score from which a detection is more likely a person than not: the best F1.

    Detections below it are welcome: they may continue a tracklet but start none.
    """

    def __call__(self, image: Image, /) -> Detections:
        """People in `image`; an empty `Detections` if there are none."""
        ...


@runtime_checkable
class ScanningDetector(Detector, Protocol):
    """A detector that is run on tiles of an image, and can be asked for some of them."""

    def tiles(self, width: int, height: int, /) -> Boxes:
        """The tiles `(T, 4)` of an image of this size in pixels; a call of the detector is all."""
        ...

    def scan(self, image: Image, areas: Boxes, known: Boxes, /) -> Detections:
        """People detected in `areas` `(T, 4)`, some of the tiles.

        Those in the boxes `known` `(N, 4)` need not be detected. A detection of score 0 is a place
        that was examined and refused; it may be among the known next time.
        """
        ...


@runtime_checkable
class PoseEstimator(Protocol):
    """Estimates one pose in each region of an image."""

    skeleton: Skeleton

    tracked_threshold: float
    """τs of eq. (1): the mean keypoint score above which a person counts as tracked.

    What a score means differs between estimators, so each states its own.
    """

    keypoint_threshold: float
    """The score from which a single keypoint is confident enough to shape its person's box."""

    def __call__(self, image: Image, regions: Regions, /) -> Poses:
        """One pose for each of `regions`, in their order; no regions in, no poses out.

        An estimator that cannot turn its crops ignores the angles, and one that cannot use the
        expected keypoints ignores them. The boxes of the poses are those of the regions.
        """
        ...


@runtime_checkable
class PoseDistance(Protocol):
    """Compares poses, regardless of their place and size in the image."""

    threshold: float
    """Two poses at a smaller distance are taken for the same person a moment later."""

    def embed(self, poses: Poses, /) -> Floats:
        """Embeddings `(N, D)` of the poses, computed once and kept with the tracklet."""
        ...

    def compare(self, known: Floats, seen: Floats, /) -> Floats:
        """Distances `(T, C)` between embeddings; infinite, never NaN, where two do not compare."""
        ...


@runtime_checkable
class CameraMotionEstimator(Protocol):
    """Estimates the camera's motion from one frame to the next; it keeps no state of its own."""

    def preprocess(self, image: Image, /) -> Any:
        """What is kept of an image until the next one comes."""
        ...

    def estimate(self, before: Any, now: Any, people: Boxes, /) -> CameraMotion:
        """The motion from the image of `before` to that of `now`, both made by `preprocess`.

        The boxes `people` `(N, 4)` of the frame before move by themselves.
        """
        ...

    def changed(
        self, before: Any, now: Any, motion: CameraMotion, people: Boxes, areas: Boxes, /
    ) -> Mask:
        """`(T,)`: in which `areas` the image changed beyond the camera's `motion`.

        What lies in the boxes `people` `(N, 4)` of this frame does not count.
        """
        ...


@runtime_checkable
class AppearanceModel(Protocol):
    """Computes appearance descriptors, and how likely two of them are of one person."""

    @property
    def dimensions(self) -> int:
        """D, the length of a descriptor."""
        ...

    @property
    def of_poses(self) -> bool:
        """Whether a descriptor is read along the keypoints rather than in the box."""
        ...

    def describe(self, image: Image, boxes: Boxes, poses: Poses | None, /) -> Floats:
        """Descriptors `(N, D)` of the people in `boxes`, in their order; NaN where unknown.

        `poses` are those of the same people; None where they have not been estimated.
        """
        ...

    def log_odds(self, known: Floats, seen: Floats, /) -> Floats:
        """Log-odds `(T, C)` that descriptors are of one person; 0 where it is not known."""
        ...
