"""Files opened in the tools that they are for: what survives there is what docs/formats.md says."""

import json
import pickle
import runpy
import sys
from dataclasses import replace
from pathlib import Path

import athletes
import numpy as np
import pytest
from io_samples import video
from requirements import required_format, required_module

from lighttrack.formats import FORMATS, write_tracks
from lighttrack.formats.kinetics import OPENPOSE_18
from lighttrack.structures import TrackedVideo
from lighttrack.structures.skeletons import COCO_17, HALPE_26
from lighttrack.video import VideoWriter, open_video

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
IDS = [0, 2, 7, 12345]


@pytest.fixture(scope="module")
def content() -> TrackedVideo:
    """Sparse ids with gaps, missing keypoints, a frame without people, frames 40 ms apart."""
    return video(HALPE_26)


@pytest.fixture(scope="module")
def written(content, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tools")

    def write(name):
        required_format(name)
        path = FORMATS[name].path_in(folder, "clip")
        if not path.exists():
            write_tracks(content, path, name)
        return path

    return write


def dense(content):
    """`(F, I, K, 3)` in the order of the ids."""
    ids, array = content.to_array()
    assert ids.tolist() == IDS
    return array


def test_movement_accepts_the_file_as_poses(written, content):
    xarray = required_module("xarray", "FORMATS")
    path = written("movement")
    validators = required_module("movement.validators.datasets", "FORMATS")
    with xarray.open_dataset(path, engine="h5netcdf") as data:
        validators.ValidPosesInputs.validate(data)
        assert data.attrs["ds_type"] == "poses"
        assert (data.attrs["time_unit"], data.attrs["fps"]) == ("seconds", 25.0)
        assert data.individual.values.tolist() == ["id_0", "id_2", "id_7", "id_12345"]
        assert data.keypoint.values.tolist() == list(HALPE_26.keypoints)
        assert data.space.values.tolist() == ["x", "y"]
        np.testing.assert_allclose(data.time.values, [f.time for f in content.frames])
        wanted = dense(content)
        got = data.position.transpose("time", "individual", "keypoint", "space").values
        np.testing.assert_allclose(got, wanted[..., :2], atol=1e-3)
        nose = data.position.sel(individual="id_7", keypoint="nose").isel(time=2)
        np.testing.assert_allclose(nose, wanted[2, 2, 0, :2], atol=1e-3)
        scores = data.confidence.transpose("time", "individual", "keypoint").values
        there = np.isfinite(wanted[..., 0])
        np.testing.assert_allclose(scores[there], wanted[..., 2][there], atol=1e-6)
        assert np.isnan(scores[~there]).all()


def test_a_variable_rate_has_its_times_in_movement_and_no_fps(tmp_path, content):
    xarray = required_module("xarray", "FORMATS")
    times = [0.0, 0.03, 0.11, 0.12, 0.2, 0.31]
    frames = [replace(f, time=t) for f, t in zip(content.frames, times, strict=True)]
    write_tracks(replace(content, frames=frames), tmp_path / "a.nc", "movement")
    with xarray.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as data:
        np.testing.assert_allclose(data.time.values, times)
        assert "fps" not in data.attrs


def test_sleap_io_reads_the_analysis_file(written, content):
    sleap_io = required_module("sleap_io", "FORMATS")
    labels = sleap_io.load_analysis_h5(str(written("sleap")))
    assert [track.name for track in labels.tracks] == ["id_0", "id_2", "id_7", "id_12345"]
    assert labels.skeleton.node_names == list(HALPE_26.keypoints)
    assert len(labels.skeleton.edges) == len(HALPE_26.edges)
    wanted = dense(content)
    found = 0
    for labeled in labels.labeled_frames:
        for instance in labeled.instances:
            column = labels.tracks.index(instance.track)
            np.testing.assert_allclose(
                instance.numpy(), wanted[labeled.frame_idx, column, :, :2], atol=1e-3
            )
            found += 1
    assert found == sum(len(frame) for frame in content.frames)


@pytest.mark.parametrize("tool", ["pyarrow", "polars"])
def test_parquet_is_a_table_of_keypoints(written, content, tool):
    path = written("parquet")
    required_module(tool, "FORMATS")
    if tool == "polars":
        table = required_module("polars", "FORMATS").read_parquet(path)
        columns, rows = table.columns, table.to_dicts()
    else:
        parquet = required_module("pyarrow.parquet", "FORMATS")
        read = parquet.read_table(path)
        columns, rows = read.column_names, read.to_pylist()
        record = json.loads(read.schema.metadata[b"lighttrack"])
        assert record["provenance"] == content.provenance
    assert columns == [
        "video", "frame", "time", "id", "state", "keyframe", "score", "x0", "y0", "x1", "y1",
        "keypoint", "x", "y", "confidence", "identity_score",
    ]  # fmt: skip
    assert len(rows) == 26 * sum(len(frame) for frame in content.frames)
    wanted = dense(content)
    for row in rows:
        place = wanted[row["frame"], IDS.index(row["id"]), HALPE_26.index[row["keypoint"]]]
        assert row["time"] == pytest.approx(row["frame"] / 25)
        assert row["video"] == "clip"
        if np.isnan(place[0]):
            assert (row["x"], row["confidence"]) == (None, 0)
        else:
            assert (row["x"], row["y"], row["confidence"]) == pytest.approx(tuple(place), abs=1e-4)
    assert {row["state"] for row in rows} == {"tracked", "lost"}


def series(content, identity):
    """`(F, K, 2)` of one person."""
    return dense(content)[:, IDS.index(identity), :, :2]


def test_ezc3d_reads_markers_rate_and_gaps(written, content):
    ezc3d = required_module("ezc3d", "FORMATS")
    path = written("c3d")
    assert sorted(p.name for p in path.iterdir()) == sorted(f"clip_id_{i}.c3d" for i in IDS)
    c3d = ezc3d.c3d(str(path / "clip_id_0.c3d"))
    assert c3d["parameters"]["POINT"]["RATE"]["value"][0] == 25
    assert c3d["parameters"]["POINT"]["UNITS"]["value"] == ["px"]
    labels = c3d["parameters"]["POINT"]["LABELS"]["value"]
    assert (labels[0], labels[17:21]) == ("Nose", ["Head", "Neck", "Hip", "LBigToe"])
    wanted = series(content, 0) * (1, -1)
    got = np.moveaxis(c3d["data"]["points"][:2], (0, 1, 2), (2, 1, 0))
    np.testing.assert_allclose(got, wanted, atol=1e-3)


def test_the_library_c3d_sees_gaps_as_missing(written, content):
    c3d = required_module("c3d", "FORMATS")
    with open(written("c3d") / "clip_id_7.c3d", "rb") as file:
        reader = c3d.Reader(file)
        assert (reader.point_rate, reader.first_frame, reader.last_frame) == (25, 3, 5)
        frames = [points for _, points, _ in reader.read_frames()]
    wanted = series(content, 7)[2:5] * (1, -1)
    for got, place in zip(frames, wanted, strict=True):
        missing = np.isnan(place[:, 0])
        assert (got[missing, 3] == -1).all()
        np.testing.assert_allclose(got[~missing, :2], place[~missing], atol=1e-3)
        assert (got[~missing, 2] == 0).all()


def test_trc_is_what_pose2sim_and_opensim_read(written, content):
    """As Pose2Sim reads it: five lines of header, then a table separated by tabs."""
    pandas = required_module("pandas", "FORMATS")
    path = written("trc") / "clip_id_7.trc"
    header = path.read_text().splitlines()[:5]
    assert header[1].split("\t") == [
        "DataRate", "CameraRate", "NumFrames", "NumMarkers", "Units", "OrigDataRate",
        "OrigDataStartFrame", "OrigNumFrames",
    ]  # fmt: skip
    assert header[2].split("\t") == ["25", "25", "3", "26", "px", "25", "3", "3"]
    assert header[3].split("\t")[2::3] == [
        "Nose", "LEye", "REye", "LEar", "REar", "LShoulder", "RShoulder", "LElbow", "RElbow",
        "LWrist", "RWrist", "LHip", "RHip", "LKnee", "RKnee", "LAnkle", "RAnkle", "Head", "Neck",
        "Hip", "LBigToe", "RBigToe", "LSmallToe", "RSmallToe", "LHeel", "RHeel",
    ]  # fmt: skip
    table = pandas.read_csv(path, sep="\t", skiprows=4)
    assert table.shape == (3, 2 + 3 * 26)
    values = table.to_numpy()[:, 2:].reshape(3, 26, 3)[..., :2]
    np.testing.assert_allclose(values, series(content, 7)[2:5] * (1, -1), atol=1e-3)
    np.testing.assert_allclose(table.iloc[:, 1], [0.08, 0.12, 0.16])


@pytest.mark.filterwarnings("ignore")
def test_pynwb_reads_one_subject_a_file(written, content):
    pynwb = required_module("pynwb", "FORMATS")
    path = written("nwb") / "clip_id_0.nwb"
    with pynwb.NWBHDF5IO(str(path), "r") as io:
        file = io.read()
        assert file.subject.subject_id == "id_0"
        pose = file.processing["behavior"]["PoseEstimation"]
        assert pose.source_software == "lighttrack"
        assert list(pose.skeleton.nodes[:]) == list(HALPE_26.keypoints)
        assert pose.skeleton.edges[:].tolist() == [list(edge) for edge in HALPE_26.edges]
        assert pose.source_video.external_file[:].tolist() == ["/videos/clip.mp4"]
        wanted = dense(content)[:, 0]
        for name, each in pose.pose_estimation_series.items():
            place = wanted[:, HALPE_26.index[name]]
            np.testing.assert_allclose(each.data[:], place[:, :2], atol=1e-3)
            np.testing.assert_allclose(each.timestamps[:], [f.time for f in content.frames])
            there = np.isfinite(place[:, 0])
            np.testing.assert_allclose(each.confidence[:][there], place[there, 2], atol=1e-6)
            assert each.unit == "pixels"
    assert pynwb.validate(path=str(path)) in ([], ([], 0))


def test_rerun_reads_people_by_id_over_frames_and_times(written, content):
    path = written("rerun")
    chunk = required_module("rerun.chunk", "RERUN")
    poses, paths = [], set()
    for part in chunk.RrdReader(path).stream():
        paths.add(part.entity_path)
        if part.entity_path == "/video/people/7/pose":
            batch = part.to_record_batch()
            names = ["frame", "Points2D:positions", "Points2D:keypoint_ids", "confidence"]
            if set(names) <= set(batch.schema.names):
                poses += batch.select(names).to_pylist()
    assert {f"/video/people/{identity}/pose" for identity in IDS} <= paths
    wanted = dense(content)[:, IDS.index(7)]
    assert sorted(row["frame"] for row in poses) == [2, 4]
    for row in poses:
        place = wanted[row["frame"]]
        there = np.flatnonzero(np.isfinite(place[:, 0]))
        assert row["Points2D:keypoint_ids"] == there.tolist()
        np.testing.assert_allclose(row["Points2D:positions"], place[there, :2], atol=1e-3)
        np.testing.assert_allclose(row["confidence"], place[there, 2], atol=1e-6)


def test_pyskl_and_mmaction2_find_every_member_of_their_annotation(written, content):
    """Member by member as their `PoseDataset` and the steps behind it use them."""
    data = pickle.loads(written("pyskl").read_bytes())
    assert set(data) == {"split", "annotations"}
    [item] = [x for x in data["annotations"] if x["frame_dir"] in data["split"]["test"]]
    assert item["keypoint"].shape == (4, 6, 17, 2)  # people, frames, keypoints, x and y
    assert item["keypoint_score"].shape == (4, 6, 17)
    assert item["keypoint"].dtype == item["keypoint_score"].dtype == np.float32
    assert (item["img_shape"], item["original_shape"]) == ((360, 640), (360, 640))
    assert (item["total_frames"], item["label"]) == (6, -1)
    assert item["track_id"] == [0, 7, 2, 12345]  # who is seen most comes first
    poses = content.frames[2].poses.to(COCO_17)[1:2]
    got = item["keypoint"][item["track_id"].index(2), 2]
    np.testing.assert_allclose(got, np.nan_to_num(poses.keypoints[0]), atol=1e-3)
    assert not item["keypoint"][0, 1].any()


def test_kinetics_is_what_st_gcn_s_feeder_reads(written, content):
    """Its loop over `data`, for one video: channels, frames, joints, people."""
    stored = json.loads(written("kinetics").read_text())
    array = np.zeros((3, 300, 18, 5))
    for item in stored["data"]:
        for m, person in enumerate(item["skeleton"]):
            array[0, item["frame_index"], :, m] = person["pose"][0::2]
            array[1, item["frame_index"], :, m] = person["pose"][1::2]
            array[2, item["frame_index"], :, m] = person["score"]
    assert (stored["label"], stored["label_index"]) == ("unknown", -1)
    poses = content.frames[2].poses.to(OPENPOSE_18)
    wanted = np.nan_to_num(poses.keypoints / (640, 360))
    np.testing.assert_allclose(
        array[:2, 3, :, :3], np.moveaxis(wanted, (0, 1, 2), (2, 1, 0)), atol=1e-4
    )
    assert not array[:, 2].any()


def test_ntu_is_read_line_by_line_as_its_own_tools_do(written, content):
    lines = iter(written("ntu").read_text().split("\n"))
    joints = {}
    for index in range(int(next(lines))):
        for _ in range(int(next(lines))):
            body = next(lines).split()
            assert len(body) == 10
            rows = [next(lines).split() for _ in range(int(next(lines)))]
            assert [len(row) for row in rows] == [12] * 25
            joints[index, int(body[0])] = np.array(rows, float)
    assert sorted(joints) == [(0, 0), (2, 0), (2, 2), (2, 7), (4, 7), (5, 0), (5, 12345)]
    place = dense(content)[2, IDS.index(2)]
    for joint, name in (
        (4, "left_shoulder"),
        (13, "left_knee"),
        (19, "right_foot_index"),
        (0, "mid_hip"),
    ):
        x, y, score = place[HALPE_26.index[name]]
        row = joints[2, 2][joint]
        assert not row[[0, 1, 2, 3, 4, 7, 8, 9, 10]].any()
        if np.isnan(x):
            assert not row.any()
        else:
            assert row[5:7] == pytest.approx([x, y], abs=0.0051)
            assert row[11] == (2 if score >= 0.3 else 1)


def test_the_example_with_supervision_s_annotators_draws_every_person(tmp_path, monkeypatch):
    required_module("supervision", "PARITY")
    walking = athletes.result({1: athletes.walker(0.2), 4: athletes.jumper()[:10]})
    write_tracks(walking, tmp_path / "field.tracks.jsonl")
    source, target = tmp_path / "field.mp4", tmp_path / "annotated.mp4"
    with VideoWriter(source, width=1280, height=720, fps=50) as video:
        for index in range(10):
            video.write(np.full((720, 1280, 3), 60, np.uint8), index / 50)
    names = ["supervision_annotators.py", str(tmp_path / "field.tracks.jsonl"), str(source)]
    monkeypatch.setattr(sys, "argv", [*names, str(target)])
    runpy.run_path(str(EXAMPLES / "supervision_annotators.py"))
    with open_video(target) as drawn:
        last = list(drawn)[-1].image.astype(int)
    changed = np.abs(last - 60).max(axis=2) > 40
    for x in (300, 700):  # both people
        assert changed[400:620, x - 60 : x + 80].mean() > 0.02
    assert changed.mean() < 0.1
