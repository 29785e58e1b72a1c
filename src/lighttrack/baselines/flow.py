"""Optical flow from one image to the next: OpenCV's DIS, or RAFT with the user's weights."""

from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from lighttrack.structures import Floats, Image


class OpticalFlow(Protocol):
    """Estimates where each pixel of an image has gone in the next one."""

    def __call__(self, before: Image, now: Image, /) -> Floats:
        """Motion `(H, W, 2)` in pixels along x and y."""
        ...


class DisFlow:
    """Dense inverse search (Kroeger et al., ECCV 2016) on images of at most `side` pixels."""

    def __init__(self, *, side: int = 640) -> None:
        """Prepare it."""
        self.side = side
        self._dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)

    def __call__(self, before: Image, now: Image, /) -> Floats:
        """Motion `(H, W, 2)` in pixels."""
        height, width = now.shape[:2]
        share = min(1.0, self.side / max(height, width))
        # DIS needs a few rows and columns to look at.
        size = max(16, round(width * share)), max(16, round(height * share))
        small = [
            cv2.resize(cv2.cvtColor(np.ascontiguousarray(i), cv2.COLOR_RGB2GRAY), size)
            for i in (before, now)
        ]
        flow = self._dis.calc(small[0], small[1], np.zeros((*size[::-1], 2), np.float32))
        scale = np.array([width / size[0], height / size[1]], np.float32)
        return np.asarray(cv2.resize(flow, (width, height)) * scale, np.float32)


class RaftFlow:
    """RAFT (Teed and Deng, ECCV 2020) of torchvision, with a state dict that the user gives."""

    def __init__(self, weights: Path | str, *, small: bool = False, device: str = "cpu") -> None:
        """Load it.

        Args:
            weights: file of a state dict of torchvision's `raft_large`, or `raft_small`.
            small: whether they are `raft_small`'s.
            device: of torch.

        Raises:
            ImportError: if torchvision is not installed.
            ValueError: if the weights do not fit.
        """
        try:
            import torch
            from torchvision.models.optical_flow import raft_large, raft_small
        except ImportError:
            raise ImportError(
                "RAFT needs torch and torchvision: pip install 'lighttrack[train]'"
            ) from None
        network: Any = (raft_small if small else raft_large)(weights=None)
        try:
            network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        except RuntimeError as error:
            raise ValueError(f"{weights}: not weights of this RAFT ({error})") from None
        self._network = network.eval().to(device)
        self._device = device

    def __call__(self, before: Image, now: Image, /) -> Floats:
        """Motion `(H, W, 2)` in pixels."""
        import torch

        height, width = now.shape[:2]
        # RAFT halves its images three times and needs 16 cells on each side.
        rows, columns = (max(128, -(-side // 8) * 8) - side for side in (height, width))
        pads = ((0, rows), (0, columns), (0, 0))
        padded = [np.pad(image, pads, "edge").transpose(2, 0, 1) for image in (before, now)]
        pair = [
            torch.from_numpy(np.ascontiguousarray(image))[None].float().to(self._device) / 127.5 - 1
            for image in padded
        ]
        with torch.inference_mode():
            flow = self._network(*pair)[-1][0].permute(1, 2, 0)
        return np.asarray(flow[:height, :width].cpu().numpy(), np.float32)


def moved_points(points: Floats, flow: Floats) -> Floats:
    """Points `(..., 2)` moved by the flow `(H, W, 2)` at the nearest pixel; NaN stays NaN.

    Example:
        >>> moved_points(np.array([[1.0, 0.0]]), np.full((2, 3, 2), 5.0)).tolist()
        [[6.0, 5.0]]
    """
    height, width = flow.shape[:2]
    place = np.rint(np.nan_to_num(points)).astype(np.intp)
    x, y = np.clip(place[..., 0], 0, width - 1), np.clip(place[..., 1], 0, height - 1)
    return np.asarray(points + flow[y, x], np.float32)
