"""The evaluation commands, on small files written for the purpose."""

import json
from pathlib import Path

import numpy as np
import pytest

from lighttrack.cli.app import main

BOXES = {1: (10, 10, 20, 40), 2: (60, 10, 20, 40)}
NAMES = [
    "nose", "head_bottom", "head_top", "left_ear", "right_ear", "left_shoulder", "right_shoulder",
    "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee",
    "right_knee", "left_ankle", "right_ankle",
]  # fmt: skip


def _mot(path: Path, frames: int = 4, swap_at: int = 99, flag: int = 1) -> Path:
    rows = []
    for frame in range(1, frames + 1):
        for identity, box in BOXES.items():
            name = 3 - identity if frame >= swap_at else identity
            rows.append(",".join(map(str, (frame, name, *box, flag, -1, -1, -1))))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(rows) + "\n")
    return path


def _posetrack(folder: Path, *, labelled: bool, drop: int = 0) -> Path:
    images = [{"id": i, "file_name": f"images/000001_mpii_test/{i:06d}.jpg"} for i in range(5)]
    keypoints = np.c_[np.arange(17) * 5 + 50, np.arange(17) * 7 + 50, np.ones(17)].ravel().tolist()
    entry = {"track_id": 0, "keypoints": keypoints, "scores": [0.9] * 17}
    if labelled:
        entry["bbox_head"] = [40, 40, 30, 40]
    data = {
        "images": images,
        "annotations": [{**entry, "image_id": i, "id": i} for i in range(drop, 5)],
        "categories": [{"id": 1, "name": "person", "keypoints": NAMES}],
    }
    folder.mkdir()
    (folder / "000001_mpii_test.json").write_text(json.dumps(data))
    return folder


def test_mot_writes_the_figures_of_a_swap(tmp_path, capsys):
    truth, seen = _mot(tmp_path / "gt.txt"), _mot(tmp_path / "seen.txt", swap_at=3)
    out = tmp_path / "new" / "figures.json"
    assert main(["evaluate", "mot", str(truth), str(seen), "--json", str(out)]) == 0
    figures = json.loads(out.read_text())
    assert figures["switches"] == 2
    assert figures["mota"] == pytest.approx(1 - 2 / 8)
    assert figures["idf1"] == pytest.approx(0.5)
    needed = {"motp", "hota", "deta", "assa", "fragmentations", "precision", "recall"}
    assert needed <= figures.keys()
    assert "75.0" in capsys.readouterr().out


def test_rows_of_flag_zero_are_left_out_of_the_truth(tmp_path):
    truth, seen = _mot(tmp_path / "gt.txt", flag=0), _mot(tmp_path / "seen.txt")
    out = tmp_path / "figures.json"
    assert main(["evaluate", "mot", str(truth), str(seen), "--json", str(out)]) == 0
    figures = json.loads(out.read_text())
    assert (figures["truths"], figures["false_positives"]) == (0, 8)


def test_text_is_known_by_its_content_and_tracks_are_read_too(tmp_path):
    truth = _mot(tmp_path / "truth.csv")
    tracks, out = tmp_path / "seen.tracks.jsonl", tmp_path / "figures.json"
    seen = str(_mot(tmp_path / "seen.mot.txt"))
    assert main(["convert", seen, "--to", "jsonl", "-o", str(tracks)]) == 0
    assert main(["evaluate", "mot", str(truth), str(tracks), "--json", str(out)]) == 0
    assert json.loads(out.read_text())["mota"] == 1


def test_folders_of_sequences_make_a_page_and_markdown(tmp_path):
    _mot(tmp_path / "gt" / "one" / "gt" / "gt.txt")
    _mot(tmp_path / "gt" / "two" / "gt.txt", frames=6)
    _mot(tmp_path / "out" / "one.txt")
    _mot(tmp_path / "out" / "two.txt", frames=6, swap_at=4)
    page, text = tmp_path / "page.html", tmp_path / "page.md"
    line = f"evaluate mot {tmp_path}/gt {tmp_path}/out --html {page} --markdown {text}"
    assert main(line.split()) == 0
    assert "| two" in text.read_text()
    html = page.read_text()
    assert html.count("<svg") == 4  # bars, thresholds and two timelines
    assert 'class="switch"' in html
    assert "http" not in html.replace("http-equiv", "")  # self-contained


