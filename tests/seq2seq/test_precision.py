"""Int8 is taken unasked where a model's card says that it changes nothing much, and nowhere else."""

import json
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

import tiny
from seq2seq import loading
from seq2seq.bundle import Bundle, default_model
from seq2seq.card import joined_card
from seq2seq.cli.main import app
from seq2seq.errors import ModelError
from seq2seq.evaluation.comparable import CONDITIONS
from seq2seq.evaluation.origin import facts_of
from seq2seq.evaluation.record import read, scores_of
from seq2seq.experiment import load_experiment, prepare_corpus
from seq2seq.loading import packed, precision_of
from seq2seq.locate import shipped_models
from seq2seq.model_directory import with_card
from seq2seq.nn.inference import is_int8_available
from seq2seq.run import train
from seq2seq.translator import load_translator

int8 = pytest.mark.skipif(
    not is_int8_available(), reason="this torch has no int8 products for this processor"
)


def model(directory: Path, loss: float | None, *, name: str = "model") -> Path:
    """Write a model whose card says what int8 costs it."""
    bundle = tiny.bundle(directory / name)
    return with_card(bundle, bundle.card.model_copy(update={"int8_bleu_loss": loss})).directory


def some_pairs(path: Path, count: int) -> Path:
    """Write so many sentences and their translations."""
    return tiny.write_tsv(path, tiny.pairs(count, longest=4))


@int8
@pytest.mark.parametrize(
    ("loss", "precision"),
    [
        (0.0, "int8"),
        (0.2, "int8"),
        (-0.2, "int8"),
        (0.21, "float32"),
        (-2.5, "float32"),  # what is won on one set is lost on another
        (None, "float32"),
    ],
)
def test_the_card_decides(tmp_path: Path, loss: float | None, precision: str) -> None:
    """By default, and by name; whoever asks for one precision gets that."""
    path = model(tmp_path, loss)

    assert load_translator(path, device="cpu").precision == precision
    assert load_translator(path, device="cpu", precision="auto").precision == precision
    assert load_translator(path, device="cpu", precision="float32").precision == "float32"
    assert load_translator(path, device="cpu", precision="int8").precision == "int8"


@int8
def test_auto_translates_as_what_it_has_chosen(tmp_path: Path) -> None:
    """To the last digit of the score."""
    for loss, chosen in ((0.1, "int8"), (0.3, "float32")):
        path = model(tmp_path, loss, name=chosen)
        translations = [
            load_translator(path, device="cpu", precision=precision).translate_all(tiny.ENGLISH)
            for precision in ("auto", chosen)
        ]
        assert translations[0] == translations[1]


def test_auto_is_float32_where_there_is_no_int8(monkeypatch: pytest.MonkeyPatch) -> None:
    """On other processors, and for networks of other cells."""
    gru = tiny.model(tiny.model_config(), 360, 360)
    lstm = tiny.model(gru.config.model_copy(update={"cell": "lstm"}), 360, 360)
    assert precision_of(packed(lstm, "auto", is_fit_for_int8=True)) == "float32"

    monkeypatch.setattr(loading, "is_int8_available", lambda: False)

    assert precision_of(packed(gru, "auto", is_fit_for_int8=True)) == "float32"


def test_the_card_tells_people(tmp_path: Path) -> None:
    """What int8 costs, and what follows from it; nothing where nobody has measured it."""
    told = {loss: Bundle.open(model(tmp_path, loss)).text() for loss in (0.09, 1.5, None)}

    assert "int8 costs 0.09 BLEU on validation: taken where it can be" in told[0.09]
    assert "int8 costs 1.50 BLEU on validation: taken only when it is asked for" in told[1.5]
    assert "int8" not in told[None]


def test_models_that_translate_as_one_have_not_been_measured() -> None:
    """The first one's figure is not theirs."""
    card = tiny.card().model_copy(update={"int8_bleu_loss": 0.0})

    assert joined_card([card]).int8_bleu_loss == 0.0
    assert joined_card([card, card]).int8_bleu_loss is None


def test_a_new_card_leaves_all_else_as_it_was(tmp_path: Path) -> None:
    """Weights, pieces and configuration keep their digests; the revision is another."""
    before = tiny.bundle(tmp_path / "model")

    after = with_card(before, before.card.model_copy(update={"int8_bleu_loss": 0.5}))

    assert after.card.int8_bleu_loss == Bundle.open(after.directory).card.int8_bleu_loss == 0.5
    assert {name for name in before.files if before.files[name] != after.files[name]} == {"card.json"}
    assert before.files.keys() == after.files.keys()
    assert after.revision != before.revision


