import json
from pathlib import Path

import bright_batch
import bright_people
import pytest

from lighttrack.formats import read_tracks
from lighttrack.pipeline.batch.jobs import Job, find_jobs
from lighttrack.pipeline.batch.plan import Batch, plan
from lighttrack.pipeline.batch.storage import LocalFolder
from lighttrack.pipeline.batch.work import Tracking
from lighttrack.pipeline.request import Request


def silent(done, total):
    pass


class Desk:
    """A folder of videos, one of results, and a batch over them."""

    def __init__(self, folder):
        self.videos, self.results = folder / "videos", folder / "results"
        self.videos.mkdir()
        self.request = Request(source="", output=Path(), write=("jsonl", "csv"))

    def video(self, name, frames=12):
        path = self.videos / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return bright_people.video_file(path, frames)

    def batch(self, **options):
        options = {"request": self.request, "tracker_for": bright_batch.tracker_for, **options}
        return Batch(output=str(self.results), **options)

    def run(self, tell=silent, **options):
        work = Tracking(self.batch(**options))
        reports = [work(job, tell) for job in find_jobs([self.videos])]
        return {report.job.name: report for report in reports}

    def marker(self, name):
        return json.loads((self.results / f"{name}.job.json").read_text())


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_a_job_leaves_its_files_and_a_marker(desk):
    desk.video("a/walk.mp4")
    report = desk.run()["a/walk"]
    assert report.result == "done"
    assert sorted(path.name for path in (desk.results / "a").iterdir()) == [
        "walk.csv",
        "walk.job.json",
        "walk.summary.json",
        "walk.thumbnail.jpg",
        "walk.tracks.jsonl",
    ]
    marker = desk.marker("a/walk")
    assert marker["status"] == "done"
    assert marker["figures"]["frames"] == 12
    assert len(read_tracks(desk.results / "a" / "walk.tracks.jsonl").frames) == 12


def test_progress_tells_frames_and_their_number(desk):
    desk.video("walk.mp4")
    told = []
    desk.run(lambda done, total: told.append((done, total)))
    assert told == [(n + 1, 12) for n in range(12)]


def test_what_is_done_is_skipped_and_what_changed_is_redone(desk):
    desk.video("walk.mp4")
    desk.run()
    again = desk.run()["walk"]
    assert (again.result, again.skipped, again.figures["frames"]) == ("done", True, 12)
    desk.video("walk.mp4", 20)
    changed = desk.run()["walk"]
    assert (changed.skipped, changed.figures["frames"]) == (False, 20)


def test_other_options_redo_it_and_leave_no_stale_file(desk):
    desk.video("walk.mp4")
    desk.run()
    desk.request = Request(source="", output=Path(), write=("jsonl",))
    assert not desk.run()["walk"].skipped
    assert not (desk.results / "walk.csv").exists()


def test_a_missing_output_is_made_again(desk):
    desk.video("walk.mp4")
    desk.run()
    (desk.results / "walk.csv").unlink()
    assert not desk.run()["walk"].skipped
    assert (desk.results / "walk.csv").exists()


@pytest.mark.parametrize("content", [b"", b"no video at all" * 99])
def test_an_undecodable_file_is_failed_for_good_and_the_others_are_done(desk, content):
    desk.video("walk.mp4")
    (desk.videos / "bad.mp4").write_bytes(content)
    reports = desk.run()
    assert reports["walk"].result == "done"
    assert reports["bad"].result == "failed"
    assert "bad.mp4" in reports["bad"].error
    assert desk.marker("bad")["status"] == "failed"
    again = desk.run()["bad"]
    assert (again.result, again.skipped, again.error) == ("failed", True, reports["bad"].error)
    assert not desk.run(redo_failed=True)["bad"].skipped


def test_a_file_that_was_mended_is_tracked(desk):
    (desk.videos / "walk.mp4").write_bytes(b"")
    desk.run()
    desk.video("walk.mp4")
    assert desk.run()["walk"].result == "done"


def test_a_full_disk_is_worth_another_try(desk):
    desk.video("walk.mp4")
    report = desk.run(tracker_for=bright_batch.failing_tracker_for)["walk"]
    assert (report.result, report.try_again) == ("retry", True)
    assert "No space left" in report.error
    assert desk.marker("walk")["status"] == "retry"


def test_a_result_of_another_worker_is_refused_and_kept(desk):
    desk.video("walk.mp4")
    desk.results.mkdir()
    (desk.results / "walk.csv").write_text("mine")
    report = desk.run()["walk"]
    assert report.result == "failed"
    assert "overwrite" in report.error
    assert (desk.results / "walk.csv").read_text() == "mine"
    assert desk.run(overwrite=True)["walk"].result == "done"


def test_an_interrupted_job_goes_on_from_its_last_frame(desk):
    desk.video("walk.mp4", 40)
    whole = desk.run()["walk"]
    wanted = (desk.results / "walk.tracks.jsonl").read_text().splitlines()[1:]
    desk.request = Request(source="", output=Path(), write=("jsonl",))

    def stop(done, total):
        if done == 17:
            raise OSError(5, "the cable was pulled")

    stopped = desk.run(stop)["walk"]
    assert stopped.result == "retry"
    told = []
    resumed = desk.run(lambda done, total: told.append(done))["walk"]
    assert (resumed.result, resumed.figures["frames"]) == ("done", whole.figures["frames"])
    assert told[0] > 10
    assert (desk.results / "walk.tracks.jsonl").read_text().splitlines()[1:] == wanted


def test_options_of_a_job_override_those_of_the_batch(desk):
    desk.video("walk.mp4")
    job = Job(str(desk.videos / "walk.mp4"), "", "walk", {"end": 0.2, "max_people": 1})
    report = Tracking(desk.batch())(job, silent)
    assert report.figures["frames"] == 5
    summary = json.loads((desk.results / "walk.summary.json").read_text())
    assert summary["config"]["tracker"]["lifecycle"]["max_people"] == 1


def test_an_option_that_is_not_allowed_fails_its_job_only(desk):
    desk.video("walk.mp4")
    job = Job(str(desk.videos / "walk.mp4"), "", "walk", {"max_people": 0})
    report = Tracking(desk.batch())(job, silent)
    assert report.result == "failed"
    assert "max_people must be at least 1" in report.error


def test_a_plan_says_what_would_be_done(desk):
    storage = LocalFolder(desk.results)
    desk.video("walk.mp4")
    (job,) = find_jobs([desk.videos])
    assert plan(job, desk.batch(), storage)[0] == "track"
    desk.run()
    assert plan(job, desk.batch(), storage)[0] == "skip"
    marker = desk.results / "walk.job.json"
    marker.write_text(marker.read_text().replace('"done"', '"running"'))
    assert plan(job, desk.batch(), storage)[0] == "track"  # there is no state to go on from
    (desk.results / "walk.state.npz").touch()
    assert plan(job, desk.batch(), storage)[0] == "resume"
    marker.write_text("half wri")
    assert plan(job, desk.batch(), storage)[0] == "track"
    marker.unlink()
    assert plan(job, desk.batch(), storage)[0] == "refuse"
