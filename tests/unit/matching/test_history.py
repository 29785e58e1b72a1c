import numpy as np
import pytest
from bodies import ARMS_UP, STANDING

from lighttrack.matching import HistoryMatcher
from lighttrack.matching.matcher import choose_moments
from lighttrack.structures import Poses
from lighttrack.structures.protocols import PoseDistance
from lighttrack.structures.skeletons import COCO_17

_GONE = np.full_like(STANDING, np.nan)


def _poses(*points):
    keypoints = np.stack(points)
    n = len(keypoints)
    return Poses(COCO_17, keypoints, np.isfinite(keypoints[..., 0]), np.zeros((n, 4)), np.ones(n))


@pytest.fixture(scope="module")
def matcher():
    return HistoryMatcher()


def test_without_a_history_it_compares_poses(matcher):
    assert isinstance(matcher, PoseDistance)
    distances = matcher.distances(_poses(STANDING, ARMS_UP), _poses(STANDING * 2, ARMS_UP + 9))
    assert distances.argmin(axis=1).tolist() == [0, 1]


def test_for_a_person_at_rest_the_same_pose_is_predicted(matcher):
    history = [_poses(STANDING, ARMS_UP)] * 5
    ages = np.float32([0, 1, 2, 4, 8]) / 30
    expected = matcher.expect(history, ages=ages, seconds=0.2)
    assert expected.shape == matcher.embed(history[0]).shape
    distances = matcher.compare(expected, matcher.embed(history[0]))
    assert distances.argmin(axis=1).tolist() == [0, 1]
    assert (np.diag(distances) < matcher.threshold).all()


def test_the_prediction_depends_on_the_motion_and_on_the_time(matcher):
    still = [_poses(STANDING)] * 3
    rising = [_poses(STANDING + part * (STANDING - ARMS_UP)) for part in (0.0, 0.05, 0.1)]
    ages = [0, 1 / 30, 2 / 30]
    one, other = (matcher.expect(history, ages=ages, seconds=0.3) for history in (still, rising))
    assert matcher.compare(one, other)[0, 0] > 0.02
    soon = matcher.expect(rising, ages=ages, seconds=1 / 30)
    assert matcher.compare(other, soon)[0, 0] > 0.005


def test_a_history_may_be_short_and_have_holes(matcher):
    pose = _poses(STANDING, ARMS_UP)
    assert np.isfinite(matcher.expect([pose], ages=[0], seconds=0.1)).all()
    holes = [pose, _poses(_GONE, ARMS_UP)]
    assert np.isfinite(matcher.expect(holes, ages=[0, 1 / 30], seconds=0.1)).all()


def test_without_a_newest_pose_nothing_is_predicted(matcher):
    expected = matcher.expect([_poses(_GONE, ARMS_UP)], ages=[0], seconds=0.1)
    assert np.isnan(expected[0, : matcher.dimensions]).all()
    assert np.isinf(matcher.compare(expected, matcher.embed(_poses(STANDING)))[0]).all()


def test_poses_without_common_keypoints_are_not_compared(matcher):
    upper, lower = STANDING.copy(), STANDING.copy()
    upper[11:] = np.nan
    lower[:11] = np.nan
    expected = matcher.expect([_poses(upper)], ages=[0], seconds=0.1)
    distances = matcher.compare(expected, matcher.embed(_poses(lower, STANDING)))[0]
    assert np.isinf(distances[0])
    assert np.isfinite(distances[1])


def test_missing_keypoints_of_a_later_pose_do_not_change_the_match(matcher):
    # Either has lost another third, and what is left of both is alike but for a little noise.
    rng = np.random.default_rng(0)
    known, seen = (STANDING + rng.normal(0, 2, STANDING.shape) for _ in range(2))
    known[[7, 9, 13, 15]] = np.nan
    seen[[8, 10, 11, 14, 16]] = np.nan
    expected = matcher.expect([_poses(known)], ages=[0], seconds=1 / 30)
    distances = matcher.compare(expected, matcher.embed(_poses(seen, ARMS_UP)))[0]
    likely = matcher.probabilities(distances, seconds=1 / 30)
    assert likely[0] > 0.5 > likely[1]


def test_a_history_needs_an_age_for_each_pose(matcher):
    with pytest.raises(ValueError, match="got 1 poses and 2 ages"):
        matcher.expect([_poses(STANDING)], ages=[0, 1], seconds=0.1)


def test_people_lost_at_different_times_are_predicted_together(matcher):
    first, second = (_poses(STANDING + 3 * step, ARMS_UP - 2 * step) for step in (0, 1))
    both = matcher.expect(
        [first, second], ages=np.float32([[0, 0.033], [0, 0.1]]), seconds=np.float32([0.2, 0.4])
    )
    for row, (age, seconds) in enumerate(((0.033, 0.2), (0.1, 0.4))):
        alone = matcher.expect([first, second], ages=[0, age], seconds=seconds)
        np.testing.assert_allclose(both[row], alone[row], atol=1e-5)


def test_moments_of_a_slow_video_are_used_once():
    # Seven frames a second: the second pose serves for an age of four frames, none for one or two.
    ages = np.float32([0, 30 / 7, 60 / 7])
    assert choose_moments(ages).tolist() == [0, -1, -1, 1, 2]


def test_weights_without_histories_are_refused():
    from lighttrack.matching.matcher import SHIPPED

    matcher = HistoryMatcher(SHIPPED / "pose.safetensors")
    with pytest.raises(ValueError, match="these weights hold no network for histories"):
        matcher.expect([_poses(STANDING)], ages=[0], seconds=0.1)
