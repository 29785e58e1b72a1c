"""The worst moments of an evaluation, as images in its page: each frame has its own grey."""

import base64
import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from lighttrack.cli.app import main
from lighttrack.structures.skeletons import POSETRACK_15
from lighttrack.video import VideoWriter

NAME = "000001_mpii_test"
SIZE = (120, 160)


def _grey(frame: int) -> np.ndarray:
    return np.full((*SIZE, 3), 40 * frame, np.uint8)


def _greys(page: Path) -> list[int]:
    """Which frames a page shows, by the grey of its images."""
    found = []
    for data in re.findall(r'base64,([^"]+)"', page.read_text()):
        image = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
        assert image.shape == (*SIZE, 3)
        found.append(round(image.mean() / 40))
    return found


def _posetrack(folder: Path, absent: tuple[int, ...] = (), name: str = NAME) -> Path:
    """One person in five frames; in those `absent` no person, and in frame 3 no label."""
    x, y = np.tile([20.0, 40, 60], 5), np.repeat(np.arange(5) * 15.0 + 20, 3)
    person = {"track_id": 0, "keypoints": np.c_[x, y, np.ones(15)].ravel().tolist()}
    person |= {"scores": [0.9] * 15, "bbox_head": [20, 10, 30, 40]}
    images = [
        {"id": i, "file_name": f"images/{name}/{i:06d}.jpg", "is_labeled": i != 3} for i in range(5)
    ]
    category = {"id": 1, "name": "person", "keypoints": list(POSETRACK_15.keypoints)}
    annotations = [{**person, "image_id": i} for i in range(5) if i not in absent and i != 3]
    folder.mkdir(exist_ok=True)
    data = {"images": images, "annotations": annotations, "categories": [category]}
    (folder / f"{name}.json").write_text(json.dumps(data))
    return folder


def _video(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with VideoWriter(path, width=SIZE[1], height=SIZE[0], fps=10) as writer:
        for frame in range(5):
            writer.write(_grey(frame), frame / 10)
    return path


def _images(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for frame in range(5):
        cv2.imwrite(str(folder / f"{frame:06d}.jpg"), _grey(frame))
    return folder


def _evaluate(tmp_path: Path, video: Path, kind: str = "posetrack") -> int:
    line = ["evaluate", kind, str(tmp_path / "gt"), str(tmp_path / "pred")]
    return main([*line, "--video", str(video), "--html", str(tmp_path / "page.html")])


@pytest.mark.parametrize("place", ["images/{}", "{}", "", "video", "video inside", "the video"])
def test_the_missed_frames_of_a_posetrack_sequence_are_shown(tmp_path, place):
    _posetrack(tmp_path / "gt")
    _posetrack(tmp_path / "pred", absent=(1, 4))
    source = tmp_path / "a folder"
    if place == "video":
        _video(source / f"{NAME}.mp4")
    elif place == "video inside":
        _video(source / NAME / "any name.mp4")
    elif place == "the video":
        source = _video(source / "any name.mp4")
    else:
        _images(source / place.format(NAME))
    assert _evaluate(tmp_path, source) == 0
    page = (tmp_path / "page.html").read_text()
    assert _greys(tmp_path / "page.html") == [1, 4]  # frame 3 is not labelled
    assert f"{NAME}, 000004.jpg: 1 error<" in page
    assert "#ff2d2d" in page
    assert "M20 20 L40 20" in page  # a limb of the missed person


def test_several_sequences_have_two_images_each_and_the_worst_a_dozen(tmp_path):
    for number in range(8):
        name = f"{number:06d}_mpii_test"
        _posetrack(tmp_path / "gt", name=name)
        _posetrack(tmp_path / "pred", absent=(0, 1, 2), name=name)
        _images(tmp_path / "images" / name)
    assert _evaluate(tmp_path, tmp_path / "images") == 0
    assert _greys(tmp_path / "page.html") == [0, 1] * 6


def test_what_is_dropped_shows_as_missed(tmp_path):
    _posetrack(tmp_path / "gt")
    _posetrack(tmp_path / "pred")
    _images(tmp_path / "images" / NAME)
    page = tmp_path / "page.html"
    line = f"evaluate posetrack {tmp_path}/gt {tmp_path}/pred --video {tmp_path}/images"
    assert main([*line.split(), "--html", str(page)]) == 0
    assert _greys(page) == []
    assert main([*line.split(), "--html", str(page), "--drop-below", "0.95"]) == 0
    assert _greys(page) == [0, 1, 2, 4]


@pytest.mark.parametrize("folder", [False, True])
def test_the_worst_moments_of_boxes_are_shown(tmp_path, folder):
    rows = [f"{frame + 1},1,10,10,40,60,1" for frame in range(5)]
    (tmp_path / "gt").mkdir()
    (tmp_path / "gt" / "walk.txt").write_text("\n".join(rows))
    (tmp_path / "pred").mkdir()
    (tmp_path / "pred" / "walk.txt").write_text("\n".join(rows[:2] + rows[3:]))
    video = _video(tmp_path / "videos" / "walk.mp4")
    assert _evaluate(tmp_path, video.parent if folder else video, "mot") == 0
    assert _greys(tmp_path / "page.html") == [2]


@pytest.mark.parametrize(
    ("video", "message"),
    [
        ("nowhere", "no such file or folder: "),
        ("empty", f"has neither the image images/{NAME}/000001.jpg nor a video {NAME}.mp4"),
    ],
)
def test_images_that_are_not_there_are_named(tmp_path, capsys, video, message):
    _posetrack(tmp_path / "gt")
    _posetrack(tmp_path / "pred", absent=(1, 4))
    (tmp_path / "empty").mkdir()
    assert _evaluate(tmp_path, tmp_path / video) == 1
    assert message in capsys.readouterr().err


def test_one_video_cannot_be_that_of_two_sequences(tmp_path, capsys):
    for name in (NAME, "000002_mpii_test"):
        _posetrack(tmp_path / "gt", name=name)
        _posetrack(tmp_path / "pred", name=name)
    assert _evaluate(tmp_path, _video(tmp_path / "one.mp4")) == 1
    assert "is one video for 2 sequences; give their folder" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["posetrack", "mot"])
def test_a_video_without_a_page_is_refused(tmp_path, capsys, kind):
    _posetrack(tmp_path / "gt")
    line = ["evaluate", kind, str(tmp_path / "gt"), str(tmp_path / "gt"), "--video", str(tmp_path)]
    assert main(line) == 1
    assert "give --html FILE, too" in capsys.readouterr().err
