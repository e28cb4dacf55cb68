import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import grpc
import numpy as np
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc import StatusCode
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

import serving
import tiny
from seq2seq.errors import ModelError
from seq2seq.nn.state import DecoderState, Memory
from seq2seq.v1 import translation_service_pb2 as pb
from server.app import Server
from serving import Stub, decoding, refused, score_request, stream_request, translate_request

FULL = pb.TRANSLATION_VIEW_FULL
SENTENCES = [f"{sentence} {number}" for number in range(16) for sentence in tiny.ENGLISH]


def test_order_and_count_are_kept(stub: Stub) -> None:
    """As many translations as contents; a blank one has an empty translation without segments."""
    texts = ["Hello.", "", "Where is the station?", " \t\n", "Hello."]

    translations = stub.TranslateText(translate_request(*texts), timeout=10).translations

    expected = [True, False, True, False, True]
    assert [bool(translation.segments) for translation in translations] == expected
    assert [bool(translation.translated_text) for translation in translations] == expected
    assert translations[0].translated_text == translations[4].translated_text
    scores = [translations[row].segments[0].hypotheses[0].score for row in (0, 4)]
    assert scores[0] == pytest.approx(scores[1], abs=1e-5)


@pytest.mark.parametrize(
    ("view", "tokens", "links", "attention"),
    [
        (pb.TRANSLATION_VIEW_UNSPECIFIED, False, False, False),
        (pb.TRANSLATION_VIEW_BASIC, False, False, False),
        (pb.TRANSLATION_VIEW_TOKENS, True, False, False),
        (pb.TRANSLATION_VIEW_ALIGNMENT, True, True, False),
        (FULL, True, True, True),
    ],
)
def test_each_view_holds_the_one_before(
    stub: Stub, view: pb.TranslationView, *, tokens: bool, links: bool, attention: bool
) -> None:
    """Nothing is paid for that was not asked for."""
    config = pb.TranslationConfig(view=view)

    response = stub.TranslateText(translate_request("Where is the station?", config=config), timeout=10)

    segment = response.translations[0].segments[0]
    best = segment.hypotheses[0]
    assert bool(segment.source_tokens) == bool(best.target_tokens) == tokens
    assert bool(best.alignment_links) == links
    assert best.HasField("attention") == attention


def test_attention_is_a_distribution_over_the_callers_own_string(stub: Stub) -> None:
    """Rows sum to 1, the shape is that of the tokens, spans cut the tokens out, links are the maxima."""
    text = "Where ﬁs   the 👩‍👩‍👧 station?"

    response = stub.TranslateText(translate_request(text, config=pb.TranslationConfig(view=FULL)), timeout=10)

    segment = response.translations[0].segments[0]
    best = segment.hypotheses[0]
    shape = best.attention.target_count, best.attention.source_count
    weights = np.array(best.attention.weights).reshape(shape)
    assert shape == (len(best.target_tokens), len(segment.source_tokens))
    assert np.allclose(weights.sum(axis=1), 1.0, atol=1e-5)
    assert [link.source_index for link in best.alignment_links] == weights.argmax(axis=1).tolist()
    assert all(text[token.span.start : token.span.end] == token.text for token in segment.source_tokens)
    assert segment.source_tokens[-1].kind == pb.Token.END_OF_SENTENCE


def test_a_plain_model_has_no_attention_to_show(stub: Stub) -> None:
    """The view is taken, and the attention is unset."""
    request = translate_request("Hello.", model="models/plain", config=pb.TranslationConfig(view=FULL))

    response = stub.TranslateText(request, timeout=10)

    best = response.translations[0].segments[0].hypotheses[0]
    assert response.model == "models/plain"
    assert best.target_tokens
    assert not best.HasField("attention")
    assert not best.alignment_links