def test_official_posetrack_has_the_structure_of_the_official_files(tmp_path):
    truth = _posetrack(tmp_path / "gt", labelled=True)
    seen = _posetrack(tmp_path / "pred", labelled=False, drop=1)
    out, folder = tmp_path / "figures.json", tmp_path / "each"
    line = f"evaluate posetrack {truth} {seen} --mode official --json {out} --per-sequence {folder}"
    assert main(line.split()) == 0
    figures = json.loads(out.read_text())
    assert list(figures) == ["AP", "MOT"]
    assert list(figures["AP"]) == ["ap", "pre", "rec", "names"]
    assert list(figures["MOT"]) == ["mota", "motp", "pre", "rec", "names"]
    assert all(len(figures["MOT"][key]) == 16 for key in ("mota", "motp", "pre", "rec"))
    # The first of four frames that count is empty: one miss and one false positive on 4 objects.
    assert figures["MOT"]["mota"][-1] == pytest.approx(50)
    assert json.loads((folder / "total_MOT_metrics.json").read_text()) == figures["MOT"]
    assert (folder / "000001_mpii_test_AP_metrics.json").exists()


def test_posetrack_shows_the_papers_columns_and_writes_a_page(tmp_path, capsys):
    truth = _posetrack(tmp_path / "gt", labelled=True)
    seen = _posetrack(tmp_path / "pred", labelled=False)
    page = tmp_path / "page.html"
    line = f"evaluate posetrack {truth} {seen} --sweep --keypoint-hota --html {page}"
    assert main(line.split()) == 0
    shown = capsys.readouterr().out
    assert "|  Head |  Shou |" in shown
    assert "Keypoint HOTA" in shown
    assert page.read_text().count("<svg") == 3


def test_every_problem_of_posetrack_files_is_a_line(tmp_path, capsys):
    truth = _posetrack(tmp_path / "gt", labelled=False)
    seen = _posetrack(tmp_path / "pred", labelled=False)
    assert main(["evaluate", "posetrack", str(truth), str(seen)]) == 1
    lines = capsys.readouterr().err.strip().split("\n")
    assert lines[0] == "lighttrack: the files cannot be scored, 5 problems:"
    assert len(lines) == 6
    assert lines[1].endswith("person 0 of the ground truth has no head box")


def test_coco_files_are_scored_as_poses_and_as_detections(tmp_path):
    keypoints = np.c_[np.arange(17) * 5.0, np.arange(17) * 7.0, np.full(17, 2)].ravel().tolist()
    entry = {"id": 1, "image_id": 3, "category_id": 1, "keypoints": keypoints, "num_keypoints": 17}
    entry |= {"bbox": [0, 0, 80, 112], "area": 9000, "iscrowd": 0}
    truth, seen, out = (tmp_path / name for name in ("gt.json", "seen.json", "figures.json"))
    truth.write_text(json.dumps({"images": [{"id": 3}], "annotations": [entry], "categories": []}))
    seen.write_text(json.dumps([{**entry, "score": 0.8}]))
    assert main(["evaluate", "pose", str(truth), str(seen), "--json", str(out)]) == 0
    assert json.loads(out.read_text())["ap"] == pytest.approx(1)
    assert main(["evaluate", "detection", str(truth), str(seen), "--json", str(out)]) == 0
    figures = json.loads(out.read_text())
    assert figures["ap"] == 1
    assert figures["at"][-1] == {"threshold": 0.9, "precision": 1.0, "recall": 0.0}


@pytest.mark.parametrize(
    ("truth", "seen", "message"),
    [
        ([5], [], "gt.json: entry 0 must be an object, got 5"),
        ([], [5], "seen.json: entry 0 must be an object, got 5"),
        ([], [{"image_id": 3, "score": None}], "entry 0: score must be a number, got None"),
        (
            [],
            [{"image_id": [3], "score": 1}],
            "seen.json: entry 0: image_id must be a number or text, got [3]",
        ),
        ([], [{"image_id": 3, "score": 1, "bbox": [1, 2]}], "every entry must hold 4 numbers"),
        ([], [{"image_id": 3, "score": 1, "bbox": None}], "every entry must hold 4 numbers"),
        ("none", [], "gt.json: 'annotations' must be a list, got str"),
    ],
)
def test_faulty_entries_of_coco_files_are_named(tmp_path, capsys, truth, seen, message):
    files = [tmp_path / "gt.json", tmp_path / "seen.json"]
    files[0].write_text(json.dumps({"images": [{"id": 3}], "annotations": truth}))
    whole = [{"bbox": [0, 0, 9, 9], **e} if isinstance(e, dict) else e for e in seen]
    files[1].write_text(json.dumps(whole))
    assert main(["evaluate", "detection", *map(str, files)]) == 1
    assert message in capsys.readouterr().err


