"""Chromium of this machine, driven by Playwright."""

import os
import shutil

import pytest
from requirements import missing, required_module

_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def chromium():
    api = required_module("playwright.sync_api", "VIEW")
    required_module("starlette", "VIEW")
    found = os.environ.get("LIGHTTRACK_CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if found is None:
        missing("Chromium", "VIEW")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=_QUIET)
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium):
    """A tab in which no script may fail.

    Waiting for a condition evaluates a text, which the pages themselves forbid.
    """
    context = chromium.new_context(viewport={"width": 1200, "height": 800}, bypass_csp=True)
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_default_timeout(60_000)
    yield page
    context.close()
    assert not errors
