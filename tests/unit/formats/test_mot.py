import numpy as np
import pytest
from io_samples import assert_same_people, frame, video, write

from lighttrack.formats import FORMATS, FormatError, mot, read_tracks, write_tracks
from lighttrack.formats.mot import MotWriter
from lighttrack.structures import Detections, TrackedVideo
from lighttrack.structures.skeletons import COCO_17


def test_boxes_and_identities_come_back(tmp_path):
    written = video()
    read = mot.read(write(MotWriter, tmp_path / "clip.mot.txt", written))
    assert_same_people(read, written, keypoints=False)
    assert read.info.name == "clip"
    assert np.isnan(read.frames[2].poses.keypoints).all()
    assert (read.frames[2].poses.scores == 0).all()


def test_a_line_is_what_the_benchmark_says(tmp_path):
    path = write(MotWriter, tmp_path / "a.txt", video())
    lines = path.read_text().splitlines()
    assert len(lines) == 7
    assert lines[0].startswith("1,0,0.0,30.0,30.0,90.0,0.")
    assert all(line.endswith(",-1,-1,-1") and line.count(",") == 9 for line in lines)
    assert [line.split(",")[0] for line in lines] == ["1", "3", "3", "3", "5", "6", "6"]


def test_nobody_at_the_end_is_lost_and_nobody_between_is_not(tmp_path):
    content = TrackedVideo(video().info, COCO_17, [frame(1, [5]), frame(3, [5]), frame(4, [])])
    read = mot.read(write(MotWriter, tmp_path / "a.txt", content))
    assert [(one.index, len(one)) for one in read.frames] == [(0, 0), (1, 1), (2, 0), (3, 1)]


def test_detections_come_back_without_identities(tmp_path):
    two = Detections([[1, 2, 11, 22], [3, 4, 8, 9.5]], [0.9, 0.12344])
    mot.write_detections(tmp_path / "det.txt", {0: two, 3: Detections.empty(), 5: two[:1]})
    read = mot.read_mot(tmp_path / "det.txt")
    assert read.frames.tolist() == [0, 0, 5]
    assert read.ids.tolist() == [-1, -1, -1]
    np.testing.assert_allclose(read.boxes, [*two.boxes, two.boxes[0]])
    np.testing.assert_allclose(read.scores, [0.9, 0.1234, 0.9])


def test_an_empty_file_is_a_video_without_people(tmp_path):
    (tmp_path / "a.txt").touch()
    assert mot.read(tmp_path / "a.txt").frames == []


def test_the_sequence_file_beside_it_tells_of_the_video(tmp_path):
    (tmp_path / "gt").mkdir()
    path = write(MotWriter, tmp_path / "gt" / "gt.txt", video())
    (tmp_path / "seqinfo.ini").write_text(
        "[Sequence]\nname=PETS\nframeRate=7\nseqLength=9\nimWidth=768\nimHeight=576\n"
    )
    read = mot.read(path)
    assert (read.info.name, read.info.width, read.info.height) == ("PETS", 768, 576)
    assert (read.info.fps, read.info.frame_count, len(read.frames)) == (7.0, 9, 9)
    assert read.frames[7].time == 1.0


@pytest.mark.clips
def test_real_ground_truth_is_read(clips_dir):
    read = mot.read(clips_dir / "TUD-Campus" / "gt.txt")
    assert (read.info.name, read.info.width, read.info.fps) == ("TUD-Campus", 640, 25.0)
    assert (len(read.frames), read.ids().tolist()) == (71, [1, 2, 3, 4, 5, 6, 7, 8])
    np.testing.assert_array_equal(read.frames[0].boxes[0], (399, 182, 520, 411))


def test_lines_in_any_order_with_spaces_are_read(tmp_path):
    (tmp_path / "a.txt").write_text("2, 1, 5, 5, 10, 20, 1\n\n1, 1, 4, 4, 10, 20, 1\n")
    read = mot.read(tmp_path / "a.txt")
    assert [one.boxes[0, 0] for one in read.frames] == [4, 5]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "1,2,3",
            "a.txt, line 2: a row needs frame, id, left, .*, got 3 numbers",
        ),
        ("one,2,3,4,5,6", "a.txt, line 2: not a row of numbers: 'one,2"),
        ("0,1,3,4,5,6", "a.txt, line 2: frames are whole numbers from 1 to 5000000, got 0"),
        ("1,1,3,4,5,6", "a.txt: id 1 stands twice in frame 1"),
        ("1,-1,3,4,5,6", "a.txt has id -1: the file holds no identities"),
    ],
)
def test_a_broken_line_is_named(tmp_path, line, message):
    (tmp_path / "a.txt").write_text(f"1,1,3,4,5,6,1,-1,-1,-1\n{line}\n")
    with pytest.raises(FormatError, match=message):
        mot.read(tmp_path / "a.txt")


def test_flag_0_is_left_out_of_the_truth_and_kept_as_a_score(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("1,1,3,4,5,6,1\n1,2,3,4,5,6,0\n2,2,3,4,5,6,0\n")
    assert mot.read_mot(path, truth=True).ids.tolist() == [1]
    assert mot.read_mot(path).ids.tolist() == [1, 2, 2]
    assert mot.read_mot(path).scores.tolist() == [1, 0, 0]
    assert mot.read(path, truth=True).ids().tolist() == [1]
    tracks = mot.read(path)
    assert [one.ids.tolist() for one in tracks.frames] == [[1, 2], [2]]
    assert tracks.frames[0].poses.person_scores.tolist() == [1, 0]


def test_both_readers_take_blanks_and_a_byte_order_mark(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("1 1 3 4 5 6\n", encoding="utf-8-sig")
    assert mot.is_mot_text(path)
    assert mot.read_mot(path).boxes.tolist() == [[3, 4, 8, 10]]
    assert read_tracks(path).frames[0].boxes.tolist() == [[3, 4, 8, 10]]


def test_a_long_gap_is_not_stored_frame_by_frame(tmp_path):
    source = tmp_path / "gap.mot.txt"
    source.write_text("1,7,10,10,20,40,0.9,-1,-1,-1\n4900000,7,12,10,20,40,0.9,-1,-1,-1\n")
    content = read_tracks(source)
    assert len(content.frames) == 4_900_000
    for name, lines in (("mot", 2), ("jsonl", 3)):
        path = FORMATS[name].path_in(tmp_path, "written")
        write_tracks(content, path, name)
        assert len(path.read_text().splitlines()) == lines
        assert [frame.index for frame in read_tracks(path).listed()] == [0, 4_899_999]
