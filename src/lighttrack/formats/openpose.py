"""OpenPose's JSON: a folder with one file a frame, 25 keypoints (BODY_25), identities."""

import os
import re
from pathlib import Path

from lighttrack.formats import members
from lighttrack.formats.errors import FormatError
from lighttrack.formats.members import FRAMES, MOST_PEOPLE, whole
from lighttrack.formats.names import file_name
from lighttrack.formats.reading import (
    Person,
    frame_of,
    info_from,
    load_json,
    ordered,
    without_gaps,
)
from lighttrack.formats.writing import TracksWriter, flattened, replacing, to_json, triples
from lighttrack.structures import TrackedFrame, TrackedVideo
from lighttrack.structures.skeletons import OPENPOSE_25

SUFFIX = ".openpose"

_NAME = re.compile(r"(?P<stem>.*)_(?P<frame>\d+)_keypoints\.json")

_OTHER_NAME = re.compile(r"(?P<stem>.*)[._](?P<frame>\d+)\.json")
"""As Pose2Sim and Sports2D name their files."""

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
        self._name = file_name(self.info.name)
        self.path.mkdir(exist_ok=True)
        for file in self.path.iterdir():
            named = _NAME.fullmatch(file.name)
            if named and named["stem"] == self._name:
                file.unlink()

    def _write(self, frame: TrackedFrame) -> None:
        flat = flattened(triples(frame.poses.to(OPENPOSE_25)))
        people = [
            {"person_id": [identity], "pose_keypoints_2d": values, **{name: [] for name in _EMPTY}}
            for identity, values in zip(frame.ids.tolist(), flat, strict=True)
        ]
        with replacing(self.path / f"{self._name}_{frame.index:012d}_keypoints.json") as file:
            file.write(to_json({"version": 1.3, "people": people}) + "\n")

    def _finish(self) -> None:
        """Every frame is a file of its own: nothing is left to do."""

    def _abandon(self) -> None:
        """What was written stays: each file is whole."""


def read(path: str | os.PathLike[str]) -> TrackedVideo:
    """Read the folder of one video. Boxes are the smallest around the keypoints.

    Files that are named as Pose2Sim's (`cam01.0000.json`, `cam01_000000.json`) are read too; their
    people may lack identities (-1). Other files in the folder are passed over.

    Raises:
        FormatError: if the folder holds no such files, or their people have no identities.
    """
    path = Path(path)
    files, needs_id = _files(path, _NAME), True
    if not files:
        files, needs_id = _files(path, _OTHER_NAME), False
    if not files:
        raise FormatError(f"{path} holds no *_keypoints.json files")
    stems = sorted({name for _, name, _ in files})
    if len(stems) > 1:
        raise FormatError(f"{path} holds frames of several videos: {', '.join(stems)}")
    info = info_from({"name": stems[0]}, path, SUFFIX)
    frames = [
        frame_of(OPENPOSE_25, index, index / info.fps, _people(file, needs_id=needs_id))
        for index, _, file in files
    ]
    return TrackedVideo(
        info, OPENPOSE_25, without_gaps(ordered(frames, path), OPENPOSE_25, info.fps)
    )


def _files(path: Path, pattern: re.Pattern[str]) -> list[tuple[int, str, Path]]:
    """Frame, name of the video and file of every name that fits, in the order of the frames."""
    named = ((pattern.fullmatch(file.name), file) for file in path.iterdir())
    return sorted(
        (
            whole(
                name["frame"], str(file), "the frame number in the name", 0, FRAMES - 1, text=True
            ),
            name["stem"],
            file,
        )
        for name, file in named
        if name
    )


def _people(file: Path, *, needs_id: bool) -> list[Person]:
    people = []
    stored = members.member(load_json(file), "people", str(file))
    for place, person in enumerate(members.listed(stored, str(file), "people", MOST_PEOPLE)):
        where = f"{file}, person {place}"
        # OpenPose itself writes a list of one number, and -1 unless it tracks.
        identity = members.member(person, "person_id", where)
        stated = identity[0] if isinstance(identity, list) and identity else identity
        number = -1 if stated == [] else whole(stated, where, "person_id", -1)
        if number < 0 and needs_id:
            raise FormatError(f"{file} holds people without identities (person_id {identity})")
        flat = members.member(person, "pose_keypoints_2d", where)
        points = members.flat_points(flat, len(OPENPOSE_25), where, "pose_keypoints_2d")
        people.append(Person(number, points))
    members.only_once([person.id for person in people], str(file))
    return people
