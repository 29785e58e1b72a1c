"""The mutants that `make mutants` makes are changes of what runs, and of nothing else."""

import mutants
import pytest
from mutations import KINDS, mutants_of, mutated


def changes(code):
    return [(each.kind, each.after) for each in mutants_of(code, "module.py")]


@pytest.mark.parametrize(
    ("code", "kind", "after"),
    [
        ("a * b", "arithmetic", ["a / b"]),
        ("a &= b", "arithmetic", ["a |= b"]),
        ("-a", "arithmetic", ["a"]),
        ("a < b", "comparison", ["a <= b", "a >= b"]),
        ("a is not b", "comparison", ["a is b"]),
        ("a and not b", "boolean", ["a or not b", "b"]),
        ("~a", "boolean", ["a"]),
        ("[True, 2, 0.5, 0.0]", "constant", ["False", "3", "1.0", "1.0"]),
        ("f(x=a, y=b)", "keyword", ["f(y=b)", "f(x=a)"]),
        ("f(a, b)", "argument", ["f(None, b)", "f(a, None)", "f(b, a)"]),
    ],
)
def test_each_kind_changes_what_it_says(code, kind, after):
    assert changes(code) == [(kind, each) for each in after]


@pytest.mark.parametrize(
    "code",
    [
        '"""A module."""',
        "def f(a: Size[2]) -> Pair[3]:\n    'Gives 1 + 1.'",
        "@once(size=1)\nclass A:\n    b: Literal[1]",
        "raise ValueError(f'got {1 + 1}')",
        "if TYPE_CHECKING:\n    a = 1",
        "f(*a)",
    ],
)
def test_what_only_describes_is_left_alone(code):
    assert changes(code) == []


def test_a_mutant_differs_in_one_place():
    code = "def f(a, b):\n    if a < 1:\n        return a + b\n    return g(a, key=b)"
    found = mutants_of(code, "module.py")
    versions = {mutated(code, each) for each in found}
    assert len(versions) == len(found)
    for each in found:
        lines = mutated(code, each).splitlines()
        different = [i for i, line in enumerate(code.splitlines(), 1) if lines[i - 1] != line]
        assert different == [each.line]


def test_a_sample_is_the_same_for_the_same_seed_and_even_over_kinds():
    files = [mutants.ROOT / "src/lighttrack/structures/boxes.py"]
    once, again = (mutants.sample(files, 12, 3, "even") for _ in range(2))
    assert once == again
    assert once != mutants.sample(files, 12, 4, "even")
    assert {each.kind for each in once} <= set(KINDS)
    assert max(sum(each.kind == kind for each in once) for kind in KINDS) <= 4


AREA = """
import numpy as np

from lighttrack.structures.boxes import area

BOXES = np.array([[1, 1, 3, 4]], float)
"""


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """A copy of the repository with a test of its own."""
    copy = mutants.Copy(tmp_path_factory.mktemp("copy"), ["tests/test_new.py"])
    assert copy.is_used()
    return copy


@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        ("def test_area():\n    assert area(BOXES).tolist() == [6.0]", "killed"),
        ("def test_it_runs():\n    area(BOXES)", "survived"),
    ],
)
def test_a_mutant_is_killed_by_a_test_that_looks_at_it(test, outcome, copied):
    (copied.folder / "tests/test_new.py").write_text(AREA + test)
    file = "src/lighttrack/structures/boxes.py"
    original = (copied.folder / file).read_text()
    [mutant] = [
        each for each in mutants_of(original, file) if "size[:, 0] / size[:, 1]" in each.after
    ]
    assert copied.judge(mutant, timeout=60).outcome == outcome
    assert (copied.folder / file).read_text() == original
