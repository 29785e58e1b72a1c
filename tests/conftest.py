"""Shared fixtures: where the real networks and clips lie, and how tests that need them skip.

What a switch `LIGHTTRACK_REQUIRE_...` requires may not skip: `requirements` of `tests/fixtures`.
"""

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from requirements import missing, required_module

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail where a test module cannot be imported.

    `--doctest-ignore-import-errors` is meant for the package's modules, but skips tests as well.
    """
    report = yield
    unimportable = report.skipped and "unable to import module" in str(report.longrepr)
    if unimportable and collector.path.name.startswith("test_"):
        report.outcome = "failed"
    return report


def _required(path: Path) -> Path:
    if not path.exists():
        missing(path.name, "MODELS")
    return path


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
    return required_module("torch", "TRAINING")
