import asyncio
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count

import numpy as np
import pytest

import serving
import tiny
from circles import circling
from seq2seq.client import AsyncTranslationClient, TranslationClient
from seq2seq.client.sync import ServedTranslator
from seq2seq.decoding.options import SearchOptions, SearchWish
from seq2seq.errors import InputError, SentenceTooLong, Seq2SeqError, ServiceError, UsageError
from seq2seq.translation import Failure, Translation
from seq2seq.translator import Translator
from server.app import Server

TEXTS = ["Hello.", "", "one two " * 200, "Where is the station?", "lone \ud800 surrogate"] * 40


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Run a server with the twins."""
    with serving.running(serving.hosted(), serving.hosted("plain", attention="none")) as server:
        yield server


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[TranslationClient]:
    """Connect to it."""
    with TranslationClient(server.address) as client:
        yield client


@pytest.mark.parametrize("text", [*tiny.ENGLISH, "", "👩‍👩‍👧‍👦 ﬁ"])
def test_the_service_says_what_the_library_says(client: TranslationClient, text: str) -> None:
    """Texts, pieces, spans and attention are those of the same model at home."""
    options = SearchOptions(beam=3, n_best=2, max_target_tokens=20, attention=True)

    served = client.translate(text, options=options)

    own = serving.translator().translate(text, options)
    assert served.text == own.text
    assert (served.source.pieces, served.source.is_blank) == (own.source.pieces, own.source.is_blank)
    for theirs, ours in zip(served.candidates, own.candidates, strict=True):
        assert [replace(piece, log_prob=None) for piece in theirs.pieces] == [
            replace(piece, log_prob=None) for piece in ours.pieces
        ]
        assert theirs.score == pytest.approx(ours.score, abs=1e-4)
        assert theirs.finish_reason is ours.finish_reason
        assert theirs.attention is not None
        assert ours.attention is not None
        assert theirs.attention.dtype == np.float32
        assert np.allclose(theirs.attention, ours.attention, atol=1e-4)


def test_attention_comes_where_it_is_asked_for(client: TranslationClient) -> None:
    """And a plain model has none."""
    assert client.translate("Hello.").attention is None
    assert client.translate("Hello.", attention=True).attention is not None
    assert client.translate("Hello.", model="plain", attention=True).attention is None
    assert client.translate("Hello.", model="models/plain").text


def check_answers(answers: list[Translation | Seq2SeqError]) -> None:
    """As many as texts, each in its place, the too long one with its error."""
    assert len(answers) == len(TEXTS)
    for text, answer in zip(TEXTS, answers, strict=True):
        if len(text) > 1_000:
            assert isinstance(answer, SentenceTooLong)
            assert answer.problem == "the sentence has more tokens than the 64 that this model takes"
        else:
            assert isinstance(answer, Translation)
            assert answer.source.text == text
            assert bool(answer.text) == bool(text)


def test_repetition_is_avoided_allowed_and_told_over_the_wire() -> None:
    """The option goes out and the flags come back, from the whole and at the end of a stream."""
    own = circling(serving.translator(), "la gare")
    options = SearchOptions(beam=1, max_target_tokens=40)
    allowing = replace(options, allow_repetition=True)
    text = "Where is the station?"
    with (
        serving.running(serving.hosted(load=lambda: own)) as server,
        TranslationClient(server.address) as client,
    ):
        for asked, avoided, repetitive in ((options, True, False), (allowing, False, True)):
            served = client.translate(text, options=asked)
            *deltas, last = client.stream(text, options=asked)

            best = served.candidates[0]
            assert served.text == own.translate(text, asked).text
            assert (best.repetition_avoided, best.is_repetitive) == (avoided, repetitive)
            assert "".join(delta.text for delta in deltas) == served.text
            assert last.translation is not None
            assert last.translation.candidates[0].repetition_avoided is avoided
        wish = SearchWish(beam=1, max_target_tokens=40, allow_repetition=True)
        (answer,) = client.using("").translate_lines([text], wish)
        assert isinstance(answer, Translation)
        assert answer.candidates[0].is_repetitive


def test_many_texts_keep_their_order(client: TranslationClient) -> None:
    """What fails alone is reported alone."""
    check_answers(list(client.translate_all(TEXTS)))


def test_many_texts_with_attention_are_cut_into_calls_that_fit(client: TranslationClient) -> None:
    """Sixty-four matrices of long sentences would be too large for one answer."""
    text = "she lives in a big house by the sea "
    options = SearchOptions(beam=4, n_best=4, max_target_tokens=150)

    answers = list(client.translate_all([text] * 70, attention=True, options=options, timeout_s=60))

    assert len(answers) == 70
    assert all(isinstance(answer, Translation) and answer.attention is not None for answer in answers)


def test_endless_input_is_read_as_far_as_needed(client: TranslationClient) -> None:
    """A window of calls is in flight, and no more is taken."""
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        for taken in count(1):
            yield f"Hello {taken}."

    answers = client.translate_all(endless(), window=2)
    for _ in range(10):
        next(answers)
    answers.close()  # type: ignore[attr-defined]  # it is a generator

    assert taken <= 4 * 64


def test_lines_are_translated_like_those_of_a_translator(client: TranslationClient) -> None:
    """A failure has the number and the text of its line."""
    road = client.using("plain")
    lines = ["Hello.", "", "one two " * 200, "Where is the station?"]

    answers = list(road.translate_lines(lines, SearchOptions(beam=2, max_target_tokens=12), window=2))

    assert isinstance(road, ServedTranslator)
    assert [type(answer) for answer in answers] == [Translation, Translation, Failure, Translation]
    failure = answers[2]
    assert isinstance(failure, Failure)
    assert (failure.line, failure.text) == (3, lines[2])


@pytest.mark.parametrize("beam", [1, 4])
def test_a_stream_adds_up(client: TranslationClient, beam: int) -> None:
    """The texts joined are the translation, which comes last."""
    deltas = list(client.stream("Where is the station?", options=SearchOptions(beam=beam), attention=True))

    whole = deltas[-1].translation
    assert whole is not None
    assert "".join(delta.text for delta in deltas) == whole.text
    assert tuple(delta.piece for delta in deltas[:-1]) == whole.pieces
    rows = [delta.attention for delta in deltas[:-1] if delta.attention is not None]
    assert whole.attention is not None
    assert np.allclose(np.stack(rows), whole.attention, atol=1e-6)


def test_scores_come_in_the_order_of_the_pairs(client: TranslationClient) -> None:
    """More than fit one call."""
    pairs = [("Hello.", "Bonjour."), ("Where is the station?", "Où est la gare ?")] * 40

    scored = client.score(pairs)

    own = serving.translator().score(pairs)
    assert [translation.score for translation in scored] == pytest.approx([t.score for t in own], abs=1e-4)
    assert [translation.text for translation in scored] == [target for _, target in pairs]


def test_models_and_health_are_shown(client: TranslationClient) -> None:
    """The default model is the first."""
    models = client.models()

    assert [(model.name, model.is_default, model.state) for model in models] == [
        ("attentive", True, "READY"),
        ("plain", False, "READY"),
    ]
    assert client.model() == models[0]
    assert client.model("plain") == models[1]
    assert [client.health(service) for service in ("", "models/plain", serving.SERVICE)] == ["SERVING"] * 3


def test_threads_share_a_client(client: TranslationClient) -> None:
    """Sixteen of them."""
    expected = client.translate("Where is the station?").text

    with ThreadPoolExecutor(16) as threads:
        texts = list(threads.map(lambda _: client.translate("Where is the station?").text, range(64)))

    assert set(texts) == {expected}


def test_asyncio_has_the_same_verbs(server: Server, client: TranslationClient) -> None:
    """With the same answers."""

    async def journey() -> None:
        async with AsyncTranslationClient(server.address) as own:
            one = await own.translate("Hello.", attention=True)
            assert one.text == client.translate("Hello.").text
            check_answers([answer async for answer in own.translate_all(TEXTS)])
            deltas = [delta async for delta in own.stream("Hello.")]
            assert "".join(delta.text for delta in deltas) == one.text
            assert [t.text for t in await own.score([("Hello.", "Bonjour.")])] == ["Bonjour."]
            assert await own.models() == client.models()
            assert await own.model("plain") == client.model("plain")
            assert await own.health() == "SERVING"
            with pytest.raises(SentenceTooLong):
                await own.translate("one two " * 200)
            with pytest.raises(InputError, match="no such model"):
                await own.model("other")

    asyncio.run(journey())


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        ({"text": "one two " * 200}, SentenceTooLong, "the sentence has more tokens than the 64"),
        ({"text": "a" * 10_001}, InputError, "it has 10001 code points, and at most 10000 are taken"),
        ({"text": "a", "model": "other"}, InputError, "no such model; this server has models/attentive"),
        ({"text": "a", "model": "../other"}, InputError, "not the name of a model"),
        ({"text": "a " * 9, "timeout_s": 0.0001}, ServiceError, "no answer within 0.0001 s. Allow more time"),
    ],
)
def test_errors_are_plain_sentences(
    client: TranslationClient, arguments: dict[str, str], kind: type[Seq2SeqError], said: str
) -> None:
    """Of the library's own tree; nothing of gRPC shows."""
    with pytest.raises(kind) as caught:
        client.translate(**arguments)  # type: ignore[arg-type]

    assert said in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_stream_refuses_in_the_same_words(client: TranslationClient) -> None:
    """When it is begun."""
    with pytest.raises(SentenceTooLong, match="the sentence has more tokens than the 64"):
        list(client.stream("one two " * 200))


