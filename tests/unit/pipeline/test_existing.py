"""What a run may not write over, and how results of several sources are kept apart."""

import subprocess
import sys
import threading

import numpy as np
import pytest
from bright_people import FPS, bright_tracker, images, video_file

import lighttrack
from lighttrack.cli.app import main
from lighttrack.formats.names import file_name
from lighttrack.pipeline.existing import OutputExists, claimed, require_new
from lighttrack.pipeline.request import Request
from lighttrack.pipeline.run import run
from lighttrack.video import VideoWriter

COUNT = 12


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return video_file(tmp_path_factory.mktemp("source") / "walk.mp4", COUNT)


def track(source, folder, **options):
    said = []
    options = {"write": ("jsonl", "csv"), **options}
    asked = Request(source=source, output=folder, tracker=bright_tracker(), **options)
    return run(asked, show=False, say=said.append), said


def content(folder):
    return {each.name: each.read_bytes() for each in folder.iterdir()}


@pytest.mark.parametrize("write", [("jsonl",), ("csv",), ("openpose",), ("jsonl", "video")])
def test_a_result_is_replaced_only_where_that_was_said(path, tmp_path, write):
    track(path, tmp_path, write=write)
    before = content(tmp_path) if "openpose" not in write else None
    with pytest.raises(OutputExists, match="exists already"):
        track(path, tmp_path, write=write)
    assert before is None or content(tmp_path) == before
    track(path, tmp_path, write=write, overwrite=True)


def test_of_another_kind_of_output_it_is_replaced_neither(path, tmp_path):
    """The summary belongs to the first run's files."""
    track(path, tmp_path, write=("csv",))
    with pytest.raises(OutputExists, match=r"walk\.summary\.json exists already"):
        track(path, tmp_path, write=("jsonl",))


def test_python_s_one_call_has_the_same_rule(path, tmp_path):
    def call(**options):
        return lighttrack.track_video(
            path, output=tmp_path, tracker=bright_tracker(), progress=False, **options
        )

    result = call()
    with pytest.raises(OutputExists):
        call()
    call(overwrite=True)
    with pytest.raises(OutputExists):
        lighttrack.render_video(result, path, tmp_path / "walk.mp4")
    assert lighttrack.render_video(result, path, tmp_path / "other.mp4") == COUNT
    assert lighttrack.render_video(result, path, tmp_path / "other.mp4", overwrite=True) == COUNT


@pytest.mark.parametrize("command", ["convert", "render", "refine", "edit"])
def test_every_command_refuses_and_names_the_option(path, tmp_path, capsys, command):
    track(path, tmp_path / "out", write=("jsonl",))
    stored = tmp_path / "out" / "walk.tracks.jsonl"
    target = tmp_path / ("there.mp4" if command == "render" else "there.csv")
    target.write_text("precious")
    rest = {
        "convert": ["--to", "csv"],
        "render": ["--video", str(path)],
        "refine": [],
        "edit": ["--delete", "1"],
    }[command]
    line = [command, str(stored), *rest, "--output", str(target)]
    assert main(line) == 1
    assert target.read_text() == "precious"
    assert f"{target} exists already" in (err := capsys.readouterr().err)
    assert "--overwrite" in err
    assert err.count("\n") == 1
    assert main([*line, "--overwrite"]) == 0


def test_resuming_is_suggested_where_it_would_do(path, tmp_path):
    stop = iter(range(100))

    def on_frame(frame):
        if next(stop) == 5:
            raise ValueError("stopped")

    asked = Request(source=path, output=tmp_path, tracker=bright_tracker(), write=("jsonl",))
    with pytest.raises(ValueError, match="stopped"):
        run(asked, show=False, on_frame=on_frame)
    with pytest.raises(OutputExists) as refused:
        run(asked, show=False)
    assert "--resume" in refused.value.told("--{}".format)
    again, _ = track(path, tmp_path, write=("jsonl",), resume=True)
    assert again.summary["frames"] == COUNT
    with pytest.raises(OutputExists) as refused:  # it is complete now
        run(asked, show=False)
    assert "--resume" not in refused.value.told("--{}".format)


def test_what_a_run_leaves_of_an_earlier_one_is_named(path, tmp_path):
    track(path, tmp_path, write=("jsonl", "csv", "mot"))
    (tmp_path / "walk.refined.tracks.jsonl").write_text("")
    _, said = track(path, tmp_path, write=("jsonl",), overwrite=True, end=0.2)
    [line] = said
    for left in ("walk.csv", "walk.mot.txt", "walk.refined.tracks.jsonl"):
        assert str(tmp_path / left) in line
    assert "walk.tracks.jsonl" not in line.replace("walk.refined.tracks.jsonl", "")


