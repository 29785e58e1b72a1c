"""Every member of every format dropped, retyped and set to odd values; every reader, one rule.

What a reader may do with such a file is to read it, or to refuse it in one sentence that names the
file. Whatever is read can be written in every format.
"""

import copy
import json
import random
import re

import numpy as np
import pytest
from io_samples import frame, video, write

from lighttrack.formats import FORMATS, FormatError, read_tracks, write_tracks
from lighttrack.formats.formats import READ_ONLY
from lighttrack.structures import TrackedVideo
from lighttrack.structures.skeletons import COCO_17, OPENPOSE_25, POSETRACK_17

SEED = 17

ODD = (
    None, True, -1, 0, 3.5, 1e30, -1e30, 10**400, float("nan"), float("inf"), 2**63,
    20240131235959, "", "x", "7", "../../x", "\x00", "\ud800", [], [[]], [1, 2], ["a"], {},
    {"a": 1},
)  # fmt: skip

_DROPPED = object()

TEXTS = [name for name, each in FORMATS.items() if each.recognises is None]
"""Formats whose every byte is tried; those of other tools are read by their libraries."""

NAMES = ("jsonl", "coco", "posetrack", "posetrack17", "openpose", "alphapose", "mmpose")


def small(skeleton):
    frames = [frame(0, [1, 2], skeleton), frame(1, [], skeleton), frame(2, [2], skeleton)]
    return TrackedVideo(video(skeleton).info, skeleton, frames, video(skeleton).provenance)


def alphapose():
    flat = [float(i % 7 + 10) for i in range(51)]
    return [
        {"image_id": f"{i}.jpg", "category_id": 1, "keypoints": flat, "score": 2.9,
         "box": [9.0, 4.0, 8.0, 18.0], "idx": [float(i % 2)]}
        for i in range(3)
    ]  # fmt: skip


def mmpose():
    points = [[float(i), float(2 * i)] for i in range(17)]
    person = {"keypoints": points, "keypoint_scores": [0.9] * 17, "bbox": [[1, 2, 9, 20]],
              "bbox_score": 0.9, "instance_id": 1}  # fmt: skip
    return {
        "meta_info": {"dataset_name": "coco"},
        "instance_info": [{"frame_id": i, "instances": [person]} for i in range(3)],
    }


def contents(tmp_path):
    """By name of the format: values of JSON, how they are stored, and the file's name."""
    made = {}
    for name, skeleton in (
        ("jsonl", COCO_17), ("coco", COCO_17), ("posetrack", POSETRACK_17),
        ("posetrack17", POSETRACK_17),
    ):  # fmt: skip
        path = write(FORMATS[name].open, tmp_path / f"clip{FORMATS[name].suffix}", small(skeleton))
        text = path.read_text()
        if name == "jsonl":
            made[name] = ([json.loads(line) for line in text.splitlines()], path.name)
        else:
            made[name] = (json.loads(text), path.name)
    folder = write(FORMATS["openpose"].open, tmp_path / "clip.openpose", small(OPENPOSE_25))
    first = min(folder.iterdir())
    made["openpose"] = (json.loads(first.read_text()), f"in/{first.name}")
    made["alphapose"] = (alphapose(), "alphapose-results.json")
    made["mmpose"] = (mmpose(), "results.json")
    return made


