"""Fixtures for everyone: where the real networks and clips lie, and how tests that need them skip.

A test that needs something outside the project skips where it is missing, unless
`LIGHTTRACK_REQUIRE_MODELS=1` (CI) says that it must be there.
"""

import importlib
import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"


def _required(path: Path) -> Path:
    if path.exists():
        return path
    if os.environ.get("LIGHTTRACK_REQUIRE_MODELS") == "1":
        pytest.fail(f"{path.name} is missing, and LIGHTTRACK_REQUIRE_MODELS=1 requires it")
    pytest.skip(f"{path.name} is not here")


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """Folder of the real networks: `LIGHTTRACK_MODELS`, or `../shared/models`."""
    return _required(Path(os.environ.get("LIGHTTRACK_MODELS", SHARED / "models")))


@pytest.fixture(scope="session")
def clips_dir() -> Path:
    """Folder of the real clips with ground truth."""
    return _required(SHARED / "clips")


@pytest.fixture(scope="session")
def poses_dir() -> Path:
    """Folder of the real pose tracks."""
    return _required(SHARED / "poses")


@pytest.fixture(scope="session")
def golden_dir() -> Path:
    """Folder of what the official evaluator says of given files."""
    return _required(SHARED / "golden")


@pytest.fixture(scope="session")
def torch():
    """Torch; a test without it skips, unless `LIGHTTRACK_REQUIRE_TRAINING=1` requires it."""
    try:
        return importlib.import_module("torch")
    except ImportError:
        if os.environ.get("LIGHTTRACK_REQUIRE_TRAINING") == "1":
            pytest.fail("torch is missing, and LIGHTTRACK_REQUIRE_TRAINING=1 requires it")
        pytest.skip("torch is not installed")
