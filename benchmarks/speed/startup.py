"""How long Python takes to import lighttrack, and to answer `lighttrack --help`.

    python benchmarks/speed/startup.py

`import` is the time within a fresh interpreter, `help` that of the whole command.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

from measuring import show, write

HEAVY = ("openvino", "cv2", "av", "torch", "scipy", "numpy")

IMPORT = """
import sys, time
began = time.perf_counter()
import lighttrack
seconds = time.perf_counter() - began
print(seconds, *(name for name in {heavy} if name in sys.modules))
"""

USED = IMPORT.replace("import lighttrack\n", "from lighttrack import load_tracker, open_video\n")


def imported(code: str) -> tuple[float, list[str]]:
    """Seconds of an import in a fresh interpreter, and the heavy modules that it loaded."""
    line = [sys.executable, "-c", code.format(heavy=HEAVY)]
    seconds, *loaded = subprocess.run(
        line, capture_output=True, text=True, check=True
    ).stdout.split()
    return float(seconds), loaded


def helped() -> float:
    """Seconds of `lighttrack --help`."""
    line = [str(Path(sys.executable).with_name("lighttrack")), "--help"]
    began = perf_counter()
    subprocess.run(line, capture_output=True, check=True)
    return perf_counter() - began


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    plain, used, command = [], [], []
    for _ in range(arguments.times):
        plain.append(imported(IMPORT))
        used.append(imported(USED))
        command.append(helped())
    results = {
        "import lighttrack": [1000 * median(each for each, _ in plain), plain[-1][1]],
        "from lighttrack import load_tracker, open_video": [
            1000 * median(each for each, _ in used),
            used[-1][1],
        ],
        "lighttrack --help": [1000 * median(command), []],
    }
    rows = [[name, each, ", ".join(loaded)] for name, (each, loaded) in results.items()]
    show("start", ["", "milliseconds", "heavy modules loaded"], rows)
    write(
        arguments.json, {name: {"ms": ms, "loaded": mods} for name, (ms, mods) in results.items()}
    )


if __name__ == "__main__":
    main()
