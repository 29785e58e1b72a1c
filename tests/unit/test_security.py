"""A test for each numbered sentence of SECURITY.md."""

import ast
import json
import pickle
import re
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from bright_people import bright_tracker, video_file
from io_samples import frame, video, write

import lighttrack
from lighttrack.evaluation import evaluate_mot
from lighttrack.formats import FORMATS, FormatError, members, read_tracks, write_tracks
from lighttrack.pipeline.existing import OutputExists, claimed
from lighttrack.pipeline.request import Request
from lighttrack.pipeline.resume import Moment
from lighttrack.pipeline.run import run
from lighttrack.reports.tracking_page import tracking_report
from lighttrack.structures import TrackedVideo
from lighttrack.video.open import without_secrets

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "lighttrack"


def test_every_sentence_has_a_test():
    numbers = re.findall(r"^(\d+)\. ", (ROOT / "SECURITY.md").read_text(), re.MULTILINE)
    tests = re.findall(r"^def test_(\d+)_", Path(__file__).read_text(), re.MULTILINE)
    assert sorted(map(int, set(tests))) == sorted(map(int, numbers))


def imported():
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from ((path, each.name.split(".")[0]) for each in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield path, node.module.split(".")[0]


def test_1_images_are_decoded_by_ffmpeg_and_opencv_alone():
    decoders = {"PIL", "imageio", "tifffile", "skimage", "moviepy", "decord"}
    assert not {name for _, name in imported()} & decoders


def test_2_nothing_is_unpickled(tmp_path):
    unsafe = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "yaml"}
    found = {(path.name, name) for path, name in imported() if name in unsafe}
    # Processes of one batch talk to one another by pickles; those of action recognition are read
    # by an unpickler that builds arrays only, as test_pyskl.py shows.
    batch = {(name, "pickle") for name in ("processes.py", "ray_tasks.py", "worker.py")}
    assert found == batch | {("pyskl.py", "pickle")}
    # NumPy's own default is to refuse.
    assert not [path for path in SOURCE.rglob("*.py") if "allow_pickle=True" in path.read_text()]

    class Evil:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "run",))

    np.savez(tmp_path / "x.state.npz", index=np.array([Evil()], object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        Moment.read(tmp_path / "x.state.npz")
    (tmp_path / "x.tracks.jsonl").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(FormatError):
        read_tracks(tmp_path / "x.tracks.jsonl")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["../../up", "/tmp/abs", "a/../../b", "con", "x\x00y", "n" * 999])
def test_3_a_stored_name_never_becomes_a_path(tmp_path, name):
    source = write(FORMATS["jsonl"].open, tmp_path / "in.tracks.jsonl", video())
    lines = source.read_text().splitlines()
    header = json.loads(lines[0])
    header["video"]["name"] = header["skeleton"]["name"] = name
    source.write_text("\n".join([json.dumps(header), *lines[1:], ""]))
    out = tmp_path / "a" / "b" / "c"
    out.mkdir(parents=True)
    before = {path for path in tmp_path.rglob("*") if out not in path.parents}
    for kind, format_ in FORMATS.items():
        try:
            write_tracks(read_tracks(source), format_.path_in(out, "x"), kind)
        except ImportError:
            continue  # the library of that format is not installed
    assert {path for path in tmp_path.rglob("*") if out not in path.parents} == before


def test_4_pages_hold_text_and_no_script(tmp_path):
    evil = "<script>alert(1)</script>\"'<img src=http://x onerror=y>"
    result = TrackedVideo(
        lighttrack.VideoInfo(evil, 160, 96, 25.0), video().skeleton, [frame(0, [1]), frame(1, [1])]
    )
    page = tracking_report(evaluate_mot(result, result)).to_html()
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"""<[^>]*(?:src|href)\s*=\s*["']?\s*(?:https?:|//|javascript:)""", page)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("frame", members.FRAMES), ("frame", 20240131235959), ("id", 2**53 + 1), ("time", 1e10),
        ("box", [0, 0, 1e10, 5]), ("people", [{}] * (members.MOST_PEOPLE + 1)),
    ],
)  # fmt: skip
def test_5_numbers_are_bounded(tmp_path, member, value):
    source = write(FORMATS["jsonl"].open, tmp_path / "in.tracks.jsonl", video())
    lines = source.read_text().splitlines()
    row = next(i for i, text in enumerate(lines) if i and json.loads(text)["people"])
    line = json.loads(lines[row])
    (line if member in line else line["people"][0])[member] = value
    lines[row] = json.dumps(line)
    source.write_text("\n".join(lines) + "\n")
    with pytest.raises(FormatError, match=rf"line {row + 1} of .*{member}"):
        read_tracks(source)


