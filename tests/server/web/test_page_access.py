"""The page is for everyone: axe-core finds nothing in any of its states. Skipped without Chromium."""

from typing import Any

import pytest
from playwright.sync_api import expect

from browsing import TEXT, TRANSLATE, Open, choices, expect_accessible, fulfil, with_chromium, words

pytestmark = with_chromium
DARK_PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}


@pytest.mark.parametrize("settings", [{}, DARK_PHONE], ids=["light", "dark-phone"])
@pytest.mark.parametrize("view", ["ribbons", "heat", "list"])
def test_a_translation_in_each_view(opened: Open, view: str, settings: dict[str, Any]) -> None:
    """As it is, with other words to choose from, and walked through."""
    page = opened(f"?text={TEXT}&view={view}", **settings)
    expect(page.locator("#status")).to_contain_text("Translated in")
    expect_accessible(page)

    word = words(page, "target") if view == "ribbons" else page.locator(f".{view} .word")
    word.nth(1).click()
    expect(choices(page)).not_to_have_count(0)
    expect_accessible(page)

    page.keyboard.press("Escape")
    page.locator(".steps summary").click()
    expect(page.get_by_role("slider", name="Step", exact=True)).to_be_visible()
    expect_accessible(page)


def test_an_empty_page_and_one_that_tells_what_went_wrong(opened: Open) -> None:
    """What stands in the place of an answer is read out as well."""
    page = opened("?example=0")
    expect(page.get_by_label("Text to translate")).to_be_visible()
    expect_accessible(page)

    error = {"error": {"code": "QUEUE_FULL", "message": "no room", "mend": ""}}
    page.route(TRANSLATE, lambda route: fulfil(route, error, 503))
    page.get_by_label("Text to translate").fill("A question.")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The server is busy.")).to_be_visible()
    expect_accessible(page)
