"""The page in a real browser: what its tests share."""

import json
import shutil
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TIMEOUT_MS = 30_000  # a busy machine is slow; nothing here measures time
TEXT = "Where is the station?"
TRANSLATE, ALTERNATIVES, MODELS = "**/v1/translate", "**/v1/alternatives", "**/v1/models"

with_chromium = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium to open the page in")
Open = Callable[..., Page]


def words(page: Page, side: str) -> Locator:
    """The buttons of a row."""
    return page.locator(f".row.{side} ol > li > button")


def says(page: Page) -> Locator:
    """What is said of the word that is pointed at."""
    return page.locator(".says").first


def choices(page: Page) -> Locator:
    """The words that are offered in the place of one."""
    return page.get_by_role("listbox").get_by_role("option")


def fulfil(route: Route, body: object, status: int = 200) -> None:
    """Answer in the place of the server."""
    route.fulfill(status=status, content_type="application/json", body=json.dumps(body))


def hold(page: Page, pattern: str) -> list[Route]:
    """Let requests wait until the test goes on with them."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    page.route(pattern, keep)
    return held


def expect_accessible(page: Page) -> None:
    """Run axe-core's rules over what is shown, contrast of colours among them."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
