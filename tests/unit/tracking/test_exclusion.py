import numpy as np
from lighttrack.tracking.exclusion import overlapping_pairs, settle_claims, without

from lighttrack.structures import Poses, boxes
from lighttrack.structures.skeletons import COCO_17

RNG = np.random.default_rng(1)
BODY = RNG.uniform(0, 1, (17, 2)).astype(np.float32) * [60, 160]


def settle(seen, expected, belief=None):
    seen, expected = np.stack(seen).astype(np.float32), np.stack(expected).astype(np.float32)
    n = len(seen)
    confident = np.ones((n, 17), bool)
    poses = Poses(
        COCO_17, seen, np.full((n, 17), 0.8), boxes.of_points(seen, confident), np.ones(n)
    )
    belief = np.ones(n, np.float32) if belief is None else np.array(belief, np.float32)
    pairs = overlapping_pairs(poses.boxes)
    return settle_claims(poses, confident, expected, lambda: belief, pairs, 0.6)


def test_people_apart_claim_nothing_of_one_another():
    claims = settle([BODY, BODY + 300], [BODY, BODY + 300])
    assert not claims.duplicates.any()
    assert not claims.stolen.any()


def test_of_two_identities_on_one_body_the_one_expected_there_stays():
    hidden = BODY + np.array([25, 0])
    assert settle([BODY, BODY], [BODY, hidden]).duplicates.tolist() == [False, True]
    assert settle([BODY, BODY], [hidden, BODY]).duplicates.tolist() == [True, False]


def test_if_neither_is_clearly_expected_there_the_older_identity_stays():
    assert settle([BODY, BODY], [BODY, BODY]).duplicates.tolist() == [False, True]


def test_whoever_wears_something_else_is_not_believed():
    claims = settle([BODY, BODY], [BODY, BODY], belief=[0.1, 1.0])
    assert claims.duplicates.tolist() == [True, False]


def test_legs_that_two_people_claim_go_to_the_one_who_was_heading_there():
    legs = [
        COCO_17.index[f"{side}_{part}"] for side in ("left", "right") for part in ("knee", "ankle")
    ]
    other = BODY + np.array([30, 0])
    confused = other.copy()
    confused[legs] = BODY[legs]
    claims = settle([BODY, confused], [BODY, other])
    assert not claims.duplicates.any()
    assert np.nonzero(claims.stolen[1])[0].tolist() == sorted(legs)
    assert not claims.stolen[0].any()


def test_stolen_keypoints_are_missing_from_the_pose():
    poses = Poses(
        COCO_17, BODY[None], np.full((1, 17), 0.8), np.array([[0, 0, 60, 160]]), np.ones(1)
    )
    stolen = np.zeros((1, 17), bool)
    stolen[0, 3] = True
    left = without(poses, stolen)
    assert np.isnan(left.keypoints[0, 3]).all()
    assert left.scores[0, 3] == 0
    assert np.isfinite(left.keypoints[0, 4]).all()
