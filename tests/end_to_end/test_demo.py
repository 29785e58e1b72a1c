import os

import av
import pytest

from lighttrack.cli.app import main
from lighttrack.formats import read_tracks
from lighttrack.video import open_video

pytestmark = pytest.mark.network


@pytest.fixture
def published(monkeypatch):
    """Nothing but what the package index has; fetching and tracking it takes a minute."""
    if os.environ.get("LIGHTTRACK_REQUIRE_MODELS") != "1":
        pytest.skip("LIGHTTRACK_REQUIRE_MODELS=1 runs the whole demo")
    monkeypatch.delenv("LIGHTTRACK_MODELS", raising=False)


def test_the_demo_leaves_something_to_look_at(published, tmp_path, capsys):
    assert main(["demo", "--output", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert "David Pagnon" in err
    assert "BSD-3-Clause" in err
    assert "--preset balanced" in out
    assert f"Look at {tmp_path / 'demo.mp4'}" in out

    result = read_tracks(tmp_path / "demo.tracks.jsonl")
    assert [frame.index for frame in result.frames] == list(range(230))
    assert sum(len(track) > 60 for track in result.tracks()) >= 2  # a woman and a man
    with open_video(tmp_path / "demo.mp4") as drawn:
        assert sum(1 for _ in drawn) == 230
    with av.open(str(tmp_path / "demo.png")) as sheet:
        assert sheet.streams.video[0].width == 1800
