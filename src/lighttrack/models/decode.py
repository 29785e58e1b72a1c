"""Decoding of network outputs to keypoints and boxes. NumPy only."""

from collections.abc import Sequence

import numpy as np

from lighttrack.structures import Boxes, Floats, Ids
from lighttrack.structures.boxes import iou

_BLUR = np.array([0.25, 0.5, 0.25], np.float32)
"""The 3-tap Gaussian that DARK smooths heat maps of small networks with."""

_REACH = 3
"""Cells on each side of a peak that the refinement reads: 2 for derivatives, 1 for the blur."""


def heat_map_keypoints(maps: Floats) -> tuple[Floats, Floats]:
    """Positions and scores of the peaks of heat maps, refined below a cell (DARK).

    Zhang et al., Distribution-Aware Coordinate Representation for Human Pose Estimation, CVPR
    2020, eq. (6)-(10): the peak of the Gaussian that the map's logarithm is near its highest cell,
    by one Newton step. Their rescaling of the blurred map to its old maximum adds a constant to
    the logarithm and so changes nothing here; only the cells that the step reads are blurred.

    Args:
        maps: `(N, K, H, W)`.

    Returns:
        `(N, K, 2)` x, y in cells, and `(N, K)` heights of the peaks, 0 to 1.

    Example:
        >>> maps = np.zeros((1, 1, 8, 8), np.float32)
        >>> maps[0, 0, 4, 3] = 0.75
        >>> points, scores = heat_map_keypoints(maps)
        >>> points.tolist(), scores.tolist()
        ([[[3.0, 4.0]]], [[0.75]])
    """
    n, k, height, width = maps.shape
    flat = maps.reshape(n * k, height * width)
    peak = flat.argmax(axis=1)
    rows = np.arange(n * k)
    scores = np.clip(flat[rows, peak], 0, 1)
    y, x = np.divmod(peak, width)
    points = np.stack([x, y], axis=1).astype(np.float32)
    # The step reads two cells to each side of the peak; at the rim the peak stays as it is.
    inner = (x >= 2) & (x < width - 2) & (y >= 2) & (y < height - 2)
    if inner.any():
        patches = _patches(maps.reshape(n * k, height, width)[inner], x[inner], y[inner])
        points[inner] += _newton_step(np.log(np.maximum(_blurred(patches), 1e-10)))
    return points.reshape(n, k, 2), scores.reshape(n, k).astype(np.float32)


def _patches(maps: Floats, x: Ids, y: Ids) -> Floats:
    """The `(M, 7, 7)` cells around one cell of each of `(M, H, W)` maps; 0 outside."""
    height, width = maps.shape[1:]
    reach = np.arange(-_REACH, _REACH + 1)
    rows, columns = y[:, None] + reach, x[:, None] + reach
    inside = ((rows >= 0) & (rows < height))[:, :, None]
    inside = inside & ((columns >= 0) & (columns < width))[:, None, :]
    rows, columns = rows.clip(0, height - 1), columns.clip(0, width - 1)
    found = maps[np.arange(len(maps))[:, None, None], rows[:, :, None], columns[:, None, :]]
    return np.where(inside, found, np.float32(0))


def _blurred(patches: Floats) -> Floats:
    """`(M, 5, 5)`: the inside of `(M, 7, 7)` patches after the 3x3 blur."""
    left, middle, right = _BLUR
    rows = left * patches[:, :-2] + middle * patches[:, 1:-1] + right * patches[:, 2:]
    return np.asarray(left * rows[..., :-2] + middle * rows[..., 1:-1] + right * rows[..., 2:])


