"""How many seeded mutants of the tracker its tests notice.

$ python benchmarks/quality/mutants.py --sample 300 --seed 0 --jobs 2

A mutant is the package with one small change to its code: another operator or constant, an argument
swapped, dropped or None. The tests run on it in a copy of the repository until the first one fails:
then the mutant is killed. One that survives shows code that no test holds. The sample is drawn from
all mutants of the files, by default as many of each kind. A mutant whose tests take
longer than the limit counts as killed, and is told apart in the report.

Neither mutmut 3 nor cosmic-ray 8 draws a sample from a seed; that, and running the tests of the
mutated module first, is why this is a program of our own.
"""

import argparse
import json
import os
import queue
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from mutations import KINDS, Mutant, mutants_of, mutated

ROOT = Path(__file__).resolve().parents[2]
# What the tests of the tracker read; they do not know that it is a copy.
COPIED = ("src", "tests", "benchmarks", "pyproject.toml")
TESTS = ("tests/unit/tracking", "tests/scenarios")

Outcome = Literal["killed", "timeout", "survived"]
Mix = Literal["even", "all"]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a mutant."""

    mutant: Mutant
    outcome: Outcome
    seconds: float


class Copy:
    """A copy of the repository in `folder`, in which the tests run on one mutant at a time."""

    def __init__(self, folder: Path, tests: Sequence[str]) -> None:
        """Copy what the tests need."""
        self.folder = folder
        self._tests = tests
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, folder / name, ignore=ignored)
            else:
                shutil.copy(source, folder / name)

    def is_used(self) -> bool:
        """Whether Python imports the package from this copy, and not the one installed."""
        code = "import lighttrack; print(lighttrack.__file__)"
        return str(self.folder) in self._run([sys.executable, "-c", code], timeout=60).stdout

    def judge(self, mutant: Mutant, timeout: float) -> Result:
        """Run the tests on a mutant, those of its module first."""
        path = self.folder / mutant.file
        original = path.read_text(encoding="utf-8")
        path.write_text(mutated(original, mutant), encoding="utf-8")
        began = time.perf_counter()
        try:
            outcome: Outcome = "killed" if self.run_tests(timeout, path) else "survived"
        except subprocess.TimeoutExpired:
            outcome = "timeout"
        finally:
            path.write_text(original, encoding="utf-8")
        return Result(mutant, outcome, round(time.perf_counter() - began, 1))

    def run_tests(self, timeout: float, module: Path | None = None) -> int:
        """The exit code of the tests, those of `module` first."""
        first = ""
        if module is not None:
            first = f"tests/unit/{module.parent.name}/test_{module.stem}.py"
        return self._run(
            [
                *(
                    sys.executable,
                    "-m",
                    "pytest",
                    "-x",
                    "-q",
                    "--no-header",
                    "-p",
                    "no:cacheprovider",
                ),
                *([first] if first and (self.folder / first).exists() else []),
                *self._tests,
            ],
            timeout,
        ).returncode

    def _run(self, command: list[str], timeout: float) -> subprocess.CompletedProcess[str]:
        # Bytecode of a mutant could be taken for that of the next, of the same size and second.
        # Hypothesis would try first what failed on another mutant.
        environment = {
            **os.environ,
            "PYTHONPATH": str(self.folder / "src"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        shutil.rmtree(self.folder / ".hypothesis", ignore_errors=True)
        return subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            timeout=timeout,
            capture_output=True,
            text=True,
            check=False,
        )


def sample(files: Sequence[Path], count: int, seed: int, mix: Mix) -> list[Mutant]:
    """`count` mutants of the files, or all if there are fewer; the same ones for the same seed.

    Args:
        files: files under the repository's root.
        count: how many.
        seed: of the drawing.
        mix: `even` draws as many of each kind, as far as there are; `all` draws from all alike, of
            which more than half are arguments, most of them easily noticed.
    """
    mutants = [
        mutant
        for path in sorted(files)
        for mutant in mutants_of(
            path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()
        )
    ]
    print(f"{len(mutants)} mutants of {len(files)} files", flush=True)
    random.Random(seed).shuffle(mutants)
    if mix == "even":
        # By turns one of each kind.
        ranks: Counter[str] = Counter()
        turns = []
        for mutant in mutants:
            turns.append((ranks[mutant.kind], KINDS.index(mutant.kind)))
            ranks[mutant.kind] += 1
        mutants = [mutants[each] for each in sorted(range(len(mutants)), key=turns.__getitem__)]
    return mutants[:count]


def judge_all(
    mutants: Sequence[Mutant], tests: Sequence[str], jobs: int, timeout: float | None
) -> Iterator[Result]:
    """The outcome of each mutant, as it comes.

    Args:
        mutants: to judge.
        tests: files and folders of tests.
        jobs: how many run at a time, each in a copy of its own.
        timeout: seconds for the tests of a mutant; by default four times what they take unchanged.

    Raises:
        RuntimeError: the tests fail on the code as it is.
    """
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies: queue.SimpleQueue[Copy] = queue.SimpleQueue()
        for job in range(jobs):
            copies.put(Copy(Path(folder).resolve() / str(job), tests))
        timeout = _check(copies, timeout)

        def judge(mutant: Mutant) -> Result:
            copy = copies.get()
            try:
                return copy.judge(mutant, timeout)
            finally:
                copies.put(copy)

        with ThreadPoolExecutor(jobs) as pool:
            for done in as_completed([pool.submit(judge, each) for each in mutants]):
                yield done.result()


def _check(copies: queue.SimpleQueue[Copy], timeout: float | None) -> float:
    """See that the tests pass on the code as it is, and say how long a mutant's may take."""
    copy = copies.get()
    if not copy.is_used():
        raise RuntimeError("Python imports another lighttrack than the copy that is mutated")
    began = time.perf_counter()
    if code := copy.run_tests(timeout=3600):
        raise RuntimeError(f"the tests fail on the code as it is, with exit code {code}")
    seconds = time.perf_counter() - began
    copies.put(copy)
    limit = timeout or max(60.0, 4 * seconds)
    print(f"the tests take {seconds:.0f} s; a mutant may take {limit:.0f} s", flush=True)
    return limit


