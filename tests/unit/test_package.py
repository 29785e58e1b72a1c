import subprocess
import sys
from types import ModuleType

import pytest

import lighttrack


def in_a_new_process(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_importing_the_package_loads_nothing_heavy():
    code = """
import sys
from types import ModuleType
import lighttrack
print(*(name for name in ("openvino", "cv2", "av", "torch", "numpy") if name in sys.modules))
"""
    assert in_a_new_process(code) == []


def test_importing_the_package_takes_less_than_150_ms():
    code = """
from time import perf_counter
began = perf_counter()
import lighttrack
print(perf_counter() - began)
"""
    fastest = min(float(in_a_new_process(code)[0]) for _ in range(3))
    assert fastest < 0.150


@pytest.mark.parametrize("name", lighttrack.__all__)
def test_every_public_name_is_there(name):
    value = getattr(lighttrack, name)
    home = value.__name__ if isinstance(value, ModuleType) else value.__module__
    assert home.startswith("lighttrack.")
    assert name in dir(lighttrack)


def test_another_name_is_refused_as_python_does():
    with pytest.raises(AttributeError, match="has no attribute 'Tracker'"):
        lighttrack.Tracker  # noqa: B018
