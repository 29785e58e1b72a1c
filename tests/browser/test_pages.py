"""The pages as a user has them: opened, played, clicked, corrected, at all sizes."""

import threading

import bright_people
import pytest
from requirements import required_module

from lighttrack.formats import read_tracks, write_tracks
from lighttrack.pipeline.request import Request
from lighttrack.pipeline.retrack import retrack
from lighttrack.pipeline.track_video import track_video
from lighttrack.refinement import edit
from lighttrack.view.live import watch
from lighttrack.view.open_result import review_of
from lighttrack.view.result_pages import app_of
from lighttrack.view.review_app import Review, review_app, saved_page
from lighttrack.view.serving import PageServer


@pytest.fixture
def clip(tmp_path):
    return bright_people.video_file(tmp_path / "walk.mp4", 60)


@pytest.fixture
def stored(clip, tmp_path):
    tracker = bright_people.bright_tracker()
    track_video(clip, tracker=tracker, output=tmp_path, write="jsonl", progress=False)
    return tmp_path / "walk.tracks.jsonl"


@pytest.fixture
def viewing(stored, tab):
    """A tab with a result."""
    with PageServer() as server:
        server.start(review_app(review_of(stored)))
        tab.goto(server.address)
        tab.wait_for_function("about !== null && shown.length > 0 || index === about?.first")
        yield tab


@pytest.fixture
def watching(clip, tmp_path, tab):
    """A tab with a live page."""
    tracker = bright_people.bright_tracker()
    request = Request(source=str(clip), output=tmp_path, write=("jsonl",), tracker=tracker)
    ended = threading.Event()
    with PageServer() as server:
        thread = threading.Thread(
            target=watch,
            args=(request, server),
            kwargs={"loop": True, "until": lambda frames: ended.is_set()},
        )
        thread.start()
        tab.goto(server.address)
        tab.wait_for_function("latest !== null && latest.people.some((person) => person.id >= 0)")
        yield tab
        ended.set()
        thread.join()


def go(tab, frame):
    tab.fill("#frame", str(frame))
    tab.press("#frame", "Enter")
    tab.wait_for_function(
        f"document.getElementById('status').textContent.includes('frame {frame} ')"
    )


def click_person(tab, people, identity):
    """Click the middle of a person on the canvas."""
    script = _MIDDLE.replace("PEOPLE", people).replace("ID", str(identity))
    place = tab.evaluate(script)
    tab.mouse.click(*place)


_MIDDLE = """() => {
    const {box} = PEOPLE.find((person) => person.id === ID);
    const field = view.getBoundingClientRect();
    const size = typeof latest === "undefined" ? about : latest;
    return [field.left + (box[0] + box[2]) / 2 * field.width / size.width,
            field.top + (box[1] + box[3]) / 2 * field.height / size.height];
}"""


def serious(tab):
    """Serious faults that axe-core finds."""
    axe = required_module("axe_playwright_python.sync_playwright", "VIEW").Axe()
    found = axe.run(tab).response["violations"]
    return [each["id"] for each in found if each["impact"] in ("serious", "critical")]


def test_a_click_chooses_the_right_id_and_swap_and_undo_give_what_edit_gives(viewing, stored):
    go(viewing, 30)
    first, second = viewing.evaluate("shown.map((person) => person.id)")
    click_person(viewing, "shown", first)
    viewing.wait_for_function(f"chosen === {first}")
    viewing.fill("#other", str(second))
    viewing.click("#swap")
    viewing.wait_for_function("corrections.length === 1 && revision === 2")
    viewing.click("#save")
    viewing.wait_for_function("document.getElementById('said').textContent.startsWith('saved')")
    saved = read_tracks(stored.with_name("walk.edited-1.tracks.jsonl"))
    wanted = edit.swap(read_tracks(stored), first, second, from_frame=30)
    assert [f.ids.tolist() for f in saved.frames] == [f.ids.tolist() for f in wanted.frames]
    viewing.click("#undo")
    viewing.wait_for_function("corrections.length === 0 && revision === 3")
    viewing.click("#redo")
    viewing.wait_for_function("corrections.length === 1 && revision === 4")


def test_the_video_is_shown_and_plays(viewing):
    viewing.wait_for_function("imageOf === index")
    viewing.click("#play")
    viewing.wait_for_function("index > about.first + 5")
    viewing.click("#play")
    bright = viewing.evaluate(
        "Math.max(...context.getImageData(0, 0, view.width, view.height).data)"
    )
    assert bright == 255


