"""The data sets that experiments and evaluations know: where they are, their licence, their layout.

None of them is fetched by lighttrack: most ask for an agreement first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lighttrack.formats import FormatError
from lighttrack.formats.mot import read_mot, require_one_row_each
from lighttrack.formats.posetrack import read_sequence


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set for all who agree to its terms."""

    name: str
    title: str
    where: str
    """Address."""
    licence: str
    layout: str
    """What a folder must hold."""
    used_by: str
    """Which command takes it."""


DATA_SETS: Sequence[DataSet] = (
    DataSet(
        "posetrack18",
        "PoseTrack 2018: annotations of people's keypoints and identities, and the images",
        "https://posetrack.net (registration); annotations also in the benchmark's repository",
        "research use; the images are of MPII's and keep its terms",
        "annotations/val/NUMBER_KIND.json, one file a sequence; images/val/NUMBER_KIND/NUMBER.jpg",
        "lighttrack experiment experiments/table-4.toml --data annotations/val --images .; "
        "lighttrack evaluate posetrack",
    ),
    DataSet(
        "posetrack21",
        "PoseTrack21: more complete annotations of the same videos",
        "https://github.com/anDoer/PoseTrack21 (a form is sent)",
        "research use",
        "as posetrack18",
        "lighttrack evaluate posetrack",
    ),
    DataSet(
        "mot",
        "MOTChallenge (MOT15, MOT17, MOT20): boxes and identities of pedestrians",
        "https://motchallenge.net/data",
        "CC BY-NC-SA 3.0",
        "NAME/gt/gt.txt or NAME/gt.txt, with seqinfo.ini; NAME/NAME.mp4 for experiments",
        "lighttrack evaluate mot; lighttrack experiment experiments/clips-4.toml",
    ),
    DataSet(
        "coco",
        "COCO keypoints 2017: people's keypoints in photographs",
        "https://cocodataset.org/#download",
        "annotations CC BY 4.0; the images keep their owners' terms",
        "annotations/person_keypoints_val2017.json; images val2017/*.jpg",
        "lighttrack evaluate pose",
    ),
    DataSet(
        "cmu-mocap",
        "CMU motion capture, from which the weights that ship were trained",
        "http://mocap.cs.cmu.edu",
        "free for any use",
        "*.npz clips of joints in metres, as lighttrack train matcher describes them",
        "lighttrack train matcher",
    ),
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What is in a folder."""

    kind: str
    """`posetrack`, `mot`, or nothing."""
    sequences: int
    problems: tuple[str, ...]
    """A sentence each, naming the file."""


def check_data(folder: Path) -> Checked:
    """Look through a folder of ground truth as experiments and evaluations would read it.

    Args:
        folder: of PoseTrack JSON, one file a sequence; or with NAME/gt/gt.txt, NAME/gt.txt or
            NAME.txt.

    Raises:
        ValueError: if there is no such folder, or nothing in it is known.
    """
    if not folder.is_dir():
        raise ValueError(f"no such folder: {folder}")
    files = sorted(path for path in folder.glob("*.json") if not path.name.startswith("."))
    if files:
        problems = [problem for path in files for problem in read_sequence(path).problems]
        return Checked("posetrack", len(files), tuple(problems))
    texts = sorted({*folder.glob("*/gt/gt.txt"), *folder.glob("*/gt.txt"), *folder.glob("*.txt")})
    if not texts:
        raise ValueError(
            f"{folder} holds neither NUMBER_KIND.json (PoseTrack) nor NAME/gt/gt.txt, NAME/gt.txt "
            "or NAME.txt (MOTChallenge)"
        )
    return Checked("mot", len(texts), tuple(filter(None, map(_problem_of_mot, texts))))


def _problem_of_mot(path: Path) -> str:
    try:
        require_one_row_each(read_mot(path, truth=True), path)
    except (FormatError, OSError) as error:
        return f"{path.parent.name}: {error}"
    return ""
