"""People of a frame as the pages draw them."""

from typing import Any

import numpy as np

from lighttrack.render.colors import identity_color
from lighttrack.structures import TrackedFrame, TrackState

STATES = {int(state): state.name.lower() for state in TrackState}
"""Names of states by their numbers."""


def color_of(identity: int) -> str:
    """The colour of an id, as pages write it."""
    return "#{:02x}{:02x}{:02x}".format(*identity_color(max(identity, 0)))


def people_of(frame: TrackedFrame) -> list[dict[str, Any]]:
    """The people of a frame as a page draws them."""
    poses = frame.poses
    return [
        {
            "id": identity,
            "state": STATES[state],
            "color": color_of(identity),
            "box": [round(value, 1) for value in box],
            "keypoints": [
                None if not np.isfinite(x) else [round(x, 1), round(y, 1), round(score, 2)]
                for (x, y), score in zip(points, scores, strict=True)
            ],
        }
        for identity, state, box, points, scores in zip(
            frame.ids.tolist(),
            frame.states.tolist(),
            frame.boxes.tolist(),
            poses.keypoints.tolist(),
            poses.scores.tolist(),
            strict=True,
        )
    ]