def test_what_fails_alone_is_reported_alone(stub: Stub) -> None:
    """With return_partial_success a content that cannot be translated has an error in its place."""
    texts = ["Hello.", "one two " * 200, "a" * 10_001, ""]

    response = stub.TranslateText(translate_request(*texts, partial=True), timeout=10)

    codes = [translation.error.code for translation in response.translations]
    assert codes == [0, StatusCode.INVALID_ARGUMENT.value[0], StatusCode.INVALID_ARGUMENT.value[0], 0]
    assert response.translations[1].error.message.startswith("contents[1]: the sentence has more tokens")
    assert response.translations[0].translated_text


def test_a_call_of_which_nothing_is_left_is_answered(stub: Stub) -> None:
    """When every content was refused, nobody is waited for."""
    response = stub.TranslateText(translate_request("one two " * 200, partial=True), timeout=5)

    assert response.translations[0].error.code == StatusCode.INVALID_ARGUMENT.value[0]


def test_an_overlong_sentence_is_cut_off_where_that_is_asked_for(stub: Stub) -> None:
    """It says so, and its span ends where the model stopped reading."""
    config = pb.TranslationConfig(overflow=pb.TranslationConfig.TRUNCATE, view=pb.TRANSLATION_VIEW_TOKENS)

    response = stub.TranslateText(translate_request("one two " * 200, config=config), timeout=10)

    segment = response.translations[0].segments[0]
    assert segment.source_truncated
    assert len(segment.source_tokens) == 64
    assert segment.source_tokens[-1].kind == pb.Token.END_OF_SENTENCE
    assert 0 < segment.source_span.end < 64 * 8


def test_usage_says_what_it_cost(stub: Stub) -> None:
    """Tokens as they are in view TOKENS, times that are not negative."""
    config = pb.TranslationConfig(view=pb.TRANSLATION_VIEW_TOKENS)

    response = stub.TranslateText(translate_request("Hello.", "", config=config), timeout=10)

    segment = response.translations[0].segments[0]
    assert response.usage.source_token_count == len(segment.source_tokens)
    assert response.usage.target_token_count == len(segment.hypotheses[0].target_tokens)
    assert response.usage.queue_duration.ToNanoseconds() >= 0
    assert response.usage.decode_duration.ToNanoseconds() > 0


@pytest.mark.parametrize("beam", [1, 4])
@pytest.mark.parametrize("text", [*tiny.ENGLISH, "", "👩‍👩‍👧‍👦 est là"])
def test_a_stream_takes_nothing_back(stub: Stub, text: str, beam: int) -> None:
    """Start, then pieces whose texts joined are the translation, then what TranslateText answers."""
    config = decoding(beam_size=beam, max_target_tokens=40)
    config.view = FULL

    events = list(stub.StreamTranslateText(stream_request(text, config), timeout=10))

    whole = stub.TranslateText(translate_request(text, config=config), timeout=10)
    kinds = [event.WhichOneof("event") for event in events]
    deltas = [event.delta for event in events if event.HasField("delta")]
    assert kinds == ["start", *["delta"] * len(deltas), "result"]
    assert "".join(delta.text_delta for delta in deltas) == events[-1].result.translations[0].translated_text
    assert _without_usage(events[-1].result) == pytest.approx(_without_usage(whole))
    for segment in whole.translations[0].segments:
        assert list(events[0].start.segments[0].source_tokens) == list(segment.source_tokens)
        assert [delta.token for delta in deltas] == list(segment.hypotheses[0].target_tokens)
        rows = np.array([delta.attention_row for delta in deltas])
        assert np.allclose(rows.ravel(), segment.hypotheses[0].attention.weights, atol=1e-6)


def _without_usage(response: pb.TranslateTextResponse) -> list[str]:
    return [f"{translation.translated_text}" for translation in response.translations]


def test_pieces_are_sent_before_the_end() -> None:
    """With a slow model the first piece of a greedy search arrives long before the last."""
    with (
        serving.running(serving.hosted(load=lambda: serving.slow(0.03))) as server,
        serving.stub(server.address) as stub,
    ):
        config = decoding(beam_size=1, max_target_tokens=30)
        events = stub.StreamTranslateText(stream_request("Where is the station?", config), timeout=20)
        engine = serving.engine(server)
        before = engine.counters.steps

        next(event for event in events if event.HasField("delta"))
        steps = engine.counters.steps - before

        assert steps < 25
        assert sum(event.HasField("delta") for event in events) > 0


