"""Other words in every view of the page, and where each word looked. Skipped without Chromium."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from browsing import ALTERNATIVES, TEXT, Open, choices, says, with_chromium, words

pytestmark = with_chromium
LONG = "The old doctor visited the castle."


def word_of(page: Page, view: str, index: int) -> Locator:
    """A word of the translation, as a view shows it."""
    return (words(page, "target") if view == "ribbons" else page.locator(f".{view} .word")).nth(index)


@pytest.mark.parametrize("view", ["ribbons", "heat", "list"])
def test_every_view_offers_other_words_and_says_where_the_word_looked(opened: Open, view: str) -> None:
    """By a click and by keys alone; what is chosen is locked there too, and the way back is the same."""
    page = opened(f"?text={TEXT}&view={view}")
    word = word_of(page, view, 1)
    text = word.inner_text()
    word.click()
    expect(choices(page)).not_to_have_count(0)
    looks = page.get_by_role("dialog").locator(".looks")
    expect(looks).to_have_text(re.compile(rf"^{text} looks at .+ \d+ %.* Probability \d\.\d\d\.$"))
    expect(page.get_by_role("dialog")).to_have_accessible_description(looks.inner_text())
    box, below = looks.bounding_box(), page.get_by_role("listbox").bounding_box()
    assert box is not None
    assert below is not None
    assert box["y"] + box["height"] <= below["y"] + 1
    page.keyboard.press("Escape")
    expect(word).to_be_focused()

    page.keyboard.press("Escape")
    expect(word).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Enter")
    expect(page.locator(".choice.active")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    wanted = page.locator(".choice.active b").inner_text()
    page.keyboard.press("Enter")
    expect(word).to_be_focused()
    expect(word).to_have_text(re.compile(f"^{wanted}"))
    expect(page.locator("#status")).to_have_text("2 words are locked.")
    page.keyboard.press("Backspace")
    expect(page.locator("#status")).to_have_text("1 word is locked.")
    expect(word).to_be_focused()
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(page.locator(".locks")).to_have_count(0)
    expect(word).to_have_text(text)


def test_the_arrows_of_the_heat_map_come_to_the_words(opened: Open) -> None:
    """From the cells of a row to its word; Enter on a cell offers words for its row, and Esc comes back."""
    page = opened(f"?text={TEXT}&view=heat")
    cells = page.get_by_role("gridcell")
    cells.first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text(" looks at ")
    expect(word_of(page, "heat", 1)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(cells.nth(5)).to_be_focused()
    expect(word_of(page, "heat", 1)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowLeft")
    expect(word_of(page, "heat", 1)).to_be_focused()
    expect(says(page)).to_contain_text(f"{word_of(page, 'heat', 1).inner_text()} looks at ")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(cells.nth(5)).to_be_focused()
    expect(page.locator('.heat [tabindex="0"]')).to_have_count(1)


def test_the_words_of_the_list_are_one_stop(opened: Open) -> None:
    """Arrows, Home and End go from word to word; what is pinned can be left out there too."""
    page = opened(f"?text={TEXT}&view=list")
    listed = page.locator(".list .word")
    listed.first.focus()
    last = listed.count() - 1
    for key, index in (
        ("ArrowDown", 1),
        ("End", last),
        ("ArrowDown", last),
        ("ArrowUp", last - 1),
        ("Home", 0),
    ):
        page.keyboard.press(key)
        expect(listed.nth(index)).to_be_focused()
    expect(page.locator('.list [tabindex="0"]')).to_have_count(1)
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name=re.compile("^Leave “.+” out and compare$"))).to_be_visible()


@pytest.mark.parametrize("view", ["ribbons", "heat", "list"])
def test_a_piece_within_a_word_offers_other_ends_of_it(opened: Open, view: str) -> None:
    """And its first piece other words; the whole of what is chosen is locked."""
    page = opened(f"?text={LONG}&subwords=1")
    continues = page.locator(".row.target li.continues button").first
    expect(continues).to_be_visible()
    count = words(page, "target").count()
    index = int(continues.get_attribute("data-index") or 0)
    before = words(page, "target").nth(index - 1).inner_text()
    page.get_by_role("radio", name={"ribbons": "Ribbons", "heat": "Heat map", "list": "List"}[view]).check()
    piece = word_of(page, view, index)
    with page.expect_request(ALTERNATIVES) as asked:
        piece.click()
    prefix = (asked.value.post_data_json or {})["target_prefix"]
    assert prefix.endswith(before)
    expect(choices(page)).not_to_have_count(0)
    expect(page.locator(".choice[aria-selected=true]")).to_have_count(1)  # the word that stands there
    begun = prefix.split()[-1]
    goes_on = [text for text in page.locator(".choice b").all_inner_texts() if text.startswith(begun)]
    assert len(goes_on) > 1
    wanted = choices(page).filter(has=page.locator(f"b:text-is('{goes_on[1]}')"))
    wanted.click()
    expect(page.locator(".locks bdi")).to_have_text(f"{' '.join(prefix.split()[:-1])} {goes_on[1]}")
    expect(page.locator("#status")).to_contain_text("words are locked.")
    page.keyboard.press("Control+z")

    page.get_by_role("radio", name="Ribbons").check()
    expect(words(page, "target")).to_have_count(count)
    with page.expect_request(ALTERNATIVES) as asked:
        words(page, "target").nth(index - 1).click()
    assert (asked.value.post_data_json or {})["target_prefix"] == prefix.removesuffix(before)


def test_the_plain_twin_says_that_a_word_looked_nowhere(opened: Open) -> None:
    """All of its words are made from the one vector; it offers others all the same."""
    page = opened(f"?text={TEXT}&model=tatoeba-en-fr-plain&view=list")
    word_of(page, "list", 1).click()
    expect(choices(page)).not_to_have_count(0)
    expect(page.get_by_role("dialog").locator(".looks")).to_contain_text("made from the one vector")
