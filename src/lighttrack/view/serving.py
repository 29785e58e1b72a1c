"""A small server in a thread of its own."""

import ipaddress
import socket
import threading
import time
from types import TracebackType
from typing import Any, Self

from lighttrack.view.guard import Guard, new_token

_STARTING = 10.0
"""Seconds that the server may take to answer."""

_LARGEST_MESSAGE = 1 << 16
"""Bytes of a message of a viewer; a click needs a hundred."""


def require_view() -> tuple[Any, Any]:
    """Starlette's and uvicorn's modules.

    Raises:
        RuntimeError: if they are not installed.
    """
    try:
        import starlette.applications
        import uvicorn
        import websockets  # noqa: F401 - uvicorn needs it for the page's socket
    except ImportError as error:
        raise RuntimeError(
            f'pages need Starlette and uvicorn: pip install "lighttrack[view]" ({error})'
        ) from error
    return starlette, uvicorn


class PageServer:
    """Serves an application on a port of its own, to those who have its address with the token.

    The port is taken when the server is made, so that the address can be printed at once; requests
    wait until it is started.

    Args:
        host: address to listen on.
        port: 0: one that is free.

    Raises:
        OSError: if the port is taken, or the host is none of this machine's.
        RuntimeError: if a library is missing.
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        _, self._uvicorn = require_view()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            reason = error.strerror or str(error)
            raise OSError(f"cannot listen on {host}, port {port}: {reason}") from error
        self._socket.listen(128)
        self.port = int(self._socket.getsockname()[1])
        self._host, self.token = host, new_token()

    @property
    def address(self) -> str:
        """Where the page is, with the token."""
        host = _shown(self._host)
        return f"http://{host}:{self.port}/?token={self.token}"

    def start(self, app: Any) -> None:
        """Serve an application of ASGI from now on.

        Raises:
            RuntimeError: if the server does not start.
        """
        names = [] if _is_everybody(self._host) else [self._host, _shown(self._host)]
        if names and ipaddress.ip_address(_resolved(self._host)).is_loopback:
            names += ["127.0.0.1", "localhost", "[::1]"]
        guarded = Guard(app, token=self.token, hosts=[f"{name}:{self.port}" for name in names])
        config = self._uvicorn.Config(
            guarded,
            log_level="warning",
            access_log=False,
            ws_max_size=_LARGEST_MESSAGE,
            timeout_graceful_shutdown=1,
            server_header=False,
        )
        self._server = self._uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="page", daemon=True
        )
        self._thread.start()
        ends = time.monotonic() + _STARTING
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > ends:
                raise RuntimeError("the page's server did not start")
            time.sleep(0.01)

    def close(self) -> None:
        """Stop serving."""
        if hasattr(self, "_server"):
            self._server.should_exit = True
            self._thread.join(timeout=5)
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _shown(host: str) -> str:
    if _is_everybody(host):
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host


def _is_everybody(host: str) -> bool:
    return host in ("0.0.0.0", "::", "")


def _resolved(host: str) -> str:
    return str(socket.getaddrinfo(host, None)[0][4][0])
