"""PoseTrack's JSON: the 2017 layout (`annolist`), and that of 2018 and 2021 (`images`).

One reader serves both uses: `read_sequence` gives the annotations as the benchmark scores them,
with everything that is wrong with the file; `read` makes a `TrackedVideo` of the same.
"""

from lighttrack.formats.posetrack.annotations import JOINTS, AnnotatedFrame, People, SequenceFile
from lighttrack.formats.posetrack.reader import read, read_sequence
from lighttrack.formats.posetrack.writer import SUFFIX, PoseTrackWriter
from lighttrack.formats.posetrack.writer_2017 import SUFFIX_2017, PoseTrack17Writer

__all__ = [
    "JOINTS",
    "SUFFIX",
    "SUFFIX_2017",
    "AnnotatedFrame",
    "People",
    "PoseTrack17Writer",
    "PoseTrackWriter",
    "SequenceFile",
    "read",
    "read_sequence",
]
