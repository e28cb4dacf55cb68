import gzip
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import runs
import tiny
from seq2seq.config import RECIPES, build
from seq2seq.data.normalise import normalise
from seq2seq.data.readers import read_lines
from seq2seq.ensembles import average
from seq2seq.errors import ModelError, TrainingError
from seq2seq.experiment import Experiment, load_experiment, prepare_corpus
from seq2seq.run import train
from seq2seq.training.checkpoint import NAME
from seq2seq.translator import load_translator

ROOT = Path(__file__).parents[2]
TOKENISED = next(
    (found for above in ROOT.parents[:2] if (found := above / "shared/data/multi30k/tok").is_dir()), None
)
TRANSLATORS = sorted(
    path.stem for path in RECIPES.glob("*.toml") if "\n[subword]\n" in path.read_text(encoding="utf-8")
)
NEEDS_DATA = pytest.mark.skipif(TOKENISED is None, reason="the Multi30k files are not beside this checkout")


def experiment(directory: Path, **training: Any) -> Experiment:  # noqa: ANN401 — whatever the section has
    """A short run with all that is random: dropout, pairs cut anew, two passes."""
    sizes = dict.fromkeys(("embedding_size", "hidden_size", "encoder_hidden_size", "attention_size"), 8)
    values = {
        "name": "tiny",
        "tokenize": "none",
        "corpus": tiny.corpus(directory, count=60, validation_limit=4).model_dump(),
        "subword": {"algorithm": "bpe", "vocabulary_size": 320},
        "batching": {
            "tokens_per_batch": 300,
            "subword_dropout_source": 0.1,
            "subword_dropout_target": 0.2,
        },
        "model": {**sizes, "layer_norm": True, "word_dropout_source": 0.1},
        "training": {
            "schedule": "constant",
            "warmup_updates": 2,
            "validate_every": 100,
            "checkpoint_every": 4,
            "consistency": "r_drop",
            "patience": 0,
            **training,
        },
        "search": {"beam": 2, "max_target_tokens": 20},
    }
    return build(values, Experiment, where="tiny")


def fit(chosen: Experiment, out: Path) -> Path:
    """Train, and give the run's directory."""
    dataset = prepare_corpus(chosen, out)
    train(chosen, dataset, out, command="seq2seq train tiny", device=torch.device("cpu"))
    return out / "attention"


def test_pairs_cut_anew_and_rated_twice_resume_exactly(tmp_path: Path) -> None:
    """Stopped in the middle of an epoch and gone on with: weights and journal of a run that never stopped."""
    whole = fit(experiment(tmp_path, updates=13), tmp_path / "whole")
    fit(experiment(tmp_path, updates=7), tmp_path / "halves")
    halves = fit(experiment(tmp_path, updates=13), tmp_path / "halves")

    weights, resumed = load_file(whole / NAME), load_file(halves / NAME)
    assert runs.journal(halves, "resume")[-1]["update"] == 7
    assert all(torch.equal(resumed[name], weight) for name, weight in weights.items())
    assert runs.learnt(halves)[-1]["loss"] == runs.learnt(whole)[-1]["loss"]


def test_validation_is_scored_as_the_experiment_says(tmp_path: Path) -> None:
    """While it trains, and on the card."""
    run = fit(experiment(tmp_path, updates=5), tmp_path / "run")

    (validation,) = runs.journal(run, "validation")
    assert "tok:none" in validation["signature"]
    assert "tok:none" in load_translator(run / "model").bundle.card.scores[1].signature


def test_the_best_models_are_kept_and_can_be_averaged(tmp_path: Path) -> None:
    """As many as asked, the last of them the one in model/; their mean is a model too."""
    chosen = experiment(tmp_path, updates=12, validate_every=2, choose_by="loss")
    run = fit(chosen.model_copy(update={"keep": 2}), tmp_path / "run")

    kept = sorted((run / "best").iterdir())
    cards = [load_translator(path).bundle.card for path in (*kept, run / "model")]
    mean = average(kept, tmp_path / "mean", "seq2seq model average")

    assert [path.name for path in kept] == [f"{card.training.updates:07}" for card in cards[:2]]
    assert cards[1].training.updates == cards[2].training.updates == 12
    assert mean.card.training.updates == 12


