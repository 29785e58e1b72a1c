"""`track_video`, `stream` and `render_video`, with stand-ins for networks."""

import json

import cv2
import numpy as np
import pytest
from bright_people import (
    FPS,
    HEIGHT,
    WIDTH,
    BrightDetector,
    bright_tracker,
    image,
    images,
    video_file,
)

import lighttrack
from lighttrack import PoseTracker, TrackerConfig
from lighttrack.structures import Detections, TrackedVideo

COUNT = 12


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return video_file(tmp_path_factory.mktemp("source") / "walk.mp4", COUNT)


@pytest.fixture(scope="module")
def result(path):
    return lighttrack.track_video(path, tracker=bright_tracker(), progress=False)


def test_one_line_tracks_a_file(result):
    assert isinstance(result, TrackedVideo)
    assert (result.info.name, result.info.width, result.info.height) == ("walk", WIDTH, HEIGHT)
    assert [frame.index for frame in result.frames] == list(range(COUNT))
    [first, *_] = result.tracks()
    assert len(first) == COUNT
    assert first.boxes[-1, 0] - first.boxes[0, 0] == pytest.approx(COUNT - 1, abs=3)


def test_it_writes_what_is_asked_for_and_only_then(path, result, tmp_path):
    out = tmp_path / "out"
    tracker = bright_tracker()
    written = lighttrack.track_video(
        path, tracker=tracker, output=out, write=["jsonl", "video", "csv"], progress=False
    )
    names = ["walk.csv", "walk.mp4", "walk.summary.json", "walk.tracks.jsonl"]
    assert sorted(each.name for each in out.iterdir()) == names
    stored = lighttrack.read_tracks(out / "walk.tracks.jsonl")
    for ours, theirs, before in zip(written.frames, stored.frames, result.frames, strict=True):
        assert (ours.ids == theirs.ids).all()
        assert (ours.ids == before.ids).all()
        assert np.allclose(ours.boxes, theirs.boxes, atol=0.01)
    assert stored.provenance == json.loads(json.dumps(written.provenance))
    assert stored.provenance["config"]["detector"] == "BrightDetector"
    settings = stored.provenance["config"]["tracker"]
    assert settings == json.loads(json.dumps(tracker.config.as_dict()))


@pytest.mark.parametrize("kind", ["arrays", "frames", "capture"])
def test_what_a_program_has_already_is_tracked_like_a_file(kind, path, result):
    capture = cv2.VideoCapture(str(path))
    source, options = {
        "arrays": (images(COUNT), {"fps": FPS}),
        "frames": (
            [lighttrack.Frame(i, i / FPS, each) for i, each in enumerate(images(COUNT))], {},
        ),
        "capture": (capture, {}),
    }[kind]  # fmt: skip
    other = lighttrack.track_video(source, tracker=bright_tracker(), progress=False, **options)
    assert [frame.ids.tolist() for frame in other.frames] == [f.ids.tolist() for f in result.frames]
    capture.release()


def test_one_person_can_be_chosen(path):
    for target in ("30,45@0", lighttrack.Target.at(30, 45), lighttrack.Target.largest()):
        only = lighttrack.track_video(path, tracker=bright_tracker(), target=target, progress=False)
        assert len(only.ids()) == 1
    tracker = bright_tracker(target=lighttrack.Target.largest())
    assert len(lighttrack.track_video(path, tracker=tracker, progress=False).ids()) == 1


def test_several_people_can_be_chosen(path, result):
    both = lighttrack.track_video(
        path, tracker=bright_tracker(), target=["largest", "30,45@0"], progress=False
    )
    assert len(both.ids()) == 1  # one person is not two targets
    targets = [lighttrack.Target.at(30, 45), lighttrack.Target.at(131, 55, time=0.3)]
    both = lighttrack.track_video(path, tracker=bright_tracker(), target=targets, progress=False)
    assert len(both.ids()) == 2
    assert len(both.frames[0]) == 1
    assert both.provenance["config"]["target"] == [str(target) for target in targets]


def boxes_at(*frames):
    found = BrightDetector()
    return {index: found(image(index)) for index in frames}


def test_known_boxes_take_the_place_of_the_detector(path, tmp_path):
    tracker = bright_tracker()
    given = lighttrack.track_video(
        path, tracker=tracker, detections=boxes_at(0, 6, 7), output=tmp_path, write="jsonl",
        progress=False,
    )  # fmt: skip
    assert [frame.index for frame in given.frames if frame.is_keyframe] == [0, 6, 7]
    assert tracker.detector.calls <= 1  # none but to warm up
    summary = json.loads((tmp_path / "walk.summary.json").read_text())
    assert summary["detector_calls"] == 3
    assert len(given.ids()) == 2


def test_known_boxes_at_key_frames_only(path):
    config = TrackerConfig().changed({"keyframes": {"interval": 5, "at_detections": False}})
    given = lighttrack.track_video(
        path, tracker=bright_tracker(config=config), detections=boxes_at(*range(COUNT)),
        progress=False,
    )  # fmt: skip
    assert [frame.index for frame in given.frames if frame.is_keyframe] == [0, 5, 10]


