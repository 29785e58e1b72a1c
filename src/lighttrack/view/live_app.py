"""The addresses of a live page: the page, a socket for frames and clicks, the video alone."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from lighttrack.view.pages import page
from lighttrack.view.session import LiveSession

_MOST_WISHES = 50
"""Messages of one viewer between two frames; more are not read."""


def live_app(session: LiveSession) -> Any:
    """An application of ASGI that shows a session."""
    from starlette.applications import Starlette
    from starlette.responses import StreamingResponse
    from starlette.routing import Route, WebSocketRoute
    from starlette.websockets import WebSocketDisconnect

    async def frames(socket: Any) -> None:
        await socket.accept()
        session.joined(1)
        reading = asyncio.create_task(_read(socket, session, shown := _Shown()))
        try:
            if (about := await _either(session.about(), reading)) is None:
                return  # the viewer has gone before the networks were loaded
            await socket.send_text(json.dumps(about))
            number = -1
            while not reading.done():
                message = await _either(session.after(number), reading)
                if message is None:
                    break
                number = message.number
                await socket.send_bytes(message.packed())
                # The next one is sent when this one is on the screen: a slow viewer misses frames.
                await _either(shown.wait(), reading)
        except (WebSocketDisconnect, RuntimeError):
            pass  # the viewer has gone
        finally:
            session.joined(-1)
            reading.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await reading

    async def video(request: Any) -> Any:
        return StreamingResponse(
            _parts(session), media_type="multipart/x-mixed-replace; boundary=frame"
        )

    async def root(request: Any) -> Any:
        return page("live.html", title=session.title)

    return Starlette(
        routes=[Route("/", root), Route("/video.mjpg", video), WebSocketRoute("/frames", frames)]
    )


class _Shown:
    """Whether the viewer has shown the last frame that it was sent."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        self._event.set()

    async def wait(self) -> None:
        await self._event.wait()
        self._event.clear()


async def _read(socket: Any, session: LiveSession, shown: _Shown) -> None:
    """Read what a viewer sends, until it goes."""
    from starlette.websockets import WebSocketDisconnect

    wishes = 0
    while True:
        try:
            text = await socket.receive_text()
            wish = json.loads(text)
        except (WebSocketDisconnect, RuntimeError, KeyError):
            return
        except ValueError:
            continue  # no JSON
        if isinstance(wish, dict) and wish.get("do") == "shown":
            wishes = 0
            shown.set()
            continue
        wishes += 1
        if wishes <= _MOST_WISHES:
            with suppress(ValueError):
                session.ask(wish)


async def _either(wanted: Any, other: "asyncio.Task[None]") -> Any:
    """What is wanted; None as soon as the other task has ended."""
    task = asyncio.ensure_future(wanted)
    await asyncio.wait({task, other}, return_when=asyncio.FIRST_COMPLETED)
    if not task.done():
        task.cancel()
        return None
    return task.result()


async def _parts(session: LiveSession) -> AsyncIterator[bytes]:
    """The images of a session as the parts of an MJPEG stream."""
    number = -1
    session.joined(1)
    try:
        while True:
            message = await session.after(number)
            number = message.number
            length = str(len(message.jpeg)).encode()
            yield b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: " + length
            yield b"\r\n\r\n" + message.jpeg + b"\r\n"
    finally:
        session.joined(-1)
