"""The tracker's settings: the default that does best, and the paper's."""

from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Self, get_args

KeyframeMode = Literal["fixed", "adaptive", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerConfig:
    """How people are followed.

    The defaults are what does best; `TrackerConfig.paper()` is the system as published.

    Example:
        >>> TrackerConfig(keyframe_interval=5).keyframe_mode
        'both'
    """

    keyframe_interval: int = 10
    """Frames from one scheduled key frame to the next."""

    keyframe_mode: KeyframeMode = "both"
    """`fixed`: scheduled key frames only (FKI); `adaptive`: when somebody is lost (AKI); `both`."""

    keyframe_gap: float = 0.5
    """Share of the interval that passes before a lost person calls the detector again, so that a
    crowd in which somebody is always hidden does not turn every frame into a key frame."""

    keyframe_seconds: float = 1.0
    """Seconds without a look of the detector after which `both` calls it before its turn, for
    somebody may have come meanwhile. The interval is over sooner at usual frame rates; at few
    frames a second people come and go within it. The gap is kept. 0: never, as in the paper."""

    keyframe_restart: bool = True
    """Whether the interval begins anew at a key frame that a lost person called for. False: key
    frames stay arranged at fixed frames, as in the paper."""

    max_people: int | None = None
    """At most so many people are followed at a time; the best detections win. None: no limit."""

    iou_threshold: float = 0.3
    """τo of eq. (2): overlap from which a detection is the person who was there before."""

    tracked_threshold: float | None = None
    """τs of eq. (1): mean keypoint score above which a person is tracked. None: the estimator's."""

    detection_threshold: float | None = None
    """Score from which a detection may start a new person. None: the detector's own."""

    box: Literal["keypoints", "body"] = "body"
    """`keypoints`: extent of the confident keypoints enlarged by `enlargement`, as in the paper;
    `body`: margins learnt from the person's own detections, hidden keypoints carried along."""

    enlargement: float = 0.2
    """Share of the extent's size added on each side when `box` is `keypoints`."""

    motion: bool = True
    """Whether people are looked for where they will be rather than where they were."""

    camera: bool = True
    """Whether the camera's own motion is estimated and undone, and cuts are noticed."""

    exclusive: bool = True
    """Whether a keypoint that two people claim is given to the one who was heading there."""

    colours: bool = True
    """Whether what people wear, read along their limbs, helps to tell them apart."""

    keep_undetected: bool = True
    """Whether a person whom the detector misses at a key frame, but whom the pose estimator still
    sees confidently, is kept."""

    search: float = 0.6
    """Seconds for which the pose estimator goes on looking for a lost person."""

    memory: float = 5.0
    """Seconds for which a lost person is remembered. 0: until the next key frame, as the paper."""

    confirmation: int = 3
    """Frames in which a newcomer must be tracked before an identity is given; a detection well
    above the threshold confirms at once. 1: always at once, as the paper."""

    patience: int = 2
    """Key frames in a row at which somebody in plain view goes undetected before they are taken for
    a ghost."""

    doubt: bool = True
    """Whether somebody who never moves, and whom the detector doubts, is taken for a ghost."""

    duplicate_oks: float = 0.6
    """Two poses more alike than this are one person seen twice."""

    coast: float = 0.2
    """Seconds for which somebody who is lost inside the picture stays in the output, `lost` and
    without keypoints, at the place where they are expected. 0: they are left out at once."""

    everyone: bool = False
    """Whether those who are lost, at the place where they are expected, and those who are not
    confirmed yet, with the id -1, are in the output too; their states tell them apart."""

    def __post_init__(self) -> None:
        if self.keyframe_interval < 1:
            raise ValueError(f"keyframe_interval must be 1 or more, got {self.keyframe_interval}")
        if self.keyframe_mode not in get_args(KeyframeMode):
            raise ValueError(
                f"keyframe_mode must be one of {', '.join(get_args(KeyframeMode))}, "
                f"got {self.keyframe_mode!r}"
            )
        if self.max_people is not None and self.max_people < 1:
            raise ValueError(f"max_people must be 1 or more, got {self.max_people}")

    @classmethod
    def paper(cls, **changes: Any) -> Self:
        """The system as published: section 3.1, one frame of memory, no motion, boxes of +20 %.

        The paper leaves τo open; 0.3 is the value of its authors' code.
        """
        published = cls(
            keyframe_interval=2,
            keyframe_gap=0.0,
            keyframe_seconds=0.0,
            keyframe_restart=False,
            box="keypoints",
            motion=False,
            camera=False,
            exclusive=False,
            colours=False,
            keep_undetected=False,
            search=0.0,
            memory=0.0,
            confirmation=1,
            patience=1,
            doubt=False,
            coast=0.0,
        )
        return replace(published, **changes)

    def as_dict(self) -> dict[str, Any]:
        """Every setting by name, for a result's provenance."""
        return {part.name: getattr(self, part.name) for part in fields(self)}
