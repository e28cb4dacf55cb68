"""The page in a real browser, by a real server with the models that come with the program.

Skipped where there is no Chromium.
"""

import json
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as ET

from PIL import Image
from playwright.sync_api import Route, expect

import previews
from browsing import MODELS, TEXT, TRANSLATE, Open, fulfil, says, with_chromium, words
from seq2seq.preview.alignment import align, to_pharaoh
from seq2seq.preview.document import preview_from_json, preview_of

pytestmark = with_chromium


def answered(*documents: dict[str, Any]) -> Callable[[Route], None]:
    """Answer every request with documents."""
    return lambda route: fulfil(route, {"previews": list(documents)})


def test_a_translation_is_two_rows_of_words_that_point_at_each_other(opened: Open) -> None:
    """By mouse and by keys; what is said is what the document says."""
    page = opened()
    expect(words(page, "source").first).to_be_visible()  # the example, for the box is empty
    with page.expect_response(TRANSLATE) as asked:
        page.get_by_label("Text to translate").fill(TEXT)
        page.keyboard.press("Enter")
    document = preview_from_json(asked.value.json()["previews"][0])
    expect(page.locator("#status")).to_contain_text("Translated in")

    expect(words(page, "source")).to_have_text([*TEXT.split(), "⏎"])
    expect(words(page, "target")).to_have_count(len(document.hypotheses[0].text.split()) + 1)
    words(page, "source").nth(1).hover()
    expect(says(page)).to_have_text(re.compile(r"^is is looked at by "))
    words(page, "target").first.focus()
    page.keyboard.press("ArrowRight")
    expect(says(page)).to_have_text(re.compile(r" looks at .+ \d+ %.* Probability \d\.\d\d\.$"))
    expect(words(page, "target").nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(words(page, "source").and_(page.locator(":focus"))).to_have_count(1)
    page.keyboard.press("End")
    expect(says(page)).to_have_text(re.compile("^end of sentence is looked at by "))
    page.keyboard.press("Enter")
    pinned = words(page, "source").last
    expect(pinned).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(pinned).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".ribbons path").first).to_have_attribute("d", re.compile("^M"))


def test_views_and_switches_are_kept_in_the_address(opened: Open) -> None:
    """Ribbons, heat map and list show the same; the page comes back as it was left."""
    page = opened(f"?text={TEXT}")
    rows, columns = words(page, "target"), words(page, "source")
    expect(columns).to_have_count(5)
    cells = rows.count() * columns.count()
    page.get_by_role("radio", name="Heat map").check()
    grid = page.get_by_role("grid")
    expect(grid.locator("tbody").get_by_role("gridcell")).to_have_count(cells)
    grid.get_by_role("gridcell").first.focus()
    page.keyboard.press("ArrowDown")
    expect(grid.get_by_role("gridcell").nth(5)).to_be_focused()
    expect(says(page)).to_contain_text(" looks at ")
    page.get_by_label("subwords").check()
    expect(page.get_by_role("columnheader").first).to_be_visible()
    page.locator("#results").get_by_role("gridcell").first.focus()
    page.keyboard.press("3")
    expect(page.locator(".list li").first).to_contain_text("← ")
    assert page.url.endswith("text=Where+is+the+station%3F&view=list&subwords=1")

    page.reload()

    expect(page.locator(".list li").first).to_contain_text("← ")
    expect(page.get_by_label("subwords")).to_be_checked()


def test_words_can_be_left_as_they_are(opened: Open) -> None:
    """They are one word on each side, and stay in the address; who cannot keep words is not asked to."""
    page = opened("?text=I+like+Blue+Cat+very+much.")
    expect(words(page, "source").first).to_be_visible()

    page.get_by_label("leave as they are").fill("Blue Cat, much")
    page.keyboard.press("Tab")

    expect(words(page, "target").filter(has_text="Blue")).to_be_visible()
    expect(page.locator(".other bdi").first).to_contain_text("Blue Cat")
    assert "keep=Blue+Cat" in page.url

    def cannot(route: Route) -> None:
        found = route.fetch().json()
        models = [{**model, "keeps": False} for model in found["models"]]
        fulfil(route, {**found, "models": models})

    other = opened("?text=Hello.&keep=Hello", routes={MODELS: cannot})
    expect(words(other, "target").first).to_be_visible()
    expect(other.get_by_label("leave as they are")).to_be_hidden()