def test_the_keyboard_alone_is_enough(viewing):
    viewing.keyboard.press("End")
    viewing.wait_for_function("index === about.last")
    viewing.keyboard.press("ArrowLeft")
    viewing.wait_for_function("index === about.last - 1")
    viewing.keyboard.press("Home")
    viewing.wait_for_function("index === about.first")
    viewing.keyboard.press("Space")
    viewing.wait_for_function("playing && index > about.first")
    viewing.keyboard.press("Space")
    viewing.keyboard.press("ArrowDown")
    viewing.keyboard.press("ArrowDown")
    viewing.wait_for_function("chosen === about.people[1].id")
    viewing.focus("#name")
    viewing.keyboard.type("Ann")
    viewing.keyboard.press("Tab")
    viewing.wait_for_function("about.names[chosen] === 'Ann' && corrections.length === 1")
    assert "Ann" in viewing.inner_text("#who")
    viewing.keyboard.press("Control+z")
    viewing.wait_for_function("about.names[chosen] === undefined && corrections.length === 0")
    viewing.keyboard.press("Control+y")
    viewing.wait_for_function("about.names[chosen] === 'Ann'")


def test_a_click_on_the_timeline_chooses_the_row_and_goes_to_the_moment(viewing):
    for width in (360, 1200):
        viewing.set_viewport_size({"width": width, "height": 800})
        viewing.wait_for_function("timeline.width === timeline.clientWidth")
        field = viewing.locator("#timeline").bounding_box()
        left = viewing.evaluate("sizes().left")
        x = field["x"] + left + (field["width"] - left - 8) / 2
        viewing.mouse.click(x, field["y"] + 20 + 18 + 9)
        viewing.wait_for_function("chosen === about.people[1].id && Math.abs(index - 30) <= 2")
        viewing.keyboard.press("Home")
        viewing.wait_for_function("index === about.first")


def test_the_page_is_saved_from_the_page(viewing, tab, tmp_path):
    with viewing.expect_download() as download:
        viewing.click("#page")
    path = tmp_path / "sent" / download.value.suggested_filename
    download.value.save_as(path)
    tab.goto(path.as_uri())
    tab.wait_for_function("about !== null")
    assert (path.name, tab.is_visible("#page")) == ("walk.html", False)


def test_a_wrong_correction_is_said_and_changes_nothing(viewing):
    viewing.click("#delete")
    assert "choose a person first" in viewing.inner_text("#said")
    go(viewing, 30)
    click_person(viewing, "shown", viewing.evaluate("shown[0].id"))
    viewing.fill("#other", "99")
    viewing.click("#merge")
    viewing.wait_for_function("document.getElementById('said').textContent.includes('no id 99')")
    assert viewing.evaluate("corrections.length") == 0


