"""Fixed context against attention: copy and reverse, at lengths seen in training and beyond.

Cho et al. 2014b (arXiv:1409.1259) and Bahdanau et al. 2015, figure 2: a decoder that gets one vector
for the whole source fails as the source grows; one that may look back does not. Here every answer is
known, and so is the place at which the decoder has to look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import NonNegativeInt, PositiveFloat, PositiveInt

from seq2seq.amounts import amount
from seq2seq.batch import collate
from seq2seq.config import Section
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.search import Finished, search_all
from seq2seq.evaluation.tables import aligned
from seq2seq.nn.cells import CellName
from seq2seq.nn.model import EncoderDecoder, ModelConfig
from seq2seq.plots.charts import Chart, Curve, Figure, HeatMap, LineChart
from seq2seq.plots.terminal import draw_chart
from seq2seq.probes.learning import train
from seq2seq.probes.pairs import FIRST_SYMBOL, Drawing, Order, Pair, PairBatches, draw_pairs, right_place
from seq2seq.training.config import TrainingConfig
from seq2seq.training.outcome import Mark, Observer
from seq2seq.training.randomness import seed_all

Kind = Literal["plain", "attentive"]

SOLVED_LOSS = 0.002  # nats a piece on held-out pairs; below that training has nothing left to teach
HELD_OUT = 1_000_003  # number of the stream that measuring draws from


class BottleneckBudget(Section):
    """What the plain and the attentive model get, both the same."""

    symbols: PositiveInt = 20  # of the alphabet; few make neighbours alike, so that two places are right
    longest: PositiveInt = 10  # symbols of a source in training
    updates: PositiveInt = 800
    rows: PositiveInt = 64  # pairs a batch, all of one length
    cell: CellName = "gru"
    hidden_size: PositiveInt = 64  # of the decoder; of each of the encoder's directions half as many
    learning_rate: PositiveFloat = 5e-3
    tested: PositiveInt = 100  # pairs of each length
    seed: NonNegativeInt = 1

    @property
    def drawing(self) -> Drawing:
        """What is drawn for training."""
        return Drawing(self.symbols, self.longest, self.rows)

    def held_out(self, order: Order, length: int, rows: int) -> list[Pair]:
        """Draw pairs for measuring, from another stream than the training's."""
        random = np.random.default_rng([self.seed, HELD_OUT, length])
        return draw_pairs(order, random, length, rows, self.symbols)

    def model(self, kind: Kind) -> ModelConfig:
        """The network; the two kinds differ in one setting."""
        return ModelConfig(
            attention="bahdanau" if kind == "attentive" else "none",
            cell=self.cell,
            embedding_size=self.hidden_size // 2,
            hidden_size=self.hidden_size,
            encoder_hidden_size=self.hidden_size // 2,
            attention_size=self.hidden_size // 2,
            tied_embeddings="none",
            dropout_embedding=0.0,
            dropout_memory=0.0,
            dropout_output=0.0,
        )

    def training(self) -> TrainingConfig:
        """The settings of the loop."""
        return TrainingConfig(
            updates=self.updates,
            learning_rate=self.learning_rate,
            warmup_updates=min(100, self.updates - 1),
            label_smoothing=0.0,
            ema_decay=0.0,
            validate_every=100,
            checkpoint_every=self.updates,
            choose_by="loss",
            patience=0,
        )


@dataclass(frozen=True)
class LengthScore:
    """How a model did on sources of one length."""

    length: int
    exact: float  # share of targets that are right from the first symbol to the end
    looked_right: float | None  # share of symbols whose largest weight is at the right place; None: plain


@dataclass(frozen=True)
class OrderResult:
    """One kind of model on one order."""

    order: Order
    kind: Kind
    loss: float  # nats a piece, at trained lengths
    updates: int
    scores: tuple[LengthScore, ...]
    example: tuple[tuple[float, ...], ...] | None  # attention on one source of the longest trained length

    def looked_right(self, longest: int) -> float | None:
        """The share over all trained lengths, each symbol counted once."""
        trained = [score for score in self.scores if score.length <= longest]
        if any(score.looked_right is None for score in trained):
            return None
        right = sum((score.looked_right or 0.0) * score.length for score in trained)
        return right / sum(score.length for score in trained)


