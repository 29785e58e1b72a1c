import pytest

from lighttrack.formats.names import LONGEST, file_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("match", "match"),
        ("体操", "体操"),
        ("a b.c", "a b.c"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\x\\y", "y"),
        ("/", "video"),
        ("", "video"),
        (".", "video"),
        ("...", "video"),
        ("a\x00b", "a_b"),
        ("a\nb", "a_b"),
        ("con", "_con"),
        ("CON.mp4", "_CON.mp4"),
        ("Lpt9", "_Lpt9"),
        ("a:b*c?", "a_b_c_"),
        ("trailing. ", "trailing"),
    ],
)
def test_a_name_becomes_a_file_name(name, expected):
    assert file_name(name) == expected


def test_a_long_name_is_cut_at_a_whole_letter():
    safe = file_name("é" * 500)
    assert len(safe.encode()) <= LONGEST
    assert set(safe) == {"é"}


def test_bytes_that_are_no_text_stay_what_they_are():
    assert file_name("caf\udce9") == "caf\udce9"
