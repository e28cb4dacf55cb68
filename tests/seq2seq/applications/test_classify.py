import json
import math
import os
import signal
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch

import labelled
import runs
from seq2seq.applications.cells import compare_cells
from seq2seq.applications.classifier import Classifier, ClassifierConfig
from seq2seq.applications.classify import ClassifyExperiment, held_out
from seq2seq.applications.text_classifier import load_classifier
from seq2seq.batch import collate_source
from seq2seq.config import load_recipe
from seq2seq.data.labelled import Labelled, open_labelled
from seq2seq.errors import ConfigError, InputError, ModelError, TrainingError
from seq2seq.model_directory import ModelDirectory
from seq2seq.nn.cells import CellName


def network(cell: CellName = "gru", *, bidirectional: bool = True, balance: float = 0.0) -> Classifier:
    """A network of random weights, large enough that labels differ."""
    torch.manual_seed(3)
    shape = ClassifierConfig(
        cell=cell, hidden_size=6, embedding_size=4, bidirectional=bidirectional, balance=balance
    )
    made = Classifier(shape, vocabulary=12, priors=[0.7, 0.2, 0.1])
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.7)
    return made.eval()


def test_it_learns_to_tell_three_categories_apart() -> None:
    """Held-out names, of which no two categories have the same letters, are told apart."""
    found = labelled.classifier().judge(held_out(labelled.classifier_directory()))

    assert found.total > 50
    assert found.accuracy > 0.9
    assert found.majority.accuracy < 0.5


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "gru-cho"])
def test_a_text_alone_is_judged_as_in_a_batch(cell: CellName) -> None:
    """Padding after a text changes nothing, in both directions and for each cell."""
    judge = network(cell)
    texts = [[5, 6, 7, 2], [4, 2], [11, 10, 9, 8, 7, 6, 2]]

    together = judge.log_probs(collate_source(texts))

    for row, text in enumerate(texts):
        torch.testing.assert_close(judge.log_probs(collate_source([text]))[0], together[row])


def test_beliefs_do_not_depend_on_the_company() -> None:
    """A trained classifier, texts in any order."""
    judge, texts = labelled.classifier(), ["abab", "cdcdcdc", "f", "eeffee"]

    together = judge.classify(texts)

    assert [belief.text for belief in together] == texts
    for text, belief in zip(texts, together, strict=True):
        (alone,) = judge.classify([text])
        assert alone.probabilities == pytest.approx(belief.probabilities, abs=1e-6)
        assert math.fsum(belief.probabilities) == pytest.approx(1.0, abs=1e-6)


def test_the_trace_ends_in_the_prediction() -> None:
    """One belief after each character; the last is that of the whole text."""
    judge = labelled.classifier()

    trace = judge.trace("abcdab")

    assert [belief.text for belief in trace] == ["a", "ab", "abc", "abcd", "abcda", "abcdab"]
    assert trace[-1].probabilities == pytest.approx(judge.classify(["abcdab"])[0].probabilities, abs=1e-6)


def test_the_fused_kernels_judge_as_the_written_out_cells() -> None:
    """The same weights, both ways."""
    fused = network()
    plain = Classifier(fused.config.model_copy(update={"fused": False}), 12, [0.7, 0.2, 0.1]).eval()
    plain.load_state_dict(fused.state_dict())
    batch = collate_source([[5, 6, 7, 2], [4, 2]])

    torch.testing.assert_close(plain.log_probs(batch), fused.log_probs(batch))


def test_balance_divides_by_how_frequent_a_label_is() -> None:
    """By hand: p / π^τ, made to sum to 1."""
    plain, balanced = network(), network(balance=0.5)
    batch = collate_source([[5, 6, 7, 2]])

    p = plain.log_probs(batch).exp()[0]
    expected = p / torch.tensor([0.7, 0.2, 0.1]) ** 0.5

    torch.testing.assert_close(balanced.log_probs(batch).exp()[0], expected / expected.sum())


def test_a_model_directory_gives_the_model_back() -> None:
    """What is loaded twice judges alike, and its card says what it is and how good."""
    first, second = labelled.classifier(), labelled.classifier()
    assert first.classify(["abcc"]) == second.classify(["abcc"])

    card = ModelDirectory.open(labelled.classifier_directory()).card

    scores = {(score.set, score.metric) for score in card.scores}
    assert card.kind == "classifier"
    assert {("validation", "loss"), ("test", "accuracy"), ("test", "macro-F1")} <= scores
    assert "answers with one of left, middle, right" in card.text()


