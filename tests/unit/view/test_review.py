import json
import re

import httpx
import pytest
from walkers import line, video

from lighttrack.formats import read_tracks, write_tracks
from lighttrack.refinement import edit
from lighttrack.view.open_result import review_of
from lighttrack.view.review import corrected, moments, overview, switches
from lighttrack.view.review_app import Review, review_app, saved_page
from lighttrack.view.serving import PageServer


@pytest.fixture
def result():
    return video({1: (0, 59, line(100)), 2: (0, 59, line(600, speed=-80)), 3: (20, 40, line(400))})


@pytest.fixture
def stored(result, tmp_path):
    path = tmp_path / "clip.tracks.jsonl"
    write_tracks(result, path)
    return path


def ids(video):
    return [frame.ids.tolist() for frame in video.frames]


@pytest.mark.parametrize(
    ("operation", "same"),
    [
        (
            {"do": "swap", "first": 1, "second": 2, "from_frame": 30},
            lambda video: edit.swap(video, 1, 2, from_frame=30),
        ),
        ({"do": "delete", "id": 3}, lambda video: edit.delete(video, 3)),
        ({"do": "rename", "id": 3, "new": 9}, lambda video: edit.rename(video, 3, 9)),
        (
            {"do": "wrong", "id": 3, "from_frame": 25, "to_frame": 30},
            lambda video: edit.delete(video, 3, from_frame=25, to_frame=30),
        ),
        (
            {"do": "split", "id": 3, "from_frame": 30},
            lambda video: edit.split(video, 3, from_frame=30),
        ),
    ],
)
def test_a_correction_on_the_page_is_what_edit_does(result, operation, same):
    assert ids(corrected(result, [operation])) == ids(same(result))


def test_a_split_begins_a_new_id_and_a_merge_takes_it_back(result):
    split = corrected(result, [{"do": "split", "id": 3, "from_frame": 30}])
    assert sorted(split.ids()) == [1, 2, 3, 4]
    back = corrected(split, [{"do": "merge", "kept": 3, "merged": 4}])
    assert ids(back) == ids(result)
    with pytest.raises(ValueError, match="it begins there"):
        edit.split(result, 3, from_frame=20)


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ({"do": "explode"}, "do must be of swap, merge"),
        ({"do": ["swap"]}, "do must be of swap, merge"),
        ({"do": "delete"}, "id must be a whole number, got 'None'"),
        ({"do": "delete", "id": "1"}, "id must be a whole number"),
        ({"do": "delete", "id": 99}, "no id 99 in the result"),
        ({"do": "swap", "first": 1, "second": 1, "from_frame": 0}, "cannot swap 1 with itself"),
    ],
)
def test_a_correction_that_is_not_allowed_is_named(result, operation, said):
    with pytest.raises(ValueError, match="correction 1: ") as caught:
        corrected(result, [operation])
    assert said in str(caught.value)


def test_the_overview_has_a_row_for_each_person(result):
    told = overview(result)
    rows = {row["id"]: row["stretches"] for row in told["people"]}
    assert rows[3] == [[20, 40, "tracked"]]
    assert rows[1] == [[0, 59, "tracked"]]
    third = next(row for row in told["people"] if row["id"] == 3)
    assert (told["parts"], third["sure_from"], len(third["sure"])) == (100, 20, 21)
    assert third["sure"][0] == pytest.approx(result.frames[20].poses.scores[2].mean(), abs=0.01)


def test_confidence_is_told_for_a_limited_number_of_parts(monkeypatch, result):
    monkeypatch.setattr("lighttrack.view.review._PARTS", 7)
    told = overview(edit.delete(result, 1, from_frame=20, to_frame=49))
    row = next(row for row in told["people"] if row["id"] == 1)
    assert (told["parts"], len(row["sure"])) == (7, 5)
    assert [score is None for score in row["sure"]] == [False, False, True, False, False]


