import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import previews
import tiny
from circles import circling, times_in_a_row
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.search import Search
from seq2seq.errors import DecodingError, NothingWritten, SentenceTooLong
from seq2seq.loading import load_network
from seq2seq.nn.inference import PackedModel
from seq2seq.translation import (
    Candidate,
    Failure,
    FinishReason,
    PieceKind,
    Translation,
    check_candidate,
)
from seq2seq.translator import Translator, load_translator


def test_two_lines_in_a_fresh_process_translate(translator: Translator) -> None:
    """Another process loads the directory and says the same as this one."""
    program = (
        "import sys; from seq2seq.translator import load_translator\n"
        "print(ascii(load_translator(sys.argv[1], threads=1).translate('Hello.').text))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(translator.bundle.directory)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == ascii(translator.translate("Hello.").text)


def test_a_translation_has_text_scores_pieces_and_attention(attentive: Translator) -> None:
    """Every part fits the others, and the ends of both sentences are labelled."""
    translation = attentive.translate("Where is the  station?")
    best = translation.candidates[0]

    assert best.text == translation.text != ""
    assert best.log_prob == pytest.approx(sum(piece.log_prob or 0.0 for piece in best.pieces))
    assert best.score == pytest.approx(best.log_prob / len(best.pieces))
    source = translation.source
    assert source.text == "Where is the  station?"
    assert source.pieces[-1].kind is PieceKind.END_OF_SENTENCE
    for piece in source.pieces:
        assert source.text[piece.span.start : piece.span.end] == piece.text
    for piece in best.pieces:
        assert best.text[piece.span.start : piece.span.end] == piece.text
    ended = best.finish_reason is FinishReason.END_OF_SENTENCE
    assert (best.pieces[-1].kind is PieceKind.END_OF_SENTENCE) == ended
    assert best.attention is not None
    assert best.attention.shape == (len(best.pieces), len(source.pieces))
    np.testing.assert_allclose(best.attention.sum(axis=1), 1.0, atol=1e-5)


def test_a_plain_model_has_no_attention(translator: Translator) -> None:
    """Asking a plain model for attention gives None; an attentive one gives it without being asked."""
    translation = translator.translate("Hello.")

    assert (translation.attention is not None) == translator.is_attentive


def test_attention_of_many_is_given_when_asked_for(attentive: Translator) -> None:
    """Lists and files carry no matrices unless the options say so."""
    without = attentive.translate_all(["Hello."])
    asked = attentive.translate_all(["Hello."], SearchOptions(beam=3, attention=True))

    assert without[0].attention is None
    assert asked[0].attention is not None


@pytest.mark.parametrize("size", [2, 7, 64])
def test_company_does_not_change_a_translation(translator: Translator, size: int) -> None:
    """Alone, in a batch and in any order: equal pieces, scores within 1e-4."""
    drawn = random.Random(size)  # noqa: S311 — sentences for a test
    words = " ".join(tiny.ENGLISH).split()
    texts = [" ".join(drawn.choices(words, k=drawn.randint(1, 12))) for _ in range(size)]
    options = SearchOptions(beam=4, n_best=2, max_target_tokens=12, attention=True)
    shuffled = drawn.sample(range(size), size)

    alone = [translator.translate(text, options) for text in texts]
    together = translator.translate_all(texts, options)
    mixed = translator.translate_all([texts[index] for index in shuffled], options)

    for index in range(size):
        previews.agree(together[index], alone[index])
        previews.agree(mixed[index], alone[shuffled[index]])


def test_threads_may_share_a_translator(translator: Translator) -> None:
    """Eight threads at once get what one gets."""
    texts = [text for text in tiny.ENGLISH for _ in range(8)]
    options = SearchOptions(beam=2, max_target_tokens=10)

    expected = [translator.translate(text, options) for text in texts]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda text: translator.translate(text, options), texts))

    for one, other in zip(expected, found, strict=True):
        previews.agree(one, other)


@given(
    lines=st.lists(st.one_of(tiny.SENTENCES, st.just(""), st.just("word " * 99)), max_size=7),
    window=st.integers(1, 4),
)
def test_there_are_as_many_answers_as_lines(attentive: Translator, lines: list[str], window: int) -> None:
    """Whatever the window: blank lines give blank translations, long ones failures, in order."""
    options = SearchOptions(beam=1, max_target_tokens=4)

    answers = list(attentive.translate_lines(lines, options, window=window))

    assert len(answers) == len(lines)
    for number, (line, answer) in enumerate(zip(lines, answers, strict=True), start=1):
        if isinstance(answer, Failure):
            assert (answer.line, answer.text) == (number, "word " * 99)
            assert isinstance(answer.error, SentenceTooLong)
            assert answer.error.where == f"line {number}"
        else:
            assert answer.source.text == line
            assert (answer.text == "") == (line == "")