def test_training_again_changes_nothing(tmp_path: Path) -> None:
    """A finished run is over at once; another model in the same directory is refused."""
    table = labelled.write_names(tmp_path / "names.tsv", count=40)
    experiment = labelled.classify_experiment(table)
    short = experiment.model_copy(
        update={"training": experiment.training.model_copy(update={"updates": 20, "validate_every": 10})}
    )
    first = ModelDirectory.open(labelled.train(short, tmp_path / "run"))

    again = ModelDirectory.open(labelled.train(short, tmp_path / "run"))

    assert first.files["weights.safetensors"] == again.files["weights.safetensors"]
    larger = short.model_copy(update={"model": ClassifierConfig(hidden_size=17)})
    with pytest.raises(TrainingError, match="the checkpoint is of another run"):
        labelled.train(larger, tmp_path / "run")


def test_texts_that_cannot_be_judged_are_refused() -> None:
    """With the number of the text, or the label."""
    judge = labelled.classifier()

    with pytest.raises(InputError, match="the text is blank"):
        judge.classify(["abc", " \u200b"])
    with pytest.raises(InputError, match="the model does not know the label 'elsewhere'"):
        judge.judge([Labelled("abc", "elsewhere")])


def test_a_long_text_is_judged_by_its_beginning() -> None:
    """What stands behind the longest length is not read."""
    judge = labelled.classifier()
    beginning = "ab" * 128  # the default length of 256

    cut, whole = judge.classify([beginning, beginning + "ef" * 40])

    assert whole.probabilities == pytest.approx(cut.probabilities, abs=1e-6)


def test_beginnings_are_judged_by_so_many_characters() -> None:
    """The first letters decide, not those that were cut off."""
    judge = labelled.classifier()
    entries = [Labelled("dcdcff", "left")]

    ((length, found),) = judge.judge_beginnings(entries, [4])

    assert length == 4
    assert found.counts.tolist() == judge.judge([Labelled("dcdc", "left")]).counts.tolist()


def test_a_generator_is_not_taken_for_a_classifier() -> None:
    """The message names the command to use."""
    with pytest.raises(ModelError, match="this model is a name generator, and a classifier is needed"):
        load_classifier(labelled.generator_directory())


@pytest.mark.parametrize("recipe", ["names", "language-id"])
def test_the_recipes_can_be_read(recipe: str) -> None:
    """And a wrong setting in one is named."""
    assert (
        load_recipe(recipe, ClassifyExperiment, ["corpus.built_in=names", "corpus.files={}"]).name == recipe
    )
    with pytest.raises(ConfigError, match=r"model: unknown key 'hidden'. Did you mean 'hidden_size'"):
        load_recipe(recipe, ClassifyExperiment, ["model.hidden=3"])


def small_names() -> ClassifyExperiment:
    """The recipe of the built-in names, made small."""
    settings = {
        "corpus.size": 400,
        "model.hidden_size": 8,
        "training.updates": 10,
        "training.warmup_updates": 2,
        "training.validate_every": 10,
    }
    return load_recipe("names", ClassifyExperiment, [f"{name}={value}" for name, value in settings.items()])


def test_a_comparison_that_is_stopped_can_go_on(tmp_path: Path) -> None:
    """Ctrl-C in the middle of a training says what was stopped, and that the same command goes on."""
    experiment = small_names()

    with pytest.raises(TrainingError, match=r"stopped while training gru from seed 1.*The same command"):
        compare_cells(
            experiment,
            open_labelled(experiment.corpus),
            tmp_path,
            cells=["gru"],
            seeds=[1],
            command="seq2seq classify cells",
            device=torch.device("cpu"),
            watch=lambda _title: nullcontext(runs.Watcher(lambda _: os.kill(os.getpid(), signal.SIGINT))),
        )


def test_cells_are_compared_on_one_test_set(tmp_path: Path) -> None:
    """Two cells and two seeds of the built-in names, with the majority, the ceiling and the oracle."""
    experiment = small_names()
    corpus = open_labelled(experiment.corpus)

    table = compare_cells(
        experiment,
        corpus,
        tmp_path,
        cells=["rnn", "gru"],
        seeds=[1, 2],
        command="seq2seq classify cells",
        device=torch.device("cpu"),
        watch=lambda _title: nullcontext(),
    )

    values = json.loads(json.dumps(table.to_json()))
    assert [len(values["cells"][cell]["accuracy"]) for cell in ("rnn", "gru")] == [2, 2]
    assert values["cells"]["gru"]["parameters"] > values["cells"]["rnn"]["parameters"]
    assert values["majority"]["accuracy"][0] < values["oracle"]["accuracy"][0] <= values["ceiling"]
    assert "who knows the grammars" in table.text()
    assert (tmp_path / "gru-2" / "model" / "manifest.json").is_file()
