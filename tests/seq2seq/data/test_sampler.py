import json
from collections import Counter
from itertools import groupby

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import tiny
from seq2seq.batch import EOS, ParallelBatch
from seq2seq.data.changes import Subwords
from seq2seq.data.dataset import Dataset, Side, Split
from seq2seq.data.protected import PLACEHOLDERS
from seq2seq.data.sampler import BatchingConfig, Sampler
from seq2seq.errors import ConfigError, CorpusError


def split(lengths: list[tuple[int, int]]) -> Split:
    """Make pairs of given lengths whose first ids tell which pair they are."""

    def side(which: int) -> Side:
        counts = [pair[which] for pair in lengths]
        ids = [[*[10 + index] * (count - 1), EOS] for index, count in enumerate(counts)]
        return Side(
            np.array([token for sentence in ids for token in sentence], dtype=np.uint32),
            np.cumsum([0, *counts], dtype=np.uint64),
            np.array(counts, dtype=np.uint32),
        )

    return Split(side(0), side(1))


def natural(pairs: int, seed: int = 0) -> Split:
    """Make pairs whose lengths spread as those of sentences do."""
    random = np.random.default_rng(seed)
    source = np.clip(random.lognormal(2.2, 0.5, pairs), 2, 60)
    target = np.clip(source * random.normal(1.1, 0.2, pairs), 2, 80)
    return split([(int(s), int(t)) for s, t in zip(source, target, strict=True)])


def rows(batch: ParallelBatch) -> list[tuple[int, int]]:
    """Tell which pairs are in a batch."""
    return list(zip(batch.source.tokens[:, 0].tolist(), batch.target[:, 0].tolist(), strict=True))


def epoch(sampler: Sampler) -> list[ParallelBatch]:
    """Take the epoch that begins, whole, whose number of batches is known only once it has begun."""
    first = next(sampler)
    return [first, *(next(sampler) for _ in range(sampler.batches_per_epoch - 1))]


LENGTHS = st.lists(st.tuples(st.integers(2, 30), st.integers(2, 30)), min_size=1, max_size=60)


@given(lengths=LENGTHS, budget=st.integers(1, 100), pool=st.integers(1, 70), seed=st.integers(0, 5))
def test_every_pair_is_seen_exactly_once_an_epoch(
    lengths: list[tuple[int, int]], budget: int, pool: int, seed: int
) -> None:
    """Whatever the budget and the pools, in both of two epochs, sources with their own targets."""
    sampler = Sampler(split(lengths), BatchingConfig(tokens_per_batch=budget, pool_pairs=pool), seed)

    for number in range(2):
        seen = [row for batch in epoch(sampler) for row in rows(batch)]

        assert sorted(seen) == [(10 + index, 10 + index) for index in range(len(lengths))]
        assert (sampler.epoch, sampler.position) == (number, 1.0)


@given(lengths=LENGTHS, budget=st.integers(1, 100))
def test_batches_keep_to_the_budget(lengths: list[tuple[int, int]], budget: int) -> None:
    """Source and target cells alike, unless one pair alone is larger."""
    sampler = Sampler(split(lengths), BatchingConfig(tokens_per_batch=budget), 1)

    for batch in epoch(sampler):
        cells = max(batch.source.tokens.numel(), batch.target.numel())
        assert cells <= budget or len(batch.target) == 1


@given(taken=st.integers(0, 25))
def test_resuming_equals_never_stopping(taken: int) -> None:
    """From any batch, across the ends of epochs, through JSON."""
    data, config = natural(60), BatchingConfig(tokens_per_batch=100, pool_pairs=30)
    undisturbed = Sampler(data, config, 7)
    for _ in range(taken):
        next(undisturbed)
    resumed = Sampler(data, config, 7)
    resumed.load_state_dict(json.loads(json.dumps(undisturbed.state_dict())))

    for _ in range(25):
        expected, batch = next(undisturbed), next(resumed)
        assert torch.equal(batch.source.tokens, expected.source.tokens)
        assert torch.equal(batch.target, expected.target)
    assert resumed.state_dict() == undisturbed.state_dict()


def test_epochs_and_seeds_have_their_own_order() -> None:
    """The order follows from both and from nothing else."""
    data, config = natural(200), BatchingConfig(tokens_per_batch=200)
    first, again, other = Sampler(data, config, 1), Sampler(data, config, 1), Sampler(data, config, 2)

    order = [[rows(batch) for batch in epoch(sampler)] for sampler in (first, again, other)]
    order.append([rows(batch) for batch in epoch(first)])

    assert order[0] == order[1]
    assert order[0] != order[2]
    assert order[0] != order[3]


