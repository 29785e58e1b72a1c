"""One step at a time: what a frame costs, what it keeps, what the paper's configuration does."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scenarios_stage import Person, Stage, walker
from tracking_people import arrays_of, assert_same

from lighttrack.structures import Detections, Frame, TrackState
from lighttrack.tracking import PoseTracker, Target, TrackerConfig

RED, GREEN, BLUE = (200, 40, 40), (40, 170, 60), (50, 60, 200)


def two_people(**options):
    return Stage([Person(walker(150, 0), RED), Person(walker(450, 0), BLUE)], **options)


def run(stage, tracker, seconds):
    """The states after each frame, and what was shown."""
    state, states, shown = tracker.start(), [], []
    for frame in stage.frames(seconds):
        state, tracked = tracker.step(state, frame)
        states.append(state)
        shown.append(tracked)
    return states, shown


def assert_same_output(first, second):
    np.testing.assert_array_equal(first.ids, second.ids)
    np.testing.assert_array_equal(first.boxes, second.boxes)
    np.testing.assert_array_equal(first.states, second.states)
    np.testing.assert_array_equal(first.poses.keypoints, second.poses.keypoints)
    assert (first.index, first.is_keyframe) == (second.index, second.is_keyframe)


def test_a_step_changes_no_state_it_was_given():
    stage = two_people()
    tracker = stage.tracker()
    frames = list(itertools.islice(stage.frames(1), 4))
    state = tracker.start()
    for frame in frames[:3]:
        state, _ = tracker.step(state, frame)
    kept = {name: value.copy() for name, value in arrays_of(state.people).items()}
    once = tracker.step(state, frames[3])[1]
    again = tracker.step(state, frames[3])[1]
    for name, before in kept.items():
        np.testing.assert_array_equal(arrays_of(state.people)[name], before, err_msg=name)
    assert_same_output(once, again)


def test_the_state_says_where_the_video_is():
    states, _ = run(two_people(), two_people().tracker(), 0)
    assert states == []
    stage = two_people(fps=10)
    states, _ = run(stage, stage.tracker(keyframes={"interval": 3}), 0.5)
    assert [state.time for state in states] == [0, 0.1, 0.2, 0.3, 0.4]
    assert [state.clock.frames for state in states] == [0, 1, 2, 0, 1]
    assert [state.clock.time for state in states] == [0, 0, 0, 0.3, 0.3]
    assert {state.next_id for state in states[3:]} == {3}


def test_tracking_yields_every_frame_at_once():
    stage = two_people()
    pulled = []

    def frames():
        for frame in stage.frames(1):
            pulled.append(frame.index)
            yield frame

    for shown in stage.tracker().track(frames()):
        assert pulled[-1] == shown.index
    assert pulled == list(range(25))


def test_one_tracker_serves_two_videos_at_once():
    stage = two_people()
    tracker = stage.tracker()
    frames = list(stage.frames(0.4))
    alone = [tracked.ids.tolist() for tracked in tracker.track(frames)]
    pairs = zip(tracker.track(frames), tracker.track(frames), strict=True)
    assert [(a.ids.tolist(), b.ids.tolist()) for a, b in pairs] == [(ids, ids) for ids in alone]


def test_the_pose_estimator_is_called_once_for_every_person():
    stage = two_people()
    stage.run(2, keyframes={"mode": "fixed"})
    # Once a frame; at the very first one there is no person to follow, so the first call is empty.
    assert stage.boxes_seen == 2 * 50
    assert stage.pose_calls <= 50 + len(stage.detector_calls)


def vanishing(time):
    return (450, 180, 160) if time < 0.5 else None


def test_a_lost_person_calls_the_detector_for_this_frame_and_poses_are_kept():
    stage = Stage([Person(walker(150, 0), RED), Person(vanishing, BLUE)])
    seen = stage.run(
        1, keyframes={"mode": "adaptive", "min_gap": 0.0}, reidentification={"reacquire_time": 0.0}
    )
    assert stage.detector_calls[:2] == [0.0, 0.52]
    lost_in = seen.shown[13][0]
    assert lost_in.is_keyframe
    assert lost_in.ids[lost_in.states != TrackState.LOST].tolist() == [1]
    # 2 people in 13 frames, one in the other 11; both in the frame of the loss, and none twice.
    # The person lost in it is estimated once more: no time has passed since.
    assert stage.boxes_seen in (2 + 12 * 2 + 2 + 11, 2 + 12 * 2 + 2 + 11 + 1)


def test_a_lost_person_calls_no_detector_within_the_least_gap():
    stage = Stage([Person(walker(150, 0), RED), Person(vanishing, BLUE)])
    stage.run(1, keyframes={"interval": 10, "min_gap": 0.3})
    assert stage.detector_calls == [0.0, 0.4, 0.52, 0.92]
    stage = Stage([Person(walker(150, 0), RED), Person(vanishing, BLUE)])
    stage.run(1, keyframes={"interval": 10, "min_gap": 0.5})
    assert stage.detector_calls == [0.0, 0.4, 0.8]


def test_fixed_intervals_wait_for_the_schedule():
    stage = Stage([Person(walker(150, 0), RED), Person(vanishing, BLUE)])
    stage.run(1, keyframes={"mode": "fixed", "interval": 20})
    assert stage.detector_calls == [0.0, 0.8]


def test_at_few_frames_a_second_the_detector_is_called_about_once_a_second():
    stage = Stage([Person(walker(60, 20), RED)], fps=8)
    stage.run(4)
    assert stage.detector_calls == pytest.approx([0, 9 / 8, 18 / 8, 27 / 8])


def test_a_person_whom_the_detector_misses_is_kept_while_the_pose_is_confident():
    stage = two_people()
    tracker = stage.tracker(keyframes={"interval": 5}, lifecycle={"max_missed_detections": 3})
    state = tracker.start()
    shown = []
    for frame in stage.frames(0.6):
        stage.score_threshold = 0.4 if frame.index == 0 else 2.0  # no new person from now on
        state, tracked = tracker.step(state, frame)
        shown.append(tracked.ids.tolist())
    assert shown == [[1, 2]] * 15


def half_blind(stage, sees_all):
    """Lets the detector see the first person alone where `sees_all` is false for the time."""
    people, detect = stage.people, stage.detect

    def detect_some(image):
        stage.people = people if sees_all(stage.now) else people[:1]
        found = detect(image)
        stage.people = people
        return found

    stage.detect = detect_some
    return stage


@pytest.mark.parametrize(("missed", "last"), [(1, 0.16), (2, 0.36)])
def test_a_false_positive_that_is_no_longer_detected_is_deleted(missed, last):
    stage = half_blind(two_people(), lambda time: time == 0)
    tracker = stage.tracker(keyframes={"interval": 5},
                            lifecycle={"max_missed_detections": missed})  # fmt: skip
    shown = list(tracker.track(stage.frames(1)))
    assert [frame.time for frame in shown if 2 in frame.ids][-1] == pytest.approx(last)
    assert shown[-1].ids.tolist() == [1]


def test_a_detection_makes_up_for_those_missed_before():
    stage = half_blind(two_people(), lambda time: round(time / 0.4) % 2 == 0)
    tracker = stage.tracker(keyframes={"interval": 10}, lifecycle={"max_missed_detections": 2})
    assert [frame.ids.tolist() for frame in tracker.track(stage.frames(3))][-1] == [1, 2]


def test_a_new_person_is_confirmed_by_a_confident_detection_or_by_time():
    for score_threshold, first in ((0.4, 0), (0.87, 2)):
        stage = Stage([Person(walker(150, 0), RED)], score_threshold=score_threshold)
        shown = list(stage.tracker(lifecycle={"confirmation": 3}).track(stage.frames(0.4)))
        assert [len(frame) for frame in shown] == [0] * first + [1] * (10 - first)


def test_the_detection_threshold_may_be_set():
    stage = two_people()
    assert [len(f) for f, _ in stage.run(0.2, lifecycle={"detection_threshold": 0.91}).shown] == [
        0
    ] * 5
    stage = two_people(score_threshold=0.95)
    assert len(stage.run(0.2, lifecycle={"detection_threshold": 0.5}).shown[0][0]) == 2


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
    # Lost in frame 21, in the output for five frames at most, and found again soon.
    assert states[:-1] == [(index, TrackState.LOST) for index in range(21, 25)]
    assert states[-1][1] == TrackState.REIDENTIFIED
    assert states[-1][0] >= 25


def test_a_person_who_is_hidden_for_a_moment_stays_where_they_are_expected():
    def hidden(time):
        return None if 0.79 < time < 1.1 else (100 + 100 * time, 180, 160)

    stage = Stage([Person(hidden, RED)])
    shown = {frame.index: frame for frame, _ in stage.run(1.2, output={"lost_for": 0.18}).shown}
    assert [len(shown[index]) for index in range(19, 29)] == [1] * 6 + [0] * 3 + [1]
    for index in range(20, 25):
        frame = shown[index]
        assert frame.ids.tolist() == [1]
        assert frame.states.tolist() == [TrackState.LOST]
        centre = (frame.boxes[0, 0] + frame.boxes[0, 2]) / 2
        assert centre == pytest.approx(100 + 100 * frame.time, abs=3)
        assert np.isnan(frame.poses.keypoints).all()
        assert not frame.poses.scores.any()
    at_once = {frame.index: len(frame) for frame, _ in stage.run(1.2, output={"lost_for": 0}).shown}
    assert [at_once[index] for index in range(19, 29)] == [1] + [0] * 8 + [1]


def test_a_person_who_leaves_the_image_does_not_stay():
    stage = Stage([Person(lambda time: (600 + 100 * time, 180, 160), RED)])
    seen = stage.run(2)
    assert all((frame.states != TrackState.LOST).all() for frame, _ in seen.shown)
    assert [len(seen.shown[index][0]) for index in (0, -1)] == [1, 0]


def test_the_lost_are_forgotten_after_the_longest_time():
    stage = Stage([Person(walker(150, 0), RED), Person(vanishing, BLUE)])
    tracker = stage.tracker(reidentification={"max_lost_time": 1.0})
    states, _ = run(stage, tracker, 2.4)
    known = [len(state.people) for state in states]
    assert (known[37], known[-1]) == (2, 1)  # lost in frame 13


class TestRestore:
    """A run is taken up where another ended, and goes on as if nothing had happened."""

    def stage(self):
        def hidden(time):
            return None if 0.6 < time < 1.0 else (150 + 60 * time, 180, 160)

        return Stage(
            [Person(hidden, RED), Person(walker(420, -70, y=190, height=170), BLUE)],
            camera=lambda time: (20 * np.sin(4 * time), 0.0, 1.0),
        )

    def tracker(self, stage):
        return stage.tracker(watches_camera=True, embeddings=True, keyframes={"interval": 7})

    @pytest.mark.parametrize("after", [1, 7, 17, 30])
    def test_a_restored_state_goes_on_like_one_that_was_never_saved(self, after):
        whole, stage = self.stage(), self.stage()
        states, expected = run(whole, self.tracker(whole), 2)
        frames = list(stage.frames(2))
        stage.now = frames[after - 1].time
        tracker = self.tracker(stage)
        state = tracker.restore(states[after - 1].to_arrays(), frames[after - 1])
        for frame, before, shown in zip(frames[after:], states[after:], expected[after:],
                                        strict=True):  # fmt: skip
            stage.now = frame.time
            state, tracked = tracker.step(state, frame)
            assert_same_output(tracked, shown)
            assert_same(state.people, before.people)
        assert (state.next_id, state.clock, state.time, state.view) == (
            before.next_id, before.clock, before.time, before.view,
        )  # fmt: skip

    def test_without_the_last_image_the_cameras_motion_into_the_next_is_unknown(self):
        stage = self.stage()
        tracker = self.tracker(stage)
        states, _ = run(stage, tracker, 0.4)
        arrays = states[-1].to_arrays()
        last = Frame(9, 0.36, stage.image())
        assert tracker.restore(arrays, None).view is None
        assert tracker.restore(arrays, last).view == states[-1].view
        assert stage.tracker().restore(arrays, last).view is None
        state, _ = tracker.step(tracker.restore(arrays, None), replace(last, index=10, time=0.4))
        assert state.view is not None

    def test_a_saved_state_that_lacks_something_is_refused(self):
        stage = self.stage()
        arrays = stage.tracker().start().to_arrays()
        del arrays["numbers"]
        with pytest.raises(ValueError, match=r"^the saved state lacks 'numbers'$"):
            stage.tracker().restore(arrays, None)


class TestPaper:
    def tracker(self, stage, **changes):
        whole = stage.tracker()
        config = TrackerConfig.paper().changed(changes)
        return PoseTracker(whole.detector, whole.estimator, matcher=whole.matcher, config=config)

    def test_it_has_one_frame_of_memory(self):
        def hidden_a_while(time):
            return None if 1 <= time < 1.5 else (450, 180, 160)

        stage = Stage([Person(walker(150, 0), RED), Person(hidden_a_while, BLUE)])
        ids = [tracked.ids.tolist() for tracked in self.tracker(stage).track(stage.frames(2))]
        assert ids[0] == [1, 2]
        assert ids[30] == [1]
        assert ids[-1] == [1, 3]  # come back, and not known any more

    def test_a_scheduled_key_frame_takes_its_poses_from_detected_boxes(self):
        stage = two_people()
        self.tracker(stage, keyframes={"interval": 5})
        shown = list(self.tracker(stage, keyframes={"interval": 5}).track(stage.frames(0.4)))
        assert [f.index for f in shown if f.is_keyframe] == [0, 5]
        assert stage.boxes_seen == 2 * 10

    def test_a_person_who_is_not_detected_is_gone(self):
        stage = half_blind(two_people(), lambda time: time == 0)
        tracker = self.tracker(stage, keyframes={"interval": 5})
        ids = [tracked.ids.tolist() for tracked in tracker.track(stage.frames(0.4))]
        assert ids == [[1, 2]] * 5 + [[1]] * 5

    def test_low_detections_are_not_associated(self):
        stage = two_people()
        tracker = self.tracker(stage, keyframes={"interval": 5})
        detect = stage.detect

        def hesitant(image):
            found = detect(image)
            return Detections(found.boxes, found.scores * (1 if stage.now == 0 else [1, 0.3]))

        stage.detect = hesitant
        ids = [tracked.ids.tolist() for tracked in tracker.track(stage.frames(0.4))]
        assert ids == [[1, 2]] * 5 + [[1]] * 5

    def test_pose_matching_gives_back_an_identity_that_position_cannot(self):
        def jumping(time):
            return (150, 180, 160) if time < 0.2 else (300, 180, 160)

        stage = Stage([Person(jumping, RED), Person(walker(550, 0), BLUE)])
        ids = [f.ids.tolist() for f in self.tracker(stage).track(stage.frames(0.6))]
        assert {i for each in ids for i in each} == {1, 2}
        without = PoseTracker(
            self.tracker(stage).detector, self.tracker(stage).estimator,
            config=TrackerConfig.paper(),
        )  # fmt: skip
        ids = [f.ids.tolist() for f in without.track(stage.frames(0.6))]
        assert ids[-1] == [2, 3]

    def test_without_stages_no_person_keeps_an_identity(self):
        stage = two_people()
        tracker = self.tracker(stage, association={"stages": []})
        ids = {i for f in tracker.track(stage.frames(0.2)) for i in f.ids.tolist()}
        assert len(ids) > 2


class Spread:
    """A detector of four upright tiles; it notes which of them it is asked for."""

    score_threshold = 0.4

    def __init__(self, stage):
        self.stage, self.calls, self.scans = stage, 0, []

    def __call__(self, image, /):
        self.calls += 1
        return self.stage.detect(image)

    def tiles(self, width, height, /):
        edges = np.linspace(0, width, 5)
        low, high = np.zeros(4), np.full(4, height)
        return np.stack([edges[:-1], low, edges[1:], high], axis=1).astype(np.float32)

    def scan(self, image, areas, known, /):
        self.scans.append(len(areas))
        found = self.stage.detect(image)
        middle = found.boxes[:, ::2].mean(axis=1)[:, None]
        inside = (middle >= areas[:, 0]) & (middle < areas[:, 2])
        return found[inside.any(axis=1)]


class TestTiles:
    """A tiled detector examines all tiles at first, and then some in each frame."""

    def tracker(self, stage, kind=Spread, target=None, **config):
        detector, whole = kind(stage), stage.tracker()
        return detector, PoseTracker(
            detector, whole.estimator, matcher=whole.matcher, target=target,
            config=TrackerConfig().changed({"keyframes": {"interval": 8}} | config),
        )  # fmt: skip

    def test_newcomers_are_found_within_the_time_of_a_scan(self):
        late = Person(walker(450, 0, seen=(0.2, 9)), BLUE)
        stage = Stage([Person(walker(150, 0), RED), late])
        detector, tracker = self.tracker(stage)
        shown = list(tracker.track(stage.frames(3)))
        assert shown[-1].ids.tolist() == [1, 2]
        assert [len(frame) for frame in shown].index(2) < 0.2 * 25 + 2.0 * 25 + 5
        assert (detector.calls, detector.scans[0]) == (0, 4)
        assert sum(detector.scans[1:51]) <= 50

    def test_a_tile_that_shows_a_person_badly_deletes_no_person(self):
        class Doubtful(Spread):
            def scan(self, image, areas, known, /):
                if len(areas) == 4:
                    return super().scan(image, areas, known)
                return Detections(known[:1], np.full(len(known[:1]), 0.15))

        stage = two_people()
        _, tracker = self.tracker(stage, Doubtful)
        assert [f.ids.tolist() for f in tracker.track(stage.frames(3))][5:] == [[1, 2]] * 70

    def test_tiles_that_show_no_person_delete_no_person(self):
        class Blind(Spread):
            def scan(self, image, areas, known, /):
                whole = len(areas) == 4
                return super().scan(image, areas, known) if whole else Detections.empty()

        stage = two_people()
        _, tracker = self.tracker(stage, Blind)
        assert [f.ids.tolist() for f in tracker.track(stage.frames(3))][5:] == [[1, 2]] * 70

    def test_the_papers_key_frames_are_whole_calls(self):
        stage = two_people()
        paper = TrackerConfig.paper().changed({"keyframes": {"interval": 5}}).as_dict()
        detector, tracker = self.tracker(stage, **paper)
        ids = {i for tracked in tracker.track(stage.frames(1)) for i in tracked.ids.tolist()}
        assert ids == {1, 2}
        assert (detector.calls, detector.scans) == (5, [])

    @pytest.mark.parametrize(("people", "searches"), [(2, False), (3, True)])
    def test_nothing_is_searched_once_every_person_wanted_is_followed(self, people, searches):
        stage = two_people()
        detector, tracker = self.tracker(stage, lifecycle={"max_people": people})
        list(tracker.track(stage.frames(3)))
        assert (sum(detector.scans[10:]) > 0) == searches


class TestCamera:
    def stage(self, **options):
        return Stage([Person(walker(300, 0), RED), Person(walker(500, 0), GREEN)], **options)

    def test_it_is_told_which_boxes_move_on_their_own(self):
        stage = self.stage()
        tracker = stage.tracker(watches_camera=True)
        told, estimator = [], tracker.camera.estimate

        class Camera:
            preprocess = staticmethod(tracker.camera.preprocess)

            @staticmethod
            def estimate(before, now, people):
                told.append(people)
                return estimator(before, now, people)

        tracker = PoseTracker(tracker.detector, tracker.estimator, camera=Camera())
        states, _ = run(stage, tracker, 0.12)
        assert [len(boxes) for boxes in told] == [2, 2]
        np.testing.assert_array_equal(told[1], states[1].people.body.boxes)

    def test_it_may_be_switched_off(self):
        stage = self.stage()
        tracker = stage.tracker(watches_camera=True, motion={"camera": False})
        assert tracker.camera is None
        states, _ = run(stage, tracker, 0.12)
        assert [state.view for state in states] == [None] * 3

    def test_a_cut_is_a_key_frame(self):
        stage = self.stage(cuts=(0.2,))
        _, shown = run(stage, stage.tracker(watches_camera=True), 0.4)
        assert [frame.index for frame in shown if frame.is_keyframe] == [0, 5]


def test_a_person_who_is_hardly_in_the_image_is_not_estimated():
    def leaving(time):
        return (600 + 200 * time, 180, 160)

    for share, fewer in ((0.1, False), (0.5, True)):
        stage = Stage([Person(leaving, RED)])
        stage.run(0.4, propagation={"min_visible": share})
        assert (stage.boxes_seen < 8) is fewer


def test_images_whose_times_go_back_stand_still():
    stage = two_people(times=[0, 0.04, 0.08, 0.06, 0.10])
    states, shown = run(stage, stage.tracker(), 1)
    assert [frame.ids.tolist() for frame in shown] == [[1, 2]] * 5
    ages = [state.people.body.ages[0] for state in states]
    assert ages == pytest.approx([0, 0.04, 0.08, 0.08, 0.12])


def test_before_the_time_of_a_target_nothing_is_done():
    stage = two_people()
    whole = stage.tracker()
    tracker = PoseTracker(whole.detector, whole.estimator, target=Target.at(150, 180, time=0.2))
    states, shown = run(stage, tracker, 0.4)
    assert [len(frame) for frame in shown] == [0] * 5 + [1] * 5
    assert [frame.is_keyframe for frame in shown][:6] == [False] * 5 + [True]
    assert [state.time for state in states[:2]] == [0, 0.04]
    ids = [state.people.identity.ids[state.people.identity.is_target] for state in states]
    assert [found.tolist() for found in ids] == [[]] * 5 + [[1]] * 5
    assert stage.pose_calls == 6


def test_a_person_in_other_colours_found_where_another_was_lost_is_another_person():
    def first(time):
        return (300, 180, 160) if time < 0.5 else None

    def second(time):
        return (305, 180, 160) if time >= 0.98 else None

    stage = Stage([Person(first, RED), Person(second, BLUE)])
    seen = stage.run(1.4, reidentification={"reacquire_time": 0.6})
    assert [seen.identities_of(i) for i in (0, 1)] == [[1], [2]]
