"""Skeletons: which keypoints a pose has, and how one skeleton is read as another, by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from lighttrack.structures.types import AnyArray, Floats


@dataclass(frozen=True, slots=True, eq=False)
class Skeleton:
    """The definition of a pose: names, edges, left-right pairs and tolerances of its keypoints.

    A skeleton travels with every `Poses` and is never guessed from the number of keypoints.
    """

    name: str
    keypoints: tuple[str, ...]
    """K names, in the order of the arrays."""

    edges: tuple[tuple[int, int], ...]
    """Pairs of indices into `keypoints` that a limb joins."""

    mirror: tuple[int, ...]
    """For each keypoint the index of its counterpart on the other side of the body."""

    sigmas: tuple[float, ...]
    """Standard deviation of annotators, in units of the square root of the person's area (OKS)."""

    index: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for part in ("mirror", "sigmas"):
            if len(getattr(self, part)) != len(self.keypoints):
                raise ValueError(
                    f"skeleton {self.name!r}: {part} has {len(getattr(self, part))} entries "
                    f"for {len(self.keypoints)} keypoints"
                )
        object.__setattr__(self, "index", {name: i for i, name in enumerate(self.keypoints)})

    def __len__(self) -> int:
        return len(self.keypoints)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Skeleton):
            return NotImplemented
        return self is other or (self.name, self.keypoints) == (other.name, other.keypoints)

    def __hash__(self) -> int:
        return hash((self.name, self.keypoints))


# COCO's published tolerances (cocodataset.org, keypoint evaluation); keypoints that COCO does not
# have take the tolerance of their nearest relative.
_SIGMAS = {
    "nose": 0.026, "eye": 0.025, "eye_inner": 0.025, "eye_outer": 0.025, "ear": 0.035,
    "mouth": 0.035, "shoulder": 0.079, "elbow": 0.072, "wrist": 0.062, "hip": 0.107,
    "knee": 0.087, "ankle": 0.089, "neck": 0.079, "head_bottom": 0.079, "head_top": 0.079,
    "mid_hip": 0.107, "heel": 0.089, "foot_index": 0.089, "small_toe": 0.089, "pinky": 0.062,
    "index": 0.062, "thumb": 0.062,
}  # fmt: skip


def _side_swapped(name: str) -> str:
    if name.startswith("left_"):
        return "right_" + name.removeprefix("left_")
    if name.startswith("right_"):
        return "left_" + name.removeprefix("right_")
    return name


def _part(name: str) -> str:
    return name.removeprefix("left_").removeprefix("right_")


def make_skeleton(
    name: str, keypoints: Sequence[str], edges: Sequence[tuple[str, str]]
) -> Skeleton:
    """A skeleton from names alone: `left_` and `right_` give the mirror, the part the tolerance.

    Raises:
        ValueError: if an edge names a keypoint that is not there, or a part is unknown.

    Example:
        >>> arm = make_skeleton("arm", ["left_elbow", "left_wrist"], [("left_elbow", "left_wrist")])
        >>> arm.edges
        ((0, 1),)
    """
    index = {keypoint: i for i, keypoint in enumerate(keypoints)}
    for edge in edges:
        for end in edge:
            if end not in index:
                raise ValueError(f"skeleton {name!r}: edge {edge} names {end!r}, not a keypoint")
    unknown = sorted({_part(keypoint) for keypoint in keypoints} - set(_SIGMAS))
    if unknown:
        raise ValueError(f"skeleton {name!r}: unknown parts {unknown}; known: {sorted(_SIGMAS)}")
    return Skeleton(
        name=name,
        keypoints=tuple(keypoints),
        edges=tuple((index[a], index[b]) for a, b in edges),
        mirror=tuple(index.get(_side_swapped(keypoint), i) for i, keypoint in enumerate(keypoints)),
        sigmas=tuple(_SIGMAS[_part(keypoint)] for keypoint in keypoints),
    )


def _both_sides(*edges: tuple[str, str]) -> list[tuple[str, str]]:
    return [(f"{side}_{a}", f"{side}_{b}") for side in ("left", "right") for a, b in edges]


