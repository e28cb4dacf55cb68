"""Walking through a translation step by step, and how much is looked at in all. Skipped without Chromium."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from browsing import TEXT, TRANSLATE, Open, says, with_chromium, words
from seq2seq.preview.document import Preview, preview_from_json

pytestmark = with_chromium
LONG = "The old doctor visited the castle."
HIDDEN = "li.future, tr.future, path.future"


def opened_with_document(opened: Open, query: str) -> tuple[Page, Preview]:
    """Open the page; also what it draws."""
    page = opened(query)
    expect(page.get_by_role("article")).to_be_visible()  # the example
    with page.expect_response(TRANSLATE) as answer:
        page.get_by_label("Text to translate").fill(LONG)
        page.keyboard.press("Enter")
    document = preview_from_json(answer.value.json()["previews"][0])
    expect(page.locator("#status")).to_contain_text("Translated in")
    return page, document


def told(page: Page, term: str) -> Locator:
    """What is said of a step."""
    return page.locator(f"dt:text-is('{term}') + dd")


@pytest.mark.parametrize("view", ["ribbons", "heat", "list"])
def test_the_translation_grows_piece_by_piece(opened: Open, view: str) -> None:
    """By the arrow keys; what is said of each step is what the document says of that piece."""
    page, document = opened_with_document(opened, f"?typing=0&view={view}")
    best = document.hypotheses[0]
    assert best.attention is not None
    page.locator(".steps summary").click()
    slider = page.get_by_role("slider", name="Step", exact=True)
    slider.focus()
    shown = page.locator(
        {"ribbons": ".row.target li", "heat": "tbody tr", "list": ".list ol:not(.sums) li"}[view]
    )
    for step, token in enumerate(best.tokens):
        expect(slider).to_have_attribute(
            "aria-valuetext", re.compile(rf"^{step + 1} of {len(best.tokens)}: ")
        )
        expect(told(page, "wrote")).to_contain_text(token.text or "end of sentence")
        visible = [item for item in shown.all() if item.is_visible()]
        assert len(visible) == token.word + 1
        row = best.attention[step]
        expect(told(page, "looked at")).to_contain_text(f"{100 * max(row):.0f} %")
        written = best.text[: token.start].strip()
        expect(told(page, "had written")).to_contain_text(written or "nothing")
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Next step")).to_be_disabled()

    page.get_by_role("button", name="Step back").click()
    expect(page.locator(HIDDEN)).not_to_have_count(0)
    page.get_by_label("subwords").check()  # the walk is where it was
    expect(slider).to_have_value(str(len(best.tokens) - 1))
    page.locator(".steps summary").click()
    expect(page.locator(HIDDEN)).to_have_count(0)


def test_it_plays_to_the_end_and_again_and_rests_where_one_steps(opened: Open) -> None:
    """The page's own clock, moved by hand; a step taken by hand ends it."""
    page, document = opened_with_document(opened, "?typing=0")
    count = len(document.hypotheses[0].tokens)
    page.locator(".steps summary").click()
    slider = page.get_by_role("slider", name="Step", exact=True)
    play = page.locator(".walk button.quiet")
    page.clock.install()
    play.click()
    expect(play).to_have_text("Pause")
    page.clock.run_for(2000)
    expect(slider).to_have_value("3")
    page.clock.run_for(1000 * count)
    expect(slider).to_have_value(str(count))
    expect(play).to_have_text("Play")

    play.click()  # from the beginning
    expect(slider).to_have_value("1")
    page.clock.run_for(1000)
    page.get_by_role("button", name="Step back").click()
    expect(play).to_have_text("Play")
    page.clock.run_for(5000)
    expect(slider).to_have_value("1")


def test_a_plain_model_is_walked_through_too(opened: Open) -> None:
    """It looks nowhere; the line under the picture says the step, or what is pointed at."""
    page = opened(f"?text={TEXT}&model=tatoeba-en-fr-plain")
    page.locator(".steps summary").click()
    expect(told(page, "looked at")).to_contain_text(re.compile(r"one vector of \d+ numbers"))
    expect(says(page)).to_have_text(re.compile(r"^Step 1 of \d+ wrote "))
    words(page, "source").nth(1).hover()
    expect(says(page)).to_contain_text("goes into the one vector")
    page.mouse.move(0, 0)
    expect(says(page)).to_have_text(re.compile(r"^Step 1 of \d+ wrote "))


def test_how_much_each_word_is_looked_at_in_all(opened: Open) -> None:
    """In the heat map below its column, in the list, and where it is pointed at; together all there is."""
    page = opened(f"?text={TEXT}&view=list")
    shares = page.locator(".sums .probability")
    expect(shares).to_have_count(5)
    said = [float(text.removeprefix("in all ")) for text in shares.all_inner_texts()]
    count = page.locator(".list .word").count()
    assert sum(said) == pytest.approx(count, abs=0.06)

    page.get_by_role("radio", name="Heat map").check()
    cells = page.locator("tfoot td")
    assert [float(text) for text in cells.all_inner_texts()] == pytest.approx(said, abs=0.051)
    page.get_by_role("gridcell").first.focus()
    for _ in range(count):
        page.keyboard.press("ArrowDown")
    expect(cells.first).to_be_focused()
    expect(says(page)).to_contain_text(f"in all {said[0]:.2f} of one word’s attention")
    page.keyboard.press("Enter")
    page.keyboard.press("Home")
    expect(cells.first).to_be_focused()
    expect(page.get_by_role("dialog")).to_have_count(0)
