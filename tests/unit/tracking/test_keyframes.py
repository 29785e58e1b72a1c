import pytest

from lighttrack.tracking.config import Keyframes, TrackerConfig
from lighttrack.tracking.keyframes import (
    KeyframeClock,
    is_called_for,
    is_overdue,
    is_scheduled,
    is_spread,
)


def paper(**changes):
    return TrackerConfig.paper().changed({"keyframes": changes}).keyframes


def keyframes(config, frames, lost_at=(), fps=25.0):
    """The key frames of a video in which a person is lost at some frames."""
    found, clock = [], KeyframeClock()
    for index in range(frames):
        clock = clock.tick()
        scheduled = is_scheduled(clock, index / fps, config)
        is_keyframe = scheduled or is_called_for(clock, config, tracked=True, lost=index in lost_at)
        scheduled |= is_keyframe and is_overdue(clock, config)
        clock = clock.after(index / fps, is_keyframe=is_keyframe, is_scheduled=scheduled)
        found += [index] * is_keyframe
    return found


def test_the_clock_counts_the_frames_since_the_last_key_frame_and_the_last_scheduled_one():
    clock = KeyframeClock()
    assert clock.tick() == clock
    clock = clock.after(1.5, is_keyframe=False, is_scheduled=False)
    assert clock == KeyframeClock(None, None, None)
    clock = clock.after(2.0, is_keyframe=True, is_scheduled=True)
    assert clock == KeyframeClock(0, 2.0, 0)
    clock = clock.tick().tick().after(2.5, is_keyframe=False, is_scheduled=False)
    assert clock == KeyframeClock(2, 2.0, 2)
    clock = clock.after(3.0, is_keyframe=True, is_scheduled=False)
    assert clock == KeyframeClock(0, 3.0, 2)
    assert clock.tick().after(4.0, is_keyframe=True, is_scheduled=True) == KeyframeClock(0, 4.0, 0)


def test_fixed_intervals_take_no_notice_of_lost_people():
    assert keyframes(Keyframes(mode="fixed", interval=8), 20, lost_at=(3, 4, 5)) == [0, 8, 16]


def test_adaptive_intervals_come_only_with_lost_people():
    config = Keyframes(mode="adaptive", interval=8, min_gap=0)
    assert keyframes(config, 60, lost_at=(3, 4, 50)) == [0, 3, 4, 50]


def test_after_a_lost_person_the_interval_begins_again():
    assert keyframes(Keyframes(interval=8), 20, lost_at=(4,)) == [0, 4, 12]


def test_as_published_a_lost_person_does_not_put_off_the_schedule():
    assert keyframes(paper(interval=8), 20, lost_at=(4, 10)) == [0, 4, 8, 10, 16]


def test_a_key_frame_counts_as_scheduled_once_the_interval_has_passed():
    config = Keyframes(interval=8)
    assert not is_overdue(KeyframeClock(3, 0.1, 7), config)
    assert is_overdue(KeyframeClock(3, 0.1, 8), config)
    assert is_overdue(KeyframeClock(), config)
    assert is_overdue(KeyframeClock(3, 0.1, 3), Keyframes(mode="adaptive", interval=8))


def test_a_crowd_where_a_person_is_always_hidden_keeps_the_detector_within_its_budget():
    assert keyframes(Keyframes(interval=10), 21, lost_at=range(100)) == [0, 5, 10, 15, 20]
    assert keyframes(Keyframes(interval=7), 9, lost_at=range(100)) == [0, 4, 8]  # rounded up
    assert keyframes(paper(interval=7), 5, lost_at=range(100)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("mode", ["fixed", "adaptive", "both"])
def test_with_no_person_to_follow_every_image_is_searched_within_the_least_gap(mode):
    config = Keyframes(interval=8, min_gap=0, mode=mode)
    assert is_called_for(KeyframeClock(1, 0.0, 1), config, tracked=False, lost=False)
    assert not is_called_for(KeyframeClock(1, 0.0, 1), config, tracked=True, lost=False)
    config = Keyframes(interval=8, min_gap=0.5, mode=mode)
    called = [
        is_called_for(KeyframeClock(n, 0.0, n), config, tracked=False, lost=False) for n in (3, 4)
    ]
    assert called == [False, True]


def test_pure_fki_does_not_search_while_no_person_is_tracked():
    pure = Keyframes(interval=8, mode="fixed", min_gap=0, search_when_empty=False)
    assert not is_called_for(KeyframeClock(7, 0.0, 7), pure, tracked=False, lost=True)
    assert is_scheduled(KeyframeClock(8, 0.0, 8), 0.3, pure)
    adaptive = Keyframes(interval=8, mode="adaptive", min_gap=0, search_when_empty=False)
    assert is_called_for(KeyframeClock(7, 0.0, 7), adaptive, tracked=False, lost=True)


@pytest.mark.parametrize(
    ("fps", "found"),
    [
        (25, [0, 10, 20, 30]),
        (10, [0, 10, 20, 30]),
        (8, [0, 9, 18, 27]),  # the first frames more than a second apart
        (2, [0, 5, 10, 15, 20, 25, 30]),  # within the least gap
    ],
)
def test_at_few_frames_a_second_no_person_comes_unnoticed_for_more_than_a_second(fps, found):
    assert keyframes(Keyframes(interval=10), 33, fps=fps) == found


def test_exactly_the_longest_time_is_not_yet_too_long():
    config = Keyframes(interval=10, max_seconds=1.0)
    assert not is_scheduled(KeyframeClock(6, 2.0, 6), 3.0, config)
    assert is_scheduled(KeyframeClock(6, 2.0, 6), 3.01, config)


@pytest.mark.parametrize(
    "config", [Keyframes(max_seconds=0), Keyframes(mode="fixed"), paper(interval=10)]
)
def test_fixed_intervals_and_the_paper_count_frames_alone(config):
    assert keyframes(config, 33, fps=2) == [0, 10, 20, 30]


def test_adaptive_intervals_know_no_longest_time():
    assert keyframes(Keyframes(mode="adaptive"), 33, fps=2) == [0]


def test_the_first_frame_is_a_key_frame_in_every_mode():
    for mode in ("fixed", "adaptive", "both"):
        assert is_scheduled(KeyframeClock(), 3.0, Keyframes(mode=mode))
    lost = {"tracked": True, "lost": True}
    assert is_called_for(KeyframeClock(), Keyframes(mode="adaptive"), **lost)
    assert not is_called_for(KeyframeClock(), Keyframes(mode="fixed"), **lost)


def test_a_call_over_tiles_is_spread_where_people_are_kept_between_key_frames():
    assert is_spread(Keyframes(mode="both"))
    assert is_spread(Keyframes(mode="fixed"))
    assert not is_spread(Keyframes(mode="adaptive"))
    assert not is_spread(Keyframes(detect_first=True))
