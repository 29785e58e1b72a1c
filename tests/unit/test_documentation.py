"""What the documentation points to is there, its commands are understood, its programs run."""

import ast
import importlib.util
import re
import shlex
import tomllib
from pathlib import Path

import athletes
import numpy as np
import pytest
import walkers

import lighttrack
from lighttrack.cli.app import app
from lighttrack.models.presets import PRESETS
from lighttrack.structures import Poses, skeleton_named

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")),
    *sorted(DOCS.rglob("*.md")),
]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SITE = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]


def named(page):
    return page.relative_to(ROOT).as_posix()


def text_of(page):
    return page.read_text(encoding="utf-8")


def blocks(page, *languages):
    """The code blocks of a page in one of these languages, with the lines that they start at."""
    found = re.finditer(r"^```(\w*)\n(.*?)^```", text_of(page), re.DOTALL | re.MULTILINE)
    return [
        (text_of(page)[: block.start()].count("\n") + 2, block[2])
        for block in found
        if block[1] in languages
    ]


def all_blocks(*languages):
    return [
        pytest.param(page, line, code, id=f"{named(page)}:{line}")
        for page in PAGES
        for line, code in blocks(page, *languages)
    ]


def commands(page):
    """The lines `lighttrack ...` of a page's blocks of commands, fenced or indented."""
    fenced = "\n".join(code for _, code in blocks(page, "bash", "sh", "console"))
    lines = re.findall(r"^(?:\$ )?lighttrack (\S.*)$", fenced, re.MULTILINE)
    return lines + re.findall(r"^    (?:\$ )?lighttrack (\S.*)$", text_of(page), re.MULTILINE)


def anchors(page):
    """What the headings of a page are called in links to them."""
    headings = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", text_of(page), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize(
    ("page", "command"),
    [pytest.param(page, each, id=each) for page in PAGES for each in commands(page)],
)
def test_commands_are_understood(page, command):
    app.parse_args(shlex.split(command), exit_on_error=False, print_error=False)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_in_the_text_exist(page):
    known = {name for each in app for name in app[each].name}
    for word in re.findall(r"`lighttrack ([a-z-]+)", text_of(page)):
        assert word in known, word


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_make_targets_exist(page):
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"(?:^    |`)make ([a-z-]+)", text_of(page), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_programs_named_are_there(page):
    for path in re.findall(r"\b(?:benchmarks|examples)/[\w/]+\.py\b", text_of(page)):
        assert (ROOT / path).exists(), path


PROGRAMS = sorted((ROOT / "benchmarks").rglob("*.py"))


