"""`lighttrack refine` and `lighttrack edit`, from files to files."""

import pytest
from requirements import required_format
from walkers import ids_by_frame, line, video

from lighttrack.cli.app import main
from lighttrack.formats import FORMATS, read_tracks


@pytest.fixture
def pair():
    return video({1: (0, 9, line(100, 200)), 2: (4, 9, line(100, 400))}, frames=10)


@pytest.fixture
def stored(tmp_path):
    """Stores a result in a format; returns the path."""

    def store(result, name="jsonl"):
        format_ = FORMATS[name]
        path = format_.path_in(tmp_path, "walk")
        with format_.open(path, result.info, result.skeleton, result.provenance) as writer:
            for each in result.frames:
                writer.write(each)
        return path

    return store


def run(capsys, *words):
    """The exit code, what was said, and what was complained of."""
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


# edit


def test_corrections_are_done_in_the_order_given(stored, pair, tmp_path, capsys):
    source = stored(pair)
    line_ = ["--rename", 1, 5, "--swap", 5, 2, "--from", 6, "--rename", 2, 1, "--delete", 5]
    code, out, err = run(capsys, "edit", source, *line_)
    target = tmp_path / "walk.edited.tracks.jsonl"
    assert (code, out, err) == (0, f"{target}: 4 corrections\n", "")
    # 2 is 1 from frame 6 on, and else 2 as before; the last step takes out what was 1, then 2.
    assert ids_by_frame(read_tracks(target)) == [[]] * 4 + [[1]] * 6
    assert read_tracks(source).ids().tolist() == [1, 2]


def test_an_operation_may_come_twice_each_with_a_range(stored, pair, tmp_path, capsys):
    source = stored(pair)
    ranges = ["--delete", 1, "--to", 1, "--delete", 1, "--from", "0.3s", "--to=0.34s"]
    assert run(capsys, "edit", source, *ranges)[0] == 0
    result = read_tracks(tmp_path / "walk.edited.tracks.jsonl")
    assert [i for i, ids in enumerate(ids_by_frame(result)) if 1 not in ids] == [0, 1, 8]
    assert result.provenance["changes"] == [
        {"operation": "delete", "id": 1, "from_frame": None, "to_frame": 1},
        {"operation": "delete", "id": 1, "from_frame": 8, "to_frame": 8},
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_edited_in_its_own(name, stored, pair, tmp_path, capsys):
    required_format(name)
    source = stored(pair, name)
    assert run(capsys, "edit", source, "--rename", 2, 7)[0] == 0
    target = tmp_path / f"walk.edited{FORMATS[name].suffix}"
    assert ids_by_frame(read_tracks(target)) == [[1]] * 4 + [[1, 7]] * 6
    assert read_tracks(source).ids().tolist() == [1, 2]


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        ("new.csv", "csv"),
        ("new.mot.txt", "mot"),
        ("new.txt", "mot"),
        ("new.jsonl", "jsonl"),
        ("new.coco.json", "coco"),
        ("new.json", "posetrack"),
        ("new", "posetrack"),
    ],
)
def test_the_name_of_the_output_tells_its_format(name, format_, stored, pair, tmp_path, capsys):
    """A name that tells none, or may mean several, stands for the format of the source."""
    source = stored(pair, "posetrack")
    assert run(capsys, "edit", source, "--delete", 2, "--output", tmp_path / name)[0] == 0
    from lighttrack.formats.formats import detect

    assert detect(tmp_path / name).name == format_


def test_a_record_that_cannot_be_kept_is_mentioned(stored, pair, capsys):
    _, _, err = run(capsys, "edit", stored(pair, "csv"), "--delete", 2)
    assert err == "csv has no place for a record of what was done\n"


def test_what_the_new_format_cannot_hold_is_mentioned(stored, pair, tmp_path, capsys):
    _, _, err = run(capsys, "edit", stored(pair), "--delete", 2, "-o", tmp_path / "new.csv")
    assert err.startswith("csv has no place for: times of frames without people")


@pytest.mark.parametrize("command", [["edit", "--delete", "2"], ["refine"]])
def test_nothing_is_overwritten_unless_that_is_allowed(command, stored, pair, tmp_path, capsys):
    source = stored(pair)
    name, *rest = command
    target = tmp_path / "there.jsonl"
    target.write_text("precious")
    code, out, err = run(capsys, name, source, *rest, "-o", target)
    assert (code, out) == (1, "")
    assert err == (
        f"lighttrack: {target} exists already: name another output, or allow it with --overwrite\n"
    )
    assert target.read_text() == "precious"
    assert run(capsys, name, source, *rest, "-o", target, "--overwrite")[0] == 0
    assert read_tracks(target).provenance["changes"]


