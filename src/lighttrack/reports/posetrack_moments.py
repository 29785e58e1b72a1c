"""The worst moments of a PoseTrack evaluation, as images with the poses of both sides."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from lighttrack.evaluation.posetrack import Mode, Pair
from lighttrack.evaluation.posetrack.frames import counts, frames_to_score
from lighttrack.evaluation.posetrack.people_level import people_sequence
from lighttrack.evaluation.timeline import make_timeline
from lighttrack.formats.posetrack import JOINTS
from lighttrack.formats.posetrack.annotations import People
from lighttrack.render.page import Moment
from lighttrack.reports import moments
from lighttrack.structures import Image
from lighttrack.structures.skeletons import POSETRACK_15

_LIMBS = [
    tuple(JOINTS.index(POSETRACK_15.keypoints[end]) for end in edge) for edge in POSETRACK_15.edges
]


def worst_moments(pairs: Sequence[Pair], source: Path, mode: Mode) -> list[Moment]:
    """The frames with most errors of whole people.

    Args:
        pairs: the sequences, as they are scored.
        source: folder of images or videos, or the one video of the one sequence: images are
            looked for where `file_name` says, counted from `source`, then as FOLDER/IMAGE and
            IMAGE; videos as NAME.mp4 and NAME/*.mp4, whose frames are those of the file in their
            order.
        mode: which frames count.

    Raises:
        ValueError: if a sequence has neither images nor a video there.
    """
    if source.is_file() and len(pairs) > 1:
        raise ValueError(f"{source} is one video for {len(pairs)} sequences; give their folder")
    lines = [make_timeline(people_sequence(pair, mode)) for pair in pairs]
    chosen = moments.worst(lines)
    found = []
    for number in sorted({number for number, _, _ in chosen}):
        pair = pairs[number]
        positions = [i for i, frame in enumerate(pair.truth.frames) if counts(frame, mode)]
        scored = frames_to_score(pair.truth, pair.predicted, mode)
        errors = {frame: count for of, frame, count in chosen if of == number}
        wanted = {positions[frame]: frame for frame in errors}
        for position, image in _images(source, pair, wanted):
            frame = wanted[position]
            predicted = scored[frame].predicted
            sides = _side(scored[frame].truth), _side(predicted[predicted.present.any(axis=1)])
            name = PurePosixPath(scored[frame].name).name
            caption = f"{pair.name}, {name}: {moments.errors(errors[frame])}"
            found.append(moments.moment(caption, image, lines[number], frame, *sides))
    return found


def _side(people: People) -> moments.Side:
    there = people.present[..., None]
    low = np.where(there, people.points, np.inf).min(axis=1)
    high = np.where(there, people.points, -np.inf).max(axis=1)
    limbs = [
        [
            (*points[first], *points[second])
            for first, second in _LIMBS
            if np.isfinite(points[[first, second]]).all()
        ]
        for points in people.points
    ]
    return moments.Side(people.ids, np.concatenate([low, high], axis=1), limbs)


def _images(source: Path, pair: Pair, wanted: Mapping[int, int]) -> Iterator[tuple[int, Image]]:
    """Position in the file and image of the frames wanted."""
    names = {position: PurePosixPath(pair.truth.frames[position].name) for position in wanted}
    found = {position: _image(source, pair, name) for position, name in names.items()}
    images = {position: path for position, path in found.items() if path}
    if len(images) == len(wanted):
        for position, path in sorted(images.items()):
            yield from ((position, image) for _, image in moments.frames_of(path, {0}))
        return
    folder = next(iter(names.values())).parent.name
    video = moments.video_of(source, pair.name) or moments.video_of(source, folder)
    if video is None:
        missing = next(str(name) for position, name in names.items() if not found[position])
        raise ValueError(f"{source}: has neither the image {missing} nor a video {pair.name}.mp4")
    yield from moments.frames_of(video, set(wanted))


def _image(source: Path, pair: Pair, name: PurePosixPath) -> Path | None:
    if source.is_file():
        return None
    inside = (name, f"{name.parent.name}/{name.name}", f"{pair.name}/{name.name}", name.name)
    return next((source / path for path in inside if (source / path).is_file()), None)
