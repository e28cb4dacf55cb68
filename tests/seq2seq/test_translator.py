import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

import tiny
from circles import circling, times_in_a_row
from seq2seq.bundle import Bundle
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.search import Search, search_all
from seq2seq.errors import DecodingError, InputError, ModelError, SentenceTooLong, UsageError
from seq2seq.loading import load_network
from seq2seq.loading import packed as packed_for_search
from seq2seq.manifest import write_manifest
from seq2seq.model_directory import FORMAT
from seq2seq.nn.inference import PackedModel
from seq2seq.scoring import score_pairs
from seq2seq.translation import (
    Candidate,
    Failure,
    FinishReason,
    PieceKind,
    Source,
    Translation,
    check_candidate,
)
from seq2seq.translator import Translator, load_translator

WORDS = st.sampled_from(" ".join(tiny.ENGLISH).split())
SENTENCES = st.lists(WORDS, min_size=1, max_size=9).map(" ".join)
HOSTILE = [
    "a\0b",
    "👩‍👩‍👧‍👦 and 🇫🇷",
    "one\u2028two\u2029three",
    "\u202eright to left\u202c",
    "e\u0301a\u0308",
    "ＦＵＬＬ ｗｉｄｔｈ ﬁ",
    "\ud800 alone",
    "一二三",
    "tab\tand\r\nline",
    "\\x00 <s> </s> ▁ <0x41>",
]


@pytest.fixture(scope="module", params=["none", "bahdanau"])
def translator(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Translator:
    """Load a model with random weights, plain and attentive."""
    directory = tmp_path_factory.mktemp("models") / "model"
    tiny.bundle(directory, attention=request.param)
    return load_translator(directory, device="cpu")


@pytest.fixture(scope="module")
def attentive(tmp_path_factory: pytest.TempPathFactory) -> Translator:
    """Load an attentive model with two subword models."""
    directory = tmp_path_factory.mktemp("models") / "model"
    tiny.bundle(directory, joint=False)
    return load_translator(directory, device="cpu")


def _agree(one: Translation, other: Translation) -> None:
    """Equal pieces, and numbers within what the order of additions may change."""
    assert one.source == other.source
    assert [candidate.text for candidate in one.candidates] == [
        candidate.text for candidate in other.candidates
    ]
    for mine, theirs in zip(one.candidates, other.candidates, strict=True):
        assert [piece.span for piece in mine.pieces] == [piece.span for piece in theirs.pieces]
        assert mine.score == pytest.approx(theirs.score, abs=1e-4)
        assert (mine.attention is None) == (theirs.attention is None)
        if mine.attention is not None and theirs.attention is not None:
            np.testing.assert_allclose(mine.attention, theirs.attention, atol=1e-4)


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
        _agree(together[index], alone[index])
        _agree(mixed[index], alone[shuffled[index]])


def test_threads_may_share_a_translator(translator: Translator) -> None:
    """Eight threads at once get what one gets."""
    texts = [text for text in tiny.ENGLISH for _ in range(8)]
    options = SearchOptions(beam=2, max_target_tokens=10)

    expected = [translator.translate(text, options) for text in texts]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda text: translator.translate(text, options), texts))

    for one, other in zip(expected, found, strict=True):
        _agree(one, other)


@pytest.mark.parametrize("blank", ["", " ", "\t\r\n", "\u200b\ufeff", "\0\x07", "\u3000\u00a0"])
def test_blank_text_is_never_sent_to_the_model(translator: Translator, blank: str) -> None:
    """Nothing in, nothing out; the text stays what the caller gave."""
    translation = translator.translate(blank)

    assert translation == Translation(Source(blank, (), ()), ())
    assert (translation.text, translation.score, translation.attention) == ("", 0.0, None)


