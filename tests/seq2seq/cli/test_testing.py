"""Models measured on test sets: one that writes nothing but spaces is a bad one, and no end of the work."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

import serving
import tiny
from seq2seq.bundle import Bundle
from seq2seq.cli.comparison import report_on
from seq2seq.cli.roads import Machine
from seq2seq.cli.systems import Bench, Named
from seq2seq.cli.testing import TestSet as Sentences  # pytest would take it for tests
from seq2seq.cli.testing import Ways, measure_system
from seq2seq.decoding.options import SearchWish
from seq2seq.errors import InputError, NothingWritten
from seq2seq.evaluation.evaluate import Evaluation
from seq2seq.evaluation.measures import Scoring
from seq2seq.evaluation.rendering import renderings
from seq2seq.evaluation.terminal import text
from seq2seq.translation import Failure
from seq2seq.translator import load_translator
from server.engine.catalogue import Hosted

WAYS = Ways(SearchWish(attention=True), Scoring(bootstrap=20), machine=Machine("cpu"), quiet=True)
TEST = Sentences(list(tiny.ENGLISH), [list(tiny.FRENCH)])


@pytest.fixture(scope="module", params=["bahdanau", "none"])
def taciturn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A model that has nothing to say of some sentences, and what it says of the others."""
    return tiny.taciturn(tmp_path_factory.mktemp("models") / "taciturn", attention=request.param)


def check(found: Evaluation, bundle: Bundle) -> None:
    """Whatever the model wrote is scored as it wrote it, and nothing where that was nothing."""
    answers = list(load_translator(bundle.directory, device="cpu").translate_lines(TEST.sources))
    silent = [answer.line for answer in answers if isinstance(answer, Failure)]

    assert 0 < len(silent) < len(answers)
    assert all(isinstance(answer.error, NothingWritten) for answer in answers if isinstance(answer, Failure))
    assert list(found.translations) == [
        "" if isinstance(answer, Failure) else answer.text for answer in answers
    ]
    assert (found.behaviour.empty.count, list(found.behaviour.empty.lines)) == (len(silent), silent)
    assert [found.chrf.of_sentence(line - 1) for line in silent] == [0.0] * len(silent)


def test_an_empty_translation_is_a_bad_one(taciturn: Bundle) -> None:
    """By `evaluate`, which goes on and says where; attention is that of the other sentences."""
    found = measure_system(taciturn.directory, TEST, WAYS)

    check(found, taciturn)
    is_attentive = taciturn.card.attention == "bahdanau"
    assert (found.attention is not None) is is_attentive
    if is_attentive:
        assert [grid is None for grid in found.grids] == [not written for written in found.translations]
    assert f"empty {found.behaviour.empty.count} (line" in found.text()


def test_a_server_tells_an_empty_translation_from_a_fault(taciturn: Bundle) -> None:
    """And so it is measured like a model of one's own."""
    hosted = Hosted("models/taciturn", taciturn, lambda: load_translator(taciturn.directory, device="cpu"))

    with serving.running(hosted) as server:
        found = measure_system(None, TEST, replace(WAYS, server=server.address, machine=Machine()))

    check(found, taciturn)


def test_a_comparison_shows_empty_translations(taciturn: Bundle, tmp_path: Path) -> None:
    """Scored, counted and among the examples, on joined sentences too; all other parts are there."""
    spoken = tiny.bundle(tmp_path / "spoken").directory
    joined = Sentences([" ".join(TEST.sources[:2])], [[" ".join(tiny.FRENCH[:2])]], "2 sentences joined")
    bench = Bench([TEST, joined], WAYS)
    named = [Named("spoken", (spoken,)), Named("taciturn", (taciturn.directory,))]

    found = report_on(named, [[bench.measure(path)] for one in named for path in one.paths], bench, [1, 2])

    (silent,) = [system for system in found.comparison.systems if system.name == "taciturn"]
    check(silent.first, taciturn)
    assert re.search(r" empty +copies of the source\n.+\n   taciturn +\d\.\d\d +\d +2 ", text(found))
    assert "   taciturn: (empty)\n" in text(found)
    files = renderings(found)
    assert "- taciturn (0.0): (empty) ~~−" in files["report.md"]
    assert "<em>(empty)</em> <del>" in files["report.html"]
    assert '"text": ""' in files["report.json"]


def test_whatever_else_goes_wrong_ends_the_measuring(taciturn: Bundle) -> None:
    """A sentence that the model cannot take is named; no figure leaves it out."""
    test = Sentences([*TEST.sources, "word " * 99], [[*tiny.FRENCH, "mot"]])

    with pytest.raises(InputError, match=r"^test sentence 6: the sentence has"):
        measure_system(taciturn.directory, test, WAYS)
