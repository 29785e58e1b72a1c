"""A pickle of skeleton sequences for action recognition, as PYSKL and mmaction2 read it.

`{"split": {"test": [name]}, "annotations": [annotation]}`: one annotation, the video, with COCO's
17 keypoints of M people in T frames; a person who is not seen, and a keypoint that is missing, is 0
with a score of 0. The person seen most comes first, since models take the first one or two.
"""

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np

from lighttrack.formats.dense import frames_of_arrays
from lighttrack.formats.errors import FormatError
from lighttrack.formats.reading import skeleton_of
from lighttrack.formats.spool import Record, Spooled, SpooledWriter, record_of
from lighttrack.formats.writing import replacing_file
from lighttrack.structures import Skeleton, TrackedFrame, TrackedVideo
from lighttrack.structures.skeletons import COCO_17
from lighttrack.structures.types import AnyArray

SUFFIX = ".pyskl.pkl"

UNLABELLED = -1
"""The label of a video whose action is not known, as PYSKL's own demonstration has it."""

_PROTOCOL = 4


class PysklWriter(SpooledWriter):
    """Writes the annotation when all frames are known."""

    def _begin(self) -> None:
        self._given, self.skeleton = self.skeleton, COCO_17
        super()._begin()
        self.skeleton = self._given

    def _write(self, frame: TrackedFrame) -> None:
        super()._write(as_coco(frame))

    def _export(self, result: Spooled) -> None:
        ids, seen = np.unique(result.rows["id"], return_counts=True)
        order = np.argsort(-seen, kind="stable")
        f = len(result.indices)
        result = Spooled(COCO_17, result.indices, result.times, result.rows)
        result.require_room(self.path.name, f * len(ids))
        points = np.zeros((len(ids), f, len(COCO_17), 3), np.float32)
        for frames, block, _ in result.blocks() if len(ids) else ():
            points[:, frames] = np.moveaxis(np.nan_to_num(block), 1, 0)
        points = points[order]
        shape = (self.info.height, self.info.width)
        annotation = {
            "frame_dir": self.info.name,
            "label": UNLABELLED,
            "img_shape": shape,
            "original_shape": shape,
            "total_frames": f,
            "keypoint": points[..., :2].copy(),
            "keypoint_score": points[..., 2].copy(),
            # Beyond what the tools read.
            "track_id": [int(identity) for identity in ids[order]],
            "frame_index": result.indices.tolist(),
            "time": result.times.tolist(),
            "lighttrack": record_of(self.info, COCO_17, self.provenance),
        }
        content = {"split": {"test": [self.info.name]}, "annotations": [annotation]}
        with replacing_file(self.path) as part, open(part, "wb") as file:
            pickle.dump(content, file, protocol=_PROTOCOL)


def as_coco(frame: TrackedFrame) -> TrackedFrame:
    """A frame with COCO's keypoints."""
    return TrackedFrame(
        frame.index,
        frame.time,
        frame.ids,
        frame.poses.to(COCO_17),
        frame.boxes,
        frame.is_keyframe,
        frame.states,
    )


class _Plain(pickle.Unpickler):
    """Builds NumPy arrays and what Python has itself; a pickle may not run anything else."""

    _ALLOWED = frozenset({"_reconstruct", "ndarray", "dtype", "scalar", "_frombuffer", "encode"})

    def find_class(self, module: str, name: str) -> Any:
        if module.partition(".")[0] in ("numpy", "_codecs") and name in self._ALLOWED:
            return super().find_class(module, name)
        raise FormatError(f"the pickle asks for {module}.{name}, which no skeleton sequence needs")


def recognises(path: Path, head: bytes) -> bool:
    """Whether a file is a pickle, by its first bytes."""
    return head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")


def read(path: str | os.PathLike[str]) -> TrackedVideo:
    """Read a pickle of one video; people are numbered from 1 where it has no `track_id`.

    Nothing but arrays is built from the pickle: no code in it runs.

    Raises:
        FormatError: if it holds something else, or several videos.
    """
    path = Path(path)
    try:
        with open(path, "rb") as file:
            content = _Plain(file).load()
    except (pickle.UnpicklingError, EOFError, AttributeError, IndexError, ValueError) as error:
        raise FormatError(f"{path} is no pickle of skeleton sequences: {error}") from error
    annotations = content.get("annotations") if isinstance(content, dict) else content
    if not isinstance(annotations, list) or not all(isinstance(a, dict) for a in annotations):
        raise FormatError(f"{path} holds no list of annotations")
    if len(annotations) != 1:
        raise FormatError(f"{path} holds {len(annotations)} videos; a result is one")
    return _video(annotations[0], path)


def _video(annotation: dict[str, Any], path: Path) -> TrackedVideo:
    lacking = [name for name in ("keypoint", "total_frames") if name not in annotation]
    if lacking:
        raise FormatError(f"{path}: its annotation lacks {', '.join(lacking)}")
    keypoint: AnyArray = np.asarray(annotation["keypoint"], np.float32)
    people, f, k = keypoint.shape[:3]
    points = np.ones((people, f, k, 3), np.float32)
    points[..., :2] = keypoint[..., :2]
    if "keypoint_score" in annotation:
        points[..., 2] = annotation["keypoint_score"]
    points[(points[..., 2] == 0) | ~points[..., :2].any(axis=-1)] = np.nan
    record = Record.of(annotation.get("lighttrack"))
    height, width = annotation.get("img_shape", (0, 0))
    name = str(annotation.get("frame_dir", ""))
    info = record.info(path, SUFFIX, name=name, width=width, height=height)
    ids = [int(i) for i in annotation.get("track_id", range(1, people + 1))]
    indices = np.asarray(annotation.get("frame_index", range(f)), np.int64)
    times = np.asarray(annotation.get("time", indices / info.fps), np.float64)
    skeleton = _skeleton(k, path)
    frames = frames_of_arrays(skeleton, ids, indices, times, np.moveaxis(points, 0, 1))
    return TrackedVideo(info, skeleton, frames, record.provenance)


def _skeleton(k: int, path: Path) -> Skeleton:
    if k != len(COCO_17):
        raise FormatError(f"{path} has {k} keypoints, which it does not name; COCO's are 17")
    return skeleton_of(COCO_17.keypoints)