def test_scores_are_those_of_the_library(stub: Stub) -> None:
    """A segment for each pair; two blank sides have no hypothesis."""
    pairs = [("Hello.", "Bonjour."), ("", " "), ("Where is the station?", "la gare")]

    response = stub.ScoreText(score_request(pairs, FULL), timeout=10)

    expected = serving.translator().score(pairs, attention=True)
    assert [len(segment.hypotheses) for segment in response.segments] == [1, 0, 1]
    for segment, translation in zip(response.segments, expected, strict=True):
        for hypothesis in segment.hypotheses:
            assert translation.attention is not None
            assert hypothesis.text == translation.text
            assert hypothesis.score == pytest.approx(translation.score, abs=1e-4)
            assert np.allclose(hypothesis.attention.weights, translation.attention.ravel(), atol=1e-5)


def test_thirty_two_callers_share_one_batch() -> None:
    """Each gets what it would get alone, and the batch was more than one row wide."""
    with serving.running() as server, serving.stub(server.address) as stub:
        config = decoding(beam_size=2, max_target_tokens=24)

        def translate(text: str) -> pb.Hypothesis:
            answer = stub.TranslateText(translate_request(text, config=config), timeout=30)
            hypothesis: pb.Hypothesis = answer.translations[0].segments[0].hypotheses[0]
            return hypothesis

        alone = [translate(text) for text in SENTENCES]
        engine = serving.engine(server)
        before = replace(engine.counters)
        with ThreadPoolExecutor(32) as callers:
            together = list(callers.map(translate, SENTENCES))
        after = engine.counters

        assert [found.text for found in together] == [found.text for found in alone]
        assert np.allclose([f.score for f in together], [f.score for f in alone], atol=1e-4)
        mean_rows = (after.row_steps - before.row_steps) / (after.steps - before.steps)
        assert mean_rows > 4


def test_models_are_shown(server: Server, stub: Stub) -> None:
    """In the order in which they were given, the first one being the default."""
    listed = stub.ListModels(pb.ListModelsRequest(), timeout=10).models
    got = [stub.GetModel(pb.GetModelRequest(name=model.name), timeout=10) for model in listed]

    assert list(listed) == got
    assert [(model.name, model.default_model) for model in got] == [
        ("models/attentive", True),
        ("models/plain", False),
    ]
    assert {model.state for model in got} == {pb.Model.READY}
    assert [model.revision_id for model in got] == [
        m.bundle.revision for m in server.catalogue.models.values()
    ]
    assert (got[0].source_language_code, got[0].target_language_code) == ("en", "fr")
    assert got[0].limits.max_source_tokens == 64
    assert got[0].metrics["validation_bleu"] == pytest.approx(0.04)
    assert got[0].metrics["parameter_count"] > 0


def test_pages_together_are_the_list(stub: Stub) -> None:
    """One model a page, until there is no next page."""
    names, token = [], ""
    while True:
        page = stub.ListModels(pb.ListModelsRequest(page_size=1, page_token=token), timeout=10)
        names += [model.name for model in page.models]
        token = page.next_page_token
        if not token:
            break

    assert names == ["models/attentive", "models/plain"]


@pytest.mark.parametrize(
    ("model", "source", "target", "expected"),
    [
        ("", "", "", "models/attentive"),
        ("models/plain", "", "", "models/plain"),
        ("", "en", "fr", "models/attentive"),
        ("", "en-GB", "FR", "models/attentive"),
        ("models/plain", "en", "", "models/plain"),
    ],
)
def test_a_model_is_chosen(stub: Stub, model: str, source: str, target: str, expected: str) -> None:
    """By its name, by the languages, or else the first one."""
    config = pb.TranslationConfig(source_language_code=source, target_language_code=target)

    assert (
        stub.TranslateText(translate_request("Hello.", model=model, config=config), timeout=10).model
        == expected
    )


