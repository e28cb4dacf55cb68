"""Translating when somebody stops typing. Skipped without Chromium."""

from playwright.sync_api import CDPSession, Page, expect

from browsing import TEXT, TRANSLATE, Open, hold, with_chromium, words

pytestmark = with_chromium


def asked_of(page: Page) -> list[str]:
    """What is asked for from now on."""
    asked: list[str] = []
    page.on(
        "request",
        lambda request: (
            asked.extend((request.post_data_json or {})["texts"])
            if request.url.endswith("/v1/translate")
            else None
        ),
    )
    return asked


def test_a_pause_translates_and_each_key_before_it_does_not(opened: Open) -> None:
    """The focus stays in the box, and the address has the text; the same text is not asked for again."""
    page = opened(f"?text={TEXT}")
    expect(words(page, "source")).to_have_count(5)
    box = page.get_by_label("Text to translate")
    box.focus()
    page.keyboard.press("End")
    asked = asked_of(page)
    page.keyboard.type(" Now?")
    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.get_by_text("The text was edited since")).to_be_hidden()
    expect(box).to_be_focused()
    assert asked[-2:] == [TEXT, "Now?"]
    assert len(asked) < 2 * len(" Now?")
    assert page.url.endswith("text=Where+is+the+station%3F+Now%3F")

    count = len(asked)
    page.keyboard.type(" ")
    page.keyboard.press("Backspace")
    page.wait_for_timeout(600)
    assert len(asked) == count


def test_a_key_gives_up_what_is_on_its_way(opened: Open) -> None:
    """And a pause asks again, even where the text is again what was shown."""
    page = opened(f"?text={TEXT}")
    expect(words(page, "source")).to_have_count(5)
    hold(page, TRANSLATE)
    box = page.get_by_label("Text to translate")
    with page.expect_request(TRANSLATE):
        box.fill("Where is the old station?")
    with page.expect_event("requestfailed") as failed:
        box.fill(TEXT)
    assert failed.value.url.endswith("/v1/translate")
    page.unroute(TRANSLATE)
    box.fill("Where is the new station?")
    expect(words(page, "source")).to_have_text(["Where", "is", "the", "new", "station?", "⏎"])

    hold(page, TRANSLATE)
    with page.expect_request(TRANSLATE):
        page.get_by_label("Model").select_option("tatoeba-en-fr-plain")
    box.press("End")
    box.press("Space")
    page.unroute(TRANSLATE)
    box.press("Backspace")
    expect(page.locator(".vector")).to_be_visible()


def test_a_word_that_is_being_put_together_is_waited_for(opened: Open) -> None:
    """An input method writes and rewrites until it is done."""
    page = opened(f"?text={TEXT}")
    expect(words(page, "source")).to_have_count(5)
    asked = asked_of(page)
    page.get_by_label("Text to translate").fill("")
    keyboard: CDPSession = page.context.new_cdp_session(page)
    for text in ("H", "He", "Hello"):
        keyboard.send("Input.imeSetComposition", {"text": text, "selectionStart": 1, "selectionEnd": 1})
    page.wait_for_timeout(700)
    assert asked == []
    keyboard.send("Input.insertText", {"text": "Hello"})
    expect(words(page, "source")).to_have_text(["Hello", "⏎"])
    assert asked == ["Hello"]


def test_it_can_be_switched_off(opened: Open) -> None:
    """The address keeps that; switching it on again sees to what was typed meanwhile."""
    page = opened(f"?text={TEXT}")
    expect(words(page, "source")).to_have_count(5)
    asked = asked_of(page)
    page.get_by_label("translate as I type").uncheck()
    page.get_by_label("Text to translate").fill("Hello.")
    expect(page.get_by_text("The text was edited since")).to_be_visible()
    page.wait_for_timeout(600)
    assert asked == []
    assert "typing=0" in page.url
    page.get_by_label("translate as I type").check()
    expect(words(page, "source")).to_have_text(["Hello.", "⏎"])
    assert "typing" not in page.url
