"""The addresses of a page that shows a result: the page, people, images, corrections."""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from lighttrack.formats import write_tracks
from lighttrack.render.canvas import encode_jpeg
from lighttrack.render.draw import draw
from lighttrack.structures import TrackedVideo
from lighttrack.view.images import FrameImages
from lighttrack.view.pages import html, page
from lighttrack.view.people import people_of
from lighttrack.view.review import (
    corrected,
    moment_of,
    overview,
    require_few,
    switches,
)

_MOST_FRAMES = 500
"""Frames whose people are sent at a time."""

_MOST_BYTES = 1 << 20
"""Of a request."""

_KEPT = 8
"""Corrected results that are kept, for undo: each may have taken a run of the tracker."""

_POSTER = 320
"""Pixels: width of the image that stands for a result in a gallery."""


class Review:
    """A result on a page, with the corrections that its viewers have made.

    Args:
        video: the result.
        path: of the result; corrections are saved beside it.
        images: of the video; None: people are shown without it.
        other: a second result, or the truth, to compare it with.
        retracked: tracks a corrected result again from a frame on, after each correction that is
            made at a moment; None: what follows stays as it was tracked.
    """

    def __init__(
        self,
        video: TrackedVideo,
        path: Path,
        *,
        images: FrameImages | None = None,
        other: TrackedVideo | None = None,
        retracked: Callable[[TrackedVideo, int], TrackedVideo] | None = None,
    ) -> None:
        if not video.frames:
            raise ValueError(f"{path} holds no frames: there is nothing to see")
        self.original, self.path, self.images, self.other = video, path, images, other
        self._lock = threading.Lock()
        self._retracked = retracked
        self._known: OrderedDict[str, TrackedVideo] = OrderedDict()

    def with_corrections(self, operations: list[Any]) -> TrackedVideo:
        """The result with corrections; the last ones that were asked for are kept.

        Raises:
            ValueError: naming the first that is not allowed, and why.
        """
        require_few(operations)
        keys = list(_keys(operations))
        with self._lock:
            done = next((n for n in range(len(keys), 0, -1) if keys[n - 1] in self._known), 0)
            video = self._known[keys[done - 1]] if done else self.original
            for number in range(done, len(keys)):
                video = corrected(video, operations[number : number + 1], start=number + 1)
                moment = moment_of(operations[number]) if self._retracked else None
                if self._retracked and moment is not None and moment < video.frames[-1].index:
                    video = self._retracked(video, moment)
                    self._keep(keys[number], video)
            if keys:
                self._keep(keys[-1], video)
            return video

    def _keep(self, key: str, video: TrackedVideo) -> None:
        self._known[key] = video
        self._known.move_to_end(key)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)

    def about(self, video: TrackedVideo) -> dict[str, Any]:
        """What the page shows beside the video."""
        told = overview(video)
        told["title"] = video.info.name
        told["has_images"] = self.images is not None
        told["names"] = dict(video.provenance.get("names", {}))
        told["compared"] = self.other is not None
        told["retracks"] = self._retracked is not None
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

    def poster(self) -> bytes:
        """A small JPEG of the frame in the middle, with its people.

        Raises:
            ValueError: if there is no image of it.
            OSError: if the video cannot be read.
        """
        frame = self.original.frames[len(self.original.frames) // 2]
        jpeg = None if self.images is None else self.images.jpeg(frame.index)
        if jpeg is None:
            raise ValueError(f"there is no image of frame {frame.index}")
        threshold = float(self.original.provenance.get("keypoint_threshold", 0.3))
        image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
        drawn = draw(np.asarray(image, np.uint8), frame, keypoint_threshold=threshold)
        height = max(1, round(_POSTER * drawn.shape[0] / drawn.shape[1]))
        small = cv2.resize(drawn, (_POSTER, height), interpolation=cv2.INTER_AREA)
        return encode_jpeg(np.asarray(small, np.uint8))

    def save(self, video: TrackedVideo) -> Path:
        """Write the corrected result beside the original, never over a file.

        Raises:
            OSError: if it cannot be written.
        """
        suffix = ".tracks.jsonl"
        stem = self.path.name.removesuffix(suffix)
        number = 1
        while (path := self.path.with_name(f"{stem}.edited-{number}{suffix}")).exists():
            number += 1
        write_tracks(video, path)
        return path


def _keys(operations: list[Any]) -> Iterator[str]:
    """For each correction what stands for it and all before it."""
    digest = hashlib.sha256()
    for operation in operations:
        digest.update(json.dumps(operation, sort_keys=True).encode())
        yield digest.hexdigest()


def saved_page(review: Review, video: TrackedVideo | None = None) -> str:
    """The page as one HTML file, with the people and without the video.

    Args:
        review: what is looked at.
        video: the result with corrections; without it, as it was.
    """
    video = video or review.original
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
            Route("/poster.jpg", answers.poster),
            Route("/save", answers.save, methods=["POST"]),
            Route("/page", answers.page, methods=["POST"]),
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
        except (ValueError, OSError, RuntimeError) as error:
            return self._refusal(error)
        return self._json(await self._in_thread(self._review.about, video))

    async def people(self, request: Any) -> Any:
        """The people of some frames."""
        try:
            value, video = await self._asked(request)
            first, last = int(value["first"]), int(value["last"])
            if not 0 <= last - first < _MOST_FRAMES:
                raise ValueError(f"at most {_MOST_FRAMES} frames at a time")
        except (ValueError, OSError, RuntimeError, KeyError, TypeError, OverflowError) as error:
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

    async def poster(self, request: Any) -> Any:
        """A small image of the middle of the video with its people."""
        try:
            jpeg = await self._in_thread(self._review.poster)
        except (ValueError, OSError) as error:
            return self._refusal(error, 404)
        return self._response(jpeg, media_type="image/jpeg")

    async def save(self, request: Any) -> Any:
        """Save the corrected result."""
        try:
            _, video = await self._asked(request)
            path = await self._in_thread(self._review.save, video)
        except (ValueError, OSError, RuntimeError) as error:
            return self._refusal(error)
        self._on_save(path)
        return self._json({"saved": path.name})

    async def page(self, request: Any) -> Any:
        """The page with the corrections as one HTML file."""
        try:
            _, video = await self._asked(request)
        except (ValueError, OSError, RuntimeError) as error:
            return self._refusal(error)
        text = await self._in_thread(saved_page, self._review, video)
        return self._response(text, media_type="text/html")

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