def _newton_step(logs: Floats) -> Floats:
    """`(M, 2)`: from the middle of `(M, 5, 5)` log heights to the top of their parabola."""
    dx = (logs[:, 2, 3] - logs[:, 2, 1]) / 2
    dy = (logs[:, 3, 2] - logs[:, 1, 2]) / 2
    dxx = (logs[:, 2, 4] - 2 * logs[:, 2, 2] + logs[:, 2, 0]) / 4
    dyy = (logs[:, 4, 2] - 2 * logs[:, 2, 2] + logs[:, 0, 2]) / 4
    dxy = (logs[:, 3, 3] - logs[:, 1, 3] - logs[:, 3, 1] + logs[:, 1, 1]) / 4
    determinant = dxx * dyy - dxy * dxy
    # Only a top has negative curvature both ways; elsewhere the parabola says nothing.
    is_top = (determinant > 1e-12) & (dxx < 0)
    determinant = np.where(is_top, determinant, np.float32(1))
    step = np.stack([dxy * dy - dyy * dx, dxy * dx - dxx * dy], axis=1) / determinant[:, None]
    # The top of the true Gaussian lies within its highest cell or the one beside it.
    return np.where(is_top[:, None], step.clip(-1, 1), np.float32(0))


def simcc_keypoints(x: Floats, y: Floats, *, split_ratio: float = 2.0) -> tuple[Floats, Floats]:
    """Positions and scores of keypoints given as one distribution along each axis (SimCC).

    Li et al., SimCC: a Simple Coordinate Classification Perspective for Human Pose Estimation,
    ECCV 2022. The score is the lower of the two maxima, as in MMPose's `get_simcc_maximum`.

    Args:
        x: `(N, K, W * split_ratio)`.
        y: `(N, K, H * split_ratio)`.
        split_ratio: Bins per pixel of the network's input.

    Returns:
        `(N, K, 2)` x, y in pixels of the network's input, and `(N, K)` scores, 0 to 1.

    Example:
        >>> points, scores = simcc_keypoints(np.eye(8)[None, [6]], np.eye(4)[None, [2]])
        >>> points.tolist(), scores.tolist()
        ([[[3.0, 1.0]]], [[1.0]])
    """
    points = np.stack([x.argmax(axis=2), y.argmax(axis=2)], axis=2) / split_ratio
    scores = np.minimum(x.max(axis=2), y.max(axis=2)).clip(0, 1)
    return points.astype(np.float32), scores.astype(np.float32)


