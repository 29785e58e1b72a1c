import numpy as np

from lighttrack.matching import AnybodyMatcher
from lighttrack.structures import Poses
from lighttrack.structures.skeletons import COCO_17


def test_every_pair_is_one_person_whatever_the_poses():
    matcher = AnybodyMatcher()
    three, two = (
        Poses(COCO_17, np.full((n, 17, 2), np.nan), np.zeros((n, 17)), np.zeros((n, 4)), np.ones(n))
        for n in (3, 2)
    )
    distances = matcher.distances(three, two)
    assert distances.shape == (3, 2)
    assert (distances < matcher.threshold).all()