@given(
    lines=st.lists(st.one_of(SENTENCES, st.just(""), st.just("word " * 99)), max_size=7),
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


def test_an_endless_file_is_taken_a_window_at_a_time(attentive: Translator) -> None:
    """No more lines are read than are needed for the answers taken."""
    read = []

    def endless() -> Iterator[str]:
        for number in count():
            read.append(number)
            yield tiny.ENGLISH[number % 5]

    answers = attentive.translate_lines(endless(), SearchOptions(beam=1, max_target_tokens=3), window=4)

    assert len(list(islice(answers, 6))) == 6
    assert len(read) == 8


def test_a_sentence_that_is_too_long_says_both_numbers(attentive: Translator) -> None:
    """The message has the pieces there are, the pieces the model takes, and what to do."""
    text = "the " * 100
    pieces = len(attentive.source_subword.encode(text))

    with pytest.raises(SentenceTooLong) as alone:
        attentive.translate(text)
    with pytest.raises(SentenceTooLong) as among:
        attentive.translate_all(["Hello.", text])

    assert alone.value.problem == f"the sentence has {pieces} pieces, and this model takes 64"
    assert alone.value.mend == "Split it into sentences, or use a model with a larger max_source_tokens."
    assert among.value.where == "texts[1]"


def test_the_limit_is_within_the_limit(attentive: Translator) -> None:
    """A sentence of exactly `max_source_tokens` pieces is taken, its end counted; one more is not."""
    source = attentive.prepare("Where is the station?")
    exact = _limited(attentive, len(source.tokens))

    assert exact.prepare(source.text) == source
    with pytest.raises(SentenceTooLong):
        _limited(attentive, len(source.tokens) - 1).prepare(source.text)


def _limited(translator: Translator, max_source_tokens: int) -> Translator:
    config = translator.bundle.config.model_copy(update={"max_source_tokens": max_source_tokens})
    return replace(translator, bundle=replace(translator.bundle, config=config))


def test_endless_words_are_refused_before_they_are_cut(attentive: Translator) -> None:
    """A megabyte costs no segmentation; a megabyte of spaces is blank."""
    assert attentive.prepare(" " * 1_000_000).is_blank
    with pytest.raises(SentenceTooLong, match="has 1,000,000 characters, and this model takes 64 pieces"):
        attentive.prepare("x" * 1_000_000)


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_is_translated(attentive: Translator, text: str) -> None:
    """Strange signs come in with their offsets intact, and the answer can be written as UTF-8."""
    translation = attentive.translate(text, SearchOptions(beam=2, max_target_tokens=20))

    writable = text.replace("\ud800", "\ufffd")
    for piece in translation.source.pieces:
        assert writable[piece.span.start : piece.span.end] == piece.text
    translation.text.encode("utf-8")


@given(text=st.text(max_size=20))
def test_every_text_has_an_answer_or_a_reason(attentive: Translator, text: str) -> None:
    """Any string at all is translated, blank, too long, or not translatable; nothing else happens."""
    (answer,) = attentive.translate_lines([text], SearchOptions(beam=1, max_target_tokens=3))

    if isinstance(answer, Failure):
        assert isinstance(answer.error, (SentenceTooLong, DecodingError))
    else:
        assert (answer.text == "") == answer.source.is_blank


@given(SENTENCES)
def test_forcing_what_search_found_gives_its_scores(translator: Translator, text: str) -> None:
    """Each hypothesis, put in as the target: the same log probabilities and the same attention."""
    options = SearchOptions(beam=3, n_best=3, max_target_tokens=8, attention=True)
    source = translator.prepare(text)
    (found,) = search_all(translator.model, [source.tokens], options)

    targets = [(source, _as_target(translator, hypothesis)) for hypothesis in found.hypotheses]
    forced = score_pairs(translator.model, targets, length_penalty=1.0, attention=True)

    for hypothesis, rated in zip(found.hypotheses, forced, strict=True):
        assert [piece.log_prob for piece in rated.pieces] == pytest.approx(hypothesis.log_probs, abs=1e-4)
        assert rated.score == pytest.approx(hypothesis.score, abs=1e-4)
        assert (rated.attention is None) == (hypothesis.attention is None)
        if rated.attention is not None and hypothesis.attention is not None:
            np.testing.assert_allclose(rated.attention, hypothesis.attention, atol=1e-4)


def _as_target(translator: Translator, hypothesis: Hypothesis) -> Source:
    text, pieces = translator.target_subword.realise(hypothesis.tokens, hypothesis.log_probs)
    return Source(text, pieces, hypothesis.tokens)


def test_scores_come_in_the_order_of_the_pairs(translator: Translator) -> None:
    """Pairs of all lengths, also more than fit one batch, are rated as if each were alone."""
    pairs = [
        (source[:cut], target[:cut])
        for source, target in zip(tiny.ENGLISH, tiny.FRENCH, strict=True)
        for cut in (5, None)
    ] * 8

    together = translator.score(pairs, attention=True)

    assert len(together) == 80
    for pair, rated in list(zip(pairs, together, strict=True))[:10]:
        _agree(rated, translator.score([pair], attention=True)[0])
        assert (rated.source.text, rated.text) == pair
        assert all(rated.text[piece.span.start : piece.span.end] == piece.text for piece in rated.pieces)


def test_half_a_pair_cannot_be_scored(translator: Translator) -> None:
    """A blank side is named by the index of its pair; two blanks are a blank translation."""
    assert translator.score([("", " ")]) == [Translation(Source("", (), ()), ())]
    with pytest.raises(
        InputError, match=r"pairs\[1\].target: the target is blank, and its other side is not"
    ):
        translator.score([("", ""), ("Hello.", "")])
    with pytest.raises(SentenceTooLong) as too_long:
        translator.score([("Hello.", "la " * 999)])
    assert too_long.value.where == "pairs[0].target"


def test_a_single_string_in_place_of_a_list_is_refused(translator: Translator) -> None:
    """It would be translated letter by letter."""
    with pytest.raises(UsageError, match="texts is one text, and must be several"):
        translator.translate_all("Hello.")
    with pytest.raises(UsageError, match="lines is one text, and must be several"):
        translator.translate_lines("Hello.")
    with pytest.raises(UsageError, match="window is 0, and must be at least 1"):
        translator.translate_lines([], window=0)
    with pytest.raises(
        InputError, match=r"texts\[0\]: a text must be a string, and this one is of type bytes"
    ):
        translator.translate_all([b"Hello."])  # type: ignore[list-item]


def test_a_translation_of_nothing_but_spaces_is_an_error(attentive: Translator) -> None:
    """An empty answer to a sentence is never passed on as if it were one."""
    space = attentive.target_subword.encode("a b")[-1:]
    empty = Hypothesis(tuple(space), (-1.0,), -1.0, -1.0, is_finished=True)

    with pytest.raises(DecodingError, match="the model wrote nothing but spaces"):
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

    _agree(translator.finish(source, finished.hypotheses), translator.translate(source.text, options))


def test_loading_draws_no_random_numbers(attentive: Translator) -> None:
    """A program's own generator goes on as if no model had been loaded."""
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    load_translator(attentive.bundle.directory, device="cpu")

    assert torch.equal(torch.rand(2), expected)


@pytest.mark.parametrize(
    ("device", "problem"),
    [
        ("gpu", "the device is 'gpu', and must be auto, cpu, cuda or such as cuda:1"),
        ("cuda:x", "the device is 'cuda:x', and must be auto, cpu, cuda or such as cuda:1"),
        ("cuda:99", "there is no device 'cuda:99' that torch can use"),
    ],
)
def test_an_unknown_device_is_named(attentive: Translator, device: str, problem: str) -> None:
    """What there is not cannot be used, and is not silently replaced."""
    with pytest.raises(UsageError) as refused:
        load_translator(attentive.bundle.directory, device=device)

    assert refused.value.problem == problem


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
        _agree(one, other)
    pairs = list(zip(tiny.ENGLISH, tiny.FRENCH, strict=True))
    for one, other in zip(packed.score(pairs), eager.score(pairs), strict=True):
        _agree(one, other)


def test_an_unknown_precision_is_named(attentive: Translator) -> None:
    """The message says what there is."""
    with pytest.raises(UsageError, match="the precision is 'int4', and must be auto, float32 or int8"):
        load_translator(attentive.bundle.directory, device="cpu", precision="int4")


def test_int8_is_refused_where_it_cannot_be(tmp_path: Path) -> None:
    """A network of other cells would be searched in float32 unasked."""
    bundle = tiny.bundle(tmp_path / "model")
    network = load_network(bundle, tiny.subword().size, tiny.subword().size)
    lstm = tiny.model(network.config.model_copy(update={"cell": "lstm"}), 360, 360)

    with pytest.raises(UsageError, match=r"int8 is for GRU networks.*Use the precision float32"):
        packed_for_search(lstm, "int8")


def test_a_number_of_threads_must_be_positive(attentive: Translator) -> None:
    """The option is named."""
    with pytest.raises(UsageError, match="threads: threads is 0, and must be at least 1"):
        load_translator(attentive.bundle.directory, threads=0)


def _rewritten(directory: Path, tensors: dict[str, torch.Tensor]) -> ModelError:
    save_file(tensors, directory / "weights.safetensors")
    write_manifest(directory, format_number=FORMAT)
    with pytest.raises(ModelError) as refused:
        load_translator(directory, device="cpu")
    return refused.value


def test_weights_that_do_not_fit_are_named(tmp_path: Path) -> None:
    """Missing, unknown, of another shape or type: the tensor is named."""
    tiny.bundle(tmp_path / "model")
    tensors = load_file(tmp_path / "model/weights.safetensors")
    bias = tensors["output_bias"]
    others = {name: tensor for name, tensor in tensors.items() if name != "output_bias"}

    problems = [
        _rewritten(tmp_path / "model", others),
        _rewritten(tmp_path / "model", tensors | {"zzz": bias.clone()}),
        _rewritten(tmp_path / "model", others | {"output_bias": bias[:-1].clone()}),
        _rewritten(tmp_path / "model", others | {"output_bias": bias.double()}),
    ]

    assert [
        error.problem.removeprefix("the weights do not fit the configuration: ") for error in problems
    ] == [
        "'output_bias' is missing",
        "'zzz' is not known",
        f"'output_bias' has the shape ({len(bias) - 1},), and must be ({len(bias)},)",
        "'output_bias' is torch.float64, and must be torch.float32 or torch.float16",
    ]


def test_a_network_of_another_version_is_named(tmp_path: Path) -> None:
    """A setting that this program does not know is a ModelError, not a traceback."""
    tiny.bundle(tmp_path / "model")
    config = tmp_path / "model/config.json"
    config.write_text(config.read_text().replace('"cell": "gru"', '"cell": "transformer"'))
    write_manifest(tmp_path / "model", format_number=FORMAT)

    with pytest.raises(ModelError, match="its network cannot be built") as refused:
        load_translator(tmp_path / "model")

    assert "transformer" in refused.value.problem


def test_a_model_replaced_while_it_is_read_is_noticed(tmp_path: Path) -> None:
    """The revision tells the model that was opened from the one that is there."""
    first = tiny.bundle(tmp_path / "model", seed=1)

    second = tiny.bundle(tmp_path / "model", seed=2)

    assert (first.is_current(), second.is_current()) == (False, True)
    assert Bundle.open(tmp_path / "model").revision == second.revision != first.revision