@pytest.mark.parametrize(("width", "height"), [(360, 740), (3840, 2160)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_result_fits_phones_and_4k_in_light_and_dark(viewing, width, height, scheme):
    viewing.emulate_media(color_scheme=scheme)
    viewing.set_viewport_size({"width": width, "height": height})
    assert viewing.evaluate("document.documentElement.scrollWidth") <= width
    assert serious(viewing) == []


def test_hostile_names_stay_text(viewing):
    go(viewing, 30)
    click_person(viewing, "shown", viewing.evaluate("shown[0].id"))
    viewing.fill("#name", "<img src=x onerror='window.hit=1'>")
    viewing.press("#name", "Enter")
    viewing.wait_for_function("Object.keys(names).length === 1")
    assert viewing.locator("img").count() == 0
    assert viewing.evaluate("window.hit === undefined")


def test_a_saved_page_shows_people_without_a_server(stored, tab, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(saved_page(review_of(stored)), encoding="utf-8")
    tab.goto(path.as_uri())
    tab.wait_for_function("about !== null")
    go(tab, 30)
    assert len(tab.evaluate("shown.map((person) => person.id)")) == 2
    assert tab.is_disabled("#swap")


_DRAWN = "latest.people.map(({ id }) => id).filter(isDrawn)"


def test_clicks_on_a_live_page_follow_several_and_release(watching):
    """In the video and in the list; who is not followed stays there to be clicked."""
    watching.wait_for_function("latest.people.filter(({ id }) => id >= 0).length === 2")
    watching.click("#pause")
    watching.wait_for_function("latest.paused")
    first, second = watching.evaluate("latest.people.map((person) => person.id)")
    click_person(watching, "latest.people", first)
    watching.wait_for_function(f"String({_DRAWN}) === '{first}'")
    click_person(watching, "latest.people", second)
    watching.wait_for_function(f"String(latest.followed) === '{first},{second}'")
    click_person(watching, "latest.people", first)
    watching.wait_for_function(f"String({_DRAWN}) === '{second}'")
    watching.click(f"#people button[title='Follow only person {second}']")
    watching.wait_for_function("latest.followed.length === 0")
    watching.uncheck(f"#people input[title='Draw person {first}']")
    assert watching.evaluate(_DRAWN) == [second]


def test_a_live_page_pauses_records_and_takes_snapshots(watching, tmp_path):
    watching.click("#record")
    watching.wait_for_function("latest.recording")
    watching.wait_for_timeout(500)
    watching.click("#record")
    watching.wait_for_function("latest.said.startsWith('recorded')")
    recorded = tmp_path / "walk.recording-1.tracks.jsonl"
    assert [f.index for f in read_tracks(recorded).frames][:3] == [0, 1, 2]
    assert (tmp_path / "walk.recording-1.summary.json").exists()
    watching.press("#view", "Space")
    watching.wait_for_function("latest.paused")
    assert watching.get_attribute("#pause", "aria-pressed") == "true"
    before = watching.evaluate("latest.frame")
    watching.click("#snapshot")
    watching.wait_for_function("latest.said.includes('snapshot')")
    assert watching.evaluate("latest.frame") == before
    watching.click("#pause")
    watching.wait_for_function(f"latest.frame > {before}")


def test_who_comes_after_the_end_of_a_file_sees_its_last_frame(clip, tmp_path, tab):
    request = Request(
        source=str(clip), output=tmp_path, tracker=bright_people.bright_tracker(), end=0.4
    )
    ended = threading.Event()
    with PageServer() as server:
        told = []
        thread = threading.Thread(
            target=watch,
            args=(request, server),
            kwargs={"say": told.append, "until": lambda frames: ended.is_set()},
        )
        thread.start()
        while "the video has ended" not in told:
            thread.join(0.05)
        tab.goto(server.address)
        tab.wait_for_function("latest !== null && latest.said === 'the video has ended'")
        tab.click("#record")
        tab.wait_for_function("latest.said.includes('nothing to record') && !latest.recording")
        ended.set()
        thread.join()


@pytest.mark.parametrize("width", [360, 3840])
def test_a_live_page_fits_and_has_no_serious_fault(watching, width):
    watching.set_viewport_size({"width": width, "height": 800})
    assert watching.evaluate("document.documentElement.scrollWidth") <= width
    assert serious(watching) == []


def test_a_correction_tracks_again_from_its_moment(stored, tab):
    """The people of the corrected frame are given; the file holds what the page shows."""
    tracker = bright_people.bright_tracker()

    def retracked(video, frame):
        return retrack(video, from_frame=frame, tracker=tracker)

    with PageServer() as server:
        server.start(review_app(Review(read_tracks(stored), stored, retracked=retracked)))
        tab.goto(server.address)
        tab.wait_for_function("about !== null && revision === 1")
        go(tab, 20)
        click_person(tab, "shown", 1)
        tab.fill("#other", "2")
        tab.click("#swap")
        tab.wait_for_function("corrections.length === 1 && revision === 2")
        tab.click("#save")
        tab.wait_for_function("document.getElementById('said').textContent.startsWith('saved')")
        tab.click("#undo")
        tab.wait_for_function("corrections.length === 0 && revision === 3")
        tab.click("#refine")
        tab.wait_for_function("corrections.length === 1 && revision === 4")
    saved = read_tracks(stored.with_name("walk.edited-1.tracks.jsonl"))
    made = [change["operation"] for change in saved.provenance["changes"]]
    assert made == ["swap", "retrack"]
    wanted = edit.swap(read_tracks(stored), 1, 2, from_frame=20)
    assert saved.frames[25].boxes[saved.frames[25].ids == 1][0, 0] == pytest.approx(
        wanted.frames[25].boxes[wanted.frames[25].ids == 1][0, 0], abs=6
    )


@pytest.mark.parametrize("width", [360, 1200])
def test_two_results_are_shown_side_by_side_with_switches_marked(stored, tab, tmp_path, width):
    other = tmp_path / "other.tracks.jsonl"
    write_tracks(edit.swap(read_tracks(stored), 1, 2, from_frame=25), other)
    tab.set_viewport_size({"width": width, "height": 800})
    with PageServer() as server:
        server.start(app_of(stored, other=other))
        tab.goto(server.address)
        tab.wait_for_function("about !== null && imageOf === index")
        assert tab.is_visible("#second")
        assert "frame 25: 1 becomes 2 of the other result" in tab.inner_text("#moments")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert serious(tab) == []
        tab.uncheck("#beside")
        assert not tab.is_visible("#second")


def test_a_folder_is_a_gallery_whose_cards_lead_to_pages(stored, tab):
    write_tracks(read_tracks(stored), stored.with_name("<img onerror=a()>.tracks.jsonl"))
    with PageServer() as server:
        server.start(app_of(stored.parent))
        tab.goto(server.address)
        assert tab.locator("#results a").count() == 2
        assert serious(tab) == []
        tab.wait_for_function("[...document.images].every((image) => image.naturalWidth === 320)")
        tab.click("#results a:has-text('walk')")
        tab.wait_for_function("about !== null && imageOf === index")
        assert len(tab.evaluate("about.people")) == 2
        assert tab.request.get(server.address.replace("/?", "/results/7/?")).status == 404
        path = "/results/..%2f..%2fetc/passwd?"
        assert tab.request.get(server.address.replace("/?", path)).status == 404


def test_pages_run_under_their_own_policy(chromium, stored):
    context = chromium.new_context()
    tab = context.new_page()
    faults = []
    tab.on("console", lambda message: faults.append(message.text))
    tab.on("pageerror", lambda error: faults.append(str(error)))
    with PageServer() as server:
        server.start(review_app(review_of(stored)))
        tab.goto(server.address)
        tab.locator("#status", has_text="frame").wait_for()
    context.close()
    assert faults == []
