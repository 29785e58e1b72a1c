"""Runs of the command on real clips with real networks, made once and looked at by many tests."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from lighttrack.cli.app import main

ALL = "jsonl,video,posetrack,coco,mot,openpose,csv"


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str
    folder: Path

    @property
    def summary(self):
        [path] = self.folder.glob("*.summary.json")
        return json.loads(path.read_text())


@pytest.fixture(scope="session")
def networks(models_dir):
    """The real networks are found by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTTRACK_MODELS", str(models_dir))
        yield models_dir


@pytest.fixture(scope="session")
def campus(clips_dir):
    return clips_dir / "TUD-Campus" / "TUD-Campus.mp4"


@pytest.fixture
def track(networks, capfd):
    """Runs `lighttrack track` in this process, with the fast networks on one thread."""

    def run(source, folder, *options):
        line = ["track", str(source), "--output", str(folder), "--preset", "fast", "--threads", "1"]
        code = main([*line, *options])
        captured = capfd.readouterr()
        return Run(code, captured.out, captured.err, folder)

    return run


@pytest.fixture(scope="session")
def command():
    """The installed command."""
    return [str(Path(sys.executable).with_name("lighttrack"))]


@pytest.fixture(scope="session")
def second(networks, campus, command, tmp_path_factory):
    """A second of a real clip, written in every format by the installed command."""
    folder = tmp_path_factory.mktemp("second")
    line = ["track", str(campus), "-o", str(folder), "--preset", "fast", "--threads", "1"]
    done = subprocess.run(
        [*command, *line, "--end", "1", "--write", ALL], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return Run(done.returncode, done.stdout, done.stderr, folder)
