"""How large the tracker and the command line are: modules, lines, settings, constants, names.

    python benchmarks/quality/package_size.py [SRC ...] [--follow VIDEO]

counts in each folder `SRC`, the `src` of a checkout (default: this one), so that two versions can
be compared. `--follow` tracks the first frames of a video with the preset `fast` and counts the
modules of `tracking/` that run in a frame.
"""

import argparse
import ast
import json
import sys
from itertools import islice
from pathlib import Path
from statistics import median
from types import FrameType
from typing import Any

SRC = Path(__file__).resolve().parents[2] / "src"
FRAMES = 60


def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def lines(folder: Path) -> int:
    """Lines of all Python files below a folder, as `wc -l` counts them."""
    return sum(path.read_text(encoding="utf-8").count("\n") for path in folder.rglob("*.py"))


def constants(folder: Path) -> int:
    """Assignments at the level of modules, `__all__` left out."""
    found = 0
    for path in folder.glob("*.py"):
        for node in tree_of(path).body:
            if isinstance(node, ast.Assign | ast.AnnAssign):
                found += "__all__" not in ast.unparse(node).partition("=")[0]
    return found


def settings(folder: Path) -> int:
    """Settings of the tracker: fields of the dataclasses in `config.py`, groups left out."""
    classes = [
        node for node in tree_of(folder / "config.py").body if isinstance(node, ast.ClassDef)
    ]
    groups = {each.name for each in classes}
    fields = [node for each in classes for node in each.body if isinstance(node, ast.AnnAssign)]
    return sum(ast.unparse(field.annotation) not in groups for field in fields)


def fields(folder: Path) -> int:
    """What is kept of a person: fields of the records in `tracklets.py`, those of `Tracklets`."""
    classes = {
        node.name: [each for each in node.body if isinstance(each, ast.AnnAssign)]
        for node in tree_of(folder / "tracklets.py").body
        if isinstance(node, ast.ClassDef)
    }
    own = classes["Tracklets"]
    return sum(len(classes.get(ast.unparse(field.annotation), [field])) for field in own)


def public_names(package: Path) -> int:
    """Names in the package's `__all__`."""
    for node in tree_of(package / "__init__.py").body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return len(ast.literal_eval(node.value))
    return 0


def sizes(src: Path) -> dict[str, int]:
    """All counts of one version."""
    package = src / "lighttrack"
    tracking = package / "tracking"
    modules = [path for path in tracking.glob("*.py") if path.name != "__init__.py"]
    return {
        "modules of tracking/": len(modules),
        "lines of tracking/": lines(tracking),
        "longest module, lines": max(
            path.read_text(encoding="utf-8").count("\n") for path in modules
        ),
        "settings": settings(tracking),
        "assignments at module level in tracking/": constants(tracking),
        "fields of a tracklet": fields(tracking),
        "lines of cli/": lines(package / "cli"),
        "public names": public_names(package),
    }


def followed(video: Path) -> dict[str, Any]:
    """Modules of `tracking/` whose functions run in a frame: median and most."""
    from lighttrack import load_tracker
    from lighttrack.video import open_video

    entered: set[str] = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.parent.name == "tracking":
            entered.add(path.stem)

    tracker, counts = load_tracker("fast", threads=1), []
    with open_video(video) as frames:
        state = tracker.start()
        for frame in islice(frames, FRAMES):
            entered.clear()
            sys.setprofile(note)
            state, _ = tracker.step(state, frame)
            sys.setprofile(None)
            counts.append(len(entered))
    return {"modules that run in a frame": {"median": median(counts), "most": max(counts)}}


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("src", nargs="*", type=Path, default=[SRC])
    parser.add_argument("--follow", type=Path, metavar="VIDEO")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found: dict[str, Any] = {str(src): sizes(src) for src in arguments.src}
    for name in next(iter(found.values())):
        print(f"{name:42}", *(f"{each[name]:6}" for each in found.values()))
    if arguments.follow:
        found |= followed(arguments.follow)
        print(json.dumps(found["modules that run in a frame"]))
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
