"""OC-SORT and BoT-SORT of the package `trackers`, on the boxes of poses."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from lighttrack.baselines.base import detected_boxes, posed, with_ids
from lighttrack.structures import Frame, TrackedFrame
from lighttrack.structures.protocols import Detector, PoseEstimator


class PeerTracker:
    """A tracker of boxes with its package's own settings; who it gives no identity is left out."""

    def __init__(self, name: str) -> None:
        """Take `oc-sort` or `bot-sort`.

        Raises:
            ImportError: if the package is not installed.
        """
        try:
            import supervision
            import trackers
        except ImportError:
            raise ImportError(
                f"{name} needs the dependency group peers: pip install --no-deps --group peers"
            ) from None
        kinds = {"oc-sort": trackers.OCSORTTracker, "bot-sort": trackers.BoTSORTTracker}
        if name not in kinds:
            raise ValueError(f"a peer must be one of {', '.join(kinds)}, got {name!r}")
        self._kind: Any = kinds[name]
        self._camera = name == "bot-sort"
        self._detections: Any = supervision.Detections

    def track(
        self, frames: Iterable[Frame], detector: Detector, estimator: PoseEstimator
    ) -> Iterator[TrackedFrame]:
        """The people of every frame; see `Baseline.track`."""
        tracker = self._kind()
        for frame in frames:
            poses = posed(estimator, frame, detected_boxes(detector, frame)[0])
            given = self._detections(
                xyxy=poses.boxes.copy(),
                confidence=poses.person_scores.copy(),
                data={"row": np.arange(len(poses))},
            )
            options: dict[str, Any] = {}
            if self._camera:  # its estimator of the camera's motion wants BGR
                options["frame"] = np.ascontiguousarray(frame.image[:, :, ::-1])
            result = tracker.update(given, **options)
            ids = np.asarray(result.tracker_id, np.int64).reshape(-1)
            rows = np.asarray(result.data.get("row", np.zeros(0)), np.intp)
            named = ids >= 0
            yield with_ids(frame, poses[rows[named]], ids[named])
