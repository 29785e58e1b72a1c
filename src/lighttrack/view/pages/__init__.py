"""The pages: HTML files that hold their styles and scripts, and load nothing from elsewhere."""

import secrets
from html import escape
from importlib.resources import files
from typing import Any


def page(name: str, *, title: str, data: str = "") -> Any:
    """A response with a page, which may run its own script only.

    Args:
        name: of the HTML file.
        title: of the page.
        data: JSON for the page's script.
    """
    from starlette.responses import HTMLResponse

    nonce = secrets.token_urlsafe(12)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        "img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(html(name, title=title, nonce=nonce, data=data), headers=headers)


def html(name: str, *, title: str, nonce: str = "", data: str = "") -> str:
    """The text of a page: its own file, with the styles and scripts that it shares put in."""
    text = _file(name)
    for part in ("style.css", "draw.js", name.replace(".html", ".js")):
        text = text.replace(f"/* {part} */", _file(part))
    # No end of the script may stand in the data.
    safe = data.replace("<", "\\u003c")
    text = text.replace("{{title}}", escape(title)).replace("{{nonce}}", nonce)
    return text.replace("{{data}}", safe)


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
