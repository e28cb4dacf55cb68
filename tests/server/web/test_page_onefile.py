"""The page as one file, opened from disk without a network. Skipped without Chromium."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from browsing import TEXT, TIMEOUT_MS, Open, with_chromium, words

pytestmark = with_chromium
HOSTILE = "</script><script>alert(1)</script> <!-- &amp;"


def saved(page: Page, directory: Path) -> Path:
    """Save the page as one file."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Save all of it as one HTML page").click()
    path = directory / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_one_file_shows_the_same_without_a_server(opened: Open, browser: Browser, tmp_path: Path) -> None:
    """Both models, every sentence, and the translation that was shown; it asks nobody for anything."""
    page = opened(f"?text={TEXT} I like cats.&compare=1&mass=90&prefix=Quelle+")
    expect(page.get_by_role("article")).to_have_count(2)
    page.locator("article").nth(0).locator(".others summary").click()
    page.locator("article").nth(0).locator(".other").nth(1).click()
    shown = words(page, "target").all_inner_texts()
    path = saved(page, tmp_path)
    assert path.name == "attention-where-is-the-station-i-like-cats.html"

    context = browser.new_context(offline=True, viewport={"width": 390, "height": 844})
    complaints: list[str] = []
    asked: list[str] = []
    try:
        file = context.new_page()
        file.set_default_timeout(TIMEOUT_MS)
        file.on("pageerror", lambda error: complaints.append(str(error)))
        file.on("console", lambda message: complaints.append(message.text))
        file.on("request", lambda request: asked.append(request.url))
        file.goto(path.as_uri())
        expect(words(file, "target")).to_have_text(shown)
        expect(file.locator(".locks")).to_contain_text("Locked: “Quelle”")
        expect(file.locator("article").nth(0).locator(".other").nth(1)).to_have_attribute(
            "aria-pressed", "true"
        )
        expect(file.locator("#mass")).to_have_value("90")
        expect(file.locator(".ribbons path").first).to_have_attribute("d", re.compile("^M"))
        assert file.evaluate("document.documentElement.scrollWidth") <= 390

        words(file, "target").nth(1).click()
        expect(file.locator(".says").first).to_contain_text(" looks at ")
        expect(file.get_by_role("dialog")).to_have_count(0)  # nobody to ask
        expect(file.get_by_role("button", name=re.compile("out and compare|Free translation"))).to_have_count(
            0
        )
        file.keyboard.press("Backspace")
        file.keyboard.press("2")
        expect(file.get_by_role("grid").first).to_be_visible()
        file.locator(".steps summary").first.click()
        expect(file.locator("tr.future").first).to_be_hidden()
        with file.expect_download() as download:
            file.get_by_role("button", name="JSON", exact=True).first.click()
        assert TEXT in download.value.path().read_text(encoding="utf-8")
        assert complaints == []
        assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    finally:
        context.close()


def test_no_text_gets_out_of_its_place(opened: Open, browser: Browser, tmp_path: Path) -> None:
    """Whatever signs it has; what could not be translated says why in the file too."""
    page = opened()
    page.get_by_label("Text to translate").fill(f"{HOSTILE}\n{'one two ' * 400}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article")).to_have_count(2)
    shown = words(page, "source").all_inner_texts()
    path = saved(page, tmp_path)

    context = browser.new_context(offline=True)
    try:
        file = context.new_page()
        file.set_default_timeout(TIMEOUT_MS)
        file.on("dialog", lambda dialog: dialog.dismiss())
        file.goto(path.as_uri())
        expect(words(file, "source")).to_have_text(shown)
        expect(file.locator(".refused")).to_contain_text("more tokens than the 512")
        expect(file).to_have_title(re.compile(re.escape(HOSTILE)))
        assert file.locator("script").count() == 3
    finally:
        context.close()
