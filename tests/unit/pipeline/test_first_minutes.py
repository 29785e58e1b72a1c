"""A new user's first minutes: who is there, a preview, a region, a camera on its side, a hint."""

import json
import os
import subprocess
import sys

import cv2
import numpy as np
import pytest
from bright_people import (
    HEIGHT,
    WIDTH,
    BrightDetector,
    BrightEstimator,
    bright_tracker,
    image,
    video_file,
)

import lighttrack
from lighttrack.cli.app import main
from lighttrack.pipeline.doctor import about_this_machine
from lighttrack.pipeline.hints import Samples, hint_for
from lighttrack.pipeline.people import list_people
from lighttrack.pipeline.preview import preview_of, time_for_all
from lighttrack.pipeline.region import are_inside, region_named
from lighttrack.pipeline.request import Request
from lighttrack.pipeline.run import run
from lighttrack.pipeline.text import duration
from lighttrack.pipeline.upright import way_up
from lighttrack.structures import Frame, VideoInfo
from lighttrack.tracking import PoseTracker
from lighttrack.video import VideoWriter

COUNT = 20
INFO = VideoInfo("walk", WIDTH, HEIGHT, 25.0)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return video_file(tmp_path_factory.mktemp("source") / "walk.mp4", COUNT)


def request(path, folder, **options):
    options = {"write": ("jsonl",), **options}
    return Request(source=path, output=folder, tracker=bright_tracker(), **options)


# Who is there.


def test_people_are_listed_with_their_boxes_and_an_image(path, tmp_path):
    there = list_people(request(path, tmp_path, start=0.4))
    assert there.frame.index == 10
    assert len(there.boxes) == 2
    assert there.boxes[0, 0] < there.boxes[1, 0]
    lines = there.lines()
    assert lines[0] == "walk at 0.40 s: 2 people"
    assert lines[1].startswith("  1: --target ")
    assert lines[1].endswith("@0.4")
    assert cv2.imread(str(there.path)).shape == (HEIGHT, WIDTH, 3)
    assert there.path.name == "walk.people.png"
    # What a line says can be tracked.
    target = lines[2].split()[-1]
    outcome = run(request(path, tmp_path, target=target), show=False)
    assert outcome.summary["ids"] == 1


def test_where_there_is_no_person_the_run_stops_at_once_and_says_where_people_are(path, tmp_path):
    with pytest.raises(ValueError, match=r"no person is at 3,3 at 0 s; people are at \d+,20,"):
        run(request(path, tmp_path, target="3,3"), show=False)
    with pytest.raises(ValueError, match="--list-people"):
        run(request(path, tmp_path, target="150,90"), show=False)
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="outside the image"):
        run(request(path, tmp_path, target="1000,3"), show=False)


# A preview.


def test_a_preview_is_the_first_seconds_and_tells_the_time_of_all(path, tmp_path):
    asked = request(path, tmp_path, write=("jsonl", "csv"))
    outcome = run(preview_of(asked, 0.4), show=False)
    assert [each.name for each in sorted(tmp_path.iterdir())] == [
        "walk.preview.mp4", "walk.preview.summary.json",
    ]  # fmt: skip
    assert outcome.summary["frames"] == 10
    assert time_for_all(asked, outcome).startswith("all 20 frames would take about ")
    run(preview_of(asked, 0.2), show=False)  # a preview may be made again
    for seconds in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="preview must be"):
            preview_of(asked, seconds)


def test_lengths_of_time_are_said_in_units_of_their_size():
    assert [duration(s) for s in (0, 59, 150, 7200, 90_000)] == [
        "0 s", "59 s", "2 min", "2.0 h", "25.0 h",
    ]  # fmt: skip


# A region.


@pytest.mark.parametrize("kind", ["polygon", "mask"])
def test_only_people_inside_are_followed(path, tmp_path, kind):
    region = "0,0 80,0 80,95 0,95"
    if kind == "mask":
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        mask[:, :81] = 255
        region = str(tmp_path / "mask.png")
        cv2.imwrite(region, mask)
    result = lighttrack.track_video(path, tracker=bright_tracker(), region=region, progress=False)
    assert len(result.ids()) == 1
    all_people = lighttrack.track_video(path, tracker=bright_tracker(), progress=False)
    assert len(all_people.ids()) == 2
    assert result.provenance["config"]["region"] == region


