from collections.abc import Callable
from pathlib import Path

import pytest
from io_clips import encode


@pytest.fixture
def make_video(tmp_path: Path) -> Callable[..., Path]:
    def make(name: str = "clip.mp4", frames: int = 50, **options: object) -> Path:
        return encode(tmp_path / name, frames, **options)

    return make
