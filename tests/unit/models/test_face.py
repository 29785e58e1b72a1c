"""What `lighttrack.models` and `lighttrack.video` offer, without loading it."""

import subprocess
import sys

import pytest

import lighttrack.models
import lighttrack.video


@pytest.mark.parametrize("face", [lighttrack.models, lighttrack.video])
def test_the_listed_names_are_those_that_can_be_had(face):
    assert dir(face) == sorted(face.__all__)
    for name in face.__all__:
        assert getattr(face, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = face.nothing


def test_listing_the_names_loads_nothing_heavy():
    program = (
        "import sys, lighttrack.models, lighttrack.video; "
        "dir(lighttrack.models), dir(lighttrack.video); "
        "print(sorted({'cv2', 'openvino', 'av'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