_LIMBS = _both_sides(
    ("shoulder", "elbow"), ("elbow", "wrist"), ("shoulder", "hip"), ("hip", "knee"),
    ("knee", "ankle"),
)  # fmt: skip
_TORSO = [("left_shoulder", "right_shoulder"), ("left_hip", "right_hip")]
_FACE = [*(("nose", f"{side}_eye") for side in ("left", "right")), *_both_sides(("eye", "ear"))]
_BODY_12 = [f"{side}_{part}" for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
            for side in ("left", "right")]  # fmt: skip
_NECK = [
    ("head_top", "head_bottom"),
    ("head_bottom", "left_shoulder"),
    ("head_bottom", "right_shoulder"),
]

COCO_17 = make_skeleton(
    "coco-17",
    ["nose", "left_eye", "right_eye", "left_ear", "right_ear", *_BODY_12],
    [*_FACE, *_TORSO, *_LIMBS],
)

POSETRACK_15 = make_skeleton(
    "posetrack-15",
    ["nose", "head_bottom", "head_top", *_BODY_12],
    [("nose", "head_bottom"), *_NECK, ("left_hip", "right_hip"), *_LIMBS],
)

POSETRACK_17 = make_skeleton(
    "posetrack-17",
    ["nose", "head_bottom", "head_top", "left_ear", "right_ear", *_BODY_12],
    [("nose", "head_bottom"), *_NECK, ("left_hip", "right_hip"), *_LIMBS],
)
"""The 17 columns of PoseTrack18 and PoseTrack21 files; the ears are never annotated."""

POSETRACK_14 = make_skeleton(
    "posetrack-14",
    ["head_bottom", "head_top", *_BODY_12],
    [*_NECK, ("left_hip", "right_hip"), *_LIMBS],
)

BLAZEPOSE_33 = make_skeleton(
    "blazepose-33",
    [
        "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye",
        "right_eye_outer", "left_ear", "right_ear", "left_mouth", "right_mouth", "left_shoulder",
        "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_pinky",
        "right_pinky", "left_index", "right_index", "left_thumb", "right_thumb", "left_hip",
        "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle", "left_heel",
        "right_heel", "left_foot_index", "right_foot_index",
    ],
    [
        ("left_mouth", "right_mouth"), *_TORSO, *_LIMBS,
        *_both_sides(
            ("eye_inner", "eye"), ("eye", "eye_outer"), ("eye_outer", "ear"), ("wrist", "pinky"),
            ("wrist", "index"), ("wrist", "thumb"), ("ankle", "heel"), ("heel", "foot_index"),
        ),
        ("nose", "left_eye_inner"), ("nose", "right_eye_inner"),
    ],
)  # fmt: skip

OPENPOSE_25 = make_skeleton(
    "openpose-25",
    [
        "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder",
        "left_elbow", "left_wrist", "mid_hip", "right_hip", "right_knee", "right_ankle",
        "left_hip", "left_knee", "left_ankle", "right_eye", "left_eye", "right_ear", "left_ear",
        "left_foot_index", "left_small_toe", "left_heel", "right_foot_index", "right_small_toe",
        "right_heel",
    ],
    [
        *_FACE, ("nose", "neck"), ("neck", "mid_hip"),
        *_both_sides(
            ("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"),
            ("ankle", "foot_index"), ("foot_index", "small_toe"), ("ankle", "heel"),
        ),
        ("neck", "left_shoulder"), ("neck", "right_shoulder"), ("mid_hip", "left_hip"),
        ("mid_hip", "right_hip"),
    ],
)  # fmt: skip
"""OpenPose's BODY_25; its "big toe" is the foot index of other skeletons."""

