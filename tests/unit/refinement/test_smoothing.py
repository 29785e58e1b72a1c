from dataclasses import replace

import numpy as np
import pytest
from walkers import HEIGHT, frame, line

from lighttrack.refinement import Smoother, smooth
from lighttrack.structures import Poses, TrackedFrame, TrackedVideo, TrackState, VideoInfo
from lighttrack.structures.skeletons import COCO_17, POSETRACK_15


def jittery(true, seed=0, by=1.5):
    """The same frames with noise of so many pixels on keypoints and boxes."""
    random = np.random.default_rng(seed)
    return [
        replace(
            each,
            poses=replace(
                each.poses,
                keypoints=each.poses.keypoints + random.normal(0, by, each.poses.keypoints.shape),
            ),
            boxes=each.boxes + random.normal(0, by, each.boxes.shape),
        )
        for each in true
    ]


def walk(count=100, fps=25.0, speed=0.0, **options):
    path = line(200.0, speed=speed)
    return [frame(i, i / fps, {1: path(i / fps)}, **options) for i in range(count)]


def keypoints(frames):
    return np.stack([each.poses.keypoints[0] for each in frames])


def jitter(frames):
    """Mean length of the second difference, in pixels."""
    return np.linalg.norm(np.diff(keypoints(frames), 2, axis=0), axis=-1).mean()


def error(frames, true):
    return np.linalg.norm(keypoints(frames) - keypoints(true), axis=-1).mean()


def scaled(frames, by):
    return [
        replace(
            each,
            poses=replace(each.poses, keypoints=each.poses.keypoints * by),
            boxes=each.boxes * by,
        )
        for each in frames
    ]


def without(one, keypoint):
    """The frame without one keypoint of each person."""
    points, scores = one.poses.keypoints.copy(), one.poses.scores.copy()
    points[:, keypoint], scores[:, keypoint] = np.nan, 0
    return replace(one, poses=replace(one.poses, keypoints=points, scores=scores))


def test_jitter_of_a_person_at_rest_falls_to_a_quarter():
    true = walk()
    raw = jittery(true)
    smooth = list(Smoother().smooth(raw))
    assert jitter(smooth) < jitter(raw) / 4
    assert error(smooth[10:], true[10:]) < error(raw[10:], true[10:]) / 2


def test_a_person_who_runs_is_shown_at_most_two_hundredths_of_their_size_late():
    true = walk(speed=4 * HEIGHT)
    late = keypoints(true)[50:, :, 0] - keypoints(list(Smoother().smooth(true)))[50:, :, 0]
    assert 0 < late.mean() < 1 / (2 * np.pi * 8) * HEIGHT


def test_boxes_go_with_their_keypoints():
    true = walk(speed=HEIGHT)
    [*_, last] = Smoother().smooth(true)
    np.testing.assert_allclose(last.boxes[0, :2], last.poses.keypoints[0, 0], atol=1e-3)
    np.testing.assert_allclose(last.boxes[0, 2:], last.poses.keypoints[0, 1], atol=1e-3)


def test_the_resolution_makes_no_difference():
    raw = jittery(walk(speed=50.0))
    small, large = Smoother().smooth(raw), Smoother().smooth(scaled(raw, 4))
    np.testing.assert_allclose(keypoints(small) * 4, keypoints(large), rtol=1e-4)


def test_time_is_that_of_the_frames():
    """Lateness is that of the filter's time constant whether 50 frames or 12.5 come in a second."""
    for fps in (50.0, 12.5):
        true = walk(count=int(8 * fps), fps=fps, speed=HEIGHT)
        [*_, last] = Smoother(beta=1.0).smooth(true)
        late = true[-1].poses.keypoints - last.poses.keypoints
        # One size per second: the cutoff is 1 Hz + 1 Hz.
        assert late[0, :, 0] == pytest.approx(HEIGHT / (2 * np.pi * 2), rel=0.01)


def test_frames_that_come_irregularly_are_weighted_by_their_times():
    path = line(200.0, speed=HEIGHT)
    random = np.random.default_rng(1)
    times = np.cumsum(random.uniform(0.01, 0.12, 80))
    true = [frame(i, t, {1: path(t)}) for i, t in enumerate(times.tolist())]
    late = keypoints(true)[30:, 0, 0] - keypoints(list(Smoother().smooth(true)))[30:, 0, 0]
    assert 0 < late.min() < late.max() < 0.03 * HEIGHT


def test_what_is_missing_stays_missing_and_only_that_starts_again():
    frames = jittery(walk(count=40))
    gap = range(20, 30)  # 0.4 s
    frames = [without(each, 5) if each.index in gap else each for each in frames]
    smooth = list(Smoother().smooth(frames))
    assert all(np.isnan(smooth[i].poses.keypoints[0, 5]).all() for i in gap)
    assert all(smooth[i].poses.scores[0, 5] == 0 for i in gap)
    assert np.isfinite(smooth[25].poses.keypoints[0, 4]).all()
    back, raw = smooth[30].poses.keypoints[0], frames[30].poses.keypoints[0]
    np.testing.assert_array_equal(back[5], raw[5])
    assert (back[4] != raw[4]).all()