def places(value, path=()):
    """Every place in a JSON value; of long lists of numbers only the first."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        plain = all(not isinstance(each, list | dict) for each in value)
        for index, inner in enumerate(value[:1] if plain else value[:2]):
            yield from places(inner, (*path, index))


def changed(value, path, new):
    """The value with another one at a place; what is not on the way to it is shared."""
    result = place = copy.copy(value)
    for step in path[:-1]:
        place[step] = copy.copy(place[step])
        place = place[step]
    if new is _DROPPED:
        del place[path[-1]]
    else:
        place[path[-1]] = new
    return result


def stored(name, content):
    def dumped(value):
        return json.dumps(value)

    return "\n".join(map(dumped, content)) + "\n" if name == "jsonl" else dumped(content)


def outcome(path, source, count):
    """The message of a refusal, or nothing for a success, after which it is written again."""
    try:
        read = read_tracks(source)
    except FormatError as error:
        return str(error)
    format_ = ("jsonl", "csv", "coco", "mot", "openpose", "posetrack")[count % 6]
    if count % 5 == 0:
        write_tracks(read, path / f"again{FORMATS[format_].suffix}", format_)
    return ""


def judge(message, file_name):
    assert file_name in message or "holds no tracks" in message, message
    assert "\n" not in message
    assert len(message) < 600, message
    for slip in ("object is not", "cannot reshape", "invalid literal", "Traceback"):
        assert slip not in message, message


@pytest.mark.parametrize("name", NAMES)
def test_every_member_dropped_and_retyped(tmp_path, name):
    content, file_name = contents(tmp_path)[name]
    path = tmp_path / "odd"
    file = path / file_name
    file.parent.mkdir(parents=True)
    source = file.parent if name == "openpose" else file
    tried = refused = 0
    rng = random.Random(SEED)
    for place in places(content):
        for new in (_DROPPED, *rng.sample(ODD, 14)):
            file.write_text(stored(name, changed(content, place, new)), encoding="utf-8")
            message = outcome(tmp_path, source, tried)
            tried += 1
            if message:
                refused += 1
                judge(message, file.name)
    assert tried > 250
    assert refused > tried // 4


def rows_of(name, tmp_path):
    path = write(FORMATS[name].open, tmp_path / f"clip{FORMATS[name].suffix}", small(COCO_17))
    return path.read_text().splitlines()


CELLS = (
    "",
    "x",
    "-1",
    "0",
    "nan",
    "inf",
    "1e30",
    "1e400",
    "20240131235959",
    "3.5",
    "\x00",
    '"',
    "-0",
)


@pytest.mark.parametrize("name", ["mot", "csv"])
def test_every_cell_of_a_table_retyped(tmp_path, name):
    rows = rows_of(name, tmp_path)
    path = tmp_path / "odd"
    path.mkdir()
    file = path / f"clip{FORMATS[name].suffix}"
    tried = 0
    for row in range(2):
        cells = rows[row].split(",")
        for column in range(min(len(cells), 14)):
            for new in (_DROPPED, *CELLS):
                made = [*cells[:column], *([] if new is _DROPPED else [new]), *cells[column + 1 :]]
                file.write_text("\n".join([*rows[:row], ",".join(made), *rows[row + 1 :], ""]))
                tried += 1
                if message := outcome(tmp_path, file, tried):
                    judge(message, file.name)
    assert tried > 200


@pytest.mark.parametrize("name", [*TEXTS, "alphapose", "mmpose"])
def test_bytes_flipped_cut_and_doubled(tmp_path, name):
    rng = random.Random(f"{SEED} {name}")
    if name in ("mot", "csv"):
        content, file_name = "\n".join(rows_of(name, tmp_path)) + "\n", f"c{FORMATS[name].suffix}"
    else:
        made, file_name = contents(tmp_path)[name]
        content = stored(name, made)
    path = tmp_path / "odd"
    file = path / file_name
    file.parent.mkdir(parents=True)
    source = file.parent if name == "openpose" else file
    sound = content.encode()
    for tried in range(150):
        data = bytearray(sound)
        for _ in range(rng.randint(1, 4)):
            place = rng.randrange(len(data))
            kind = rng.randrange(4)
            if kind == 0:
                data[place] ^= 1 << rng.randrange(8)
            elif kind == 1:
                del data[place : place + rng.randint(1, 200)]
            elif kind == 2:
                data[place:place] = data[place : place + rng.randint(1, 200)]
            else:
                data[place] = rng.choice(b'{}[]",:0-9eE.\x00\xff \n')
            data = data or bytearray(b" ")
        file.write_bytes(bytes(data))
        if message := outcome(tmp_path, source, tried):
            judge(message, file.name)


@pytest.mark.parametrize("name", [*TEXTS, *READ_ONLY])
def test_frames_out_of_order_are_put_in_order(tmp_path, name):
    if name in ("mot", "csv"):
        rows = rows_of(name, tmp_path)
        head = rows[:1] if name == "csv" else []
        file = tmp_path / f"clip{FORMATS[name].suffix}"
        file.write_text("\n".join([*head, *reversed(rows[len(head) :]), ""]))
    elif name == "openpose":  # one file a frame: there is no order
        file = write(FORMATS[name].open, tmp_path / "clip.openpose", small(OPENPOSE_25))
    else:
        content, file_name = contents(tmp_path)[name]
        if name == "jsonl":
            content = [content[0], *reversed(content[1:])]
        elif name in ("mmpose", "posetrack17"):
            content["instance_info" if name == "mmpose" else "annolist"].reverse()
        else:
            content["images"].reverse()
        file = tmp_path / file_name
        file.write_text(stored(name, content))
    if name in (
        "posetrack",
        "posetrack17",
    ):  # frames whose names do not ascend are numbered by their place
        with pytest.raises(
            FormatError, match=r"clip\.posetrack.*\.json: frame 1: time must not be"
        ):
            read_tracks(file)
        return
    read = read_tracks(file)
    indices = [each.index for each in read.frames]
    assert indices == sorted(indices)
    if name != "mmpose":
        assert [len(each) for each in read.frames] == [2, 0, 1]


def test_a_frame_that_stands_twice_is_refused_by_name(tmp_path):
    content, file_name = contents(tmp_path)["jsonl"]
    file = tmp_path / file_name
    file.write_text(stored("jsonl", [*content, content[1]]))
    with pytest.raises(FormatError, match=re.escape(file_name) + ": frame 0 stands twice"):
        read_tracks(file)


def test_gaps_are_not_stored_frame_by_frame(tmp_path):
    import tracemalloc

    file = tmp_path / "far.mot.txt"
    file.write_text("1,1,0,0,9,9,1,-1,-1,-1\n4900000,1,0,0,9,9,1,-1,-1,-1\n")
    tracemalloc.start()
    read = read_tracks(file)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 5_000_000
    assert len(read.frames) == 4_900_000
    assert [len(read.frames[i]) for i in (0, 1, 4_899_999, -1)] == [1, 0, 1, 1]
    assert read.frames[2].time == pytest.approx(2 / 25)
    assert read.ids().tolist() == [1]
    assert [len(each) for each in read.frames[:3]] == [1, 0, 0]
    with pytest.raises(IndexError):
        read.frames[4_900_000]


def test_a_file_of_one_format_never_becomes_a_path(tmp_path):
    content, file_name = contents(tmp_path)["jsonl"]
    content[0]["video"]["name"] = "../../../outside"
    source = tmp_path / file_name
    source.write_text(stored("jsonl", content))
    read = read_tracks(source)
    (tmp_path / "deep").mkdir()
    for name, format_ in FORMATS.items():
        if not format_.libraries:
            write_tracks(read, format_.path_in(tmp_path / "deep", "x"), name)
    found = {path.name for path in tmp_path.rglob("*outside*")}
    people = {f"outside_id_{identity}.trc" for identity in (1, 2)}
    assert found == {f"outside_{i:012d}_keypoints.json" for i in range(3)} | people
    assert not list(tmp_path.parent.glob("*outside*"))
    assert np.isfinite(read.info.fps)