def test_a_stranger_needs_nothing_but_reflection(server: Server) -> None:
    """All services are listed, and a call made of the described messages alone is answered."""
    with grpc.insecure_channel(server.address) as channel:
        described = ProtoReflectionDescriptorDatabase(channel)
        services = set(described.get_services())
        service = DescriptorPool(described).FindServiceByName(serving.SERVICE)
        method = service.methods_by_name["TranslateText"]
        request = GetMessageClass(method.input_type)()
        request.contents.append("Hello.")  # type: ignore[attr-defined]
        call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            f"/{serving.SERVICE}/TranslateText"
        )
        answer = GetMessageClass(method.output_type).FromString(call(request.SerializeToString(), timeout=10))

    assert services >= {serving.SERVICE, "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"}
    assert sorted(service.methods_by_name) == [
        "FindAlternatives", "GetModel", "ListModels", "ScoreText", "StreamTranslateText", "TranslateText",
    ]  # fmt: skip
    assert answer.translations[0].translated_text  # type: ignore[attr-defined]


def test_a_deadline_of_a_millisecond(stub: Stub) -> None:
    """It is exceeded, and nothing else happens."""
    refusal = refused(lambda: stub.TranslateText(translate_request(*SENTENCES), timeout=0.001))

    assert refusal.code is StatusCode.DEADLINE_EXCEEDED
    assert stub.TranslateText(translate_request("Hello."), timeout=10).translations[0].translated_text


def test_without_a_deadline_the_server_sets_one() -> None:
    """The status has a reason then, because it is the server that ends the call."""
    with (
        serving.running(serving.hosted(load=lambda: serving.slow(0.05)), default_deadline_s=0.2) as server,
        serving.stub(server.address) as stub,
    ):
        refusal = refused(lambda: stub.TranslateText(translate_request("Hello.")))

    assert (refusal.code, refusal.reason) == (StatusCode.DEADLINE_EXCEEDED, "DEADLINE")


@pytest.mark.parametrize("method", ["TranslateText", "StreamTranslateText"])
def test_a_cancelled_call_frees_its_rows(method: str) -> None:
    """The model thread stops stepping for it."""
    with (
        serving.running(serving.hosted(load=lambda: serving.slow(0.01))) as server,
        serving.stub(server.address) as stub,
    ):
        engine = serving.engine(server)
        before = replace(engine.counters)
        config = decoding(max_target_tokens=200)
        if method == "TranslateText":
            call = stub.TranslateText.future(translate_request(*SENTENCES, config=config), timeout=60)
        else:
            call = stub.StreamTranslateText(stream_request(SENTENCES[4], config), timeout=60)
        serving.until(lambda: engine.counters.steps > before.steps)

        call.cancel()
        serving.until(lambda: engine.counters.dropped > 0)
        serving.until(lambda: engine.stalled_s == 0.0)
        steps = engine.counters.steps
        threading.Event().wait(0.1)

        assert engine.counters.steps == steps
        assert stub.TranslateText(translate_request("Hello."), timeout=10).translations[0].translated_text


def test_what_expires_in_the_line_costs_no_work() -> None:
    """A call whose time is over before its turn never reaches the model."""
    with (
        serving.running(serving.hosted(load=lambda: serving.slow(0.02)), max_rows=2) as server,
        serving.stub(server.address) as stub,
    ):
        engine = serving.engine(server)
        config = decoding(max_target_tokens=60)
        long = stub.TranslateText.future(translate_request(SENTENCES[4], config=config), timeout=30)
        serving.until(lambda: engine.counters.admitted == 2)  # the first was the one to warm up

        refusal = refused(lambda: stub.TranslateText(translate_request(*SENTENCES), timeout=0.1))
        long.result()

        assert refusal.code is StatusCode.DEADLINE_EXCEEDED
        assert engine.counters.admitted == 2