def test_the_plain_twin_is_shown_beside(opened: Open) -> None:
    """It has no ribbons from the source but the one vector; the choice of model is kept too."""
    page = opened(f"?text={TEXT}")
    page.get_by_label("compare with plain").check()

    expect(page.locator(".block h3")).to_have_text(["With attention", "Plain"])
    expect(page.locator(".companion .vector")).to_have_text(
        re.compile(r"^one vector of \d+ numbers, however long the source is$")
    )
    expect(page.locator(".block").nth(1).locator(".facts")).to_contain_text(
        re.compile("words differ|the same words")
    )

    page.get_by_label("compare with plain").uncheck()
    page.get_by_label("Model").select_option("tatoeba-en-fr-plain")
    expect(page.locator(".stage.plain .row.source button")).to_have_count(5)
    page.get_by_role("radio", name="Heat map").check()
    expect(page.locator(".vector")).to_be_visible()  # rather than an empty grid
    assert "model=tatoeba-en-fr-plain" in page.url


def test_an_edited_text_marks_its_translation_as_old(opened: Open) -> None:
    """Until it is translated again, or as it was; an empty one is not sent."""
    page = opened(f"?text={TEXT}&typing=0")
    expect(words(page, "source")).to_have_count(5)
    box = page.get_by_label("Text to translate")

    box.fill(TEXT + " Now?")
    expect(page.get_by_text("The text was edited since")).to_be_visible()
    box.fill(TEXT)
    expect(page.get_by_text("The text was edited since")).to_be_hidden()
    box.fill(" ")
    page.get_by_role("button", name="Translate").click()
    expect(page.get_by_text("Write a sentence first.")).to_be_visible()
    expect(box).to_be_focused()
    expect(box).to_have_attribute("aria-invalid", "true")


def test_each_sentence_has_its_card_or_all_have_one(opened: Open) -> None:
    """One that cannot be translated says why in its own; made longer, all are one."""
    page = opened(routes={})
    page.get_by_label("Text to translate").fill("Hello.\n" + "one two " * 400)
    page.get_by_role("button", name="Translate").click()
    cards = page.locator("article.card")
    expect(cards).to_have_count(2)
    expect(cards.nth(1)).to_contain_text("The sentence has more tokens than the 512 that this model takes.")
    expect(cards.nth(0).locator(".row.source button")).to_have_count(2)

    page.get_by_label("Text to translate").fill(TEXT)
    page.get_by_role("button", name="Make it longer").click()
    expect(cards).to_have_count(1)
    expect(page.get_by_label("as one sentence")).to_be_checked()
    expect(words(page, "source")).to_have_count(13)


def test_when_the_server_cannot_be_reached_the_text_stays(opened: Open) -> None:
    """And "Try again" does; a busy one is told from one that is gone."""
    page = opened(f"?text={TEXT}")
    expect(words(page, "source")).to_have_count(5)
    page.route(TRANSLATE, lambda route: route.abort())
    page.get_by_label("Text to translate").fill("Hello.")
    page.keyboard.press("Enter")
    alert = page.locator("#trouble")
    expect(alert).to_contain_text("No answer from the server at this address. Is “seq2seq serve” running?")

    page.unroute(TRANSLATE)
    full = {"code": "QUEUE_FULL", "message": "900 source tokens are waiting already", "mend": "Try again."}
    page.route(TRANSLATE, lambda route: fulfil(route, {"error": full}, 429))
    alert.get_by_role("button", name="Try again").click()
    expect(alert).to_contain_text("The server is busy. Try again in a moment. QUEUE_FULL")
    expect(page.get_by_label("Text to translate")).to_have_value("Hello.")

    page.unroute(TRANSLATE)
    alert.get_by_role("button", name="Try again").click()
    expect(words(page, "source")).to_have_count(2)
    expect(alert).to_be_hidden()


def test_a_model_that_is_being_loaded_is_waited_for(opened: Open) -> None:
    """With the controls off, and then by itself."""
    visits: list[str] = []

    def loading_first(route: Route) -> None:
        visits.append(route.request.url)
        answer = route.fetch().json()
        if len(visits) == 1:
            answer["models"][0]["state"] = "loading"
        fulfil(route, answer)

    page = opened(f"?text={TEXT}", routes={MODELS: loading_first})

    expect(page.locator("#status")).to_contain_text("Loading English → French")
    expect(page.get_by_role("button", name="Translate")).to_be_disabled()
    expect(words(page, "source")).to_have_count(5)
    expect(page.get_by_role("button", name="Translate")).to_be_enabled()
    assert len(visits) == 2


