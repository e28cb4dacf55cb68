"""Copy and reverse: the pairs are right, the attentive model learns to copy, and looks at what it copies."""

import json

import numpy as np
import pytest

from seq2seq.batch import EOS
from seq2seq.probes.bottleneck import BottleneckBudget, BottleneckReport, measure_order
from seq2seq.probes.pairs import FIRST_SYMBOL, Drawing, PairBatches, draw_pairs, right_place


def test_a_target_is_its_source_forwards_or_backwards() -> None:
    """Both end with the end of the sentence, and the place of each symbol is known."""
    for order in ("copy", "reverse"):
        for source, target in draw_pairs(order, np.random.default_rng(1), 6, 20, symbols=5):
            assert source[-1] == target[-1] == EOS
            assert len(source) == len(target) == 7
            assert all(FIRST_SYMBOL <= token < FIRST_SYMBOL + 5 for token in source[:-1])
            for step in range(6):
                assert target[step] == source[right_place(order, 6, step)]


def test_batches_are_of_one_length_and_go_on_where_they_were() -> None:
    """Every trained length comes, and the place is one number."""
    drawing = Drawing(symbols=4, longest=5, rows=3)
    batches = PairBatches("copy", drawing, seed=2)
    drawn = [next(batches) for _ in range(60)]
    again = PairBatches("copy", drawing, seed=2)

    again.load_state_dict({"drawn": 59})

    assert {batch.target.shape[1] for batch in drawn} == {2, 3, 4, 5, 6}
    assert next(again).target.tolist() == drawn[59].target.tolist()


def test_the_attentive_model_learns_to_copy_and_looks_at_what_it_copies() -> None:
    """A few hundred updates; at trained lengths it is right, and its largest weight is where it should be."""
    budget = BottleneckBudget(
        symbols=8, longest=5, updates=500, hidden_size=32, learning_rate=1e-2, tested=40
    )

    result = measure_order("copy", "attentive", budget, [1, 3, 5])

    assert [score.exact for score in result.scores] == [1.0, 1.0, 1.0]
    looked = result.looked_right(5)
    assert looked is not None
    assert looked > 0.9
    assert result.example is not None
    assert np.asarray(result.example).shape == (5, 5)


def test_the_plain_model_has_nowhere_to_look() -> None:
    """The report has its line, without a place."""
    budget = BottleneckBudget(symbols=3, longest=2, updates=20, hidden_size=8, tested=5)
    result = measure_order("reverse", "plain", budget, [1, 2, 4])

    report = BottleneckReport(budget, (result,))

    assert result.looked_right(2) is None
    assert [score.length for score in result.scores] == [1, 2, 4]
    assert "exact match at length" in report.text()
    assert "looked" not in report.text()
    document = json.loads(json.dumps(report.to_json()))
    assert document["results"][0]["looked_right_at_trained_lengths"] is None
    assert 0.0 <= document["results"][0]["by_length"][0]["exact"] <= 1.0


@pytest.mark.parametrize("kind", ["plain", "attentive"])
def test_the_two_kinds_differ_in_their_attention_alone(kind: str) -> None:
    """Everything else of the network is the same."""
    budget = BottleneckBudget()
    plain, other = budget.model("plain"), budget.model("attentive" if kind == "attentive" else "plain")

    assert other.model_copy(update={"attention": "none"}) == plain