def test_a_full_line_says_when_to_come_back() -> None:
    """RESOURCE_EXHAUSTED with RetryInfo and a pushback; what could never be taken is INVALID_ARGUMENT."""
    tokens = len(serving.translator().prepare(SENTENCES[4]).tokens)
    model = serving.hosted(load=lambda: serving.slow(0.02))
    with (
        serving.running(model, max_rows=2, queue_tokens=3 * tokens) as server,
        serving.stub(server.address) as stub,
    ):
        engine = serving.engine(server)
        config = decoding(max_target_tokens=60)
        request = translate_request(SENTENCES[4], config=config)
        calls = [stub.TranslateText.future(request, timeout=30) for _ in range(2)]
        serving.until(lambda: engine.counters.admitted == 2 and engine.queued_tokens > 0)

        full = refused(lambda: stub.TranslateText(translate_request(*[SENTENCES[4]] * 3), timeout=10))
        never = refused(lambda: stub.TranslateText(translate_request(*SENTENCES), timeout=10))
        for call in calls:
            call.cancel()

    assert (full.code, full.reason) == (StatusCode.RESOURCE_EXHAUSTED, "QUEUE_FULL")
    assert full.retry_s is not None
    assert 40 <= int(full.trailers["grpc-retry-pushback-ms"]) <= 6_000
    assert (never.code, never.reason) == (StatusCode.INVALID_ARGUMENT, "TEXT_TOO_LONG")


def _texts(response: pb.TranslateTextResponse) -> Sequence[str]:
    return [translation.translated_text for translation in response.translations]


def test_only_the_guilty_sentence_fails() -> None:
    """A step that raises is repeated sentence by sentence; neighbours get what they would get alone."""
    poison = serving.translator().prepare("the tea, please.")

    def refuse_poison(state: DecoderState) -> None:
        assert isinstance(state.memory, Memory)
        lengths = state.memory.mask.sum(dim=1).tolist()
        if len(poison.tokens) in lengths:
            raise RuntimeError("the tea, please.")  # an exception that quotes the user's text

    texts = ["Hello.", "the tea, please.", "Where is the station?"]
    assert [len(serving.translator().prepare(text).tokens) for text in texts].count(len(poison.tokens)) == 1
    with (
        serving.running(serving.hosted(load=lambda: serving.hindered(refuse_poison))) as server,
        serving.stub(server.address) as stub,
    ):
        response = stub.TranslateText(translate_request(*texts, partial=True), timeout=20)
        whole = refused(lambda: stub.TranslateText(translate_request(*texts), timeout=20))
        good = stub.TranslateText(translate_request("Hello.", "Where is the station?"), timeout=20)

    assert response.translations[1].error.message == "the model failed at this sentence"
    assert _texts(response)[::2] == _texts(good)
    assert (whole.code, whole.reason, whole.fields) == (StatusCode.INTERNAL, "ENGINE_FAULT", ("contents[1]",))


def test_numbers_that_are_not_finite_fail_their_sentence() -> None:
    """Never an empty translation in the place of a failure."""

    def spoil(state: DecoderState) -> None:
        for layer in state.hidden:
            layer.h.fill_(float("nan"))

    model = serving.hosted(load=lambda: serving.hindered(spoil))
    with pytest.raises(ModelError, match="no model could be started"), serving.running(model):
        pass
    assert model.problem == "the model produced numbers that are not finite"


def test_a_reader_that_stops_reading_is_let_go() -> None:
    """It holds no rows: its stream ends with CLIENT_TOO_SLOW, which it sees when it reads on."""
    narrow = [("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 1_000)]
    config = decoding(beam_size=16, hypothesis_count=16, max_target_tokens=200)
    config.view = FULL
    with (
        serving.running(send_timeout_s=0.1) as server,
        grpc.insecure_channel(server.address, options=narrow) as channel,
    ):
        stub = Stub(channel)  # type: ignore[no-untyped-call]
        events = stub.StreamTranslateText(stream_request(SENTENCES[4], config), timeout=30)
        next(events)
        threading.Event().wait(1.0)

        refusal = refused(lambda: list(events))

        assert serving.engine(server).stalled_s == 0.0
    assert (refusal.code, refusal.reason) == (StatusCode.DEADLINE_EXCEEDED, "CLIENT_TOO_SLOW")