def test_a_keypoint_that_blinks_is_smoothed_across_the_blink():
    frames = jittery(walk(count=40))
    frames[20] = without(frames[20], 5)
    smooth = list(Smoother().smooth(frames))
    assert np.isnan(smooth[20].poses.keypoints[0, 5]).all()
    back, raw = smooth[21].poses.keypoints[0], frames[21].poses.keypoints[0]
    assert (back[5] != raw[5]).all()
    np.testing.assert_allclose(back[5], raw[5], atol=10)


def test_a_keypoint_that_blinks_while_it_moves_keeps_its_velocity():
    """Its way over the blink is that of a straight line, as if it had been seen all the time."""
    frames = walk(count=40, speed=200.0)
    blinking = frames.copy()
    blinking[20] = without(frames[20], 5)
    always, blinked = (list(Smoother().smooth(each)) for each in (frames, blinking))
    for i in (21, 22, 39):
        np.testing.assert_allclose(
            blinked[i].poses.keypoints[0, 5], always[i].poses.keypoints[0, 5], atol=0.5
        )


def test_a_person_who_was_away_starts_again():
    frames = jittery(walk(count=40))
    no_people = Poses.empty(COCO_17)
    for i in range(20, 30):
        frames[i] = TrackedFrame(i, i / 25, [], no_people, no_people.boxes, False, [])
    smooth = list(Smoother().smooth(frames))
    np.testing.assert_array_equal(smooth[30].poses.keypoints, frames[30].poses.keypoints)
    np.testing.assert_array_equal(smooth[30].boxes, frames[30].boxes)


def test_a_person_who_is_reidentified_or_new_starts_again():
    frames = jittery(walk(count=10))
    frames[5] = replace(frames[5], states=[TrackState.REIDENTIFIED])
    frames[8] = replace(frames[8], ids=[2])
    smooth = list(Smoother().smooth(frames))
    for begin in (0, 5, 8):
        np.testing.assert_array_equal(smooth[begin].poses.keypoints, frames[begin].poses.keypoints)
        assert (smooth[begin + 1].poses.keypoints != frames[begin + 1].poses.keypoints).all()


def test_people_who_change_their_order_keep_their_own_past():
    def pair(i, ids):
        return frame(i, i / 25, {j: (200.0 + 400 * j, 300.0 + (i % 2)) for j in ids})

    orders = [(1, 2), (2, 1), (1, 2, 3), (3, 2, 1)]
    together = list(Smoother().smooth(pair(i, ids) for i, ids in enumerate(orders)))
    for identity in (1, 2):
        alone = list(Smoother().smooth(pair(i, (identity,)) for i in range(len(orders))))
        for one, all_ in zip(alone, together, strict=True):
            row = all_.ids.tolist().index(identity)
            np.testing.assert_array_equal(all_.poses.keypoints[row], one.poses.keypoints[0])


def test_all_but_keypoints_and_boxes_stays():
    raw = jittery(walk(count=5))
    for before, after in zip(raw, Smoother().smooth(raw), strict=True):
        assert (before.index, before.time, before.is_keyframe) == (
            after.index, after.time, after.is_keyframe,
        )  # fmt: skip
        for name in ("scores", "boxes", "person_scores"):
            np.testing.assert_array_equal(getattr(before.poses, name), getattr(after.poses, name))
        assert after.ids.tolist() == before.ids.tolist()


def test_a_state_is_a_value():
    first, second, other = jittery(walk(count=3))
    smoother = Smoother()
    state, _ = smoother.step(smoother.start(COCO_17), first)
    _, once = smoother.step(state, second)
    smoother.step(state, other)
    _, again = smoother.step(state, second)
    np.testing.assert_array_equal(once.poses.keypoints, again.poses.keypoints)


def test_the_absent_are_forgotten():
    smoother = Smoother()
    state = smoother.start(COCO_17)
    for i in range(50):
        state, _ = smoother.step(state, frame(i, i / 25, {i: (300.0, 300.0)}))
    assert len(state.ids) <= 1 + smoother.max_gap * 25 + 1


def test_a_state_of_another_skeleton_is_refused():
    smoother = Smoother()
    with pytest.raises(ValueError, match="15 keypoints, the frame's have 17"):
        smoother.step(smoother.start(POSETRACK_15), frame(0, 0.0, {}))


def test_a_whole_result_is_smoothed_as_its_frames_are_and_says_how():
    raw = jittery(walk(count=20))
    video = TrackedVideo(VideoInfo("clip", 640, 480, 25.0), COCO_17, raw, {"command": "track"})
    smoothed = smooth(video, beta=4.0)
    for one, other in zip(smoothed.frames, Smoother(beta=4.0).smooth(raw), strict=True):
        np.testing.assert_array_equal(one.poses.keypoints, other.poses.keypoints)
    [change] = smoothed.provenance["changes"]
    assert change == {"operation": "smooth", **Smoother(beta=4.0).settings()}
    assert smoothed.provenance["command"] == "track"
    assert video.frames is raw
    assert "changes" not in video.provenance
    assert len(smooth(TrackedVideo(video.info, COCO_17, [])).frames) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_cutoff": 0.0}, "min_cutoff must be above 0 Hz, got 0.0"),
        ({"velocity_cutoff": float("nan")}, "velocity_cutoff must be above 0 Hz"),
        ({"beta": -1.0}, "beta must be 0 or more, got -1.0"),
        ({"max_gap": -1.0}, "max_gap must be 0 or more"),
    ],
)
def test_settings_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Smoother(**options)