def test_the_experiment_of_the_first_page_can_be_read() -> None:
    """As it stands there."""
    readme = Path(__file__).parents[2].joinpath("README.md").read_text(encoding="utf-8")
    (shown,) = re.findall("```toml\n(.*?)```", readme, re.DOTALL)

    assert build(tomllib.loads(shown), Experiment, where="README.md").corpus.train == ("mine.tsv",)


@pytest.mark.parametrize("recipe", TRANSLATORS)
def test_every_recipe_can_be_read(recipe: str) -> None:
    """No key is unknown, and the file is named as the experiment is; other programs read their own."""
    assert load_experiment(recipe).name == recipe


@NEEDS_DATA
@pytest.mark.parametrize("name", ["val.en", "val.de", "val.fr", "test_2016_flickr.en", "test_2016_flickr.de"])
def test_tokenised_references_can_be_written_byte_for_byte(name: str) -> None:
    """Normalisation changes nothing in them, so that no translation is marked down for it."""
    assert TOKENISED is not None

    lines = list(read_lines(TOKENISED / name))

    assert [normalise(line) for line in lines] == lines
    assert any("&apos;" in line for line in lines)


@NEEDS_DATA
def test_the_recipe_keeps_the_evaluation_sets_whole_and_out_of_training(tmp_path: Path) -> None:
    """All 1,014 and 1,000 pairs as they stand; of a part of the training set nothing that is in them."""
    assert TOKENISED is not None
    validation = list(zip(*(read_lines(TOKENISED / f"val.{side}") for side in ("en", "de")), strict=True))
    for column, file in enumerate(("train.en.gz", "train.de.gz")):
        lines = [*list(read_lines(TOKENISED / file))[:400], validation[3][column]]
        (tmp_path / file).write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))
    for name in ("val", "test_2016_flickr"):
        for language in ("en", "de"):
            (tmp_path / f"{name}.{language}").symlink_to(TOKENISED / f"{name}.{language}")
    chosen = load_experiment("multi30k-en-de-1h", [f"corpus.root={tmp_path}", "subword.vocabulary_size=1500"])

    made = prepare_corpus(chosen, tmp_path)

    assert made.validation_text() == validation
    assert len(made.test_text()) == 1000
    assert made.report["kept"] == 400
    assert made.report["dropped"]["in_validation"]["pairs"] == 1
    ids = [made.validation.pair(index)[1] for index in range(len(made.validation))]
    assert [made.target_subword.decode(tokens) for tokens in ids] == [target for _, target in validation]


def test_training_can_begin_with_a_model(tmp_path: Path) -> None:
    """With its pieces, whatever the corpus, and its weights, which a rate of nothing leaves as they were."""
    first = fit(experiment(tmp_path, updates=5), tmp_path / "first")
    (tmp_path / "more").mkdir()
    further = experiment(tmp_path, updates=4, learning_rate=1e-12).model_copy(
        update={
            "begin_with": str(tmp_path / "first" / "{kind}" / "model"),
            "corpus": tiny.corpus(tmp_path / "more", count=30, validation_limit=4),
        }
    )

    second = fit(further, tmp_path / "second")

    began, ended = (load_translator(run / "model") for run in (first, second))
    assert ended.source_subword.digest == began.source_subword.digest
    before, after = (load_file(run / "model" / "weights.safetensors") for run in (first, second))
    assert all(torch.allclose(after[name], weight, atol=1e-6) for name, weight in before.items())


def test_training_begins_with_a_model_that_is_made_alike(tmp_path: Path) -> None:
    """Or says what differs."""
    first = fit(experiment(tmp_path, updates=3), tmp_path / "first")
    chosen = experiment(tmp_path, updates=3)
    wider = chosen.model_copy(
        update={
            "begin_with": str(first / "model"),
            "model": chosen.model.model_copy(update={"attention_size": 16}),
        }
    )

    with pytest.raises(ModelError, match="attention") as caught:
        fit(wider, tmp_path / "second")

    assert "Set [model] as it is in" in caught.value.mend


def test_going_on_with_another_beginning_is_refused(tmp_path: Path) -> None:
    """A checkpoint is of one run."""
    first, other = (
        fit(experiment(tmp_path, updates=updates), tmp_path / str(updates)) / "model" for updates in (3, 4)
    )
    chosen = experiment(tmp_path, updates=3)
    fit(chosen.model_copy(update={"begin_with": str(first)}), tmp_path / "run")

    with pytest.raises(TrainingError, match="begin_with"):
        fit(chosen.model_copy(update={"begin_with": str(other)}), tmp_path / "run")