@int8
def test_the_command_measures_both_and_writes_the_difference(tmp_path: Path) -> None:
    """The same BLEU as `evaluate` gives, which says in which numbers it searched."""
    path, tests = tiny.bundle(tmp_path / "model").directory, some_pairs(tmp_path / "validation.tsv", 200)
    told = CliRunner().invoke(
        app, ["model", "int8", str(path), "--test-tsv", str(tests), "--quiet"], catch_exceptions=False
    )

    bleu = {}
    for precision in ("float32", "int8"):
        command = ["evaluate", "-m", str(path), "--test-tsv", str(tests), "--precision", precision]
        found = json.loads(CliRunner().invoke(app, [*command, "--quiet", "--json"]).stdout)
        assert found["precision"] == precision
        bleu[precision] = found["bleu"]["value"]
    loss = Bundle.open(path).card.int8_bleu_loss
    assert loss == round(bleu["float32"] - bleu["int8"], 2)
    assert f"BLEU {bleu['float32']:.2f} in float32, {bleu['int8']:.2f} in int8" in told.stdout
    assert f"auto takes {load_translator(path, device='cpu').precision}" in told.stdout


def test_scores_on_a_card_say_the_precision(tmp_path: Path) -> None:
    """`model compact --results` puts there what `evaluate --record` wrote."""
    path, tests = tiny.bundle(tmp_path / "model").directory, some_pairs(tmp_path / "test.tsv", 20)
    record = tmp_path / "results.jsonl"
    command = ["evaluate", "-m", str(path), "--test-tsv", str(tests), "--record", str(record), "--quiet"]

    CliRunner().invoke(app, command, catch_exceptions=False)

    scores = scores_of(Bundle.open(path).card, read(record))
    assert [score.metric for score in scores] == ["BLEU", "chrF2"]
    assert all(score.detail.endswith(", float32)") for score in scores)


def test_a_handful_of_sentences_says_nothing(tmp_path: Path) -> None:
    """The card stays as it is."""
    path, tests = tiny.bundle(tmp_path / "model").directory, some_pairs(tmp_path / "validation.tsv", 20)

    refused = CliRunner().invoke(app, ["model", "int8", str(path), "--test-tsv", str(tests)])

    assert refused.exception is not None
    assert "20 sentences are too few to tell what int8 costs. Give a validation set of at least 200." in str(
        refused.exception
    )
    assert Bundle.open(path).card.int8_bleu_loss is None


def test_a_damaged_model_gets_no_new_card(tmp_path: Path) -> None:
    """It is refused before anything is measured."""
    path, tests = tiny.bundle(tmp_path / "model").directory, some_pairs(tmp_path / "validation.tsv", 200)
    (path / "weights.safetensors").write_bytes(b"damaged")

    refused = CliRunner().invoke(app, ["model", "int8", str(path), "--test-tsv", str(tests)])

    assert isinstance(refused.exception, ModelError)


@int8
@pytest.mark.parametrize(("sentences", "is_measured"), [(200, True), (20, False)])
def test_training_measures_when_it_ends(tmp_path: Path, sentences: int, *, is_measured: bool) -> None:
    """On its validation set, if that is large enough; a model of the middle of a run is not measured."""
    experiment = load_experiment(str(tiny.recipe(tmp_path)))
    some_pairs(tmp_path / "validation.tsv", sentences)
    corpus = experiment.corpus.model_copy(update={"validation_limit": sentences})
    training = experiment.training.model_copy(update={"updates": 2, "validate_every": 1, "warmup_updates": 1})
    update = {"corpus": corpus, "training": training, "keep": 2, "model": tiny.model_config(tied="all")}
    experiment = experiment.model_copy(update=update)
    out = tmp_path / "run"

    dataset = prepare_corpus(experiment, out)
    train(experiment, dataset, out, command="seq2seq train", device=torch.device("cpu"))

    run = out / "attention"
    assert (Bundle.open(run / "model").card.int8_bleu_loss is not None) == is_measured
    assert all(Bundle.open(path).card.int8_bleu_loss is None for path in (run / "best").iterdir())


def test_systems_in_other_numbers_are_not_alike(tmp_path: Path) -> None:
    """A comparison names the precision, and has it among what must be alike."""
    bundle = tiny.bundle(tmp_path / "model")

    assert facts_of(bundle, None, "int8")["precision"] == "int8"
    assert "precision" not in facts_of(bundle, None)
    assert "precision" in CONDITIONS


@pytest.mark.parametrize("path", shipped_models(), ids=lambda path: path.name)
def test_models_that_come_with_the_program_say_what_int8_costs(path: Path) -> None:
    """Measured by the program's own command; the default one takes it."""
    card = Bundle.open(path).card

    assert card.int8_bleu_loss is not None
    assert card.is_fit_for_int8 or card.name != default_model().name