@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks_share_an_epoch(ranks: int) -> None:
    """Each has as many batches; together they see every pair, at most a few batches twice."""
    data, config = natural(300), BatchingConfig(tokens_per_batch=300 * ranks)

    epochs = [epoch(Sampler(data, config, 1, rank, ranks)) for rank in range(ranks)]

    seen = Counter(row for batches in epochs for batch in batches for row in rows(batch))
    assert len({len(batches) for batches in epochs}) == 1
    assert len(seen) == 300
    assert sum(seen.values()) - 300 <= (ranks - 1) * max(len(batch.target) for batch in epochs[0])
    widths = [[batch.target.shape[1] for batch in batches] for batches in epochs]
    assert max(abs(a - b) for a, b in zip(widths[0], widths[1], strict=True)) < 60


@pytest.mark.parametrize("tokens", [2_000, 4_000])
def test_padding_stays_below_15_percent(tokens: int) -> None:
    """With lengths as sentences have them; counted over sources and targets."""
    sampler = Sampler(natural(20_000), BatchingConfig(tokens_per_batch=tokens), 1)

    batches = epoch(sampler)

    cells = sum(batch.source.tokens.numel() + batch.target.numel() for batch in batches)
    filled = sum(int(batch.source.lengths.sum()) + batch.target_tokens for batch in batches)
    assert sampler.padding_share == pytest.approx(1 - filled / cells)
    assert sampler.padding_share < 0.15


def test_another_set_up_cannot_be_resumed() -> None:
    """The place would mean other pairs; the message names the setting."""
    state = Sampler(natural(50), BatchingConfig(tokens_per_batch=100), 1).state_dict()
    other = Sampler(natural(50), BatchingConfig(tokens_per_batch=200), 1)

    with pytest.raises(
        ConfigError, match="batching: the run to be resumed had tokens_per_batch = 100, and now it is 200"
    ):
        other.load_state_dict(state)