@pytest.mark.parametrize(
    ("region", "message"),
    [
        ("1,2 3,4", "three corners or more"),
        ("1,2 3,x 4,5", "neither corners of a polygon .* nor an image file"),
        ("nowhere.png", "neither corners of a polygon .* nor an image file"),
        ("500,500 600,500 600,600", "holds no pixel of the 160x96 image"),
        ("1..2,3 4,5 6,7", "three corners or more"),
    ],
)
def test_a_region_that_makes_no_sense_is_refused(region, message):
    with pytest.raises(ValueError, match=message):
        region_named(region, INFO)


def test_a_mask_of_another_size_is_refused(tmp_path):
    cv2.imwrite(str(tmp_path / "m.png"), np.full((10, 10), 255, np.uint8))
    with pytest.raises(ValueError, match="10x10 pixels, the video 160x96"):
        region_named(tmp_path / "m.png", INFO)


def test_feet_below_the_image_count_at_its_edge():
    inside = np.zeros((10, 10), bool)
    inside[9, 5] = True
    boxes = np.array([[4, 0, 7, 50], [0, 0, 2, 9], [np.nan] * 4], np.float32)
    assert are_inside(boxes, inside).tolist() == [True, False, False]


# A camera on its side.


class UprightDetector(BrightDetector):
    """Finds only shapes that are taller than wide, as real detectors find people best."""

    def __call__(self, image):
        found = super().__call__(image)
        sides = found.boxes[:, 2:] - found.boxes[:, :2]
        return found[sides[:, 1] > sides[:, 0]]


