from collections import Counter
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny
from seq2seq.batch import EOS, UNK
from seq2seq.data.normalise import normalise
from seq2seq.data.segmentation import Coins
from seq2seq.data.subword import SubwordModel
from seq2seq.data.subword_learning import SubwordConfig, train_subword

SENTENCES = [text for pair in tiny.pairs(60) for text in pair]
HOSTILE = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from("\u0301\u1100\u1161\u200d\ufe0f\u2028\u00ad\ufeff\ud800\udfff"),
        st.sampled_from("the old cat<s><0xE2>12é ﬁ１２\0\t\n▁_👩❤"),
    ),
    max_size=30,
)
WORDS = st.lists(st.sampled_from([word for text in SENTENCES for word in text.split()] + ["x" * 9, "a1b2"]))
DROPOUT = st.floats(0.001, 0.999)


@pytest.fixture(scope="module", params=["unigram", "bpe"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SubwordModel:
    """A model of each algorithm, of 340 pieces."""
    config = SubwordConfig(algorithm=request.param, vocabulary_size=340)
    return train_subword(SENTENCES, config, tmp_path_factory.mktemp("spm") / "joint.spm", seed=1)


def seeded(seed: int) -> Random:
    """A generator at its beginning."""
    return Random(seed)  # noqa: S311 — nothing is secret


class Lucky(Coins):
    """Every trial succeeds, and each has to be made."""

    def __init__(self) -> None:
        super().__init__(0.5, seeded(0))

    def all_succeed(self, trials: int) -> bool:
        """Refuse, so that the word is cut here and not looked up."""
        return trials < 0

    def succeeds(self) -> bool:
        """Always."""
        return True


@given(text=HOSTILE, dropout=DROPOUT, seed=st.integers(0, 9))
def test_however_it_is_cut_the_text_is_the_same(
    model: SubwordModel, text: str, dropout: float, seed: int
) -> None:
    """For any string: byte fallback, digits, controls, spaces; and the same again for the same seed."""
    tokens = model.sample(normalise(text), dropout, seeded(seed))

    assert model.decode(tokens) == normalise(text)
    assert UNK not in tokens
    assert tokens[-1] == EOS
    assert EOS not in tokens[:-1]
    assert model.sample(normalise(text), dropout, seeded(seed)) == tokens


@given(text=HOSTILE)
def test_without_dropout_it_is_the_plain_segmentation(model: SubwordModel, text: str) -> None:
    """And the generator stands where it stood."""
    random = seeded(3)

    assert model.sample(normalise(text), 0.0, random) == model.encode(text)
    assert random.random() == seeded(3).random()


@given(words=WORDS)
def test_when_nothing_is_left_out_it_agrees_with_sentencepiece(model: SubwordModel, words: list[str]) -> None:
    """Our merges and our most probable path are those of the library, word by word."""
    tokens = [token for word in words for token in model._segmenter.cut(word, Lucky())]

    assert [*tokens, EOS] == model.encode(" ".join(words))


@given(text=HOSTILE)
def test_hostile_text_agrees_with_sentencepiece_too(text: str) -> None:
    """Merges depend on no rounding, so that BPE can be held to it for any string."""
    model = tiny.subword(tuple(SENTENCES), 340, "bpe")
    words = normalise(text).split()

    tokens = [token for word in words for token in model._segmenter.cut(word, Lucky())]

    assert [*tokens, EOS] == model.encode(" ".join(words))


@given(p=st.floats(0.01, 0.9), trials=st.lists(st.integers(0, 4), max_size=40), seed=st.integers(0, 99))
def test_trials_made_together_are_those_made_one_by_one(p: float, trials: list[int], seed: int) -> None:
    """What is looked up and what is worked out draw the same."""
    together, single = Coins(p, seeded(seed)), Coins(p, seeded(seed))

    for count in trials:
        singly = [single.succeeds() for _ in range(count)]
        if together.all_succeed(count):
            assert all(singly)
        else:
            assert [together.succeeds() for _ in range(count)] == singly


@pytest.mark.parametrize("p", [0.1, 0.6])
def test_trials_fail_as_often_as_asked(p: float) -> None:
    """Within four standard deviations of 20,000 trials, and alone as often as in pairs."""
    coins = Coins(p, seeded(5))
    drawn = [coins.succeeds() for _ in range(20_000)]

    failures = Counter(drawn)[False] / len(drawn)
    twice = sum(not a and not b for a, b in pairwise(drawn)) / len(drawn)

    assert failures == pytest.approx(p, abs=4 * (p * (1 - p) / 20_000) ** 0.5)
    assert twice == pytest.approx(p * p, abs=0.02)


def test_more_dropout_makes_more_pieces(model: SubwordModel) -> None:
    """Up to single characters; and a sentence is cut in many ways."""
    text = " ".join(SENTENCES[:20])
    lengths = [len(model.sample(text, dropout, seeded(1))) for dropout in (0.0, 0.2, 0.6, 0.999)]
    ways = {tuple(model.sample(SENTENCES[0], 0.3, seeded(seed))) for seed in range(20)}

    assert lengths == sorted(set(lengths))
    assert lengths[-1] >= 0.98 * len(text)
    assert len(ways) > 10
