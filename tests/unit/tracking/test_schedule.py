import pytest
from lighttrack.tracking.schedule import is_called_for, is_scheduled

from lighttrack.tracking import TrackerConfig


def keyframes(config, frames, lost_at=(), fps=25.0):
    """The key frames of a video in which somebody is lost at some frames."""
    found, scheduled, called = [], None, None
    for index in range(frames):
        since_scheduled = None if scheduled is None else index - scheduled
        since = None if called is None else index - called
        seconds = 0.0 if since is None else since / fps
        if is_scheduled(config, since_scheduled, since, seconds, anybody=True):
            scheduled = called = index
        elif index in lost_at and is_called_for(config, since):
            called = index
            scheduled = index if config.keyframe_restart else scheduled
        if called == index:
            found.append(index)
    return found


def test_fixed_intervals_take_no_notice_of_lost_people():
    config = TrackerConfig(keyframe_mode="fixed", keyframe_interval=8)
    assert keyframes(config, 20, lost_at=(3, 4, 5)) == [0, 8, 16]


def test_adaptive_intervals_come_only_with_lost_people():
    config = TrackerConfig(keyframe_mode="adaptive", keyframe_interval=8, keyframe_gap=0)
    assert keyframes(config, 40, lost_at=(3, 30)) == [0, 3, 30]


def test_in_the_paper_a_lost_person_does_not_put_off_the_schedule():
    config = TrackerConfig.paper(keyframe_interval=8)
    assert keyframes(config, 20, lost_at=(3,)) == [0, 3, 8, 16]


def test_by_default_the_interval_begins_anew():
    config = TrackerConfig(keyframe_interval=8)
    assert keyframes(config, 20, lost_at=(4,)) == [0, 4, 12]


def test_a_crowd_where_somebody_is_always_hidden_keeps_the_detector_within_its_budget():
    config = TrackerConfig(keyframe_interval=10)
    assert keyframes(config, 21, lost_at=range(100)) == [0, 5, 10, 15, 20]


def test_with_nobody_to_follow_every_frame_is_searched_in_the_papers_configuration():
    config = TrackerConfig.paper(keyframe_interval=8)
    assert is_scheduled(config, 1, 1, 0.04, anybody=False)
    assert not is_scheduled(config, 1, 1, 0.04, anybody=True)


@pytest.mark.parametrize(
    ("fps", "found"),
    [
        (25, [0, 10, 20, 30]),
        (10, [0, 10, 20, 30]),
        (7, [0, 8, 16, 24, 32]),  # the first frames more than a second apart
        (2, [0, 5, 10, 15, 20, 25, 30]),  # within the budget
    ],
)
def test_at_few_frames_a_second_nobody_comes_unnoticed_for_more_than_a_second(fps, found):
    assert keyframes(TrackerConfig(keyframe_interval=10), 33, fps=fps) == found


@pytest.mark.parametrize(
    "config",
    [
        TrackerConfig(keyframe_interval=10, keyframe_seconds=0),
        TrackerConfig(keyframe_interval=10, keyframe_mode="fixed"),
        TrackerConfig.paper(keyframe_interval=10),
    ],
)
def test_fixed_intervals_and_the_paper_count_frames_alone(config):
    assert keyframes(config, 33, fps=2) == [0, 10, 20, 30]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"keyframe_interval": 0}, "keyframe_interval must be 1 or more, got 0"),
        ({"keyframe_mode": "often"}, "keyframe_mode must be one of fixed, adaptive, both"),
        ({"max_people": 0}, "max_people must be 1 or more, got 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        TrackerConfig(**change)