def report(results: Sequence[Result], arguments: argparse.Namespace) -> dict[str, object]:
    """What is written as JSON: the counts, and the survivors before the others."""
    counts = Counter(result.outcome for result in results)
    order = {"survived": 0, "timeout": 1, "killed": 2}
    ranked = sorted(
        results, key=lambda each: (order[each.outcome], each.mutant.file, each.mutant.number)
    )
    return {
        "seed": arguments.seed,
        "mix": arguments.mix,
        "tests": arguments.tests,
        "mutants": len(results),
        **{name: counts[name] for name in order},
        "share_killed": round(_share_killed(results), 4),
        "results": [
            {"outcome": each.outcome, "seconds": each.seconds, **asdict(each.mutant)}
            for each in ranked
        ],
    }


def _share_killed(results: Sequence[Result]) -> float:
    return sum(each.outcome != "survived" for each in results) / max(len(results), 1)


def _print_table(results: Sequence[Result], title: str, key: Sequence[str]) -> None:
    print(f"\n{title:<24}{'mutants':>8}{'killed':>8}{'share':>8}")
    for name in sorted(set(key)):
        those = [each for each, its in zip(results, key, strict=True) if its == name]
        killed = sum(each.outcome != "survived" for each in those)
        print(f"{name:<24}{len(those):>8}{killed:>8}{killed / len(those):>8.0%}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sample", type=int, default=300, help="how many mutants")
    parser.add_argument("--seed", type=int, default=0, help="of the drawing")
    parser.add_argument(
        "--mix", choices=get_args(Mix), default="even", help="as many of each kind, or of all alike"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="run at a time")
    parser.add_argument("--timeout", type=float, help="seconds for the tests of a mutant")
    parser.add_argument("--tests", nargs="+", default=list(TESTS), help="files and folders")
    parser.add_argument(
        "--files",
        nargs="+",
        type=Path,
        default=sorted((ROOT / "src/lighttrack/tracking").glob("*.py")),
        help="what is mutated; src/lighttrack/tracking/*.py by default",
    )
    parser.add_argument("--output", type=Path, default=Path("lighttrack-mutants/mutants.json"))
    return parser.parse_args()


def main() -> None:
    """Judge a sample, print the survivors as they come and the shares at the end."""
    arguments = _arguments()
    files = [path.resolve() for path in arguments.files]
    mutants = sample(files, arguments.sample, arguments.seed, arguments.mix)
    results: list[Result] = []
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    for result in judge_all(mutants, arguments.tests, arguments.jobs, arguments.timeout):
        results.append(result)
        if result.outcome != "killed":
            print(f"{result.outcome}: {result.mutant}", flush=True)
        if len(results) % 20 == 0:
            print(f"{len(results)}/{len(mutants)}, {_share_killed(results):.1%} killed", flush=True)
        # Written each time, so that an interrupted run leaves what it found.
        arguments.output.write_text(json.dumps(report(results, arguments), indent=1) + "\n")
    _print_table(results, "kind", [each.mutant.kind for each in results])
    _print_table(results, "file", [Path(each.mutant.file).name for each in results])
    killed = sum(each.outcome != "survived" for each in results)
    print(f"\n{killed} of {len(results)} mutants killed: {_share_killed(results):.1%}")


if __name__ == "__main__":
    main()
