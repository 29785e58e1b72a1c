import pytest

from lighttrack.cli.app import main
from lighttrack.pipeline.batch.run import Shard


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(tmp_path, capsys):
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "walk.mp4").write_bytes(b"")
    line = ["batch", str(tmp_path / "videos"), "--output", str(tmp_path / "out"), "--dry-run"]
    assert main(line) == 0
    assert capsys.readouterr().out == "walk: would be tracked\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (["--output", "out"], 2, 'Parameter "SOURCES" requires an argument'),
        (["none*.mp4", "--output", "out"], 1, "no file matches none*.mp4"),
        ([".", "--output", "out"], 1, "no video in ."),
        ([".", "--output", "out", "--shard", "9/3"], 1, "shard must be I/N"),
        ([".", "--output", "out", "--shard", "auto"], 1, "needs a job array"),
        ([".", "--output", "out", "--write", "gif"], 1, "unknown: gif"),
    ],
)
def test_what_is_not_allowed_is_said_in_a_line(line, code, said, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("SLURM_ARRAY_TASK_ID", "AWS_BATCH_JOB_ARRAY_INDEX", "JOB_COMPLETION_INDEX"):
        monkeypatch.delenv(name, raising=False)
    assert main(["batch", *line]) == code
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_shards_counted_from_one_are_those_counted_from_nought():
    jobs = list(range(10))
    parts = [Shard.of(f"{n}/3").part(jobs) for n in (1, 2, 3)]
    assert sorted(job for part in parts for job in part) == jobs
    assert Shard.of("3/3").part(jobs) == Shard.of("0/3").part(jobs)


@pytest.mark.parametrize(
    ("environment", "shard"),
    [
        (
            {
                "SLURM_ARRAY_TASK_ID": "5",
                "SLURM_ARRAY_TASK_COUNT": "4",
                "SLURM_ARRAY_TASK_MIN": "3",
            },
            Shard(2, 4),
        ),
        (
            {"AWS_BATCH_JOB_ARRAY_INDEX": "1", "AWS_BATCH_JOB_ARRAY_SIZE": "2"},
            Shard(1, 2),
        ),
        ({"JOB_COMPLETION_INDEX": "0", "JOB_COMPLETIONS": "7"}, Shard(0, 7)),
    ],
)
def test_job_arrays_name_their_shard(environment, shard):
    assert Shard.of("auto", environment) == shard


def test_a_job_array_without_its_size_is_refused():
    with pytest.raises(ValueError, match="JOB_COMPLETIONS is not"):
        Shard.of("auto", {"JOB_COMPLETION_INDEX": "0"})