def test_moments_in_doubt_come_first_where_people_touch(result):
    found = moments(result)
    assert found[0].why == "touch"
    assert found == sorted(found, key=lambda each: (-each.doubt, each.frame))
    assert any(each.why == "begins amid the image" and each.ids == (3,) for each in found)


def test_switches_are_where_the_other_result_changes_its_mind(result):
    other = edit.swap(result, 1, 2, from_frame=50)
    assert switches(result, result) == []
    assert {(each["frame"], each["id"]) for each in switches(result, other)} == {(50, 1), (50, 2)}


@pytest.fixture
def server(stored):
    with PageServer() as made:
        made.start(review_app(review_of(stored)))
        yield made


def post(server, path, body):
    url = f"http://127.0.0.1:{server.port}{path}?token={server.token}"
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.post(url, content=content, timeout=30)


def test_swap_and_undo_give_the_file_that_edit_gives(server, stored, result):
    swap = {"do": "swap", "first": 1, "second": 2, "from_frame": 30}
    name = {"do": "name", "id": 1, "name": "Ann"}
    answer = post(server, "/save", {"corrections": [swap, name]})
    assert answer.json() == {"saved": "clip.edited-1.tracks.jsonl"}
    saved = read_tracks(stored.with_name("clip.edited-1.tracks.jsonl"))
    assert ids(saved) == ids(edit.swap(result, 1, 2, from_frame=30))
    by_hand = edit.name(edit.swap(result, 1, 2, from_frame=30), 1, "Ann")
    assert saved.provenance == by_hand.provenance
    assert saved.provenance["names"] == {"1": "Ann"}
    undone = post(server, "/save", {"corrections": []}).json()["saved"]
    assert undone == "clip.edited-2.tracks.jsonl"
    assert ids(read_tracks(stored.with_name(undone))) == ids(result)
    assert ids(read_tracks(stored)) == ids(result)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/about", b"{"),
        ("/about", b"[]"),
        ("/about", {"corrections": 1}),
        ("/about", {"corrections": [1]}),
        ("/about", {"corrections": [{"do": "delete", "id": 77}]}),
        ("/about", {"corrections": [{"do": "delete", "id": 1}] * 2000}),
        ("/about", b"[" * 100_000),
        ("/about", b"x" * (1 << 21)),
        ("/people", {"first": 0}),
        ("/people", {"first": 0, "last": 10**9}),
        ("/people", {"first": "a", "last": 3}),
        ("/save", {"corrections": [{"do": "name", "id": 1, "name": 7}]}),
        ("/page", {"corrections": [{"do": "name", "id": 1}]}),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(server, path, body):
    answer = post(server, path, body)
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize(
    "path", ["/../setup.py", "/frame/..%2f..%2fx.jpg", "/static/x", "/frame/1.jpg"]
)
def test_no_other_path_is_there(server, path):
    url = f"http://127.0.0.1:{server.port}{path}?token={server.token}"
    assert httpx.get(url).status_code == 404


def test_the_page_is_saved_with_the_corrections(server):
    delete = {"do": "delete", "id": 3}
    answer = post(server, "/page", {"corrections": [delete]})
    data = json.loads(re.search(r'id="data"[^>]*>(.*?)</script>', answer.text, re.DOTALL)[1])
    assert [row["id"] for row in data["about"]["people"]] == [1, 2]
    assert data["about"]["has_images"] is False


def test_a_saved_page_needs_no_server_and_keeps_hostile_names_text(result, stored):
    from dataclasses import replace

    names = {"1": "</script><img src=x onerror=alert(1)>"}
    hostile = replace(result, provenance={**result.provenance, "names": names})
    text = saved_page(Review(hostile, stored))
    assert "</script><img" not in text
    data = re.search(r'id="data"[^>]*>(.*?)</script>', text, re.DOTALL)[1]
    assert json.loads(data)["about"]["names"] == names
    assert "http" not in re.sub(r"\S*:\S*//www.w3.org\S*", "", data)
