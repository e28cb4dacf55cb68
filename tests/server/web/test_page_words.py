"""Other words on the page: choosing one, what is locked then, and the ways back. Skipped without Chromium."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

import previews
from browsing import ALTERNATIVES, TEXT, TRANSLATE, Open, choices, fulfil, hold, with_chromium, words
from seq2seq.preview.document import preview_from_json, preview_of

pytestmark = with_chromium
END = "⏎"


def text_of(page: Page) -> str:
    """The translation that is shown, when there is one."""
    expect(words(page, "target").last).to_have_text(END)
    return " ".join(words(page, "target").all_inner_texts()[:-1])


def locked(page: Page) -> list[str]:
    """The words that are marked as locked, as a screen reader has them."""
    names = [word.get_attribute("aria-label") or "" for word in page.locator(".row.target .locked").all()]
    assert all(", locked" in name for name in names)
    return [name.split(",")[0] for name in names]


def prefixes(page: Page) -> list[str]:
    """What the address keeps of locks."""
    return parse_qs(urlsplit(page.url).query, keep_blank_values=True).get("prefix", [])


def offer(page: Page, index: int) -> list[dict[str, Any]]:
    """Click on a word of the translation; what the server offers for it."""
    with page.expect_response(ALTERNATIVES) as answer:
        words(page, "target").nth(index).click()
    found: list[dict[str, Any]] = answer.value.json()["alternatives"]
    expect(choices(page)).to_have_count(len(found))
    return found


def test_choosing_a_word_shows_where_it_leads_and_locks_what_it_follows(opened: Open) -> None:
    """At once, from the answer that is there already; other translations come when they come."""
    page = opened(f"?text={TEXT}")
    first = text_of(page).split()[0]
    held = hold(page, TRANSLATE)
    found = offer(page, 1)
    leads = [preview_from_json(one["preview"]).hypotheses[0].text for one in found]

    expect(words(page, "target").nth(1)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("listbox")).to_be_focused()
    choices(page).nth(1).hover()
    rest = choices(page).nth(1).locator(".rest")
    expect(rest).to_have_css("opacity", "1")
    expect(choices(page).nth(2).locator(".rest")).to_have_css("opacity", "0")
    assert leads[1] == f"{first} {found[1]['word']} {rest.inner_text()}"
    name = rf"^{found[1]['word']} ?, then {re.escape(rest.inner_text())} \d+ %$"
    expect(choices(page).nth(1)).to_have_accessible_name(re.compile(name))
    choices(page).nth(1).click()

    expect(page.get_by_role("dialog")).to_have_count(0)
    assert text_of(page) == leads[1]
    assert locked(page) == [first, found[1]["word"]]
    assert prefixes(page) == [f"{first} {found[1]['word']} "]
    expect(words(page, "target").nth(1)).to_be_focused()
    expect(page.locator(".locks")).to_contain_text(f"Locked: “{first} {found[1]['word']}”")
    expect(page.locator(".other")).to_have_count(0)
    held[0].continue_()
    expect(page.locator(".other")).to_have_count(3)
    assert all(
        text.startswith(f"{first} {found[1]['word']} ")
        for text in page.locator(".other bdi").all_inner_texts()
    )
    expect(page.locator(".other[aria-pressed=true] bdi")).to_have_text(leads[1])
    expect(page.locator("#status")).to_have_text("2 words are locked.")


def test_other_words_by_keys(opened: Open) -> None:
    """Arrows, Home, End, Enter and Esc; Backspace unlocks, Ctrl Z takes back."""
    page = opened(f"?text={TEXT}")
    free = text_of(page)
    word = words(page, "target").nth(2)
    word.focus()
    page.keyboard.press("Enter")
    expect(choices(page)).not_to_have_count(0)
    active = page.locator(".choice.active")
    expect(active).to_have_attribute("aria-selected", "true")  # the word that stands there
    for key, index in (("End", -1), ("ArrowDown", -1), ("Home", 0), ("ArrowUp", 0), ("ArrowDown", 1)):
        page.keyboard.press(key)
        name = choices(page).nth(index).get_attribute("id")
        expect(page.get_by_role("listbox")).to_have_attribute("aria-activedescendant", name or "")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(word).to_be_focused()
    expect(word).to_have_attribute("aria-expanded", "false")
    expect(word).to_have_attribute("aria-pressed", "true")

    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(active).to_have_count(1)
    page.keyboard.press("ArrowDown")
    wanted = active.locator("b").inner_text()
    page.keyboard.press("Enter")
    expect(word).to_be_focused()
    expect(page.locator(".other")).to_have_count(3)
    chosen = text_of(page)
    assert locked(page) == [*free.split()[:2], wanted]

    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Backspace")
    expect(page.locator("#status")).to_have_text("1 word is locked.")
    assert text_of(page) == free
    assert locked(page) == free.split()[:1]
    expect(words(page, "target").nth(1)).to_be_focused()
    page.keyboard.press("Control+z")
    assert text_of(page) == chosen
    assert len(locked(page)) == 3
    page.keyboard.press("Control+z")
    assert (text_of(page), locked(page), prefixes(page)) == (free, [], [])
    page.keyboard.press("Backspace")  # on a word that is not locked
    expect(page.locator(".locks")).to_have_count(0)


def test_a_word_of_ones_own(opened: Open) -> None:
    """Typed from the list on, where "1" is no view; what cannot be is said, and a lock has a way out."""
    page = opened(f"?text={TEXT}")
    offer(page, 1)
    page.keyboard.type("1 sera")
    own = page.get_by_label("or your own")
    expect(own).to_have_value("1 sera")
    expect(page.locator(".row.target")).to_be_visible()
    own.fill(" sera ")
    page.keyboard.press("Enter")
    expect(page.locator(".locks")).to_contain_text("sera")
    assert text_of(page).split()[1] == "sera"
    assert len(locked(page)) == 2

    offer(page, 3)
    own.fill("mot " * 600)
    page.keyboard.press("Enter")
    said = page.locator(".said")
    expect(said).to_contain_text("No translation of this sentence can begin like that.")
    expect(said.get_by_role("button", name="Try again")).to_be_visible()
    page.keyboard.press("Escape")

    offer(page, 0)
    page.get_by_role("button", name="Unlock from here").click()
    expect(page.locator(".locks")).to_have_count(0)
    assert prefixes(page) == []


def test_a_link_keeps_what_is_locked_and_a_new_text_drops_it(opened: Open) -> None:
    """The end of the sentence too, and in which sentence; the way back is a button."""
    page = opened("?text=Hello. Where is the station?&prefix=&prefix=Quelle+est+")
    second = page.locator("article.card").nth(1)
    expect(second.locator(".row.target .locked")).to_have_text(["Quelle", "est"])
    expect(page.locator("article.card").nth(0).locator(".locked")).to_have_count(0)
    page.get_by_role("radio", name="Heat map").check()
    expect(second.locator("th.locked")).to_have_text(["Quelle, locked", "est, locked"])
    page.get_by_role("radio", name="List").check()
    expect(second.locator(".word.locked").first).to_have_text("Quelle, locked")
    assert prefixes(page) == ["", "Quelle est "]
    second.get_by_role("button", name="Free translation again").click()
    expect(page.locator(".locked")).to_have_count(0)
    page.get_by_role("radio", name="Ribbons").check()

    page = opened(f"?text={TEXT}")
    count = len(text_of(page).split())
    offer(page, count - 1)  # the question mark
    choices(page).filter(has_text="end of sentence").click()
    expect(words(page, "target")).to_have_count(count)
    assert locked(page)[-1] == "end of sentence"
    page.reload()
    expect(words(page, "target")).to_have_count(count)
    expect(page.locator(".locks")).to_contain_text("and the end of the sentence")
    assert len(locked(page)) == count

    page.get_by_label("Text to translate").fill("Where is the old station?")
    page.keyboard.press("Enter")
    expect(words(page, "source")).to_have_count(6)
    expect(page.locator(".locks")).to_have_count(0)
    assert prefixes(page) == []


def test_what_is_old_never_comes_over_what_is_new(opened: Open) -> None:
    """Words for a translation that is gone; a translation still waited for when another word is chosen."""
    page = opened(f"?text={TEXT}")
    free = text_of(page)
    hold(page, ALTERNATIVES)
    words(page, "target").nth(1).click()
    expect(page.get_by_role("dialog")).to_contain_text("Looking for other words…")
    page.get_by_label("Text to translate").fill("Where is the old station?")
    page.keyboard.press("Enter")
    expect(words(page, "source")).to_have_count(6)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.unroute(ALTERNATIVES)
    page.get_by_label("Text to translate").fill(TEXT)
    page.keyboard.press("Enter")
    expect(words(page, "source")).to_have_count(5)
    assert text_of(page) == free

    held = hold(page, TRANSLATE)
    offer(page, 1)
    page.get_by_label("or your own").fill("sera")
    page.keyboard.press("Enter")
    found = [option.get_attribute("title") for option in choices(page).all()]
    choices(page).nth(1).click()  # does not wait for it
    assert text_of(page) == found[1]
    page.keyboard.press("Control+z")  # nor for other translations
    assert text_of(page) == free
    assert len(held) == 2
    assert all(route.request.failure for route in held)  # they were given up
    expect(page.locator("#status")).to_have_text("No word is locked: a free translation.")
    assert (text_of(page), prefixes(page)) == (free, [])


def test_where_no_words_can_be_had_it_says_why(opened: Open) -> None:
    """In the popover, with another try; the source has none."""
    page = opened(f"?text={TEXT}")
    page.route(ALTERNATIVES, lambda route: route.abort())
    words(page, "target").nth(1).click()
    again = page.get_by_role("dialog").get_by_role("button", name="Try again")
    expect(page.locator(".said")).to_contain_text("No answer from the server at this address.")
    expect(again).to_be_focused()
    page.unroute(ALTERNATIVES)
    page.route(ALTERNATIVES, lambda route: fulfil(route, {"alternatives": []}))
    again.click()
    expect(page.locator(".said")).to_have_text("The model has no other words here.")
    page.unroute(ALTERNATIVES)
    page.keyboard.press("Escape")

    words(page, "source").nth(1).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_twin_begins_alike(opened: Open) -> None:
    """Whichever of the two a word was chosen for; what is left out or saved begins so too."""
    page = opened(f"?text={TEXT}&compare=1")
    rows = page.locator(".row.target")
    expect(rows).to_have_count(2)
    rows.nth(1).locator("button").nth(1).click()
    expect(choices(page)).not_to_have_count(0)
    wanted = choices(page).nth(1).locator("b").inner_text()
    choices(page).nth(1).click()
    for row in (rows.nth(0), rows.nth(1)):
        expect(row.locator(".locked")).to_have_count(2)
        expect(row.locator(".locked").nth(1)).to_have_text(wanted)
    expect(rows.nth(1).locator("button").nth(1)).to_be_focused()

    with page.expect_download() as download:
        page.get_by_role("button", name="JSON", exact=True).click()
    saved = preview_from_json(json.loads(download.value.path().read_bytes()))
    assert saved.hypotheses[0].text.split()[1] == wanted
    words(page, "source").nth(2).click()
    with page.expect_request(TRANSLATE) as asked:
        page.get_by_role("button", name="Leave “the” out and compare").first.click()
    assert (asked.value.post_data_json or {})["target_prefix"] == prefixes(page)[0]


def test_other_words_from_right_to_left_on_a_phone(opened: Open) -> None:
    """By touch, within the window, each word with where it leads; the list runs as the text does."""

    def document(text: str) -> dict[str, Any]:
        return preview_of(previews.translation("Where is it", text)).to_json()

    ways = [("محطة", "أين محطة القطار ؟"), ("تقع", "أين تقع محطة القطار ؟")]
    offered = [{"word": word, "log_prob": -1.0, "preview": document(text)} for word, text in ways]
    routes = {
        TRANSLATE: lambda route: fulfil(route, {"previews": [document("أين محطة القطار ؟")]}),
        ALTERNATIVES: lambda route: fulfil(route, {"alternatives": offered}),
    }
    page = opened("?text=Where is it", routes=routes, viewport={"width": 390, "height": 844}, has_touch=True)
    words(page, "target").nth(1).tap()
    expect(choices(page)).to_have_count(2)
    box = page.get_by_role("dialog").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.get_by_role("listbox")).to_have_attribute("dir", "rtl")
    expect(choices(page).locator(".rest")).to_have_text(["القطار ؟", "محطة القطار ؟"])
    chances, way = (choices(page).nth(1).locator(part).bounding_box() for part in (".chance", "b"))
    assert chances["x"] < way["x"]  # type: ignore[index]

    choices(page).nth(1).tap()
    expect(page.locator(".row.target .locked")).to_have_text(["أين", "تقع"])
    expect(page.locator(".locks bdi")).to_have_attribute("dir", "rtl")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
