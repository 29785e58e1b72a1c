from pathlib import Path

import pytest

from lighttrack.pipeline.outputs import KINDS, kinds_named, paths_of, spare_the_source


def test_outputs_are_named_by_the_user_in_any_order():
    assert kinds_named("video, csv,jsonl,csv") == ("video", "csv", "jsonl")


@pytest.mark.parametrize("text", ["jsonl,avi", "", ","])
def test_an_unknown_output_says_which_exist(text):
    with pytest.raises(ValueError, match="jsonl,video,posetrack,posetrack17,coco,mot,openpose,csv"):
        kinds_named(text)


def test_files_are_named_after_the_video():
    paths = paths_of(Path("out"), "match.final", KINDS[:8])
    assert {kind: path.name for kind, path in paths.items()} == {
        "jsonl": "match.final.tracks.jsonl",
        "video": "match.final.mp4",
        "posetrack": "match.final.posetrack.json",
        "posetrack17": "match.final.posetrack17.json",
        "coco": "match.final.coco.json",
        "mot": "match.final.mot.txt",
        "openpose": "match.final.openpose",
        "csv": "match.final.csv",
    }


def test_the_source_is_never_overwritten(tmp_path):
    video = tmp_path / "match.mp4"
    video.write_bytes(b"precious")
    same = tmp_path / "sub" / ".." / "match.mp4"
    (tmp_path / "sub").mkdir()
    with pytest.raises(ValueError, match="is the source itself: choose another output"):
        spare_the_source(str(video), {"video": same})
    spare_the_source(str(video), {"video": tmp_path / "other.mp4"})