def test_sources_of_one_name_are_kept_apart(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        video_file(tmp_path / folder / "cam.mp4", COUNT)
    out = tmp_path / "out"
    track(tmp_path / "a" / "cam.mp4", out)
    with pytest.raises(OutputExists, match=r"of .*a/cam\.mp4"):
        track(tmp_path / "b" / "cam.mp4", out)
    track(tmp_path / "b" / "cam.mp4", out, name="cam-b")
    assert {"cam.tracks.jsonl", "cam-b.tracks.jsonl"} <= set(content(out))
    assert lighttrack.read_tracks(out / "cam-b.tracks.jsonl").info.name == "cam-b"


@pytest.mark.parametrize("name", ["../up", "a/b", "/etc/passwd", "nul", "x" * 400, "..", "a\x00b"])
def test_a_name_never_leads_out_of_the_folder(path, tmp_path, name):
    out = tmp_path / "deep" / "out"
    outcome, _ = track(path, out, name=name)
    for each in outcome.paths.values():
        assert each.parent == out
        assert each.exists()
    assert [each.name for each in tmp_path.iterdir()] == ["deep"]
    assert outcome.name == file_name(name)


def interrupted(source, folder, frames=6, **options):
    count = iter(range(1000))

    def on_frame(frame):
        if next(count) == frames:
            raise ValueError("stopped")

    asked = Request(
        source=source, output=folder, tracker=bright_tracker(), write=("jsonl",), **options
    )
    with pytest.raises(ValueError, match="stopped"):
        run(asked, show=False, on_frame=on_frame)


def other(path, size=(160, 96), fps=FPS, shift=0):
    with VideoWriter(path, width=size[0], height=size[1], fps=fps, quality=1) as video:
        for index, image in enumerate(images(COUNT)):
            page = np.full((size[1], size[0], 3), 20, np.uint8)
            part = image[: size[1], : size[0]]
            page[: part.shape[0], : part.shape[1]] = np.roll(part, shift, axis=0)
            video.write(page, index / fps)
    return path


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"size": (128, 96)}, "size"),
        ({"fps": 10.0}, "frame rate"),
        ({"shift": 9}, "first frames differ"),
    ],
)
def test_a_run_is_not_resumed_with_another_video(tmp_path, change, word):
    source = other(tmp_path / "walk.mp4")
    out = tmp_path / "out"
    interrupted(source, out)
    before = (out / "walk.tracks.jsonl").read_bytes()
    other(source, **change)
    with pytest.raises(ValueError, match=word):
        track(source, out, write=("jsonl",), resume=True)
    assert (out / "walk.tracks.jsonl").read_bytes() == before


def test_nor_with_another_file_of_the_same_name(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        other(tmp_path / folder / "walk.mp4")
    interrupted(tmp_path / "a" / "walk.mp4", tmp_path / "out")
    with pytest.raises(ValueError, match="source"):
        track(tmp_path / "b" / "walk.mp4", tmp_path / "out", write=("jsonl",), resume=True)
    (tmp_path / "moved").mkdir()
    (tmp_path / "a" / "walk.mp4").rename(tmp_path / "moved" / "walk.mp4")
    done, _ = track(
        tmp_path / "moved" / "walk.mp4", tmp_path / "out", write=("jsonl",), resume=True
    )
    assert done.summary["frames"] == COUNT


def test_two_runs_do_not_write_into_one_folder_at_once(path, tmp_path):
    begun, go_on = threading.Event(), threading.Event()

    def wait(frame):
        begun.set()
        go_on.wait(20)

    asked = Request(source=path, output=tmp_path, tracker=bright_tracker(), write=("jsonl",))
    first = threading.Thread(target=lambda: run(asked, show=False, on_frame=wait))
    first.start()
    assert begun.wait(20)
    try:
        for options in ({"overwrite": True}, {"resume": True}):
            with pytest.raises(FileExistsError, match="another run is writing"):
                track(path, tmp_path, write=("jsonl",), **options)
    finally:
        go_on.set()
        first.join()
    assert len(lighttrack.read_tracks(tmp_path / "walk.tracks.jsonl").frames) == COUNT
    assert sorted(content(tmp_path)) == ["walk.summary.json", "walk.tracks.jsonl"]


def test_a_claim_ends_with_its_process(tmp_path):
    fcntl = pytest.importorskip("fcntl")
    program = (
        "import sys, pathlib, os\n"
        "from lighttrack.pipeline.existing import claimed\n"
        "with claimed(pathlib.Path(sys.argv[1]), 'x'):\n"
        "    os._exit(9)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert done.returncode == 9
    assert (tmp_path / ".x.running").exists()
    with (
        claimed(tmp_path, "x"),
        open(tmp_path / ".x.running", "rb") as file,
        pytest.raises(BlockingIOError),
    ):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_devices_and_empty_folders_hold_nothing(tmp_path):
    from pathlib import Path

    (tmp_path / "empty").mkdir()
    require_new({"video": Path("/dev/null"), "openpose": tmp_path / "empty"}, overwrite=False)


def test_a_run_that_fails_at_once_leaves_no_folder(path, tmp_path):
    with pytest.raises(ValueError, match="unknown skeleton"):
        track(path, tmp_path / "out", skeleton="smurf")
    with pytest.raises(ValueError, match="beyond the last frame"):
        track(path, tmp_path / "out", start=99.0)
    assert not (tmp_path / "out").exists()
