"""One step at a time: what a frame costs, what it keeps, what the paper's configuration does."""

import itertools

import numpy as np
import pytest
from scenarios_stage import Person, Stage, walker

from lighttrack.structures import TrackState
from lighttrack.tracking import TrackerConfig

RED, BLUE = (200, 40, 40), (50, 60, 200)


def two_people(**options):
    return Stage([Person(walker(150, 0), RED), Person(walker(450, 0), BLUE)], **options)


def test_a_step_changes_no_state_it_was_given():
    stage = two_people()
    tracker = stage.tracker()
    frames = list(itertools.islice(stage.frames(1), 4))
    state = tracker.start()
    for frame in frames[:3]:
        state, _ = tracker.step(state, frame)
    kept = {
        name: getattr(state.people, name).copy()
        for name in ("ids", "body", "boxes", "velocities", "colours", "lost_for", "evidence")
    }
    once = tracker.step(state, frames[3])[1]
    again = tracker.step(state, frames[3])[1]
    for name, before in kept.items():
        np.testing.assert_array_equal(getattr(state.people, name), before)
    np.testing.assert_array_equal(once.poses.keypoints, again.poses.keypoints)


def test_tracking_yields_every_frame_at_once():
    stage = two_people()
    pulled = []

    def frames():
        for frame in stage.frames(1):
            pulled.append(frame.index)
            yield frame

    for shown in stage.tracker().track(frames()):
        assert pulled[-1] == shown.index


def test_one_tracker_serves_two_videos_at_once():
    stage = two_people()
    tracker = stage.tracker()
    frames = list(stage.frames(0.4))
    alone = [tracked.ids.tolist() for tracked in tracker.track(frames)]
    pairs = zip(tracker.track(frames), tracker.track(frames), strict=True)
    assert [(a.ids.tolist(), b.ids.tolist()) for a, b in pairs] == [(ids, ids) for ids in alone]


def test_the_pose_estimator_is_called_once_for_everybody():
    stage = two_people()
    stage.run(2, keyframe_mode="fixed")
    # Once a frame; at the very first one there is nobody to follow, so the first call is empty.
    assert stage.boxes_seen == 2 * 50
    assert stage.pose_calls <= 50 + len(stage.detector_calls)


def vanishing(time):
    return (450, 180, 160) if time < 0.5 else None


def test_a_lost_person_calls_the_detector_for_this_frame_and_poses_are_kept():
    stage = Stage([Person(walker(150, 0), RED), Person(vanishing, BLUE)])
    seen = stage.run(1, keyframe_mode="adaptive", keyframe_gap=0.0, search=0.0)
    assert stage.detector_calls[:2] == [0.0, 0.52]
    lost_in = seen.shown[13][0]
    assert lost_in.is_keyframe
    assert lost_in.ids[lost_in.states != TrackState.LOST].tolist() == [1]
    # 2 people in 13 frames, then 1; the frame of the loss looks at both, and at nobody twice.
    assert stage.boxes_seen == 2 + 12 * 2 + 2 + 11


def test_fixed_intervals_wait_for_the_schedule():
    stage = Stage([Person(walker(150, 0), RED), Person(vanishing, BLUE)])
    stage.run(1, keyframe_mode="fixed", keyframe_interval=20)
    assert stage.detector_calls == [0.0, 0.8]


def test_at_few_frames_a_second_the_detector_looks_once_a_second():
    stage = Stage([Person(walker(60, 20), RED)], fps=7)
    stage.run(4)
    assert stage.detector_calls == pytest.approx([0, 8 / 7, 16 / 7, 24 / 7])


def test_somebody_whom_the_detector_misses_is_kept_while_the_pose_is_confident():
    stage = two_people()
    tracker = stage.tracker(keyframe_interval=5, patience=3)
    state = tracker.start()
    shown = []
    for frame in stage.frames(0.6):
        stage.score_threshold = 0.4 if frame.index == 0 else 2.0  # nobody new from now on
        state, tracked = tracker.step(state, frame)
        shown.append(tracked.ids.tolist())
    assert shown == [[1, 2]] * 15


