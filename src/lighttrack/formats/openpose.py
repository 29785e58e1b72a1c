"""OpenPose's JSON: a folder with one file a frame, 25 keypoints (BODY_25), identities."""

import os
import re
from pathlib import Path

from lighttrack.formats.errors import FormatError
from lighttrack.formats.reading import (
    Person,
    frame_of,
    info_from,
    keypoints_of,
    load_json,
    require,
    without_gaps,
)
from lighttrack.formats.writing import TracksWriter, flattened, replacing, to_json, triples
from lighttrack.structures import TrackedFrame, TrackedVideo
from lighttrack.structures.skeletons import OPENPOSE_25

SUFFIX = ".openpose"

_NAME = re.compile(r"(?P<stem>.*)_(?P<frame>\d+)_keypoints\.json")

_EMPTY = (
    "face_keypoints_2d",
    "hand_left_keypoints_2d",
    "hand_right_keypoints_2d",
    "pose_keypoints_3d",
    "face_keypoints_3d",
    "hand_left_keypoints_3d",
    "hand_right_keypoints_3d",
)
"""Members that OpenPose writes empty when it does not estimate hands, faces and depth."""


class OpenPoseWriter(TracksWriter):
    """Writes `<stem>_<frame, 12 digits>_keypoints.json` files; each appears whole.

    The path is that of the folder, which is made if it is not there. Files of an earlier result of
    the same video in it are removed first: it must not hold frames of two results.
    """

    def _begin(self) -> None:
        self.path.mkdir(exist_ok=True)
        for file in self.path.iterdir():
            named = _NAME.fullmatch(file.name)
            if named and named["stem"] == self.info.name:
                file.unlink()

    def _write(self, frame: TrackedFrame) -> None:
        flat = flattened(triples(frame.poses.to(OPENPOSE_25)))
        people = [
            {"person_id": [identity], "pose_keypoints_2d": values, **{name: [] for name in _EMPTY}}
            for identity, values in zip(frame.ids.tolist(), flat, strict=True)
        ]
        with replacing(self.path / f"{self.info.name}_{frame.index:012d}_keypoints.json") as file:
            file.write(to_json({"version": 1.3, "people": people}) + "\n")

    def _finish(self) -> None:
        """Every frame is a file of its own: nothing is left to do."""

    def _abandon(self) -> None:
        """What was written stays: each file is whole."""


def read(path: str | os.PathLike[str]) -> TrackedVideo:
    """Read the folder of one video. Boxes are the smallest around the keypoints.

    Raises:
        FormatError: if the folder holds no such files, or their people have no identities.
    """
    path = Path(path)
    named = ((_NAME.fullmatch(file.name), file) for file in path.iterdir())
    files = sorted((int(name["frame"]), name["stem"], file) for name, file in named if name)
    if not files:
        raise FormatError(f"{path} holds no *_keypoints.json files")
    stems = sorted({name for _, name, _ in files})
    if len(stems) > 1:
        raise FormatError(f"{path} holds frames of several videos: {', '.join(stems)}")
    info = info_from({"name": stems[0]}, path, SUFFIX)
    frames = [
        frame_of(OPENPOSE_25, index, index / info.fps, _people(file)) for index, _, file in files
    ]
    return TrackedVideo(info, OPENPOSE_25, without_gaps(frames, OPENPOSE_25, info.fps))


def _people(file: Path) -> list[Person]:
    people = []
    for person in require(load_json(file), "people", str(file)):
        # OpenPose itself writes a list of one number, and -1 unless it tracks.
        identity = require(person, "person_id", f"a person of {file}")
        number = int(identity[0] if isinstance(identity, list) and identity else -1)
        if number < 0:
            raise FormatError(f"{file} holds people without identities (person_id {identity})")
        flat = require(person, "pose_keypoints_2d", f"a person of {file}")
        people.append(Person(number, keypoints_of(flat, len(OPENPOSE_25), f"a person of {file}")))
    return people
