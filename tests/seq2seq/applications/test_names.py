from pathlib import Path

import pytest
import torch

import labelled
from seq2seq.applications.agreement import agreement, learnt_names
from seq2seq.applications.name_generator import GeneratorConfig, NameGenerator
from seq2seq.applications.namer import load_namer
from seq2seq.applications.names import NamesExperiment
from seq2seq.batch import EOS, collate, collate_source
from seq2seq.config import load_recipe
from seq2seq.decoding.options import SamplingOptions
from seq2seq.errors import InputError, ModelError
from seq2seq.model_directory import ModelDirectory
from seq2seq.nn.cells import CellName

FREE = SamplingOptions(seed=4)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "gru-cho"])
def test_stepping_gives_the_loss_of_teacher_forcing(cell: CellName) -> None:
    """The sum of the steps' log probabilities is what training minimises, for names of any length."""
    torch.manual_seed(1)
    shape = GeneratorConfig(cell=cell, hidden_size=6, embedding_size=4, category_size=3, layers=2)
    model = NameGenerator(shape, categories=2, vocabulary=9).eval()
    names = [([0], [5, 6, EOS]), ([1], [7, 4, 4, 8, EOS])]

    nll = float(model(collate(names)).nll.detach())

    log_prob = 0.0
    for category, name in names:
        state = model.start(collate_source([category]))
        for previous, character in zip([1, *name], name, strict=False):
            step = model.step(torch.tensor([previous]), state)
            log_prob += float(step.logits.detach().log_softmax(dim=-1)[0, character])
            state = step.state
    assert nll == pytest.approx(-log_prob, rel=1e-4)


def test_most_drawn_names_are_taken_for_their_category() -> None:
    """By a classifier that was trained on the same categories; other labels are chance, a third."""
    found = agreement(
        labelled.namer(), labelled.classifier(), 60, FREE, learnt_names(labelled.generator_directory())
    )

    assert found.overall > 0.8
    assert found.found.total > 170
    assert found.new is not None
    assert found.new > 0.2
    assert f"{found.found.total} names drawn" in found.text()


def test_names_are_made_of_their_category() -> None:
    """Nearly all letters are those of the category's alphabet."""
    letters = "".join(name.name for name in labelled.namer().sample("middle", 40, FREE))

    assert sum(letter in labelled.LETTERS["middle"] for letter in letters) > 0.9 * len(letters)


def test_names_begin_as_asked() -> None:
    """Whatever comes after it is drawn; nothing is longer than the longest name learnt from."""
    names = labelled.namer().sample("left", 20, FREE, first="ba")

    assert all(name.name.startswith("ba") for name in names)
    assert len({name.name for name in names}) > 5
    assert max(len(name.name) for name in names) <= labelled.namer().longest + 1


def test_the_same_seed_draws_the_same_names() -> None:
    """And more names begin with the fewer."""
    namer = labelled.namer()

    few, many = namer.sample("left", 3, FREE), namer.sample("left", 9, FREE)

    assert [name.name for name in many[:3]] == [name.name for name in few]
    assert namer.sample("left", 9, SamplingOptions(seed=5)) != many


def test_a_cold_draw_is_always_the_same() -> None:
    """At temperature 0 every row is the same."""
    cold = labelled.namer().sample("right", 3, SamplingOptions(temperature=0.0))

    assert len({name.name for name in cold}) == 1


def test_what_cannot_be_drawn_is_refused() -> None:
    """An unknown category is named with those that are known."""
    with pytest.raises(
        InputError, match=r"the category 'up' is not known\. Choose one of left, middle, right"
    ):
        labelled.namer().sample("up", 1, FREE)
    with pytest.raises(InputError, match="no name that was learnt from has 'Z'"):
        labelled.namer().sample("left", 1, FREE, first="aZ")


def test_a_model_directory_gives_the_generator_back(tmp_path: Path) -> None:
    """Its card says what it takes; a classifier is refused."""
    assert ModelDirectory.open(labelled.generator_directory()).card.kind == "name_generator"
    assert labelled.namer().sample("left", 4, FREE) == labelled.namer().sample("left", 4, FREE)
    assert learnt_names(tmp_path / "model") is None

    with pytest.raises(ModelError, match="this model is a classifier, and a name generator is needed"):
        load_namer(labelled.classifier_directory())


def test_the_recipe_can_be_read() -> None:
    """By its name."""
    assert load_recipe("name-generator", NamesExperiment).corpus.built_in == "names"
