"""The addresses of a page that shows a result: the page, people, images, corrections."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lighttrack.formats import write_tracks
from lighttrack.structures import TrackedVideo
from lighttrack.view.images import FrameImages
from lighttrack.view.pages import html, page
from lighttrack.view.people import people_of
from lighttrack.view.review import corrected, overview, switches, with_names

_MOST_FRAMES = 500
"""Frames whose people are sent at a time."""

_MOST_BYTES = 1 << 20
"""Of a request."""


class Review:
    """A result on a page, with the corrections that its viewers have made.

    Args:
        video: the result.
        path: of the result; corrections are saved beside it.
        images: of the video; None: people are shown without it.
        other: a second result, or the truth, to compare it with.
    """

    def __init__(
        self,
        video: TrackedVideo,
        path: Path,
        *,
        images: FrameImages | None = None,
        other: TrackedVideo | None = None,
    ) -> None:
        if not video.frames:
            raise ValueError(f"{path} holds no frames: there is nothing to see")
        self.original, self.path, self.images, self.other = video, path, images, other
        self._lock = threading.Lock()
        self._current = ("[]", video)

    def with_corrections(self, operations: list[Any]) -> TrackedVideo:
        """The result with corrections; the last one that was asked for is kept."""
        key = json.dumps(operations, sort_keys=True)
        with self._lock:
            if self._current[0] != key:
                self._current = (key, corrected(self.original, operations))
            return self._current[1]

    def about(self, video: TrackedVideo) -> dict[str, Any]:
        """What the page shows beside the video."""
        told = overview(video)
        told["title"] = video.info.name
        told["has_images"] = self.images is not None
        told["names"] = dict(video.provenance.get("names", {}))
        told["compared"] = self.other is not None
        told["switches"] = [] if self.other is None else switches(video, self.other)
        return told

    def people(self, video: TrackedVideo, first: int, last: int) -> dict[str, Any]:
        """The people of some frames, and those of the second result."""
        wanted = {frame.index: frame for frame in video.frames if first <= frame.index <= last}
        others = () if self.other is None else self.other.frames
        return {
            "people": {str(index): people_of(frame) for index, frame in wanted.items()},
            "others": {
                str(frame.index): people_of(frame)
                for frame in others
                if first <= frame.index <= last
            },
        }

    def save(self, video: TrackedVideo, names: dict[int, str]) -> Path:
        """Write the corrected result beside the original, never over a file.

        Raises:
            OSError: if it cannot be written.
        """
        suffix = ".tracks.jsonl"
        stem = self.path.name.removesuffix(suffix)
        number = 1
        while (path := self.path.with_name(f"{stem}.edited-{number}{suffix}")).exists():
            number += 1
        write_tracks(with_names(video, names), path)
        return path


def saved_page(review: Review) -> str:
    """The page as one HTML file, with the people and without the video."""
    video = review.original
    told = {**review.about(video), "has_images": False}
    first, last = video.frames[0].index, video.frames[-1].index
    data = json.dumps({"about": told, "frames": review.people(video, first, last)})
    return html("view.html", title=video.info.name, data=data)


def review_app(review: Review, on_save: Callable[[Path], None] = lambda path: None) -> Any:
    """An application of ASGI that shows a result and takes corrections."""
    from starlette.applications import Starlette
    from starlette.routing import Route

    answers = _Answers(review, on_save)
    return Starlette(
        routes=[
            Route("/", answers.root),
            Route("/about", answers.about, methods=["POST"]),
            Route("/people", answers.people, methods=["POST"]),
            Route("/frame/{index:int}.jpg", answers.image),
            Route("/save", answers.save, methods=["POST"]),
        ]
    )


class _Answers:
    """Answers to the requests of a page; work is done in threads, so that no request waits."""

    def __init__(self, review: Review, on_save: Callable[[Path], None]) -> None:
        from starlette.concurrency import run_in_threadpool
        from starlette.responses import JSONResponse, Response

        self._review, self._on_save = review, on_save
        self._in_thread, self._json, self._response = run_in_threadpool, JSONResponse, Response

    async def root(self, request: Any) -> Any:
        """The page."""
        return page("view.html", title=self._review.original.info.name, data="null")

    async def about(self, request: Any) -> Any:
        """What the page shows beside the video."""
        try:
            _, video = await self._asked(request)
        except ValueError as error:
            return self._refusal(error)
        return self._json(await self._in_thread(self._review.about, video))

    async def people(self, request: Any) -> Any:
        """The people of some frames."""
        try:
            value, video = await self._asked(request)
            first, last = int(value["first"]), int(value["last"])
            if not 0 <= last - first < _MOST_FRAMES:
                raise ValueError(f"at most {_MOST_FRAMES} frames at a time")
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            return self._refusal(error)
        return self._json(await self._in_thread(self._review.people, video, first, last))

    async def image(self, request: Any) -> Any:
        """The image of a frame."""
        index, images = request.path_params["index"], self._review.images
        try:
            jpeg = None if images is None else await self._in_thread(images.jpeg, index)
        except (ValueError, OSError) as error:
            return self._refusal(error, 404)
        if jpeg is None:
            return self._refusal(ValueError(f"there is no image of frame {index}"), 404)
        headers = {"Cache-Control": "max-age=3600"}
        return self._response(jpeg, media_type="image/jpeg", headers=headers)

    async def save(self, request: Any) -> Any:
        """Save the corrected result."""
        try:
            value, video = await self._asked(request)
            names = _names(value.get("names", {}))
            path = await self._in_thread(self._review.save, video, names)
        except (ValueError, OSError) as error:
            return self._refusal(error)
        self._on_save(path)
        return self._json({"saved": path.name})

    async def _asked(self, request: Any) -> tuple[dict[str, Any], TrackedVideo]:
        """What a request holds, and the result with its corrections."""
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > _MOST_BYTES:
                raise ValueError(f"a request may have {_MOST_BYTES} bytes at most")
        value = _parsed(body)
        corrections = value.get("corrections", [])
        return value, await self._in_thread(self._review.with_corrections, corrections)

    def _refusal(self, error: Exception, status: int = 400) -> Any:
        return self._json({"error": " ".join(str(error).split())}, status_code=status)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError("a request must be JSON") from error
    if not isinstance(value, dict) or not isinstance(value.get("corrections", []), list):
        raise ValueError("a request must be an object with a list of corrections")
    if any(not isinstance(each, dict) for each in value.get("corrections", [])):
        raise ValueError("each correction must be an object")
    return value


def _names(given: Any) -> dict[int, str]:
    if not isinstance(given, dict):
        raise ValueError("names must be an object")
    names = {}
    for key, name in list(given.items())[:10_000]:
        if not str(key).isdecimal() or not isinstance(name, str):
            raise ValueError("names must be texts by id")
        text = "".join(letter for letter in name if letter.isprintable()).strip()[:40]
        if text:
            names[int(key)] = text
    return names