def test_text_is_never_markup_and_runs_its_own_way(opened: Open) -> None:
    """Right-to-left rows are rows of their own direction, where ← goes on; a tag is a word."""
    document = preview_of(
        previews.translation("<img/src=x/onerror=alert(1)> two", "محطة القطار هنا", is_repetitive=True)
    ).to_json()
    document["hypotheses"][0]["finished"] = False
    page = opened(f"?text={TEXT}", routes={TRANSLATE: answered(document)})

    expect(words(page, "source").first).to_have_text("<img/src=x/onerror=alert(1)>")
    expect(page.locator("main img")).to_have_count(0)
    expect(page.locator(".row.target ol")).to_have_attribute("dir", "rtl")
    words(page, "target").first.focus()
    page.keyboard.press("ArrowLeft")
    expect(words(page, "target").nth(1)).to_be_focused()
    boxes = [words(page, "target").nth(index).bounding_box() for index in (0, 1)]
    assert boxes[0]["x"] > boxes[1]["x"]  # type: ignore[index]
    expect(page.locator("main")).not_to_contain_text(re.compile("null|undefined|NaN"))
    expect(page.locator(".tag.warn")).to_have_text(["cut off at the length limit", "goes in circles"])


def test_what_is_saved_can_be_read(opened: Open) -> None:
    """The document, Pharaoh links as Python writes them, and a picture of XML."""
    page = opened(f"?text={TEXT}")
    saved = {}
    for kind in ("JSON", "Pharaoh", "SVG", "PNG"):
        with page.expect_download() as download:
            page.get_by_role("button", name=kind, exact=True).click()
        saved[kind] = download.value.path().read_bytes()
        assert download.value.suggested_filename.startswith("attention-where-is-the-station.")

    document = preview_from_json(json.loads(saved["JSON"]))
    assert document.source.text == TEXT
    assert saved["Pharaoh"].decode() == to_pharaoh(align(document)) + "\n"
    picture = ET.fromstring(saved["SVG"])  # noqa: S314 — our own page made it
    texts = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[:5] == [*TEXT.split(), "⏎"]
    with Image.open(BytesIO(saved["PNG"])) as painted:
        assert painted.width == 2 * round(float(picture.attrib["width"]))


def test_a_word_can_be_left_out_to_see_what_it_did(opened: Open) -> None:
    """The pinned one, or the one that the pinned word looks at most; for the end there is no such offer."""
    page = opened("?text=The old doctor visited the castle.")
    offer = page.get_by_role("button", name=re.compile("^Leave “.+” out and compare$"))
    words(page, "source").nth(1).click()
    expect(offer).to_have_text("Leave “old” out and compare")

    with page.expect_request(TRANSLATE) as asked:
        offer.click()
    assert (asked.value.post_data_json or {})["texts"] == ["The doctor visited the castle."]
    expect(page.locator(".without-answer")).to_have_text(
        re.compile(r"^Without “old”: .+ \((\d+|no) .* new\)$")
    )

    words(page, "target").first.click()
    expect(offer).to_have_count(1)
    expect(page.locator(".without-answer")).to_be_empty()
    words(page, "source").last.click()
    expect(offer).to_be_hidden()


def test_another_translation_can_be_looked_at(opened: Open) -> None:
    """Those that the search also found; choosing one draws it."""
    page = opened(f"?text={TEXT}")
    others = page.locator(".other")
    expect(others).to_have_count(3)
    chosen = others.nth(1).locator("bdi").inner_text()

    others.nth(1).click()

    expect(others.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(words(page, "target")).to_have_text([*chosen.split(), "⏎"])


def test_a_phone_has_room_for_it(opened: Open) -> None:
    """At 390 pixels nothing but the heat map scrolls sideways, and that in its own box."""
    text = "The train leaves at nine o'clock and I would like a cup of tea, please, in the big house."
    page = opened(f"?text={text}&compare=1", viewport={"width": 390, "height": 844}, has_touch=True)
    width = "document.documentElement.scrollWidth"
    expect(words(page, "source").first).to_be_visible()
    assert page.evaluate(width) <= 390

    words(page, "target").first.tap()
    expect(words(page, "target").first).to_have_attribute("aria-pressed", "true")
    expect(says(page)).to_contain_text(" looks at ")
    page.get_by_role("radio", name="Heat map").tap()
    expect(page.get_by_role("grid")).to_be_visible()
    assert page.evaluate(width) <= 390
