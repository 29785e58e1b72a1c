"""Who may ask a page's server: only those who have its address with the token in it.

The server listens on this machine, yet any page in the user's browser could send it requests, and a
name that is made to lead here (DNS rebinding) could read the answers. So each request needs the
token, a `Host` that is meant, and, if the browser names one, an `Origin` that is the page itself.
"""

import secrets
from collections.abc import Collection
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qs, urlsplit


def new_token() -> str:
    """A token that cannot be guessed, for one run."""
    return secrets.token_urlsafe(24)


class Guard:
    """Lets requests through to an application of ASGI that have the token and the right host.

    Args:
        app: the application.
        token: must be the `token` of each request's query.
        hosts: names that a request may use for this server, with the port; empty: any, as with
            an address that all machines of the network can reach.
    """

    def __init__(self, app: Any, *, token: str, hosts: Collection[str]) -> None:
        self._app, self._token, self._hosts = app, token, frozenset(hosts)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer a request, or refuse it with 403."""
        if scope["type"] == "lifespan" or self._is_allowed(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await _refuse(send)

    def _is_allowed(self, scope: dict[str, Any]) -> bool:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get(b"host", "")
        if self._hosts and host not in self._hosts:
            return False
        origin = headers.get(b"origin")
        if origin is not None and urlsplit(origin).netloc != host:
            return False
        query = parse_qs(scope["query_string"].decode("latin-1"))
        given = query.get("token", [""])[0]
        return compare_digest(given.encode(), self._token.encode())


async def _refuse(send: Any) -> None:
    body = b"Refused: open the address that lighttrack has printed, with its token.\n"
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