def test_nothing_to_train_on_is_an_error() -> None:
    """An endless iterator over nothing would hang."""
    with pytest.raises(CorpusError, match="there is no pair to train on"):
        Sampler(split([]), BatchingConfig(), 1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """A dataset with its subword models."""
    return tiny.dataset(tmp_path_factory.mktemp("made"), count=60)


def cutting(
    made: Dataset, source: float = 0.2, target: float = 0.1, *, pool: int = 50_000, seed: int = 1
) -> Sampler:
    """A sampler that cuts pairs anew."""
    values = {
        "tokens_per_batch": 300,
        "pool_pairs": pool,
        "subword_dropout_source": source,
        "subword_dropout_target": target,
    }
    models = Subwords(made.source_subword, made.target_subword)
    return Sampler(made.train, BatchingConfig.model_validate(values), seed, subwords=models)


def sides(batch: ParallelBatch) -> list[tuple[list[int], list[int]]]:
    """Ids of each pair without padding."""
    source = zip(batch.source.tokens.tolist(), batch.source.lengths.tolist(), strict=True)
    target = zip(batch.target.tolist(), batch.target_lengths.tolist(), strict=True)
    return [(s[:m], t[:n]) for (s, m), (t, n) in zip(source, target, strict=True)]


def cuts(sampler: Sampler, made: Dataset) -> dict[tuple[str, str], tuple[list[int], list[int]]]:
    """How each pair is cut in the epoch that begins, by its texts."""
    decode = made.source_subword.decode
    return {(decode(s), decode(t)): (s, t) for batch in epoch(sampler) for s, t in sides(batch)}


def test_each_epoch_cuts_every_pair_anew(made: Dataset) -> None:
    """The texts stay what they were; most pairs are cut otherwise than before."""
    sampler = cutting(made)
    plain = cuts(cutting(made, 0.0, 0.0), made)

    first, second = cuts(sampler, made), cuts(sampler, made)

    assert first.keys() == second.keys() == plain.keys() == set(tiny.pairs(100)[:60])
    assert sum(first[text] != second[text] for text in first) > 40
    assert sum(first[text] != plain[text] for text in first) > 40


def test_a_cut_depends_on_seed_epoch_and_pair_alone(made: Dataset) -> None:
    """Not on the company in a batch nor on the order of batches; another seed cuts otherwise."""
    first = cuts(cutting(made), made)

    assert cuts(cutting(made, pool=7), made) == first
    assert cuts(cutting(made, seed=2), made) != first


def test_one_side_alone_is_cut_when_only_its_dropout_is_set(made: Dataset) -> None:
    """The other side keeps its plain pieces."""
    plain = cuts(cutting(made, 0.0, 0.0), made)
    found = cuts(cutting(made, 0.0, 0.3), made)

    assert {text: source for text, (source, _) in found.items()} == {
        text: source for text, (source, _) in plain.items()
    }
    assert found != plain


@pytest.mark.parametrize("taken", [0, 1, 5, 14])
def test_cut_anew_resuming_equals_never_stopping(made: Dataset, taken: int) -> None:
    """In a process of its own too, for nothing but the state is handed on."""
    undisturbed = cutting(made)
    for _ in range(taken):
        next(undisturbed)
    resumed = cutting(made)
    resumed.load_state_dict(json.loads(json.dumps(undisturbed.state_dict())))

    assert [sides(next(undisturbed)) for _ in range(20)] == [sides(next(resumed)) for _ in range(20)]


def test_cuts_are_the_same_in_every_process_and_on_every_machine(made: Dataset) -> None:
    """What pair 0 becomes in epoch 0 with seed 1; by `Sampler._pair`."""
    source, _ = cutting(made)._pair(0)

    pieces = " ".join(made.source_subword._processor.id_to_piece(token) for token in source)

    assert pieces == "▁ T h e ▁ s m a l l ▁ o l d ▁ t h e ▁café ▁ 1 2 ▁café ▁old . </s>"


def test_hasty_sources_lose_case_or_mark_and_nothing_else(made: Dataset) -> None:
    """About as many as are asked for, anew in each epoch; targets stay what they were."""
    config = BatchingConfig(tokens_per_batch=64, hasty_sources=0.5)
    sampler = Sampler(made.train, config, 1, subwords=Subwords(made.source_subword, made.target_subword))
    written = {target: source for source, target in tiny.pairs(100)[:60]}
    decode = made.source_subword.decode

    first, second = (
        {decode(target): decode(source) for batch in epoch(sampler) for source, target in sides(batch)}
        for _ in range(2)
    )

    assert first.keys() == written.keys()
    changed = {target: source for target, source in first.items() if source != written[target]}
    assert 15 <= len(changed) <= 45
    assert all(
        source in {text.lower(), text.rstrip(" .!?"), text.rstrip(" .!?").lower()}
        for source, text in ((source, written[target]) for target, source in changed.items())
    )
    assert first != second


def test_joined_pairs_are_pairs_of_the_corpus_one_after_the_other() -> None:
    """About as many as are asked for, two to four, the same ones on both sides, anew in each epoch."""
    sampler = Sampler(natural(200), BatchingConfig(tokens_per_batch=400, joined_pairs=0.3), 1)

    def parts(side: list[int]) -> list[int]:
        """Which pairs follow each other; their ids are their numbers."""
        assert side[-1] == EOS
        return [number for number, _ in groupby(side[:-1])]

    first, second = ([pair for batch in epoch(sampler) for pair in sides(batch)] for _ in range(2))

    assert all(parts(source) == parts(target) for source, target in first)
    assert sorted(parts(source)[0] for source, _ in first) == [10 + number for number in range(200)]
    joined = [parts(source) for source, _ in first if len(parts(source)) > 1]
    assert 40 < len(joined) < 80
    assert {len(several) for several in joined} == {2, 3, 4}
    assert sorted(first) != sorted(second)


def test_joined_pairs_keep_to_the_budget() -> None:
    """Batches are planned with what is joined."""
    sampler = Sampler(natural(300), BatchingConfig(tokens_per_batch=400, joined_pairs=0.4), 1)

    batches = epoch(sampler)

    assert all(
        max(batch.source.tokens.numel(), batch.target.numel()) <= 400 or len(batch.target) == 1
        for batch in batches
    )


def test_protected_spans_are_the_same_on_both_sides(made: Dataset) -> None:
    """In about as many pairs as are asked for; a resumed run makes the same ones."""
    config = BatchingConfig(tokens_per_batch=64, protected_spans=0.4)
    subwords = Subwords(made.source_subword, made.target_subword)
    sampler, again = (Sampler(made.train, config, 1, subwords=subwords) for _ in range(2))

    pairs = [pair for batch in epoch(sampler) for pair in sides(batch)]

    held = [
        tuple(
            sorted(set(model.decode_normalised(side)) & set(PLACEHOLDERS))
            for model, side in zip((subwords.source, subwords.target), pair, strict=True)
        )
        for pair in pairs
    ]
    assert all(source == target for source, target in held)
    assert 0.2 < sum(bool(source) for source, _ in held) / len(held) < 0.6
    assert pairs == [pair for batch in epoch(again) for pair in sides(batch)]
