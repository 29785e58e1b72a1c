"""What the documentation points to is there."""

import ast
import re
from pathlib import Path

import pytest

import lighttrack
from lighttrack.cli.app import app
from lighttrack.models.presets import PRESETS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def anchors(page):
    """What the headings of a page are called in links to them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page):
    for words in re.findall(r"^    (?:\$ )?lighttrack (\S+)", page.read_text(), re.MULTILINE):
        assert words in {name for each in app for name in app[each].name}, words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_exist(page):
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"(?:^    |`)make ([a-z]+)", page.read_text(), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_program_of_the_readme_has_eight_lines_of_public_names():
    [program] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(program.splitlines()) == 8
    names = {
        node.attr
        for node in ast.walk(ast.parse(program))
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "lighttrack"
    }
    assert names == {"load_tracker", "open_video"}
    assert names <= set(lighttrack.__all__)


def test_the_readme_names_every_preset():
    assert re.findall(r"^\| `([a-z]+)`(?: \(default\))? \|", README, re.MULTILINE) == list(PRESETS)
