"""Pages of stored results: of one, of a folder, and of one as a file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lighttrack.pipeline.existing import require_new
from lighttrack.view.gallery import gallery_app, results_in
from lighttrack.view.open_result import review_of
from lighttrack.view.review_app import review_app, saved_page


def app_of(
    result: Path,
    *,
    video: str | None = None,
    other: Path | None = None,
    retracking: bool = False,
    say: Callable[[str], None] = lambda text: None,
    on_save: Callable[[Path], None] = lambda path: None,
) -> Any:
    """An application of ASGI that shows a result, or the gallery of a folder of results.

    Args:
        result: a file of tracks, or a folder that holds `*.tracks.jsonl`.
        video: as `review_of` takes it; of one result only.
        other: as `review_of` takes it; of one result only.
        retracking: as `review_of` takes it.
        say: as `review_of` takes it.
        on_save: is told of each corrected result.

    Raises:
        ValueError, OSError, RuntimeError: as from `review_of`; ValueError, too, if something is
            asked for that a gallery cannot have.
    """
    if results := _gallery(result):
        if video is not None or other is not None:
            raise ValueError(f"{result} is a folder of results: video and compare are of one")
        return gallery_app(result, results, retracking=retracking, on_save=on_save)
    review = review_of(result, video=video, other=other, retracking=retracking, say=say)
    return review_app(review, on_save)


def write_page(
    result: Path, page: Path, *, other: Path | None = None, overwrite: bool = False
) -> None:
    """Write a result's page as one HTML file, with the people and without the video.

    Raises:
        ValueError: if the result is none, or a folder of several, or the file exists and may not.
        OSError: if a file cannot be read or written.
    """
    if _gallery(result):
        raise ValueError(f"{result} is a folder of results: a page is of one")
    require_new({"page": page}, overwrite=overwrite)
    page.write_text(saved_page(review_of(result, other=other)), encoding="utf-8")


def _gallery(result: Path) -> list[Path]:
    return results_in(result) if result.is_dir() else []
