"""PoseTrack's files: the 2017 layout (`annolist`) and that of 2018 and 2021 (`images`)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lighttrack.evaluation.posetrack.layout_2017 import frame_of_2017
from lighttrack.evaluation.posetrack.layout_2018 import frames_of_2018
from lighttrack.evaluation.posetrack.people import AnnotatedFrame, SequenceFile
from lighttrack.evaluation.posetrack.reading import Malformed, Reading, entries, reason


def read_sequence(path: Path) -> SequenceFile:
    """Read one file of either layout; problems are in the result."""
    reading = Reading()
    videos = 1
    frames: tuple[AnnotatedFrame, ...] = ()
    try:
        data = _load(path)
        if "annolist" in data:
            frames = tuple(
                frame_of_2017(entry, index, reading)
                for index, entry in enumerate(entries(data, "annolist"))
            )
        else:
            frames, videos = frames_of_2018(data, reading)
        if not frames and not reading.problems:
            reading.problems.append("no frames are listed")
    except Malformed as error:
        reading.problems.append(str(error))
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        reading.problems.append(f"its entries are not what PoseTrack's are ({reason(error)})")
    problems = tuple(f"{path.name}: {problem}" for problem in reading.problems)
    return SequenceFile(path.name.split(".")[0], frames, problems, videos)


def _load(path: Path) -> Mapping[str, Any]:
    try:
        content = path.read_bytes()
        if not content.strip():
            raise Malformed("the file is empty")
        data = json.loads(content)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"not JSON ({error})") from None
    except RecursionError:
        raise Malformed("not PoseTrack's JSON (nested too deep)") from None
    except OSError as error:
        raise Malformed(f"cannot be read ({error.strerror})") from None
    if isinstance(data, list):
        raise Malformed(
            "holds a list, where PoseTrack has an object with 'annolist' or 'images' "
            "(COCO's results are scored by `lighttrack evaluate pose`)"
        )
    if not isinstance(data, dict) or not ("annolist" in data or "images" in data):
        raise Malformed(
            "neither 'annolist' (PoseTrack17) nor 'images' (PoseTrack18, PoseTrack21) is in it"
        )
    return data