@dataclass(frozen=True)
class BottleneckReport:
    """What `seq2seq probe bottleneck` found."""

    budget: BottleneckBudget
    results: tuple[OrderResult, ...]

    def text(self, width: int = 80) -> str:
        """A table by length and charts."""
        budget = self.budget
        lengths = [score.length for score in self.results[0].scores]
        rows = [["exact match at length", *(f"{length}" for length in lengths)]]
        rows += [
            [f"{one.order}, {one.kind}", *(f"{100 * score.exact:.0f}" for score in one.scores)]
            for one in self.results
        ]
        rows += [
            [
                f"{one.order}, looked right",
                *(f"{100 * (score.looked_right or 0.0):.0f}" for score in one.scores),
            ]
            for one in self.results
            if one.kind == "attentive"
        ]
        conditions = (
            f"{amount(budget.symbols, 'symbol')}; trained on 1 to {budget.longest} of them, "
            f"{amount(budget.updates, 'update')} at most; {budget.cell} of "
            f"{amount(budget.hidden_size, 'unit')}; {amount(budget.tested, 'source')} a length, greedy"
        )
        told = [
            conditions,
            "",
            aligned(rows),
            "",
            *(self._summary(one) for one in self.results),
        ]
        for chart in self._charts():
            told += ["", draw_chart(chart, width=width, height=11)]
        return "\n".join(told)

    def figure(self) -> Figure:
        """Exact match by length, and the attention on one source."""
        charts: list[Chart] = [
            *self._charts(),
            *(self._attention(one) for one in self.results if one.example is not None),
        ]
        return Figure(charts, columns=2, title="One vector for the whole source, or attention")

    def to_json(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        return {
            "budget": self.budget.model_dump(mode="json"),
            "results": [
                {
                    "order": one.order,
                    "kind": one.kind,
                    "loss": one.loss,
                    "updates": one.updates,
                    "looked_right_at_trained_lengths": one.looked_right(self.budget.longest),
                    "by_length": [
                        {"length": score.length, "exact": score.exact, "looked_right": score.looked_right}
                        for score in one.scores
                    ],
                }
                for one in self.results
            ],
        }

    def _summary(self, one: OrderResult) -> str:
        share = one.looked_right(self.budget.longest)
        looked = "" if share is None else f"; attention at the right place {100 * share:.1f} % of the time"
        return f"{one.order}, {one.kind}: loss {one.loss:.4f} at update {one.updates:,}{looked}"

    def _charts(self) -> list[LineChart]:
        charts = []
        for order in dict.fromkeys(one.order for one in self.results):
            chosen = [one for one in self.results if one.order == order]
            curves = [
                Curve(
                    one.kind,
                    [score.length for score in one.scores],
                    [100 * score.exact for score in one.scores],
                )
                for one in chosen
            ]
            ticks = [
                (x, str(x)) for x in (score.length for score in chosen[0].scores) if x == 1 or x % 5 == 0
            ]
            edge = [self.budget.longest, self.budget.longest]
            curves.append(Curve("longest in training", edge, [0.0, 100.0], dashed=True))
            charts.append(
                LineChart(
                    order, curves, "symbols in the source", "% exactly right", y_range=(0, 100), x_ticks=ticks
                )
            )
        return charts

    def _attention(self, one: OrderResult) -> HeatMap:
        assert one.example is not None, "only an attentive model has a map"
        sources = [*map(str, range(1, len(one.example[0]))), "end"]
        targets = [*map(str, range(1, len(one.example))), "end"]
        return HeatMap(
            f"{one.order}: where the decoder looked",
            one.example,
            targets,
            sources,
            "target",
            "source",
            "weight",
        )


def train_order(
    order: Order, kind: Kind, budget: BottleneckBudget, observer: Observer | None = None
) -> tuple[EncoderDecoder, Mark]:
    """Train one model; give it with its best weights, and when that was.

    Raises:
        KeyboardInterrupt: the user stopped it.
    """
    seed_all(budget.seed)
    vocabulary = FIRST_SYMBOL + budget.symbols
    model = EncoderDecoder(budget.model(kind), vocabulary, vocabulary)
    held_out = [
        pair for length in range(1, budget.longest + 1) for pair in budget.held_out(order, length, 20)
    ]
    trained = train(
        model,
        PairBatches(order, budget.drawing, budget.seed),
        budget.training(),
        collate(held_out),
        goal=SOLVED_LOSS,
        seed=budget.seed,
        observer=observer,
    )
    return model, trained.best


def measure_order(
    order: Order,
    kind: Kind,
    budget: BottleneckBudget,
    lengths: Sequence[int],
    observer: Observer | None = None,
) -> OrderResult:
    """Train one model, and search with it for the targets of every length."""
    model, mark = train_order(order, kind, budget, observer)
    scores, example = [], None
    for length in lengths:
        pairs = budget.held_out(order, length, budget.tested)
        options = SearchOptions(beam=1, attention=kind == "attentive", max_target_tokens=2 * length + 2)
        found = search_all(model, [source for source, _ in pairs], options)
        scores.append(_score(order, length, pairs, found))
        first = found[0].hypotheses[0].attention
        if length == budget.longest and first is not None:
            example = tuple(tuple(float(weight) for weight in row) for row in first)
    return OrderResult(order, kind, mark.validation.loss, mark.update, tuple(scores), example)


def _score(order: Order, length: int, pairs: Sequence[Pair], found: Sequence[Finished]) -> LengthScore:
    best = [finished.hypotheses[0] for finished in found]
    exact = [one.tokens == target for one, (_, target) in zip(best, pairs, strict=True)]
    places = [place for one in best if one.attention is not None for place in _places(order, length, one)]
    return LengthScore(length, sum(exact) / len(exact), sum(places) / len(places) if places else None)


def _places(order: Order, length: int, hypothesis: Hypothesis) -> list[bool]:
    """Whether each symbol that should be there was made while looking at the right place."""
    assert hypothesis.attention is not None, "the search was asked to keep it"
    looked = np.asarray(hypothesis.attention).argmax(axis=1)
    return [
        step < len(looked) and int(looked[step]) == right_place(order, length, step) for step in range(length)
    ]
