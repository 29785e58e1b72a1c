"""The examples for submitit, Snakemake and Nextflow, each run by its tool on this machine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import bright_people
import pytest
from requirements import required_module

from lighttrack.formats import read_tracks

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "cluster"
FRAMES = 6


@pytest.fixture
def folder(tmp_path, networks):
    """A folder with two videos, one of them in a folder of its own."""
    for name in ("walk.mp4", "monday/run.mp4"):
        path = tmp_path / "videos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        bright_people.video_file(path, FRAMES)
    return tmp_path


def run(folder, *command):
    """Run a tool in the folder, the environment's programs first on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def assert_both_tracked(folder):
    for name in ("walk", "monday/run"):
        assert len(read_tracks(folder / "results" / f"{name}.tracks.jsonl").frames) == FRAMES


def test_submitit_runs_the_parts_of_a_batch(folder):
    required_module("submitit", "RAY")
    program = str(EXAMPLES / "submitit_array.py")
    parts = ["--parts", "2", "--cluster", "local"]
    run(folder, sys.executable, program, "videos", "results", *parts)
    assert_both_tracked(folder)


def test_snakemake_tracks_each_video(folder):
    required_module("snakemake", "RAY")
    rules = ["--snakefile", str(EXAMPLES / "Snakefile"), "--cores", "2"]
    run(folder, "snakemake", *rules, "--config", "options=--preset fast")
    assert_both_tracked(folder)


@pytest.mark.skipif(shutil.which("nextflow") is None, reason="Nextflow is no Python package")
def test_nextflow_tracks_each_video(folder):
    run(folder, "nextflow", "run", str(EXAMPLES / "main.nf"), "--options", "--preset fast")
    assert_both_tracked(folder)
