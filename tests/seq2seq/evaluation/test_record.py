import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import systems
import tiny
from benchmarks.results import DOCS, filled
from seq2seq.card import joined_card
from seq2seq.checkout import commit
from seq2seq.decoding.options import SearchOptions
from seq2seq.errors import InputError
from seq2seq.evaluation.evaluate import Evaluation, evaluate
from seq2seq.evaluation.measures import Scoring
from seq2seq.evaluation.record import Figure, Result, append, read, result_of, scores_of

PAGE = "# Kept\n\n<!-- table: {layout} news -->\nold\n<!-- end -->\n\nAnd this.\n"


def evaluation() -> Evaluation:
    """A system that errs in a third of its words."""
    sources, references = systems.held_out(60)
    return evaluate(
        "a_system",
        sources,
        [references],
        systems.damaged(references, 0.3),
        scoring=Scoring(bootstrap=50),
        search=SearchOptions(beam=3),
        seconds=1.5,
    )


def result(**changes: object) -> Result:
    """A line as the program writes it."""
    return result_of(evaluation(), "news", tiny.card()).model_copy(update=changes)


def test_what_is_recorded_is_read_again(tmp_path: Path) -> None:
    """One line each, appended, with all that a table needs."""
    lines = [result(seed=1), result(seed=2)]

    for line in lines:
        append(tmp_path / "results.jsonl", line)

    assert list(read(tmp_path / "results.jsonl")) == lines
    plain = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    assert [line["seed"] for line in plain] == [1, 2]
    assert all(line["bleu"]["signature"].startswith("nrefs:1|bs:50") for line in plain)


def test_a_line_says_which_system_was_measured_how() -> None:
    """Scores as measured, the search, and from the card what was trained; of a file nothing is known."""
    found = evaluation()

    of_model, of_file = result_of(found, "news", tiny.card()), result_of(found, "news", None)

    assert of_model.bleu == Figure.of(found.scores.bleu)
    assert (of_model.beam, of_model.length_penalty, of_model.seconds) == (3, 1.0, 1.5)
    assert (of_model.seed, of_model.device, of_model.recipe) == (1, "cpu", "five sentences")
    assert of_model.date == datetime.now(tz=UTC).date()
    assert sum(bucket.sentences for bucket in of_model.by_length) == of_model.sentences == 60
    assert (of_file.seed, of_file.recipe, of_file.device) == (None, "", "")
    assert of_file.sha256 == of_model.sha256 != ""


def test_a_card_shows_the_results_of_its_own_model() -> None:
    """Each metric with interval and signature; another seed is another model."""
    mine = result(bleu=Figure(value=41.234, low=40.0, high=42.5, signature="s"), chrf=None)

    scores = scores_of(tiny.card(), [mine, result(seed=2)])

    assert [(score.set, score.metric, score.value, score.signature) for score in scores] == [
        ("news", "BLEU", 41.23, "s")
    ]
    assert scores[0].detail == "(60 sentences, 95 % 40.0 to 42.5)"


def test_a_line_that_is_no_result_is_named(tmp_path: Path) -> None:
    """With its number; and a directory cannot be appended to."""
    append(tmp_path / "results.jsonl", result())
    with (tmp_path / "results.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"test": "news"}\n')

    with pytest.raises(InputError, match=r"results\.jsonl:2: not a result: date is missing$"):
        list(read(tmp_path / "results.jsonl"))
    with pytest.raises(InputError, match="the file cannot be written"):
        append(tmp_path, result())


def test_tables_are_made_anew_and_other_text_is_kept() -> None:
    """Two seeds of one system get their mean and standard deviation; what no row has is no column."""
    runs = [
        result(seed=1, bleu=Figure(value=40.0, signature="s"), loops=None),
        result(seed=2, bleu=Figure(value=42.0, signature="s"), loops=None),
        result(system="other", seed=1, loops=None),
    ]

    page = filled(PAGE.format(layout="scores"), runs)

    assert page.startswith("# Kept\n\n<!-- table: scores news -->\n| system | seed |")
    assert page.endswith("<!-- end -->\n\nAnd this.\n")
    assert "old" not in page
    assert "41.00 ± 1.41 (s.d. of 2)" in page
    assert "loops" not in page
    assert filled(page, runs) == page


@pytest.mark.parametrize("layout", ["lengths", "training"])
def test_each_layout_makes_a_table(layout: str) -> None:
    """Of whatever the results have."""
    page = filled(PAGE.format(layout=layout), [result()])

    assert "a\\_system" in page
    assert page.count("\n| ") >= 3


def test_a_table_of_nothing_is_an_error() -> None:
    """Rather than an empty place in the page."""
    with pytest.raises(ValueError, match="there is no result for 'news'"):
        filled(PAGE.format(layout="scores"), [result(test="other")])


def test_the_page_of_results_is_what_its_records_give() -> None:
    """`python -m benchmarks.results` would change nothing."""
    page = (DOCS / "results.md").read_text(encoding="utf-8")

    assert filled(page, list(read(DOCS / "results.jsonl"))) == page
    assert page.count("<!-- table:") == page.count("<!-- end -->") > 0


def test_the_commit_is_that_of_the_checkout() -> None:
    """Twelve digits, and whether files differ; nothing where the program is installed."""
    assert re.fullmatch(r"([0-9a-f]{12}(-dirty)?)?", commit())


def test_cards_of_an_ensemble_are_added_up() -> None:
    """Parameters and minutes of all; the scores of none are its own."""
    joined = joined_card([tiny.card("one").model_copy(update={"parameters": 5}), tiny.card("two")])

    assert (joined.name, joined.parameters, joined.scores) == ("one+two", 5, ())
    assert joined_card([tiny.card("one")]) == tiny.card("one")


def test_joined_sentences_stand_beside_single_ones() -> None:
    """A column a number of sentences, in the order of the lines; other test sets are left out."""
    runs = [
        result(system=system, test=test, bleu=Figure(value=value))
        for system, value in (("plain", 20.0), ("attention", 40.0))
        for test in ("news", "news, 2 sentences joined", "newspapers")
    ]

    page = filled(PAGE.format(layout="stretched"), runs)

    assert "| sentences joined | 1 | 2 |" in page
    assert "| plain | 20.0 | 20.0 |" in page
    assert "| attention | 40.0 | 40.0 |" in page
