"""Prints pip's constraints for `minimal` or `latest` dependencies of pyproject.toml.

Minimal holds every dependency at run time to the series of its lower bound: `numpy>=1.26` becomes
`numpy==1.26.*`. Latest holds nothing.
"""

import re
import sys
import tomllib
from pathlib import Path

CHOICES = ("latest", "minimal")


def minimal(dependencies: list[str]) -> list[str]:
    """The constraints that hold each of `dependencies`, as `name>=version`, to its lowest series.

    pip is left out: it cannot be constrained below the one that reads the constraint.
    """
    parts = [re.fullmatch(r"([\w.-]+)>=([\d.]+)", each) for each in dependencies]
    if None in parts:
        raise ValueError(f"dependencies need the form name>=version, got {dependencies}")
    return [f"{part[1]}=={part[2]}.*" for part in parts if part and part[1] != "pip"]


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in CHOICES:
        sys.exit(f"dependencies are {' or '.join(CHOICES)}, got {' '.join(sys.argv[1:])!r}")
    project = Path(__file__).resolve().parents[1] / "pyproject.toml"
    if sys.argv[1] == "minimal":
        print(*minimal(tomllib.loads(project.read_text())["project"]["dependencies"]), sep="\n")