@pytest.mark.parametrize("program", PROGRAMS, ids=named)
def test_benchmarks_import_what_the_package_has(program):
    for node in ast.walk(ast.parse(program.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lighttrack"):
            try:
                module = importlib.import_module(node.module)
            except ModuleNotFoundError as error:
                if error.name.startswith("lighttrack"):
                    raise
                continue  # an optional dependency is not installed
            for name in node.names:
                there = hasattr(module, name.name)
                assert there or importlib.util.find_spec(f"{node.module}.{name.name}"), name.name


@pytest.mark.parametrize(("page", "line", "code"), all_blocks("python"))
def test_python_compiles(page, line, code):
    compile(code, f"{named(page)}:{line}", "exec")


@pytest.mark.parametrize(("page", "line", "code"), all_blocks("toml"))
def test_toml_can_be_read(page, line, code):
    assert tomllib.loads(code)


def poses(count):
    """Poses of `count` people who stand side by side."""
    skeleton = skeleton_named("coco-17")
    keypoints = np.random.default_rng(4).uniform(0, 90, (count, len(skeleton.keypoints), 2))
    keypoints[..., 0] += 100 * np.arange(count)[:, None]
    left, right = keypoints.min(1), keypoints.max(1)
    return Poses(
        skeleton=skeleton,
        keypoints=keypoints,
        scores=np.full(keypoints.shape[:2], 0.9),
        person_scores=np.full(count, 0.9),
        boxes=np.concatenate([left, right], axis=1),
    )


def names_of(page, folder, models_dir):
    """What the programs of a page take for given."""
    if page == "docs/pose-matching.md":
        return {"known": poses(3), "seen": poses(3)}
    if page == "docs/appearance.md":
        models_dir()
        image = np.random.default_rng(4).integers(0, 255, (120, 320, 3), np.uint8)
        return {
            "image": image,
            "boxes": poses(2).boxes,
            "later": image,
            "other_boxes": poses(3).boxes,
        }
    if page == "docs/correcting.md":
        all_people = {i: (0, 399, walkers.line(200.0 * i, speed=0)) for i in (1, 2, 4)}
        return {"video": walkers.video(all_people, frames=400)}
    if page == "docs/analysis.md":
        return {"result": athletes.result({1: athletes.walker(3.0), 4: athletes.jumper()})}
    if page == "docs/getting-started.md":
        (folder / "lighttrack-demo").mkdir()
        all_people = {1: (0, 60, walkers.line(200.0)), 2: (5, 60, walkers.line(500.0))}
        result = walkers.video(all_people, frames=60)
        lighttrack.write_tracks(result, folder / "lighttrack-demo" / "demo.tracks.jsonl")
    if page == "docs/formats.md":
        rows = [f"{index},1,{index},5.5" for index in range(3)]
        (folder / "cam01.csv").write_text("\n".join(["frame,id,nose_x,nose_y", *rows]))
    return {}


# Programs that need a video and networks, or whose names a test of their own looks at.
ELSEWHERE = {
    "README.md": "tests/end_to_end/test_programs.py",
    "docs/python.md": "tests/end_to_end/test_programs.py",
    "docs/your-own-detector.md": "tests/unit/models/test_own_detector_page.py",
}


@pytest.mark.parametrize(
    ("page", "line", "code"),
    [each for each in all_blocks("python") if named(each.values[0]) not in ELSEWHERE],
)
def test_python_runs_and_prints_what_it_says(
    page, line, code, request, monkeypatch, tmp_path, capsys
):
    def models_dir():
        monkeypatch.setenv("LIGHTTRACK_MODELS", str(request.getfixturevalue("models_dir")))

    monkeypatch.chdir(tmp_path)
    names = names_of(named(page), tmp_path, models_dir)
    exec(compile(code, f"{named(page)}:{line}", "exec"), names)
    said = re.findall(r"^print\(.*\) +# (.+)$", code, re.MULTILINE)
    assert capsys.readouterr().out.splitlines() == said


@pytest.mark.parametrize(("line", "code"), blocks(ROOT / "README.md", "python"))
def test_programs_of_the_readme_are_short_and_use_public_names(line, code):
    assert len(code.splitlines()) < 10
    names = {
        node.attr
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "lighttrack"
    }
    assert names
    assert names <= set(lighttrack.__all__)


def test_the_readme_names_every_preset():
    assert re.findall(r"^\| `([a-z]+)`(?: \(default\))? \|", README, re.MULTILINE) == list(PRESETS)


def pages_of(entries):
    """The pages that the site's navigation leads to."""
    for entry in entries:
        if isinstance(entry, str):
            yield entry
        elif isinstance(entry, dict):
            for inside in entry.values():
                yield from pages_of([inside] if isinstance(inside, str) else inside)


def test_the_site_leads_to_every_page():
    found = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}
    assert sorted(pages_of(SITE["nav"])) == sorted(found)


def test_the_python_api_has_a_page_for_every_package():
    packages = {path.parent.name for path in (ROOT / "src" / "lighttrack").glob("*/__init__.py")}
    pages = {path.stem for path in (DOCS / "api").glob("*.md")}
    assert pages == packages - {"cli"} | {"index"}


def test_the_citation_names_the_version():
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.+)$", text, re.MULTILINE)[1] == lighttrack.__version__
