"""The record, in a result's provenance, of the operations applied to it after tracking."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lighttrack.structures import TrackedFrame, TrackedVideo

CHANGES = "changes"
"""The member of the provenance that lists what was done, in its order."""


def changed(
    video: TrackedVideo, frames: Sequence[TrackedFrame], operation: str, **details: Any
) -> TrackedVideo:
    """The video with other frames, and with the operation that made them on record.

    Args:
        video: as it was.
        frames: as they are now.
        operation: its name.
        details: everything needed to do it again, and what came of it; plain JSON values.

    Example:
        >>> from lighttrack.structures import VideoInfo
        >>> from lighttrack.structures.skeletons import COCO_17
        >>> video = TrackedVideo(VideoInfo("clip", 160, 90, 25.0), COCO_17, [])
        >>> changed(video, [], "delete", id=3).provenance
        {'changes': [{'operation': 'delete', 'id': 3}]}
    """
    made = [*video.provenance.get(CHANGES, ()), {"operation": operation, **details}]
    return replace(video, frames=frames, provenance={**video.provenance, CHANGES: made})