def yolox_boxes(raw: Floats, size: tuple[int, int]) -> Boxes:
    """Boxes `(A, 4)` of YOLOX's raw output, one for each cell of its three grids.

    Ge et al., YOLOX: Exceeding YOLO Series in 2021: the centre is given from its cell, in cells;
    the size as a logarithm, in cells.

    Args:
        raw: `(A, 4)` of a network with strides 8, 16 and 32.
        size: Width and height of the network's input.

    Raises:
        ValueError: if A is not the number of cells of an input of that size.
    """
    grids = []
    for stride in (8, 16, 32):
        y, x = np.mgrid[: size[1] // stride, : size[0] // stride]
        grids.append(np.stack([x, y, np.ones_like(x)], axis=2).reshape(-1, 3) * stride)
    cells = np.concatenate(grids).astype(np.float32)
    if len(cells) != len(raw):
        raise ValueError(
            f"a YOLOX network of {size[0]}x{size[1]} has {len(cells)} cells, got {len(raw)}"
        )
    strides = cells[:, 2:]
    center = raw[:, :2] * strides + cells[:, :2]
    half = np.exp(np.minimum(raw[:, 2:], 20)) * strides / 2
    return np.concatenate([center - half, center + half], axis=1)


def yolov3_candidates(
    heads: Sequence[Floats], anchors: Floats, size: tuple[int, int], person_class: int
) -> tuple[Boxes, Floats]:
    """Boxes `(M, 4)` and scores `(M,)` of all cells and anchors of YOLOv3's raw heads.

    Redmon, Farhadi: YOLOv3: An Incremental Improvement, 2018, section 2.1: the centre is a
    sigmoid within its cell, the size an anchor times an exponential; the score is objectness times
    the probability of the class, each a sigmoid.

    Args:
        heads: each `(A * (5 + classes), h, w)`, in any order.
        anchors: `(heads * A, 2)`: width and height in pixels of the input, those of the finest
            head first.
        size: Width and height of the network's input.
        person_class: Which of the classes are people.

    Raises:
        ValueError: if the anchors do not share out evenly among the heads, or a head's channels
            among its anchors.

    Example:
        >>> head = np.zeros((6, 1, 1), np.float32)
        >>> boxes, scores = yolov3_candidates([head], np.array([[16, 32]]), (32, 32), 0)
        >>> boxes.tolist(), scores.tolist()
        ([[8.0, 0.0, 24.0, 32.0]], [0.25])
    """
    each, rest = divmod(len(anchors), len(heads))
    if rest or any(len(head) % each or len(head) // each < 6 + person_class for head in heads):
        channels = [len(head) for head in heads]
        raise ValueError(
            f"{len(anchors)} anchors and class {person_class} do not fit heads of {channels} "
            "channels"
        )
    boxes, scores = [], []
    for number, head in enumerate(sorted(heads, key=lambda head: -head.shape[-1])):
        rows, columns = head.shape[1:]
        values = head.reshape(each, -1, rows, columns)
        y, x = np.mgrid[:rows, :columns].astype(np.float32)
        sides = anchors[number * each : (number + 1) * each, :, None, None] / 2
        centers = [
            (_sigmoid(values[:, 0]) + x) * (size[0] / columns),
            (_sigmoid(values[:, 1]) + y) * (size[1] / rows),
        ]
        halves = np.exp(np.minimum(values[:, 2:4], 20)) * sides
        low = [center - halves[:, axis] for axis, center in enumerate(centers)]
        high = [center + halves[:, axis] for axis, center in enumerate(centers)]
        boxes.append(np.stack([*low, *high], axis=-1).reshape(-1, 4))
        scores.append((_sigmoid(values[:, 4]) * _sigmoid(values[:, 5 + person_class])).reshape(-1))
    return np.concatenate(boxes).astype(np.float32), np.concatenate(scores).astype(np.float32)


def boxes_scores_labels(outputs: Sequence[Floats]) -> tuple[Boxes, Floats, Ids]:
    """Boxes `(M, 4)`, scores `(M,)` and labels `(M,)` of a network that suppresses by itself.

    Boxes are the output with an axis more than the others, of whole numbers are the labels.
    Without such the labels come after the scores; without any they are all 0. Boxes of five
    numbers hold the scores. A batch axis of 1 is taken away, other outputs (how many there are)
    are left out.

    Raises:
        ValueError: if there are no boxes, or no scores for them.

    Example:
        >>> found = [np.array([[0, 0, 5, 9.0]]), np.array([1]), np.array([0.5])]
        >>> boxes, scores, labels = boxes_scores_labels(found)
        >>> scores.tolist(), labels.tolist()
        ([0.5], [1])
    """
    place = max(range(len(outputs)), key=lambda number: outputs[number].ndim)
    columns = outputs[place].shape[-1]
    boxes = outputs[place].reshape(-1, columns) if columns in (4, 5) else np.zeros((0, 0))
    others = [each.reshape(-1) for row, each in enumerate(outputs) if row != place]
    others = [each for each in others if len(each) == len(boxes)]
    labels = [each for each in others if each.dtype.kind in "iu"]
    in_boxes: list[Floats] = list(boxes.T[4:5])
    real = in_boxes + [each for each in others if each.dtype.kind == "f"]
    if columns not in (4, 5) or not real:
        shapes = ", ".join(str(each.shape) for each in outputs)
        raise ValueError(f"no boxes (N, 4) with scores (N,) in the outputs {shapes}")
    label = next(iter([*labels, *real[1:]]), np.zeros(len(boxes)))
    return boxes[:, :4].astype(np.float32), real[0].astype(np.float32), label.astype(np.int64)


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-values.clip(-60, 60))))


def suppress(boxes: Boxes, scores: Floats, *, threshold: float) -> Ids:
    """Indices of the boxes to keep, best first: greedy non-maximum suppression by IoU.

    Args:
        boxes: `(N, 4)`.
        scores: `(N,)`.
        threshold: A box that overlaps a better one by more than this IoU is dropped.

    Example:
        >>> twice = np.array([[0, 0, 10, 10], [1, 0, 10, 10]], np.float32)
        >>> suppress(twice, np.array([0.5, 0.8]), threshold=0.6).tolist()
        [1]
    """
    order = np.argsort(-scores, kind="stable")
    overlap = iou(boxes[order], boxes[order]) > threshold
    keep = np.ones(len(order), np.bool_)
    for row in range(len(order)):
        if keep[row]:
            keep[row + 1 :] &= ~overlap[row, row + 1 :]
    return order[keep]
