from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

import tiny
from seq2seq.batch import EOS, collate
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.search import Finished, search_all
from seq2seq.ensembles import average, ensemble, load_models
from seq2seq.errors import ModelError
from seq2seq.nn.ensemble import Ensemble
from seq2seq.nn.inference import PackedModel
from seq2seq.translator import Translator, load_translator

Tokens = tuple[int, ...]
SOURCES = st.lists(
    st.lists(st.integers(4, 340), min_size=1, max_size=6).map(lambda pieces: (*pieces, EOS)),
    min_size=1,
    max_size=5,
)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two attentive models, a plain one, and one with other pieces."""
    directory = tmp_path_factory.mktemp("models")
    tiny.bundle(directory / "one", seed=1)
    tiny.bundle(directory / "two", seed=2, max_source_tokens=32)
    tiny.bundle(directory / "plain", attention="none", seed=3)
    tiny.bundle(directory / "other", joint=False)
    return directory


@pytest.fixture(scope="module")
def loaded(models: Path) -> dict[str, Translator]:
    """The same, loaded."""
    return {path.name: load_translator(path, device="cpu") for path in models.iterdir()}


def agree(one: Sequence[Finished], other: Sequence[Finished]) -> None:
    """The same hypotheses, and numbers within what rounding may change."""
    assert [found.hypotheses and found.hypotheses[0].tokens for found in one] == [
        found.hypotheses and found.hypotheses[0].tokens for found in other
    ]
    for mine, theirs in zip(one, other, strict=True):
        for hypothesis, twin in zip(mine.hypotheses, theirs.hypotheses, strict=True):
            assert hypothesis.log_prob == pytest.approx(twin.log_prob, abs=1e-4)
            assert (hypothesis.attention is None) == (twin.attention is None)
            if hypothesis.attention is not None and twin.attention is not None:
                np.testing.assert_allclose(hypothesis.attention, twin.attention, atol=1e-5)


@given(
    sources=SOURCES, beam=st.integers(1, 4), copies=st.integers(1, 3), name=st.sampled_from(["one", "plain"])
)
def test_equal_models_together_search_as_one_alone(
    loaded: dict[str, Translator], sources: list[Tokens], beam: int, copies: int, name: str
) -> None:
    """An ensemble of one model, of two or three equal ones: pieces, scores and attention are the model's."""
    options = SearchOptions(beam=beam, n_best=beam, attention=True, max_target_tokens=9)
    together = ensemble([loaded[name]] * copies).model

    agree(search_all(together, sources, options), search_all(loaded[name].model, sources, options))


@settings(max_examples=10)
@given(sources=SOURCES, beam=st.integers(1, 3))
def test_a_sentence_is_searched_alone_as_in_company(
    loaded: dict[str, Translator], sources: list[Tokens], beam: int
) -> None:
    """Sentences join and leave; no row of one member goes with a row of another that is not its own."""
    options = SearchOptions(beam=beam, attention=True, max_target_tokens=7)
    model = ensemble([loaded["one"], loaded["two"], loaded["plain"]]).model

    alone = [found for source in sources for found in search_all(model, [source], options)]

    agree(search_all(model, sources, options, max_rows=2 * beam), alone)


@settings(max_examples=10)
@given(source=SOURCES.map(lambda sources: sources[0]))
def test_what_a_search_says_of_its_pieces_is_how_they_are_rated(
    loaded: dict[str, Translator], source: Tokens
) -> None:
    """Stepping and forcing average alike."""
    model = ensemble([loaded["one"], loaded["plain"]]).model
    options = SearchOptions(beam=2, max_target_tokens=7)

    (best,) = search_all(model, [source], options)[0].hypotheses

    rated = model.force(collate([(source, best.tokens)])).log_probs[0]
    torch.testing.assert_close(rated.tolist(), list(best.log_probs), atol=1e-4, rtol=0)


def test_probabilities_and_attention_are_averaged(loaded: dict[str, Translator]) -> None:
    """At every position of a target, worked out from the members; a plain one has no say in attention."""
    members = [loaded[name].model for name in ("one", "two", "plain")]
    networks = [member for member in members if isinstance(member, PackedModel)]
    batch = collate([([5, 300, 301, EOS], [302, 303, EOS]), ([310, EOS], [5, 6, 7, 8, EOS])])

    forced = Ensemble(networks).force(batch)

    single = [network.force(batch) for network in networks]
    probabilities = sum(one.log_probs.exp() for one in single) / 3
    torch.testing.assert_close(forced.log_probs.exp(), probabilities)
    assert (forced.log_probs[0, 3:] == 0).all()
    assert forced.attention is not None
    weights = [one.attention for one in single if one.attention is not None]
    torch.testing.assert_close(forced.attention, (weights[0] + weights[1]) / 2)


def test_names_with_commas_make_an_ensemble(models: Path) -> None:
    """Its card and limits are those of all members; one name alone is that model."""
    joined = load_models(f"{models}/one,{models}/two", device="cpu")
    alone = load_models(f"{models}/one", device="cpu")

    assert joined.bundle.card.name == "one+two"
    assert joined.bundle.card.parameters == 2 * alone.bundle.card.parameters
    assert joined.max_source_tokens == 32
    assert joined.bundle.revision != alone.bundle.revision
    assert isinstance(joined.model, Ensemble)
    assert isinstance(alone.model, PackedModel)


def test_models_that_do_not_fit_are_refused(models: Path) -> None:
    """Ids would mean other pieces; the message names both directories."""
    with pytest.raises(ModelError, match=r"other: its source pieces are not those of .*one\. An ensemble"):
        load_models(f"{models}/one,{models}/other", device="cpu")
    with pytest.raises(ModelError, match="there is no such model directory"):
        load_models(f"{models}/one,{models}/missing", device="cpu")


@given(seeds=st.lists(st.integers(0, 50), min_size=1, max_size=3))
@settings(max_examples=5)
def test_averaged_weights_are_the_means(tmp_path_factory: pytest.TempPathFactory, seeds: list[int]) -> None:
    """Weight by weight, tied ones too; the mean of equal models is the model. Scores are nobody's yet."""
    home = tmp_path_factory.mktemp("run")
    names = [home / f"{number}" for number, _ in enumerate(seeds)]
    for name, seed in zip(names, seeds, strict=True):
        tiny.bundle(name, seed=seed)

    written = average(names, home / "mean", "seq2seq model average")

    members = [load_file(name / "weights.safetensors") for name in names]
    mean = load_file(home / "mean" / "weights.safetensors")
    assert mean.keys() == members[0].keys()
    for key, weight in mean.items():
        torch.testing.assert_close(weight, torch.stack([member[key] for member in members]).mean(dim=0))
    assert (written.card.scores, written.card.training.command) == ((), "seq2seq model average")
    load_translator(home / "mean", device="cpu")


def test_models_of_different_runs_have_no_mean(models: Path, tmp_path: Path) -> None:
    """The message says what they can be instead."""
    with pytest.raises(ModelError, match=r"plain: it is not of the run that .*one is of\. .* -m A,B"):
        average([models / "one", models / "plain"], tmp_path / "mean", "")