def turned_file(path, degrees):
    frames = [np.rot90(image(index), degrees // 90) for index in range(COUNT)]
    height, width, _ = frames[0].shape
    with VideoWriter(path, width=width, height=height, fps=25, quality=1) as video:
        for index, each in enumerate(frames):
            video.write(np.ascontiguousarray(each), index / 25)
    return path


def tracker():
    return PoseTracker(UprightDetector(), BrightEstimator())


@pytest.mark.parametrize("degrees", [90, 270])
def test_a_camera_on_its_side_is_turned(tmp_path, degrees):
    source = turned_file(tmp_path / "side.mp4", degrees)
    said = []
    asked = Request(
        source=source, output=tmp_path / "out", tracker=tracker(), write=("jsonl",), rotate="auto"
    )
    outcome = run(asked, show=False, say=said.append)
    # Bright shapes look the same upside down: either quarter turn makes them stand.
    assert outcome.provenance["config"]["rotate"] in (90, 270)
    assert (outcome.info.width, outcome.info.height) == (WIDTH, HEIGHT)
    assert outcome.summary["ids"] == 2
    assert "upright" in said[0]


def test_where_people_stand_nothing_is_turned(path, tmp_path):
    with lighttrack.open_video(path) as video:
        assert way_up([next(iter(video))], tracker()) == 0
    assert way_up([Frame(0, 0.0, np.zeros((20, 20, 3), np.uint8))], tracker()) == 0


def test_a_turned_result_is_drawn_on_the_turned_video(tmp_path):
    source = turned_file(tmp_path / "side.mp4", 90)
    asked = Request(source=source, output=tmp_path, tracker=tracker(), write=("jsonl",), rotate=90)
    run(asked, show=False)
    stored, drawn = tmp_path / "side.tracks.jsonl", tmp_path / "drawn.mp4"
    assert main(["render", str(stored), "--video", str(source), "-o", str(drawn)]) == 0
    with lighttrack.open_video(drawn) as video:
        assert (video.info.width, video.info.height) == (WIDTH, HEIGHT)


# No person found.


def frames_of(image):
    return [Frame(i, i / 25, image) for i in range(4)]


class Picky:
    """Finds bright shapes of a least size and brightness, and only upright ones."""

    score_threshold = 0.5

    def __call__(self, image):
        found = BrightDetector()(image)
        sides = found.boxes[:, 2:] - found.boxes[:, :2]
        return found[(sides[:, 1] > sides[:, 0]) & (sides[:, 1] > 40)]


@pytest.mark.parametrize(
    ("case", "words"),
    [("turned", "--rotate 90"), ("dark", "too dark"), ("small", "too small"), ("empty", "")],
)
def test_a_hint_says_why_no_person_was_found(case, words):
    image = np.full((HEIGHT, WIDTH, 3), 5, np.uint8)
    if case == "turned":
        image[40:60, 50:110] = 230
    elif case == "dark":
        image[20:75, 50:70] = 60
    elif case == "small":
        image[30:60, 50:60] = 230
    hint = hint_for(frames_of(image), Picky())
    assert words in hint
    assert bool(hint) == (case != "empty")
    assert hint_for([], Picky()) == ""


def test_the_hint_is_part_of_the_outcome(tmp_path):
    image = np.full((HEIGHT, WIDTH, 3), 5, np.uint8)
    image[40:60, 50:110] = 230
    tracked = PoseTracker(UprightDetector(), BrightEstimator())
    asked = Request(source=[image] * 6, output=tmp_path, tracker=tracked, fps=25)
    outcome = run(asked, show=False)
    assert "--rotate 90" in outcome.hint
    stored = json.loads((tmp_path / "video.summary.json").read_text())
    assert stored["people"] == 0


def test_samples_are_spread_over_all_frames():
    samples = Samples()
    for index in range(1000):
        samples.offer(Frame(index, index / 25, np.zeros((2, 2, 3), np.uint8)))
    numbers = [frame.index for frame in samples.frames]
    assert 4 <= len(numbers) <= 8
    assert numbers[0] == 0
    assert numbers[-1] >= 500


# The rest.


def test_doctor_says_versions_devices_and_networks(capsys):
    facts = about_this_machine()
    assert {"lighttrack", "python", "system", "av", "openvino", "devices", "cache"} <= set(facts)
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in facts)


def test_data_sets_are_listed_and_folders_checked(tmp_path, capsys):
    assert main(["data"]) == 0
    assert "https://posetrack.net" in capsys.readouterr().out
    (tmp_path / "clip").mkdir()
    truth = tmp_path / "clip" / "gt.txt"
    truth.write_text("1,1,0,0,9,9,1\n")
    assert main(["data", str(tmp_path)]) == 0
    assert "mot, 1 sequence" in capsys.readouterr().out
    truth.write_text("1,1,0,0,9,9,1\n1,1,0,0,9,9,1\n")
    assert main(["data", str(tmp_path)]) == 1
    assert "stands twice" in capsys.readouterr().out
    assert main(["data", str(tmp_path / "no")]) == 1
    assert "no such folder" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["cp932", "cp1252", "ascii", "gbk"])
def test_a_console_that_knows_few_letters_changes_no_exit_code(encoding, tmp_path):
    source = video_file(tmp_path / "体操é.mp4", 3)
    program = (
        "import sys; from lighttrack.cli.app import main\n"
        "import lighttrack.pipeline.loading as l; sys.path.insert(0, sys.argv.pop(1))\n"
        "from bright_people import bright_tracker\n"
        "l.load_tracker = lambda *a, **k: bright_tracker()\n"
        "sys.exit(main())\n"
    )
    fixtures = os.path.join(os.path.dirname(__file__), "..", "..", "fixtures")
    for line in (["models", "list"], ["track", str(source), "-o", str(tmp_path / "out")]):
        done = subprocess.run(
            [sys.executable, "-c", program, fixtures, *line],
            env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
            capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


def test_a_file_name_that_is_no_text_is_tracked(tmp_path):
    source = tmp_path / "caf\udce9.mp4"
    try:
        video_file(tmp_path / "x.mp4", 5).rename(source)
    except OSError:
        pytest.skip("this file system takes texts only")
    outcome = run(request(source, tmp_path / "out", write=("jsonl", "coco", "video")), show=False)
    assert outcome.summary["frames"] == 5
    stored = lighttrack.read_tracks(tmp_path / "out" / "caf\udce9.tracks.jsonl")
    assert stored.info.name == "caf\udce9"
