import pytest

import lighttrack
from lighttrack.cli.app import app, main

COMMANDS = ["track", "demo", "render", "convert", "refine", "edit", "models"]


def test_the_version_is_the_package_s(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == lighttrack.__version__


def test_the_command_alone_explains_itself(capsys):
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert all(command in shown for command in COMMANDS)
    assert "lighttrack demo" in shown


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_every_command_is_listed_with_what_it_is_for(arguments, capsys):
    main(arguments)
    shown = capsys.readouterr().out
    rows = [line.strip("│ ").split() for line in shown.splitlines() if line.startswith("│")]
    commands = {name for name in app if not name.startswith("-")}
    told = {row[0]: row[1:] for row in rows if row and row[0] in commands}
    assert set(told) == commands
    assert all(len(words) >= 3 for words in told.values()), told


@pytest.mark.parametrize("command", [*COMMANDS, "models list", "models fetch"])
def test_help_describes_every_option(command, capsys):
    assert main([*command.split(), "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"lighttrack {command}" in shown
    lines = [line.strip("│ ") for line in shown.splitlines() if "--" in line and "│" in line]
    assert all(len(line.split()) > 3 for line in lines), lines


@pytest.mark.parametrize("command", COMMANDS)
def test_help_gives_examples(command, capsys):
    main([command, "--help"])
    shown = capsys.readouterr().out
    assert shown.count(f"lighttrack {command} ") + shown.count(f" lighttrack {command}\n") >= 2


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("trak clip.mp4", 'Did you mean "track"?'),
        ("track", "requires an argument. See `lighttrack track --help`."),
        ("track clip.mp4 --foo", "--foo"),
        ("track clip.mp4 --preset fats", "--preset"),
        ("track clip.mp4 --threads many", 'unable to convert "many" into int'),
        ("convert a.jsonl --to xml -o b", "--to"),
    ],
)
def test_misuse_is_one_line_and_exit_code_2(line, message, capsys):
    assert main(line.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("lighttrack: ")
    assert err.count("\n") == 1
    assert message in err


def test_an_error_is_one_line_and_exit_code_1(capsys):
    assert main(["track", "no/such/video.mp4"]) == 1
    out, err = capsys.readouterr()
    assert (out, err) == ("", "lighttrack: no such file or folder: no/such/video.mp4\n")


def test_debug_shows_the_traceback_wherever_it_stands():
    with pytest.raises(FileNotFoundError):
        main(["--debug", "track", "no/such/video.mp4"])
    with pytest.raises(FileNotFoundError):
        main(["track", "no/such/video.mp4", "--debug"])
