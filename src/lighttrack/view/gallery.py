"""A folder of results as a gallery: a card for each, and their pages behind them."""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lighttrack.view.open_result import review_of
from lighttrack.view.pages import page
from lighttrack.view.review_app import review_app

_SUFFIX = ".tracks.jsonl"

_OPEN = 8
"""Results that are kept open; corrections are the viewer's, so none is lost with a closed one."""


def results_in(folder: Path) -> list[Path]:
    """Files of tracks in a folder and in those below it, by their paths."""
    return sorted(folder.rglob(f"*{_SUFFIX}"))


def gallery_app(
    folder: Path,
    results: Sequence[Path],
    *,
    retracking: bool = False,
    on_save: Callable[[Path], None] = lambda path: None,
) -> Any:
    """An application of ASGI that shows a folder's results.

    Args:
        folder: names the page.
        results: files of tracks in it; none else can be opened.
        retracking: as `review_of` takes it.
        on_save: is told of each corrected result.
    """
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import PlainTextResponse
    from starlette.routing import Mount, Route

    apps = _Apps(results, retracking, on_save)
    data = json.dumps([_card(path, folder) for path in results])

    async def root(request: Any) -> Any:
        return page("gallery.html", title=folder.resolve().name, data=data)

    async def one(scope: Any, receive: Any, send: Any) -> None:
        try:
            app = await run_in_threadpool(apps.of, scope["path_params"]["number"])
        except (ValueError, OSError, RuntimeError, IndexError) as error:
            app = PlainTextResponse(f"{error}\n", status_code=404)
        await app(scope, receive, send)

    return Starlette(routes=[Route("/", root), Mount("/results/{number:int}", app=one)])


class _Apps:
    """Applications of results, opened when they are asked for."""

    def __init__(
        self, results: Sequence[Path], retracking: bool, on_save: Callable[[Path], None]
    ) -> None:
        self._results, self._retracking, self._on_save = results, retracking, on_save
        self._open: OrderedDict[int, Any] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, number: int) -> Any:
        """The application of a result.

        Raises:
            IndexError: if there is none of that number.
            ValueError, OSError, RuntimeError: as from `review_of`.
        """
        with self._lock:
            if number not in self._open:
                if number >= len(self._results):
                    raise IndexError(f"there is no result {number}")
                review = review_of(self._results[number], retracking=self._retracking)
                self._open[number] = review_app(review, self._on_save)
            self._open.move_to_end(number)
            while len(self._open) > _OPEN:
                self._open.popitem(last=False)
            return self._open[number]


def _card(path: Path, folder: Path) -> dict[str, Any]:
    """What a card says: the name, and what the summary beside the result tells."""
    stem = path.name.removesuffix(_SUFFIX)
    card: dict[str, Any] = {"name": str(path.relative_to(folder)).removesuffix(_SUFFIX)}
    try:
        told = json.loads(path.with_name(f"{stem}.summary.json").read_text(encoding="utf-8"))
        card |= {name: int(told[name]) for name in ("frames", "ids")}
    except (OSError, ValueError, KeyError, TypeError):
        pass  # the card has the name alone
    return card