def test_pairs_of_poses_are_scored(tmp_path, capsys):
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("distance,same,gap,hard\n0.1,1,1,0\n0.2,1,5,0\n0.9,0,1,1\n0.8,0,5,0\n")
    assert main(["evaluate", "matching", str(pairs), "--threshold", "0.5"]) == 0
    assert "| hard negatives  |" in capsys.readouterr().out


def test_compare_shows_what_changed_most(tmp_path, capsys):
    truth = _mot(tmp_path / "gt.txt")
    for name, swap in (("a", 99), ("b", 3)):
        seen = _mot(tmp_path / f"{name}.txt", swap_at=swap)
        main(["evaluate", "mot", str(truth), str(seen), "--json", str(tmp_path / f"{name}.json")])
    capsys.readouterr()
    first, second = str(tmp_path / "a.json"), str(tmp_path / "b.json")
    assert main(["compare", first, second, "--most", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "switches" in lines[4]
    assert lines[4].rstrip("| ").endswith("-")
    assert main(["compare", first, first]) == 0
    assert capsys.readouterr().out == "nothing changed\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2,3", "gt.txt, line 1: a row needs frame, id, left, top, width and height"),
        ("a,b,c,d,e,f", "gt.txt, line 1: not a row of numbers: 'a,b,c,d,e,f'"),
        ("0,1,2,3,4,5,1", "gt.txt, line 1: frames are whole numbers from 1 to 5000000, got 0"),
        ("9e9,1,2,3,4,5,1", "gt.txt, line 1: frames are whole numbers from 1 to 5000000, got 9e9"),
        ("1,1.5,2,3,4,5,1", "gt.txt, line 1: the id must be a whole number up to 90"),
        (f"1,{10**30},2,3,4,5,1", "gt.txt, line 1: the id must be a whole number up to 90"),
        ("1,1,nan,3,4,5,1", "gt.txt, line 1: the numbers must be finite"),
        ("1,1,2,3,4,-5,1", "gt.txt, line 1: width and height must not be negative"),
        ("1,1,2,3,4,5,nan", "gt.txt, line 1: the seventh number must be a flag or a score"),
        ("1,1,2,3,4,5,1\n1,1,2,3,4,5,1", "gt.txt: id 1 stands twice in frame 1"),
        ("\0", "gt.txt, line 1: not a row of numbers"),
    ],
)
def test_a_faulty_row_is_named(tmp_path, capsys, text, message):
    truth, seen = tmp_path / "gt.txt", _mot(tmp_path / "seen.txt")
    truth.write_text(text)
    assert main(["evaluate", "mot", str(truth), str(seen)]) == 1
    assert message in capsys.readouterr().err


def test_a_file_that_is_no_text_is_named(tmp_path, capsys):
    truth, seen = tmp_path / "gt.txt", _mot(tmp_path / "seen.txt")
    truth.write_bytes(seen.read_text().encode("utf-16"))
    assert main(["evaluate", "mot", str(truth), str(seen)]) == 1
    assert capsys.readouterr().err == "lighttrack: gt.txt: not a text file in UTF-8\n"


def test_boxes_cannot_be_compared_as_poses(tmp_path, capsys):
    truth, seen = str(_mot(tmp_path / "gt.txt")), str(_mot(tmp_path / "seen.txt"))
    assert main(["evaluate", "mot", truth, seen, "--similarity", "oks"]) == 1
    assert "gt.txt: has no keypoints, by which" in capsys.readouterr().err