@pytest.mark.parametrize("part", [{}, {"start": 0.2}, {"end": 0.2}, {"start": 0.1, "end": 0.3}])
def test_boxes_of_frames_that_the_video_does_not_have_are_refused(path, part):
    boxes = {0: boxes_at(0)[0], COUNT: boxes_at(0)[0]}
    given = {"tracker": bright_tracker(), "progress": False, **part}
    with pytest.raises(ValueError, match=f"for frame {COUNT} .from 0., but the video has {COUNT}"):
        lighttrack.track_video(path, detections=boxes, **given)


def test_known_boxes_of_a_part_of_a_video_are_those_of_its_frames(path):
    given = lighttrack.track_video(
        path, tracker=bright_tracker(), detections=boxes_at(0, 6, COUNT - 1), start=0.2, end=0.3,
        progress=False,
    )  # fmt: skip
    assert [frame.index for frame in given.frames if frame.is_keyframe] == [6]


@pytest.mark.parametrize("count", [1, 2])
def test_in_a_short_sequence_no_person_waits_for_confirmation(count):
    class Doubtful(BrightDetector):
        def __call__(self, image):
            found = super().__call__(image)
            return Detections(found.boxes, np.full(len(found), 0.55))

    tracker = PoseTracker(Doubtful(), bright_tracker().estimator)
    short = lighttrack.track_video(images(count), fps=FPS, tracker=tracker, progress=False)
    assert len(short.frames[-1]) == 1
    seen = [each.tracked for each in lighttrack.stream(images(count), fps=FPS, tracker=tracker)]
    assert len(seen) == count


def test_progress_can_be_followed_by_a_function(path):
    seen = []
    lighttrack.track_video(
        path, tracker=bright_tracker(), progress=lambda counts: seen.append(counts.frames)
    )
    assert seen == list(range(1, COUNT + 1))


def test_what_does_not_go_together_is_refused(path, tmp_path):
    with pytest.raises(ValueError, match="resume goes on with the files of an earlier run"):
        lighttrack.track_video(path, resume=True)
    with pytest.raises(ValueError, match="unknown: avi; choose among jsonl,video"):
        lighttrack.track_video(path, output=tmp_path, write="avi")
    with pytest.raises(ValueError, match="is the source itself"):
        lighttrack.track_video(path, output=path.parent, write="video", tracker=bright_tracker())


def test_a_stream_gives_frame_and_people_together(path, result):
    seen = list(lighttrack.stream(path, tracker=bright_tracker()))
    assert [each.frame.index for each in seen] == list(range(COUNT))
    for each, frame in zip(seen, result.frames, strict=True):
        assert (each.tracked.ids == frame.ids).all()
    last = seen[-1]
    assert last.draw(boxes=True).shape == last.frame.image.shape
    assert (last.draw() != last.frame.image).any()
    assert repr(last).startswith(
        "<Tracked 160x96, <TrackedFrame 11 at 0.440 s: ids [1, 2], coco-17"
    )


def test_a_notebook_shows_what_a_stream_gives(path):
    seen = next(iter(lighttrack.stream(path, tracker=bright_tracker())))
    shown = cv2.imdecode(np.frombuffer(seen._repr_png_(), np.uint8), cv2.IMREAD_COLOR)
    assert (shown[..., ::-1] == seen.draw()).all()


def test_a_stream_that_is_left_lets_go_of_its_source(path):
    reader = lighttrack.open_video(path)
    stream = lighttrack.stream(reader, tracker=bright_tracker())
    next(stream)
    stream.close()
    assert list(stream) == []


def test_another_skeleton_and_smoothing_come_out_of_both_forms(path):
    options = {"skeleton": "posetrack-15", "smooth": True}
    whole = lighttrack.track_video(path, tracker=bright_tracker(), progress=False, **options)
    assert whole.skeleton.name == "posetrack-15"
    for seen, frame in zip(
        lighttrack.stream(path, tracker=bright_tracker(), **options), whole.frames, strict=True
    ):
        assert seen.tracked.poses.skeleton == whole.skeleton
        assert np.array_equal(seen.tracked.boxes, frame.boxes, equal_nan=True)


def test_a_result_is_drawn_on_its_video(path, result, tmp_path):
    drawn = tmp_path / "drawn.mp4"
    assert lighttrack.render_video(result, path, drawn, boxes=True) == COUNT
    lighttrack.write_tracks(result, tmp_path / "walk.tracks.jsonl")
    again = tmp_path / "again.mp4"
    stored = tmp_path / "walk.tracks.jsonl"
    assert lighttrack.render_video(stored, images(COUNT), again, fps=FPS) == COUNT
    with lighttrack.open_video(drawn) as video:
        frames = list(video)
    assert len(frames) == COUNT
    assert np.ptp(frames[-1].image, axis=2).max() > 60  # coloured, where the source is grey
    with pytest.raises(ValueError, match="is the source itself"):
        lighttrack.render_video(result, path, path)


def test_an_image_that_is_no_frame_is_refused_in_one_sentence():
    with pytest.raises(TypeError, match=r"takes Frames, got ndarray: lighttrack\.stream"):
        next(bright_tracker().track(images(1)))
