"""The programs of the README and of docs/python.md run as they stand there."""

import ast
import re
from pathlib import Path

import pytest
from bright_people import BrightDetector, BrightEstimator, video_file
from requirements import missing

ROOT = Path(__file__).resolve().parents[2]


def programs(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    return [
        pytest.param(code, id=f"{page}-{number}")
        for number, code in enumerate(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
    ]


README, PAGE = programs("README.md"), programs("docs/python.md")


class WithStandIns(ast.NodeTransformer):
    """A file in place of the camera, and stand-ins for the networks that are not given."""

    def __init__(self, **parts):
        self.parts = parts

    def visit_Call(self, node):
        self.generic_visit(node)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name == "stream" and getattr(node.args[0], "value", None) == 0:
            node.args[0] = ast.Constant("match.mp4")
        given = {keyword.arg for keyword in node.keywords}
        if name in ("track_video", "stream", "load_tracker") and "tracker" not in given:
            node.keywords += [
                ast.keyword(part, ast.Name(part, ast.Load()))
                for part in self.parts
                if part not in given
            ]
        return node


def run(code, folder, **parts):
    video_file(folder / "match.mp4", 20)
    video_file(folder / "training.mp4", 10)
    program = ast.fix_missing_locations(WithStandIns(**parts).visit(ast.parse(code)))
    exec(compile(program, "program", "exec"), dict(parts))


@pytest.mark.parametrize("code", README + PAGE)
def test_it_runs_with_stand_ins(code, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run(code, tmp_path, detector=BrightDetector(), pose=BrightEstimator())
    assert capsys.readouterr().out or "print" not in code


def test_there_are_three_in_the_readme_and_they_say_who_is_there(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    parts = {"detector": BrightDetector(), "pose": BrightEstimator()}
    said = []
    for program in README:
        run(*program.values, tmp_path, **parts)
        said.append(capsys.readouterr().out)
    file, live, own = said
    assert re.search(r"^person \d+: 0\.0 s to 0\.8 s$", file, re.MULTILINE)
    assert live.count("nose at [") >= 20
    assert own.startswith("<TrackedVideo 'match', 160x96: 20 frames, ids [")
    assert (tmp_path / "out" / "match.tracks.jsonl").exists()


@pytest.mark.parametrize("code", README)
def test_it_runs_with_the_embedded_networks(code, tmp_path, monkeypatch):
    from lighttrack.assembly import networks_of
    from lighttrack.models import AssetError, assets

    try:
        for name in networks_of("embedded"):
            assets.path(name)
    except AssetError:
        missing("the embedded preset", "MODELS")
    monkeypatch.chdir(tmp_path)
    run(code, tmp_path)
