"""What has to be in a translation is in it, once, however little the model thinks of it."""

from collections.abc import Hashable

import torch
from hypothesis import given
from hypothesis import strategies as st

import tiny
from seq2seq.batch import BOS, EOS, collate_source
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.search import Finished, Search, search_admitted, search_all
from seq2seq.decoding.sentence import Admission

VOCABULARY = 24
MODEL = tiny.model(tiny.model_config(), VOCABULARY, VOCABULARY, seed=3)
Demand = tuple[list[int], set[int]]  # a source, and what its translation has to hold
SENTENCES = st.lists(
    st.tuples(st.lists(st.integers(4, 23), min_size=1, max_size=6), st.sets(st.integers(4, 12), max_size=3)),
    min_size=1,
    max_size=5,
)


def admissions(sentences: list[Demand], beam: int) -> list[Admission]:
    """Sentences of random pieces, and what their translations have to hold."""
    return [
        Admission(index, (*source, EOS), SearchOptions(beam=beam, n_best=beam), copies=frozenset(wanted))
        for index, (source, wanted) in enumerate(sentences)
    ]


@given(sentences=SENTENCES, beam=st.sampled_from([1, 2, 5]))
def test_a_translation_holds_each_piece_once(sentences: list[Demand], beam: int) -> None:
    """Every finished hypothesis, and with true log probabilities; the others are as if nobody had asked."""
    found = search_admitted(MODEL, admissions(sentences, beam))

    sources = [(*source, EOS) for source, _ in sentences]
    plain = search_all(MODEL, sources, SearchOptions(beam=beam, n_best=beam))
    for (_, wanted), finished, usual in zip(sentences, found, plain, strict=True):
        for hypothesis in finished.hypotheses:
            counts = {piece: hypothesis.tokens.count(piece) for piece in wanted}
            assert max(counts.values(), default=0) <= 1
            assert not hypothesis.repetition_avoided
            if hypothesis.is_finished:
                assert set(counts.values()) <= {1}
        if not wanted:
            assert [one.tokens for one in finished.hypotheses] == [one.tokens for one in usual.hypotheses]


@given(sentences=SENTENCES, beam=st.sampled_from([1, 3]))
def test_company_changes_nothing(sentences: list[Demand], beam: int) -> None:
    """Alone, together, and joined later."""
    wanted = admissions(sentences, beam)
    together = search_admitted(MODEL, wanted)
    alone = [search_admitted(MODEL, [admission])[0] for admission in wanted]
    late = Search(MODEL)
    answers: dict[Hashable, Finished] = {}
    for admission in wanted:
        late.admit([admission])
        late.advance()
        answers.update((finished.key, finished) for finished in late.finished())
    while late.sentences:
        late.advance()
        answers.update((finished.key, finished) for finished in late.finished())

    for index in range(len(wanted)):
        expected = [one.tokens for one in alone[index].hypotheses]
        assert [one.tokens for one in together[index].hypotheses] == expected
        assert [one.tokens for one in answers[index].hypotheses] == expected


def test_log_probabilities_are_the_models_own() -> None:
    """Of a piece that was owed, too: what forcing gives."""
    (found,) = search_admitted(
        MODEL, [Admission(0, (5, 6, EOS), SearchOptions(beam=1), copies=frozenset({7, 9}))]
    )
    (best,) = found.hypotheses

    state = MODEL.start(collate_source([(5, 6, EOS)]))
    previous, expected = torch.tensor([BOS]), []
    with torch.inference_mode():
        for token in best.tokens:
            step = MODEL.step(previous, state)
            expected.append(step.logits.log_softmax(dim=-1)[0, token].item())
            previous, state = torch.tensor([token]), step.state
    torch.testing.assert_close(list(best.log_probs), expected, atol=1e-4, rtol=1e-4)
