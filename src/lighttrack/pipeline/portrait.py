"""An image of the person whom to follow, as the tracker knows people: by an embedding."""

from pathlib import Path

from lighttrack.structures import Floats
from lighttrack.structures.protocols import AppearanceModel, Detector


def described(image: Path, detector: Detector, appearance: AppearanceModel) -> Floats:
    """Embedding `(D,)` of the person whom the file shows: the largest, or the whole image.

    Args:
        image: PNG, JPEG, BMP, WebP or TIFF; upright, as its orientation tag says.
        detector: Finds people.
        appearance: Describes people in boxes.

    Raises:
        lighttrack.video.VideoError: if the file holds no image.
        OSError: if it cannot be read.

    Example:
        >>> described(Path("him.jpg"), detector, appearance).shape  # doctest: +SKIP
        (256,)
    """
    from lighttrack.models.appearance import describe
    from lighttrack.video.images import ImageDecoder

    return describe(ImageDecoder().read(image), detector, appearance)
