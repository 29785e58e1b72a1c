"""Where the images of a folder in COCO's layout lie."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lighttrack.formats import FormatError
from lighttrack.formats.coco import CocoFile


def places_of(folder: Path, split: str) -> list[Path]:
    """Folders in which an image of a part may be, by its name."""
    within = (folder, folder / "images")
    return [*within, *(each for place in within for each in sorted(place.glob(f"{split}*/")))]


def image_path(
    file: CocoFile, images: Mapping[Any, Any], number: Any, places: Sequence[Path]
) -> Path:
    """The file of an image.

    Args:
        file: that names it.
        images: its entries by their ids.
        number: id of the image.
        places: folders to look in.

    Raises:
        FormatError: if no such image is listed with a name.
        FileNotFoundError: if it is in none of the folders.
    """
    image = images.get(number)
    if image is None or "file_name" not in image:
        raise FormatError(f"{file.path}: no image with a file_name has id {number}")
    for place in places:
        path: Path = place / image["file_name"]
        if path.is_file():
            return path
    raise FileNotFoundError(
        f"{file.path.name}: image {image['file_name']} is in none of "
        f"{', '.join(str(place) for place in places)}"
    )
