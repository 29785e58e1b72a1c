"""Whom a target names."""

import re

import numpy as np
import pytest

from lighttrack.formats import jsonl
from lighttrack.pipeline.target import require_in_image, resolved, target_named
from lighttrack.structures import Poses, TrackedFrame, VideoInfo
from lighttrack.structures.skeletons import COCO_17
from lighttrack.structures.tracks import TrackState

INFO = VideoInfo(name="walk", source="walk.mp4", width=640, height=480, fps=25.0, frame_count=50)


def earlier_result(path):
    """Person 3 is lost in frame 0, and seen at x = 100 in frame 1."""
    boxes = np.array([[100, 50, 150, 200]], np.float32)
    poses = Poses(COCO_17, np.full((1, 17, 2), 120.0), np.ones((1, 17)), boxes, np.ones(1))
    frames = [
        TrackedFrame(index, index / 25, [3], poses, boxes, True, [state])
        for index, state in enumerate((TrackState.LOST, TrackState.TRACKED))
    ]
    with jsonl.JsonlWriter(path, INFO, COCO_17, {}) as writer:
        for frame in frames:
            writer.write(frame)
    return path


@pytest.mark.parametrize(
    ("text", "how", "where", "time"),
    [
        ("largest", "largest", (), 0),
        ("central", "central", (), 0),
        ("320,240", "point", (320, 240), 0),
        ("320.5, 240 @ 2.5s", "point", (320.5, 240), 2.5),
        ("10,20,110,220@1", "box", (10, 20, 110, 220), 1),
    ],
)
def test_places_and_moments_are_named_by_numbers(text, how, where, time):
    target = target_named(text)
    assert (target.how, target.where, target.time) == (how, where, time)


def test_a_person_of_an_earlier_result_is_chosen_where_they_were_first_seen(tmp_path):
    target = target_named(f"{earlier_result(tmp_path / 'walk.jsonl')}:3")
    assert (target.how, target.where, target.time) == ("box", (100, 50, 150, 200), 0.04)


def test_an_earlier_result_without_the_identity_says_whom_it_has(tmp_path):
    with pytest.raises(ValueError, match="no person with the identity 9; it has: 3"):
        target_named(f"{earlier_result(tmp_path / 'walk.jsonl')}:9")


@pytest.mark.parametrize("text", ["tallest", "1,2,3", "12:30", "1,,2", "4"])
def test_what_names_no_person_is_refused_with_what_is_allowed(text):
    with pytest.raises(ValueError, match="it can be 'largest', 'central', a point X,Y"):
        target_named(text)


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("missing.png", "missing.png"),
        ("people/her", "people/her"),
        (r"people\her", r"people\her"),
        ("walk.jsonl:3", "walk.jsonl"),
    ],
)
def test_an_image_or_a_result_that_is_not_there_is_said_to_be_missing(text, file):
    message = re.escape(f"no such file: {file}; target can be 'largest', 'central', a point X,Y")
    with pytest.raises(FileNotFoundError, match=message):
        target_named(text)


def test_a_folder_is_no_person(tmp_path):
    with pytest.raises(ValueError, match="names no person: it can be 'largest'"):
        target_named(str(tmp_path))


def test_places_outside_the_image_and_moments_after_the_end_are_refused():
    with pytest.raises(ValueError, match="outside the image, which has 640x480 pixels"):
        require_in_image(target_named("900,20"), INFO)
    with pytest.raises(ValueError, match=r"at 7 s, but the video ends at 2\.0 s"):
        require_in_image(target_named("90,20@7"), INFO)


def test_an_image_needs_an_appearance_network(tmp_path):
    image = tmp_path / "him.jpg"
    image.write_bytes(b"")

    class Blind:
        appearance = None

    with pytest.raises(ValueError, match="appearance reid-retail-0288"):
        resolved(target_named(str(image)), Blind(), INFO)
