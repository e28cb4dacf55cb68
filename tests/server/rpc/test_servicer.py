from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from grpc import StatusCode

import serving
import tiny
from seq2seq.errors import ModelError
from seq2seq.nn.state import DecoderState, Memory
from seq2seq.v1 import translation_service_pb2 as pb
from serving import Stub, decoding, refused, score_request, stream_request, translate_request

FULL = pb.TRANSLATION_VIEW_FULL


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

        alone = [translate(text) for text in serving.SENTENCES]
        engine = serving.engine(server)
        before = replace(engine.counters)
        with ThreadPoolExecutor(32) as callers:
            together = list(callers.map(translate, serving.SENTENCES))
        after = engine.counters

        assert [found.text for found in together] == [found.text for found in alone]
        assert np.allclose([f.score for f in together], [f.score for f in alone], atol=1e-4)
        mean_rows = (after.row_steps - before.row_steps) / (after.steps - before.steps)
        assert mean_rows > 4


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