HALPE_26 = make_skeleton(
    "halpe-26",
    [
        "nose", "left_eye", "right_eye", "left_ear", "right_ear", *_BODY_12, "head_top", "neck",
        "mid_hip", "left_foot_index", "right_foot_index", "left_small_toe", "right_small_toe",
        "left_heel", "right_heel",
    ],
    [
        *_FACE, ("head_top", "neck"), ("neck", "mid_hip"),
        *_both_sides(
            ("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"),
            ("ankle", "foot_index"), ("foot_index", "small_toe"), ("ankle", "heel"),
        ),
        ("neck", "left_shoulder"), ("neck", "right_shoulder"), ("mid_hip", "left_hip"),
        ("mid_hip", "right_hip"),
    ],
)  # fmt: skip
"""Halpe's 26 body keypoints, in its order: COCO's, then head, neck, hip and the feet. Its "head" is
the top of the head, its "hip" the middle of the hips, its "big toe" the foot index."""

SKELETONS: Mapping[str, Skeleton] = {
    skeleton.name: skeleton
    for skeleton in (
        COCO_17, POSETRACK_15, POSETRACK_17, POSETRACK_14, BLAZEPOSE_33, OPENPOSE_25, HALPE_26,
    )
}  # fmt: skip

# Keypoints that one skeleton has and another lacks, as weighted sums of those it has.
# Neck and lower end of the head: half-way between the shoulders, as the original LightTrack code
# reads COCO's annotations. Top of the head: the nose mirrors the neck, also from there.
_SHOULDERS = {"left_shoulder": 0.5, "right_shoulder": 0.5}
_DERIVED: Mapping[str, Mapping[str, float]] = {
    "neck": _SHOULDERS,
    "head_bottom": _SHOULDERS,
    "head_top": {"nose": 2.0, "left_shoulder": -0.5, "right_shoulder": -0.5},
    "mid_hip": {"left_hip": 0.5, "right_hip": 0.5},
}

SYNONYMS: Mapping[str, str] = {"neck": "head_bottom", "head_bottom": "neck"}
"""Two names of one place: PoseTrack's lower end of the head is other data sets' neck."""


@lru_cache(maxsize=64)
def mapping(source: Skeleton, target: Skeleton) -> Floats:
    """Weights `(K_target, K_source)` that read poses of `source` as poses of `target`.

    A keypoint is taken by name; neck, top of the head and middle of the hips are derived from
    others when they lack a namesake; a row of zeros stands for a keypoint that cannot be known.

    Example:
        >>> mapping(COCO_17, POSETRACK_15).shape
        (15, 17)
    """
    weights = np.zeros((len(target), len(source)), np.float32)
    for row, name in enumerate(target.keypoints):
        namesake = name if name in source.index else SYNONYMS.get(name, name)
        recipe: Mapping[str, float] = (
            {namesake: 1.0} if namesake in source.index else _DERIVED.get(name, {})
        )
        if all(part in source.index for part in recipe):
            for part, weight in recipe.items():
                weights[row, source.index[part]] = weight
    weights.flags.writeable = False
    return weights


def skeleton_named(name: str) -> Skeleton:
    """The built-in skeleton of that name.

    Raises:
        ValueError: naming the skeletons that exist.
    """
    try:
        return SKELETONS[name]
    except KeyError:
        raise ValueError(f"unknown skeleton {name!r}; known: {', '.join(SKELETONS)}") from None


def sigmas_of(skeleton: Skeleton) -> AnyArray:
    """The skeleton's tolerances as an array `(K,)`."""
    return np.asarray(skeleton.sigmas, np.float32)


_SWING = {
    "elbow": 0.4,
    "knee": 0.4,
    **dict.fromkeys(("wrist", "pinky", "index", "thumb"), 0.1),
    **dict.fromkeys(("ankle", "heel", "foot_index", "small_toe"), 0.1),
}
"""Weights of keypoints that swing with each step when the motion of the body is estimated from
them; 1 for all others."""

LEAST_WEIGHT = min(_SWING.values())
"""The smallest of `motion_weights`."""


@lru_cache(maxsize=16)
def motion_weights(skeleton: Skeleton) -> AnyArray:
    """Weights `(K,)` of the keypoints when the motion of the body is estimated from theirs."""
    parts = [name.removeprefix("left_").removeprefix("right_") for name in skeleton.keypoints]
    return np.array([_SWING.get(part, 1.0) for part in parts], np.float32)