@pytest.mark.parametrize("command", [["edit", "--delete", "2"], ["refine"]])
def test_the_source_itself_is_never_overwritten(command, stored, pair, capsys):
    source = stored(pair)
    before = source.read_bytes()
    name, *rest = command
    code, _, err = run(capsys, name, source, *rest, "-o", source, "--overwrite")
    assert code == 1
    assert "is the source itself: choose another output" in err
    assert source.read_bytes() == before


def test_a_correction_that_cannot_be_done_leaves_no_file(stored, pair, tmp_path, capsys):
    source = stored(pair)
    code, out, err = run(capsys, "edit", source, "--delete", 2, "--merge", 1, 2)
    assert (code, out) == (1, "")
    assert err == "lighttrack: no id 2 in the result; it has 1 (frames 0 to 9)\n"
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "",
            "give --swap, --merge, --delete, --rename. See `lighttrack edit --help`.",
        ),
        ("--swap 1", "it takes 2 ids, got 1; RESULT stands before all options."),
        ("--swap 1 2 3", "it takes 2 ids, got 1 2 3"),
        ("--delete 1 2", "it takes one id, got 1 2"),
        ("--delete", "--delete"),
        ("--delete me", "ids are whole numbers, got me."),
        ("--from 3", "--from stands behind the --swap or --delete that it limits."),
        ("--merge 1 2 --from 3", "--from stands behind the --swap or --delete that it limits."),
        ("--delete 1 --from 3 4", "--from takes one frame or time, got 3 4."),
        ("--delate 1", "--delate"),
    ],
)
def test_misuse_is_one_line_and_exit_code_2(words, message, stored, pair, capsys):
    code, out, err = run(capsys, "edit", stored(pair), *words.split())
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--delete 1 --from noon", "with a frame (120) or a time (4.8s), got 'noon'"),
        ("--delete 1 --from 4,8s", "got '4,8s'"),
        ("--delete 1 --from 10", "frame 10 lies outside the result, which has frames 0 to 9"),
        ("--delete 1 --from 9s", "no frame at 9 s or later: the result goes from 0 to 0.36 s"),
    ],
)
def test_a_range_that_makes_no_sense_is_one_line(words, message, stored, pair, capsys):
    code, _, err = run(capsys, "edit", stored(pair), *words.split())
    assert code == 1
    assert message in err


# refine


def test_refining_says_what_it_did(stored, tmp_path, capsys):
    broken = video(
        {1: (0, 40, line(100)), 2: (55, 99, line(100)), 3: (50, 54, line(600))}, score={3: 0.3}
    )
    code, out, err = run(capsys, "refine", stored(broken))
    target = tmp_path / "walk.refined.tracks.jsonl"
    told = "joined 1 id (2 to 1), dropped 1 id (3), filled in 14 people\n"
    assert (code, out, err) == (0, f"{target}: {told}", "")
    assert ids_by_frame(read_tracks(target)) == [[1]] * 100


def test_steps_can_be_left_out_and_limits_set(stored, tmp_path, capsys):
    broken = video({1: (0, 40, line(100)), 2: (55, 99, line(100))})
    source = stored(broken)
    _, out, _ = run(capsys, "refine", source, "--no-fill", "--no-drop", "--join-gap", 0.5)
    assert out.endswith("joined 0 ids, dropped 0 ids, filled in 0 people\n")
    [change] = read_tracks(tmp_path / "walk.refined.tracks.jsonl").provenance["changes"]
    assert (change["join_gap"], change["fill_gap"], change["drop"]) == (0.5, None, False)


def test_a_refined_result_can_be_edited_and_tells_of_both(stored, tmp_path, capsys):
    broken = video({1: (0, 40, line(100)), 2: (55, 99, line(100))})
    run(capsys, "refine", stored(broken))
    run(capsys, "edit", tmp_path / "walk.refined.tracks.jsonl", "--rename", 1, 8)
    result = read_tracks(tmp_path / "walk.refined.edited.tracks.jsonl")
    assert [each["operation"] for each in result.provenance["changes"]] == ["refine", "rename"]


def test_a_file_that_is_not_there_is_one_line(tmp_path, capsys):
    code, _, err = run(capsys, "refine", tmp_path / "none.jsonl")
    assert code == 1
    assert err == f"lighttrack: {tmp_path / 'none.jsonl'}: No such file or directory\n"
