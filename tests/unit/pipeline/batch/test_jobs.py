import pytest

from lighttrack.pipeline.batch.jobs import find_jobs


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def names(jobs):
    return [job.name for job in jobs]


def test_a_folder_is_searched_to_any_depth_and_paths_are_kept(tmp_path):
    for name in ("clip.mp4", "a/clip.mp4", "a/b/c/clip.MOV", "notes.txt", ".hidden.mp4"):
        touch(tmp_path / name)
    assert names(find_jobs([tmp_path])) == ["a/b/c/clip", "a/clip", "clip"]


def test_a_folder_that_holds_only_images_is_one_video(tmp_path):
    for number in range(3):
        touch(tmp_path / "shots" / "left" / f"{number}.png")
    touch(tmp_path / "walk.mp4")
    touch(tmp_path / "cover.jpg")
    jobs = find_jobs([tmp_path])
    assert names(jobs) == ["shots/left", "walk"]
    assert jobs[0].source == str(tmp_path / "shots" / "left")


def test_a_folder_of_images_can_be_named_itself(tmp_path):
    touch(tmp_path / "shots" / "1.png")
    assert names(find_jobs([tmp_path / "shots"])) == ["shots"]


def test_videos_of_one_name_in_several_folders_do_not_collide(tmp_path):
    files = [touch(tmp_path / folder / "clip.mp4") for folder in ("mon", "tue/late")]
    assert names(find_jobs(files)) == ["mon/clip", "tue/late/clip"]


def test_videos_that_differ_in_their_suffix_only_do_not_collide(tmp_path):
    touch(tmp_path / "clip.mp4")
    touch(tmp_path / "clip.mov")
    assert names(find_jobs([tmp_path])) == ["clip.mov/clip", "clip.mp4/clip"]


def test_the_folder_of_the_results_is_not_searched(tmp_path):
    touch(tmp_path / "clip.mp4")
    touch(tmp_path / "out" / "clip.mp4")
    assert names(find_jobs([tmp_path], without=tmp_path / "out")) == ["clip"]


def test_a_video_named_twice_is_one_job(tmp_path):
    path = touch(tmp_path / "clip.mp4")
    assert names(find_jobs([path, tmp_path, str(tmp_path / "*.mp4")])) == ["clip"]


def test_a_pattern_of_images_is_one_video_and_one_of_videos_is_many(tmp_path):
    for number in range(2):
        touch(tmp_path / "shots" / f"{number}.png")
        touch(tmp_path / f"day{number}" / "clip.mp4")
    assert names(find_jobs([str(tmp_path / "shots" / "*.png")])) == ["shots"]
    assert names(find_jobs([str(tmp_path / "**" / "*.mp4")])) == ["day0/clip", "day1/clip"]


def test_a_list_names_sources_relative_to_its_folder(tmp_path):
    touch(tmp_path / "videos" / "a.mp4")
    touch(tmp_path / "videos" / "b.mp4")
    listed = tmp_path / "videos" / "all.txt"
    listed.write_text("# all of them\na.mp4\n\nb.mp4\n")
    assert names(find_jobs([listed])) == ["a", "b"]


def test_a_csv_gives_times_names_and_options_to_each_video(tmp_path):
    table = tmp_path / "jobs.csv"
    table.write_text(
        "source,start,end,preset,max_people,smooth\n"
        "match.mp4,10,20,fast,2,true\n"
        "match.mp4,30,,,,\n"
        "other.mp4,,,,,\n"
    )
    jobs = {job.name: job for job in find_jobs([table])}
    first = jobs["match.mp4@10-20/match"]
    assert first.options == {
        "start": 10.0,
        "end": 20.0,
        "preset": "fast",
        "max_people": 2,
        "smooth": True,
    }
    assert jobs["match.mp4@30-end/match"].options == {"start": 30.0}
    assert jobs["other"].options == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("video_file\na.mp4\n", "needs one column source"),
        ("source,speed\na.mp4,3\n", "has the column 'speed'; allowed: source, name, appearance"),
        ("source,start\na.mp4,soon\n", "line 2: start must be a number, got 'soon'"),
        ("source,start\na.mp4,nan\n", "line 2: start must be a number, got 'nan'"),
        ("source,max_people\na.mp4,2.5\n", "max_people must be a whole number, got '2.5'"),
        ("source,smooth\na.mp4,maybe\n", "smooth must be true or false, got 'maybe'"),
        ("source\n,\n", "line 2: more values than columns"),
        ("source,end\n,3\n", "line 2: no source"),
    ],
)
def test_a_csv_is_refused_with_its_line_and_what_is_allowed(tmp_path, text, said):
    table = tmp_path / "jobs.csv"
    table.write_text(text)
    with pytest.raises(ValueError, match=r"jobs\.csv") as caught:
        find_jobs([table])
    assert said in str(caught.value)


def test_a_csv_can_name_results(tmp_path):
    table = tmp_path / "jobs.csv"
    table.write_text("source,name\na/x.mp4,left\nb/x.mp4,right\n")
    assert names(find_jobs([table])) == ["a/left", "b/right"]


def test_two_parts_that_would_be_written_to_one_place_are_refused(tmp_path):
    table = tmp_path / "jobs.csv"
    table.write_text("source,preset\na.mp4,fast\na.mp4,balanced\n")
    with pytest.raises(ValueError, match=r"would both be written to .*column name"):
        find_jobs([table])


def test_no_video_at_all_is_said(tmp_path):
    with pytest.raises(ValueError, match="no video in"):
        find_jobs([tmp_path])
    with pytest.raises(FileNotFoundError, match=r"no file matches .*none\*"):
        find_jobs([str(tmp_path / "none*.mp4")])


def test_addresses_are_named_after_their_file():
    assert names(find_jobs(["s3://bucket/day/walk.mp4", "https://example.org/run.mp4?x=1"])) == [
        "run",
        "walk",
    ]