def test_a_translation_of_nothing_but_spaces_is_an_error(attentive: Translator) -> None:
    """An empty answer to a sentence is never passed on as if it were one."""
    space = attentive.target_subword.encode("a b")[-1:]
    empty = Hypothesis(tuple(space), (-1.0,), -1.0, -1.0, is_finished=True)

    with pytest.raises(NothingWritten, match="the model wrote nothing but spaces"):
        attentive.finish(attentive.prepare("Hello."), [empty])


def test_numbers_that_are_not_finite_are_an_error(attentive: Translator) -> None:
    """A score that is not a number does not leave the library."""
    source = attentive.prepare("Hello.")
    candidate = Candidate("x", (), np.nan, np.nan, FinishReason.END_OF_SENTENCE)

    with pytest.raises(DecodingError, match="the model's numbers are not finite"):
        check_candidate(candidate, source)


@pytest.mark.parametrize("beam", [1, 3])
def test_a_planted_loop_is_broken_and_told(translator: Translator, beam: int) -> None:
    """The same words come twice in a row and no more; allowed, they come on and on, and that is told."""
    model = circling(translator, "la gare")
    options = SearchOptions(beam=beam, n_best=beam, max_target_tokens=40)

    kept = model.translate("Where is the station?", options)
    free = model.translate("Where is the station?", replace(options, allow_repetition=True))

    for candidate in kept.candidates:
        assert times_in_a_row(candidate.text.split(), ["la", "gare"]) <= 2
        assert not candidate.is_repetitive
    assert not any(candidate.repetition_avoided for candidate in free.candidates)
    if beam == 1:
        assert kept.candidates[0].repetition_avoided
        assert free.text.startswith("la gare la gare la gare")
        assert free.candidates[0].is_repetitive


def test_a_translation_may_repeat_what_its_source_does(translator: Translator) -> None:
    """Four times for four times, as with the translator's own window of lines."""
    model = circling(translator, "la")
    options = SearchOptions(beam=1, max_target_tokens=20)
    lines = ["Where is it?", "no no no no", "Where is it?"]

    found = [answer for answer in model.translate_lines(lines, options) if isinstance(answer, Translation)]

    times = [times_in_a_row(answer.text.split(), ["la"]) for answer in found]
    assert times == [2, 4, 2]
    assert [answer.candidates[0].is_repetitive for answer in found] == [False] * 3


def test_a_given_translation_that_repeats_itself_is_told(translator: Translator) -> None:
    """Scoring searches nothing, and so avoids nothing."""
    bad, good = translator.score([("station", "la gare la gare la gare"), ("station", "la gare la gare")])

    assert [rated.candidates[0].is_repetitive for rated in (bad, good)] == [True, False]
    assert not bad.candidates[0].repetition_avoided


def test_what_the_service_does_equals_translate(translator: Translator) -> None:
    """Prepare, admit, advance, finish: the same road in four calls."""
    options = SearchOptions(beam=3, max_target_tokens=8, attention=True)
    source = translator.prepare("Where is the station?")
    search = Search(translator.model)

    search.admit([translator.admission("mine", source, options)])
    search.advance(8)
    (finished,) = search.finished()

    previews.agree(translator.finish(source, finished.hypotheses), translator.translate(source.text, options))


def test_a_loaded_model_is_packed_and_says_what_the_network_says(attentive: Translator) -> None:
    """In float32, unless asked otherwise; search and scores equal the network's."""
    network = load_network(attentive.bundle, attentive.source_subword.size, attentive.target_subword.size)
    packed = load_translator(attentive.bundle.directory, device="cpu")

    assert isinstance(packed.model, PackedModel)
    assert packed.model.precision == "float32"
    eager = replace(attentive, model=network)
    options = SearchOptions(beam=3, attention=True)
    for one, other in zip(
        packed.translate_all(tiny.ENGLISH, options), eager.translate_all(tiny.ENGLISH, options), strict=True
    ):
        previews.agree(one, other)
    pairs = list(zip(tiny.ENGLISH, tiny.FRENCH, strict=True))
    for one, other in zip(packed.score(pairs), eager.score(pairs), strict=True):
        previews.agree(one, other)
