"""Batches on a real Ray cluster of this machine, and with an object store."""

import os
import threading
from pathlib import Path

import bright_batch
import bright_people
import pytest
from requirements import required_module

from lighttrack.formats import read_tracks
from lighttrack.pipeline.track_many import track_many


@pytest.fixture(scope="module")
def ray():
    os.environ.update(RAY_USAGE_STATS_ENABLED="0", RAY_AUTH_MODE="disabled")
    return required_module("ray", "RAY")


@pytest.fixture(autouse=True)
def _fixtures_for_workers(monkeypatch):
    fixtures = Path(bright_batch.__file__).parent
    folders = [str(fixtures), str(fixtures.parents[1] / "src")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(folders))


@pytest.fixture
def videos(tmp_path):
    for number in range(4):
        path = tmp_path / "videos" / f"day{number % 2}" / f"{number}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        bright_people.video_file(path, 30)
    return tmp_path / "videos"


@pytest.fixture
def cluster(ray):
    """Two nodes of one processor each, beside a head that has none."""
    utils = pytest.importorskip("ray.cluster_utils")
    made = utils.Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False}
    )
    made.nodes = [made.add_node(num_cpus=1) for _ in range(2)]
    ray.init(address=made.address, log_to_driver=False)
    yield made
    ray.shutdown()
    made.shutdown()


def track(videos, results, tracker="tracker_for", **options):
    return track_many(
        videos,
        output=results,
        write="jsonl",
        engine="ray",
        threads=1,
        progress=False,
        tracker_for=getattr(bright_batch, tracker),
        **options,
    )


def assert_complete(results):
    found = sorted(Path(results).rglob("*.tracks.jsonl"))
    assert len(found) == 4
    assert all(len(read_tracks(path).frames) == 30 for path in found)


def test_a_killed_worker_and_a_killed_node_lose_nothing(
    ray, cluster, videos, tmp_path, monkeypatch
):
    results = tmp_path / "out"

    def kill_a_node():
        while not list(results.rglob("*.tracks.jsonl")):
            if stopped.wait(0.05):
                return
        cluster.remove_node(cluster.nodes[1], allow_graceful=False)

    stopped = threading.Event()
    killer = threading.Thread(target=kill_a_node)
    killer.start()
    result = track(videos, results, "slow_tracker_for")
    stopped.set()
    killer.join()
    assert result.is_done
    assert_complete(results)


def test_a_task_whose_worker_dies_is_done_by_another(ray, videos, tmp_path, monkeypatch):
    (tmp_path / "kills").mkdir()
    monkeypatch.setenv("KILLS", str(tmp_path / "kills"))
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        assert track(videos, tmp_path / "out", "deadly_tracker_for").is_done
    finally:
        ray.shutdown()
    assert len(list((tmp_path / "kills").iterdir())) == 3
    assert_complete(tmp_path / "out")


@pytest.fixture
def bucket(monkeypatch):
    """A bucket of a local S3 server, with the environment that leads there."""
    server = required_module("moto.server", "RAY").ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    files = required_module("s3fs", "RAY").S3FileSystem(skip_instance_cache=True)
    files.mkdir("bucket")
    yield files
    server.stop()


def test_videos_and_results_can_lie_in_an_object_store(bucket, videos, tmp_path):
    bucket.put(str(videos), "bucket/videos", recursive=True)
    bucket.invalidate_cache()
    options = {"output": "s3://bucket/results", "write": "jsonl", "progress": False, "jobs": 1}
    options["tracker_for"] = bright_batch.tracker_for
    result = track_many("s3://bucket/videos/", **options)
    assert [report.error for report in result.reports] == [None] * 4
    bucket.get("bucket/results", str(tmp_path / "got"), recursive=True)
    assert_complete(tmp_path / "got")
    assert (tmp_path / "got" / "batch.csv").exists()
    again = track_many("s3://bucket/videos/", **options)
    assert all(report.skipped for report in again.reports)