def test_6_reading_takes_bounded_memory(tmp_path):
    frames = [frame(i, list(range(5))) for i in range(300)]
    result = TrackedVideo(video().info, video().skeleton, frames)
    for kind in ("jsonl", "coco", "csv", "mot"):
        path = write(FORMATS[kind].open, tmp_path / f"a{FORMATS[kind].suffix}", result)
        tracemalloc.start()
        read_tracks(path)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 100 * path.stat().st_size + 50_000_000
    deep = tmp_path / "deep.coco.json"
    deep.write_text('{"images":' + "[" * 100_000)
    with pytest.raises(FormatError, match="nested too deep"):
        read_tracks(deep)


def test_7_a_network_that_differs_from_its_hash_is_refused(tmp_path, monkeypatch):
    from lighttrack.models import assets

    monkeypatch.setenv("LIGHTTRACK_MODELS", str(tmp_path))
    monkeypatch.setenv("LIGHTTRACK_CACHE", str(tmp_path / "cache"))
    (tmp_path / "tinypose-128x96.onnx").write_bytes(b"not the network")
    with pytest.raises(assets.AssetError):
        assets.path("tinypose-128x96")


def test_8_nothing_phones_home(tmp_path):
    source = video_file(tmp_path / "walk.mp4", 5)
    program = (
        "import socket, sys\n"
        "def refuse(*a, **k): raise SystemExit('a connection was opened')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse\n"
        "sys.path.insert(0, sys.argv.pop(1))\n"
        "from bright_people import bright_tracker\n"
        "import lighttrack.pipeline.loading as l\n"
        "l.load_tracker = lambda *a, **k: bright_tracker()\n"
        "from lighttrack.cli.app import main\n"
        "out = sys.argv[2]\n"
        "lines = (['doctor'], ['data'], ['models', 'list'], ['track', sys.argv[1], '-o', out],\n"
        "  ['convert', out + '/walk.tracks.jsonl', '--to', 'csv', '-o', out + '/x.csv'])\n"
        "sys.exit(max(main(line) for line in lines))\n"
    )
    fixtures = str(ROOT / "tests" / "fixtures")
    line = [sys.executable, "-c", program, fixtures, str(source), str(tmp_path / "out")]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_9_passwords_of_cameras_are_left_out(tmp_path):
    secret = "rtsp://admin:hunter2@camera:554/stream"
    assert without_secrets(f"track {secret} -o out") == "track rtsp://camera:554/stream -o out"
    source = video_file(tmp_path / "walk.mp4", 3)
    asked = Request(
        source=source, output=tmp_path / "out", tracker=bright_tracker(), write=("jsonl",),
        command=("lighttrack", "track", secret),
    )  # fmt: skip
    run(asked, show=False)
    for path in (tmp_path / "out").iterdir():
        assert b"hunter2" not in path.read_bytes()
    with pytest.raises(ValueError, match="cannot open") as refused:
        lighttrack.open_video("http://admin:hunter2@127.0.0.1:9/live")
    assert "hunter2" not in str(refused.value)


def test_10_results_are_not_replaced_and_runs_do_not_mix(tmp_path):
    source = video_file(tmp_path / "walk.mp4", 3)
    asked = Request(source=source, output=tmp_path / "out", tracker=bright_tracker())
    run(asked, show=False)
    with pytest.raises(OutputExists):
        run(asked, show=False)
    with claimed(tmp_path / "out", "walk"), pytest.raises(FileExistsError, match="another run"):
        run(
            Request(
                source=source, output=tmp_path / "out", tracker=bright_tracker(), overwrite=True
            ),
            show=False,
        )
