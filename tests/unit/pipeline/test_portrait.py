import cv2
import numpy as np
import pytest

from lighttrack.models import build_appearance, build_detector
from lighttrack.pipeline.portrait import described
from lighttrack.video import VideoError, open_video

pytestmark = [pytest.mark.models, pytest.mark.clips]


@pytest.fixture(scope="module")
def networks(models_dir):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTTRACK_MODELS", str(models_dir))
        return (
            build_detector("rtmdet-nano-person", threads=1),
            build_appearance("reid-retail-0288", threads=1),
        )


@pytest.fixture(scope="module")
def seconds(clips_dir):
    """Two images of TUD-Campus a second apart, and the boxes of the same two people in each."""
    rows = np.loadtxt(clips_dir / "TUD-Campus" / "gt.txt", delimiter=",", usecols=range(6))
    with open_video(clips_dir / "TUD-Campus" / "TUD-Campus.mp4") as video:
        images = [frame.image for frame in video if frame.index in (0, 25)]
    found = []
    for frame in (1, 26):
        here = rows[rows[:, 0] == frame]
        boxes = np.stack([here[here[:, 1] == person][0, 2:6] for person in (3, 2)])
        boxes[:, 2:] += boxes[:, :2]
        found.append(boxes.astype(np.float32))
    return images, found


def cut_out(image, box, margin):
    x0, y0 = np.maximum(box[:2] - margin, 0).astype(int)
    x1, y1 = (box[2:] + margin).astype(int)
    return image[y0:y1, x0:x1]


@pytest.mark.parametrize("margin", [0, 60])
def test_an_image_of_a_person_tells_them_from_the_others(networks, seconds, tmp_path, margin):
    """Cut out closely, or with some of the street around them."""
    detector, appearance = networks
    images, boxes = seconds
    path = tmp_path / "him.png"
    cv2.imwrite(str(path), cut_out(images[0], boxes[0][0], margin)[..., ::-1])
    wanted = described(path, detector, appearance)
    same, other = 1 - appearance(images[1], boxes[1]) @ wanted
    assert same < appearance.threshold < other


def test_a_file_that_is_no_image_is_refused_by_its_name(networks, tmp_path):
    path = tmp_path / "him.txt"
    path.write_text("he wears a red coat")
    with pytest.raises(VideoError, match=r"him\.txt is not an image \(PNG, JPEG"):
        described(path, *networks)


def test_an_image_that_is_not_there_is_named(networks, tmp_path):
    with pytest.raises(FileNotFoundError, match="nobody"):
        described(tmp_path / "nobody.jpg", *networks)