@pytest.mark.parametrize(
    "verb",
    [
        lambda client: client.translate("Hello."),
        lambda client: list(client.translate_all(["Hello."])),
        lambda client: list(client.stream("Hello.")),
        lambda client: client.health(),
    ],
    ids=["translate", "translate_all", "stream", "health"],
)
def test_a_server_that_is_not_there(verb: Callable[[TranslationClient], object]) -> None:
    """The message says what to look at."""
    with (
        TranslationClient("127.0.0.1:1") as client,
        pytest.raises(
            ServiceError,
            match=re.escape("127.0.0.1:1: no answer. Is `seq2seq serve` running, and is this its"),
        ),
    ):
        verb(client)


@pytest.mark.parametrize("address", ["nonsense", "http://127.0.0.1:8080", "https://localhost"])
def test_what_is_no_address_is_not_tried(address: str) -> None:
    """Of a page or of nothing; a socket or IPv6 is one."""
    with pytest.raises(
        UsageError, match=re.escape(f"'{address}' is no address of a gRPC server. Write HOST:PORT")
    ):
        TranslationClient(address)
    for other in ("[::1]:50051", "unix:/run/seq2seq.sock"):
        TranslationClient(other).close()


def test_a_model_that_is_being_loaded_is_waited_for() -> None:
    """The server says when to come back, and the client does."""
    loaded = threading.Event()

    def load() -> Translator:
        assert loaded.wait(10)
        return serving.translator("plain", attention="none")

    late = serving.hosted("plain", attention="none", load=load)
    with serving.listening(late) as server, TranslationClient(server.address) as client:
        threading.Timer(0.5, loaded.set).start()

        assert client.translate("Hello.").text


def test_the_client_needs_no_torch() -> None:
    """A program that only asks a server starts fast."""
    program = "import seq2seq.client, sys; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