def _figures_of(tmp_path, truth: str, seen: str) -> dict[str, float]:
    out = tmp_path / "figures.json"
    (tmp_path / "gt.txt").write_text(truth)
    (tmp_path / "seen.txt").write_text(seen, encoding="utf-8")
    line = ["evaluate", "mot", str(tmp_path / "gt.txt"), str(tmp_path / "seen.txt")]
    assert main([*line, "--json", str(out)]) == 0
    return json.loads(out.read_text())


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\n".join(reversed(text.splitlines())),
        lambda text: text.replace(",", " "),
        lambda text: text.replace(",", ", "),
        lambda text: text.replace("\n", "\r\n\r\n"),
        lambda text: text.replace("\n", ",\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("1,2,60", "1.0,2.00,60"),
        lambda text: text.replace(",-1,-1,-1", ""),
        lambda text: text.replace(",1,-1,-1,-1", ""),
        lambda text: text.replace(",1,-1,-1,-1", ",1,7,0.5"),
    ],
    ids=[
        "unsorted", "blanks", "commas and blanks", "Windows", "trailing commas", "BOM",
        "points", "7 columns", "6 columns", "class and visibility",
    ],
)  # fmt: skip
def test_rows_may_be_written_in_many_ways(tmp_path, change):
    text = _mot(tmp_path / "plain.txt").read_text()
    figures = _figures_of(tmp_path, change(text), change(text))
    assert (figures["mota"], figures["idf1"], figures["truths"]) == (1, 1, 8)


def test_an_empty_result_misses_every_person_and_an_empty_truth_is_all_wrong(tmp_path):
    text = _mot(tmp_path / "plain.txt").read_text()
    nothing = _figures_of(tmp_path, text, "\n")
    assert (nothing["mota"], nothing["misses"], nothing["hota"]) == (0, 8, 0)
    extra = _figures_of(tmp_path, "", text)
    assert (extra["mota"], extra["false_positives"], extra["idf1"]) == (-8, 8, 0)


def test_frames_missing_from_a_result_are_missed(tmp_path):
    lines = _mot(tmp_path / "plain.txt").read_text().splitlines()
    seen = "\n".join(line for line in lines if not line.startswith("2,"))
    figures = _figures_of(tmp_path, "\n".join(lines), seen)
    # Two of eight are missed; the gap breaks both tracks, and no identity changes.
    assert (figures["mota"], figures["misses"], figures["switches"]) == (0.75, 2, 0)
    assert figures["idf1"] == pytest.approx(2 * 6 / (8 + 6))
    # In TrackEval's way a frame without tracks is passed over, so nothing is fragmented.
    assert figures["fragmentations"] == 0


def test_ids_may_be_large_negative_or_zero(tmp_path):
    text = _mot(tmp_path / "plain.txt").read_text()
    seen = text.replace(",1,10,10", ",9007199254740992,10,10").replace(",2,60", ",-3,60")
    assert _figures_of(tmp_path, text.replace(",1,10,10", ",0,10,10"), seen)["idf1"] == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("evaluate mot {0}/gt.txt {0}/none", "no such file or folder"),
        ("evaluate mot {0}/gt.txt {0}/gt.txt --threshold 2", "threshold must lie above 0"),
        ("evaluate mot {0} {0}/gt.txt", "give two of a kind"),
        ("evaluate mot {0}/empty {0}", "holds no NAME/gt/gt.txt"),
        ("evaluate mot {0}/truths {0}/empty", "nothing is predicted for other"),
        ("evaluate pose {0}/gt.txt {0}/gt.txt", "not JSON"),
        ("evaluate pose {0}/list.json {0}/list.json", "has 'images' and 'annotations'"),
        ("evaluate pose {0}/coco.json {0}/list.json", "entry 0 lacks keypoints"),
        (
            "evaluate detection {0}/coco.json {0}/list.json",
            "1 entries are of images that",
        ),
        ("evaluate detection {0}/gt.txt {0}/gt.txt --iou 0", "iou must lie above 0"),
        ("evaluate detection {0}/gt.txt {0}/gt.txt --thresholds a", "numbers separated by commas"),
        ("evaluate matching {0}/gt.txt", "the header lacks distance, same, gap, hard"),
        ("compare {0}/list.json {0}/list.json", "not an evaluation that lighttrack wrote"),
        ("compare {0}/coco.json {0}/coco.json", "holds no figures"),
        ("compare {0}/empty {0}/empty", "no .json file is in this folder"),
    ],
)
def test_wrong_input_is_named(tmp_path, capsys, line, message):
    _mot(tmp_path / "gt.txt")
    _mot(tmp_path / "truths" / "other.txt")
    (tmp_path / "empty").mkdir()
    (tmp_path / "list.json").write_text('[{"image_id": 9, "score": 1, "bbox": [0, 0, 1, 1]}]')
    (tmp_path / "coco.json").write_text('{"images": [{"id": 1}], "annotations": []}')
    assert main(line.format(tmp_path).split()) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