def test_a_ghost_that_is_never_detected_again_is_let_go():
    stage = two_people()
    people, empty = stage.people, stage.people[:1]
    tracker = stage.tracker(keyframe_interval=5)
    detect = stage.detect

    def half_blind(image):
        stage.people = people if stage.now == 0 else empty
        found = detect(image)
        stage.people = people
        return found

    stage.detect = half_blind
    shown = [tracked.ids.tolist() for tracked in tracker.track(stage.frames(1))]
    assert shown[4] == [1, 2]
    assert shown[-1] == [1]


def test_states_say_who_came_back():
    def blinking(time):
        return None if 0.8 < time < 1.0 else (450, 180, 160)

    stage = Stage([Person(walker(150, 0), RED), Person(blinking, BLUE)])
    seen = stage.run(2)
    states = [
        (frame.index, state)
        for frame, _ in seen.shown
        for identity, state in zip(frame.ids.tolist(), frame.states.tolist(), strict=True)
        if identity == 2 and state != TrackState.TRACKED
    ]
    # Lost in frame 21, kept in the output for five frames at most, revived by the next look.
    assert states[:-1] == [(index, TrackState.LOST) for index in range(21, 25)]
    assert states[-1][1] == TrackState.REIDENTIFIED
    assert states[-1][0] >= 25


def test_whoever_is_hidden_for_a_moment_stays_where_they_are_expected():
    def hidden(time):
        return None if 0.79 < time < 1.1 else (100 + 100 * time, 180, 160)

    stage = Stage([Person(hidden, RED)])
    shown = {frame.index: frame for frame, _ in stage.run(1.2, coast=0.18).shown}
    assert [len(shown[index]) for index in range(19, 29)] == [1] * 6 + [0] * 3 + [1]
    for index in range(20, 25):
        frame = shown[index]
        assert frame.ids.tolist() == [1]
        assert frame.states.tolist() == [TrackState.LOST]
        centre = (frame.boxes[0, 0] + frame.boxes[0, 2]) / 2
        assert centre == pytest.approx(100 + 100 * frame.time, abs=3)
        assert np.isnan(frame.poses.keypoints).all()
        assert not frame.poses.scores.any()
    at_once = {frame.index: len(frame) for frame, _ in stage.run(1.2, coast=0).shown}
    assert [at_once[index] for index in range(19, 29)] == [1] + [0] * 8 + [1]


def test_whoever_leaves_the_picture_does_not_stay():
    stage = Stage([Person(lambda time: (600 + 100 * time, 180, 160), RED)])
    seen = stage.run(2)
    assert all((frame.states != TrackState.LOST).all() for frame, _ in seen.shown)
    assert [len(seen.shown[index][0]) for index in (0, -1)] == [1, 0]


def test_a_run_is_taken_up_where_another_ended():
    stage = two_people()
    tracker = stage.tracker()
    frames = list(stage.frames(1))
    state = tracker.start()
    for frame in frames[:10]:
        stage.now = frame.time
        state, last = tracker.step(state, frame)
    state = tracker.resume(last, next_id=7)
    stage.now = frames[10].time
    _, tracked = tracker.step(state, frames[10])
    assert tracked.ids.tolist() == [1, 2]
    assert tracked.is_keyframe


def test_the_papers_configuration_has_one_frame_of_memory():
    def hidden_a_while(time):
        return None if 1 <= time < 1.5 else (450, 180, 160)

    stage = Stage([Person(walker(150, 0), RED), Person(hidden_a_while, BLUE)])
    tracker = stage.tracker(**TrackerConfig.paper(keyframe_interval=2).as_dict())
    ids = [tracked.ids.tolist() for tracked in tracker.track(stage.frames(2))]
    assert ids[0] == [1, 2]
    assert ids[30] == [1]
    assert ids[-1] == [1, 3]  # come back, and not known any more


def test_the_papers_configuration_is_what_the_paper_says():
    paper = TrackerConfig.paper()
    assert (paper.enlargement, paper.box, paper.motion, paper.memory) == (
        0.2,
        "keypoints",
        False,
        0.0,
    )
    assert paper.keyframe_mode == "both"
