"""The next box of a person from their keypoints (paper, section 3.1).

`keypoint_boxes` is the paper's rule: the extent of the keypoints, enlarged by 20 %. `body_boxes`
adds margins learnt from the person's detections, and keeps hidden keypoints for a time.
"""

from functools import lru_cache

import numpy as np

from lighttrack.structures import Boxes, Floats, Mask, Skeleton, boxes
from lighttrack.structures.types import Indices
from lighttrack.tracking.config import Propagation
from lighttrack.tracking.tracklets import Tracklets

_USUAL_MARGINS = {"face": (0.045, 0.09, 0.045, 0.07), "head_top": (0.045, 0.01, 0.045, 0.07)}
"""Medians over annotated people of how far bodies reach beyond their keypoints on the left, top,
right and bottom, as a share of the extent's longer side: for skeletons that end at the face, and
for those with the top of the head."""

_OUTWARDS = np.array([-1, -1, 1, 1], np.float32)


def propagate(
    keypoints: Floats, ages: Floats, confident: Mask, margins: Floats, config: Propagation
) -> Boxes:
    """Boxes `(N, 4)` in which poses are estimated in the next frame.

    `keypoints` `(N, K, 2)` in pixels were confident `ages` `(N, K)` seconds ago; `margins` are
    those of `body_boxes`.
    """
    if config.box == "body":
        known = ages < config.keypoint_max_age
        return body_boxes(keypoints, known, margins, config.min_size)
    # A person without a confident keypoint is lost in any case; the box is only kept valid.
    some = confident | ~confident.any(axis=1, keepdims=True)
    return keypoint_boxes(keypoints, some, config.enlargement, config.min_size)


def keypoint_boxes(
    keypoints: Floats, confident: Mask, enlargement: float, min_size: float = 1.0
) -> Boxes:
    """The paper's rule: extent of the confident keypoints, enlarged on each side.

    Args:
        keypoints: `(N, K, 2)` pixels.
        confident: `(N, K)`.
        enlargement: share of the extent's width and height that is added on each side.
        min_size: least side of a box, in pixels.

    Returns:
        Boxes `(N, 4)`, NaN where no keypoint is confident.

    Example:
        >>> points = np.array([[[0, 0], [100, 200]]], np.float32)
        >>> keypoint_boxes(points, np.ones((1, 2), bool), 0.2)
        array([[-20., -40., 120., 240.]], dtype=float32)
    """
    return boxes.at_least(
        boxes.enlarge(boxes.of_points(keypoints, confident), enlargement), min_size
    )


def body_boxes(keypoints: Floats, known: Mask, margins: Floats, min_size: float = 1.0) -> Boxes:
    """Extent `(N, 4)` of the known keypoints plus each person's own margins.

    Args:
        keypoints: `(N, K, 2)` pixels.
        known: `(N, K)`: confident now, or a short time ago.
        margins: `(N, 4)`: outwards on the left, top, right and bottom, per pixel of the extent's
            longer side.
        min_size: least side of a box, in pixels.
    """
    extent = boxes.of_points(keypoints, known)
    return boxes.at_least(extent + margins * _OUTWARDS * _longer_side(extent), min_size)


@lru_cache(maxsize=16)
def usual_margins(skeleton: Skeleton) -> Floats:
    """Margins `(4,)` of a person who has not been detected yet; see `body_boxes`."""
    end = "head_top" if "head_top" in skeleton.index else "face"
    return np.array(_USUAL_MARGINS[end], np.float32)


def learn_margins(
    margins: Floats, keypoints: Floats, known: Mask, detected: Boxes, gain: float
) -> Floats:
    """Margins `(N, 4)` moved by `gain` towards what the people's detections `(N, 4)` show."""
    extent = boxes.of_points(keypoints, known)
    shown = (detected - extent) * _OUTWARDS / _longer_side(extent)
    # The clip bounds the effect of a detection of half a body, or of two people.
    learnt = np.clip(margins + np.float32(gain) * (shown - margins), -0.05, 0.3)
    return np.where(np.isfinite(learnt), learnt, margins).astype(np.float32)


def correct_boxes(
    people: Tracklets, rows: Indices, detected: Boxes, config: Propagation
) -> Tracklets:
    """The tracklets after detections `(M, 4)` of `rows` of them have shown the size of bodies."""
    if config.box != "body" or not len(rows):
        return people
    body = people.body
    # A detection that disagrees with the body's box is of half a body, or of two people.
    agrees = np.einsum("ii->i", boxes.iou(body.boxes[rows], detected)) > config.min_agreement
    rows, detected = rows[agrees], detected[agrees]
    keypoints, known = body.keypoints[rows], body.keypoint_ages[rows] < config.keypoint_max_age
    margins, bodies = body.margins.copy(), body.boxes.copy()
    margins[rows] = learn_margins(margins[rows], keypoints, known, detected, config.margin_gain)
    bodies[rows] = body_boxes(keypoints, known, margins[rows], config.min_size)
    return people.with_body(margins=margins, boxes=bodies)


def _longer_side(extent: Boxes) -> Floats:
    sides = extent[:, 2:] - extent[:, :2]
    return np.asarray(np.maximum(np.maximum(sides[:, :1], sides[:, 1:]), 1.0), np.float32)
