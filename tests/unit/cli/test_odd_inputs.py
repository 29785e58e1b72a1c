"""No input of any command ends in a traceback or in "a mistake of lighttrack's"."""

import itertools
import json
import os
import random

import pytest
from bright_people import bright_tracker, video_file

from lighttrack.cli.app import main
from lighttrack.pipeline import loading

SEED = 17
RUNS = int(os.environ.get("LIGHTTRACK_ODD_RUNS", "250"))
"""Command lines that are tried, of about a thousand."""

CONTENTS = {
    "empty.json": b"", "null.json": b"null", "number.json": b"5", "text.json": b'"x"',
    "list.json": b"[1,2,null]", "object.json": b"{}", "deep.json": b"[" * 99_999,
    "bytes.dat": bytes(range(256)) * 9, "nul.txt": b"\0" * 500, "bom.txt": b"\xef\xbb\xbf",
    "mot.txt": b"1,1,1,1,5,5,1\n", "cut.txt": b"1,1,1,1,5,5,1\n2,2,3\n",
    "utf16.txt": "1,1,1,1,5,5".encode("utf-16"), "broken.toml": b"x=[", "other.toml": b"a=1",
    "nan.toml": b"[keyframes]\ninterval=nan", "cut.csv": b"frame,time,id\n1",
    "head.jsonl": b'{"format":"lighttrack-tracks","version":2}\n',
    "version.jsonl": b'{"format":"lighttrack-tracks","version":[]}\n',
    "cut.png": b"\x89PNG\r\n\x1a\n" + b"\0" * 30, "cut.jpg": b"\xff\xd8\xff" + b"\0" * 30,
    "cut.tif": b"II*\0\xff\xff\xff\xff", "cut.webp": b"RIFF\0\0\0\0WEBP", "cut.gif": b"GIF89a\0",
    "pairs.csv": b"distance,same,gap,hard\nnan,1,inf,0\n",
    "coco.json": json.dumps(
        {"images": [{"id": 1}], "annotations": [{"image_id": 1, "bbox": [1, 2, 3], "score": 1}],
         "categories": [{"id": 1, "name": "person", "keypoints": ["nose"]}]}
    ).encode(),
    "results.json": b'[{"image_id": 1, "bbox": null, "keypoints": "x", "score": 1}]',
}  # fmt: skip

OPTIONS = (
    "--start nan", "--start -1", "--end inf", "--stream 99", "--rotate 45", "--reconnect nan",
    "--reconnect -1", "--preview nan", "--preview -2", "--max-people -1", "--threads -1",
    "--target nan,nan", "--target 1,1@nan", "--keyframe-interval x", "--region 1,2", "--name ..",
    "--write ,", "--stream -3",
)  # fmt: skip


def lines(odd, video, folder):
    """Every command with an odd input in each of its places."""
    sound, coco, out = folder / "mot.txt", folder / "coco.json", folder / "out"
    yield from (
        ["track", odd, "-o", out],
        ["track", video, "-o", out, "--settings", odd],
        ["track", video, "-o", out, "--region", odd],
        ["track", video, "-o", out, "--target", odd],
        ["track", video, "-o", out, "--target", f"{odd}:1"],
        ["track", odd, "-o", out, "--list-people"],
        ["convert", odd, "--to", "csv", "-o", out / "a.csv"],
        ["refine", odd, "-o", out / "b.jsonl"],
        ["edit", odd, "--delete", "1", "-o", out / "c.csv"],
        ["render", odd, "--video", video, "-o", out / "d.mp4"],
        ["render", sound, "--video", odd, "-o", out / "e.mp4"],
        ["evaluate", "mot", odd, sound],
        ["evaluate", "mot", sound, odd],
        ["evaluate", "posetrack", odd, odd],
        ["evaluate", "pose", coco, odd],
        ["evaluate", "pose", odd, folder / "results.json"],
        ["evaluate", "detection", coco, odd],
        ["evaluate", "matching", odd],
        ["compare", odd, odd],
        ["match-report", odd, "-o", out / "f.html"],
        ["experiment", odd, "--data", folder, "-o", out / "g"],
        ["data", odd],
    )


def test_no_input_ends_in_a_mistake_of_lighttrack(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(loading, "load_tracker", lambda *args, **options: bright_tracker())
    video = video_file(tmp_path / "walk.mp4", 4)
    for name, content in CONTENTS.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder").mkdir()
    odd = [tmp_path / name for name in (*CONTENTS, "folder", "missing", "x" * 300)]
    odd += ["a\0b", "", "体操\udce9"]
    every = list(itertools.chain.from_iterable(lines(each, video, tmp_path) for each in odd))
    every += [
        ["track", video, "-o", tmp_path / f"o{number}", *option.split()]
        for number, option in enumerate(OPTIONS)
    ]
    assert len(every) > 700
    (tmp_path / "out").mkdir()
    for line in random.Random(SEED).sample(every, min(RUNS, len(every))):
        words = [str(word) for word in line]
        code = main(words)
        error = capsys.readouterr().err
        assert code in (0, 1, 2), words
        assert "a mistake of lighttrack" not in error, (words, error)
        assert code == 0 or "lighttrack: " in error, (words, error)


def test_what_is_a_mistake_of_ours_is_said_to_be_one(monkeypatch, capsys):
    """The words that the test above looks for are those that are shown."""
    from lighttrack.cli import app

    def fail(*args, **options):
        raise KeyError("a slip")

    monkeypatch.setattr(app, "app", fail)
    assert main(["doctor"]) == 1
    assert "a mistake of lighttrack" in capsys.readouterr().err


@pytest.mark.parametrize("line", [["track"], ["no-such-command"], ["track", "a", "b", "--no"]])
def test_misuse_is_2(line, capsys):
    assert main(line) == 2
    assert "lighttrack: " in capsys.readouterr().err
