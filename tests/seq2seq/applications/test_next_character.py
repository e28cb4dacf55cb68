"""Next character: it learns, goes on as if never stopped, and rates texts rightly."""

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

import tiny
from seq2seq import config
from seq2seq.applications import text_model
from seq2seq.applications.hidden_units import follow, trace
from seq2seq.applications.next_character import TextProgram, train_text_model
from seq2seq.applications.program import Trained
from seq2seq.applications.text_model import Score, TextModel
from seq2seq.bundle import open_model
from seq2seq.cli.main import app
from seq2seq.config import load_recipe
from seq2seq.data.characters import Characters
from seq2seq.data.text import WordPieces, open_text
from seq2seq.decoding.options import SamplingOptions
from seq2seq.errors import ConfigError, InputError, ModelError
from seq2seq.nn.language_model import LanguageModel, LanguageModelConfig

CPU = torch.device("cpu")
HELLO = "hello\n" * 12


def _program(text: Path, **sections: Mapping[str, object]) -> TextProgram:
    """Sixty quick updates of sixteen units, unless said otherwise."""
    values: dict[str, object] = {
        "name": "hello",
        "corpus": {"text": str(text)},
        "batching": {"rows": 2, "chunk": 8},
        "model": {"embedding_size": 8, "hidden_size": 16},
        "training": {
            "updates": 60,
            "learning_rate": 0.03,
            "warmup_updates": 5,
            "schedule": "constant",
            "ema_decay": 0.5,
            "validate_every": 60,
        },
    }
    for name, section in sections.items():
        old = values.get(name, {})
        assert isinstance(old, dict)
        values[name] = {**old, **section}
    return TextProgram.model_validate(values)


def _train(program: TextProgram, run: Path) -> Trained:
    return train_text_model(program, run, command="seq2seq lm train hello", device=CPU)


@pytest.fixture(scope="module")
def hello(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the lecture's four letters."""
    directory = tmp_path_factory.mktemp("hello")
    (directory / "hello.txt").write_text(HELLO)
    return _train(_program(directory / "hello.txt"), directory / "run").model


def _weights(directory: Path) -> dict[str, torch.Tensor]:
    return dict(TextModel.load(directory, CPU).network.named_parameters())


def _random(vocabulary: Characters | WordPieces, **settings: object) -> TextModel:
    shape = LanguageModelConfig.model_validate(
        {"embedding_size": 4, "hidden_size": 6, "layers": 2, **settings}
    )
    torch.manual_seed(4)
    return TextModel(LanguageModel(shape, vocabulary.size).eval(), vocabulary)


def test_four_letters_are_learnt_exactly(hello: Path) -> None:
    """After h comes e, then l, then another l, then o: the two l's are told apart by the state alone."""
    model = TextModel.load(hello, CPU)

    assert isinstance(model.vocabulary, Characters)
    assert model.vocabulary.known == "\nehlo"
    said = model.say(SamplingOptions(temperature=0.0, max_tokens=11), prefix="h")
    assert said == ["hello\nhello\n"]
    assert model.say(SamplingOptions(temperature=0.0, max_tokens=5)) == ["hello"]
    assert model.score_stateful(HELLO).bits_a_character < 0.1


def test_the_card_says_what_the_model_is(hello: Path) -> None:
    """Both protocols' scores, the text's size and the command."""
    lines = open_model(hello).text().splitlines()

    assert lines[0] == "hello: language model"
    assert "  takes       text, in 5 characters" in lines
    assert "  data        hello.txt, 65 characters to learn from, 7 to validate on" in lines
    assert "              $ seq2seq lm train hello" in lines
    scores = [line for line in lines if line.startswith("  score")]
    assert [score.split(" on ")[1] for score in scores] == [
        "validation, cold windows of 256",
        "validation, one stateful pass",
    ]


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_run_that_was_stopped_ends_as_one_that_was_not(tmp_path: Path, cell: str) -> None:
    """The carried state, the place in the text, the optimiser and the random numbers all come back."""
    (tmp_path / "text.txt").write_text("To be, or not to be, that is the question.\n" * 9)

    def program(updates: int) -> TextProgram:
        training = {"updates": updates, "validate_every": 30, "checkpoint_every": 30}
        model = {"cell": cell, "layers": 2, "dropout_layers": 0.2, "dropout_output": 0.2}
        return _program(tmp_path / "text.txt", training=training, model=model)

    _train(program(30), tmp_path / "stopped")
    stopped = _train(program(11), tmp_path / "half")
    resumed = _train(program(30), tmp_path / "half")

    assert stopped.outcome.update == 11
    assert resumed.outcome.update == 30
    for name, weight in _weights(resumed.model).items():
        assert torch.equal(weight, _weights(tmp_path / "stopped/model")[name]), name


def test_a_uniform_model_costs_log_v() -> None:
    """In both protocols, whatever the text."""
    model = _random(Characters("abcdefgh "))
    for parameter in model.network.parameters():
        parameter.data.zero_()

    for score in model.scores("a bad cafe " * 60).values():
        assert score.nats_a_character == pytest.approx(math.log(model.vocabulary.size), abs=1e-5)
        assert score.bits_a_character == pytest.approx(math.log2(model.vocabulary.size), abs=1e-5)
        assert score.pieces == score.characters == 659


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_scores_are_sums_of_steps(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows begin anew, the pass does not, however long the stretches that it is read in."""
    model = _random(Characters("abcdefgh "), cell=cell)
    text = "a bad cafe had a beach head " * 3

    @torch.no_grad()
    def by_hand(window: int) -> float:
        tokens, total = model.vocabulary.encode(text), 0.0
        for start in range(0, len(tokens) - 1, window):
            part = torch.tensor([tokens[start : start + window + 1]])
            hidden, _ = model.network.read(part[:, :-1])
            total -= float(model.network.log_probs(hidden).gather(2, part[:, 1:, None]).sum())
        return total

    assert model.score_cold(text, window=10).nll == pytest.approx(by_hand(10), rel=1e-5)
    assert model.score_cold(text).nll == pytest.approx(by_hand(len(text)), rel=1e-5)
    monkeypatch.setattr(text_model, "_STRETCH", 7)
    assert model.score_stateful(text).nll == pytest.approx(by_hand(len(text)), rel=1e-5)


def test_word_pieces_are_rated_by_the_character(tmp_path: Path) -> None:
    """Bits a character can be compared between characters and word pieces; the model comes back whole."""
    lines = "".join(f"{line}\n" for line in tiny.ENGLISH * 4)
    (tmp_path / "text.txt").write_text(lines)
    program = _program(tmp_path / "text.txt", corpus={"pieces": "subword"})
    program = program.model_copy(
        update={"subword": program.subword.model_copy(update={"vocabulary_size": 340})}
    )

    trained = _train(program, tmp_path / "run")

    model = TextModel.load(trained.model, CPU)
    assert isinstance(model.vocabulary, WordPieces)
    takes = f"  takes       text, in {model.vocabulary.size} word pieces"
    assert takes in open_model(trained.model).text().splitlines()
    score = model.score_cold(lines)
    assert score.pieces < score.characters
    assert score.nats_a_piece * score.pieces == pytest.approx(score.nats_a_character * score.characters)
    said = model.say(SamplingOptions(max_tokens=12), prefix="Where is")[0]
    assert said.startswith("Where is")
    with pytest.raises(InputError, match="this model reads word pieces"):
        trace(model, "Hello.")


def test_bits_are_nats_over_log_two() -> None:
    """The two names of one number."""
    assert Score(nll=math.log(2) * 30, pieces=10, characters=15).bits_a_character == pytest.approx(2.0)


def test_texts_are_drawn_apart_and_alike(hello: Path) -> None:
    """Each text has its own draws; the same seed says them again."""
    model = TextModel.load(hello, CPU)
    hot = SamplingOptions(temperature=3.0, max_tokens=20, seed=5)

    several = model.say(hot, texts=4)

    assert several == model.say(hot, texts=4)
    assert len(set(several)) == 4
    assert {len(text) for text in several} == {20}


def test_a_text_with_nothing_to_foretell_is_refused(hello: Path) -> None:
    """One piece is read, so two are needed."""
    with pytest.raises(InputError, match="the text has 1 piece, and at least 2 are needed"):
        TextModel.load(hello, CPU).score_cold("h")


def test_a_prefix_of_unknown_letters_is_refused(hello: Path) -> None:
    """It could not even be repeated."""
    with pytest.raises(InputError, match="the model does not know 'J', 'y'") as refused:
        TextModel.load(hello, CPU).say(SamplingOptions(), prefix="Jelly")

    assert refused.value.where == "prefix"


def test_a_unit_that_follows_is_found() -> None:
    """A unit made to copy a feature is the first of the list, with a correlation near 1."""
    model = _random(Characters("abc\n"), layers=1, cell="rnn")
    cell = model.network.stack.get_submodule("layers.0.forward_cell")
    for parameter in cell.parameters():
        parameter.data *= 0.1
    line_break = model.vocabulary.encode("\n")[0]
    embedding = model.network.embedding.weight.data
    embedding[:, 0], embedding[line_break, 0] = -1.0, 1.0
    cell.get_parameter("weight_ih").data[3] = torch.tensor([4.0, 0.0, 0.0, 0.0])

    found = trace(model, "abba\ncab\n\nbc\n" * 5)
    closest = follow(found, "line-break")[0]

    assert closest.unit == 3
    assert closest.correlation == pytest.approx(1.0, abs=0.05)
    with pytest.raises(InputError, match="nothing in this text differs in 'upper-case'"):
        follow(found, "upper-case")
    with pytest.raises(InputError, match="unit 6 was asked for, and there are 0 to 5"):
        found.unit(6)


@pytest.mark.parametrize(
    ("feature", "expected"),
    [
        ("line-position", [1, 2, 3, 1, 2, 3, 4, 5, 6]),
        ("word-position", [1, 2, 3, 1, 1, 2, 3, 1, 1]),
        ("in-quotes", [0, 0, 0, 1, 1, 1, 0, 0, 0]),
        ("line-break", [0, 0, 1, 0, 0, 0, 0, 0, 0]),
        ("upper-case", [0, 0, 0, 0, 1, 0, 0, 0, 0]),
    ],
)
def test_features_are_read_off_the_text(feature: str, expected: list[int]) -> None:
    """One number a character."""
    from seq2seq.applications.hidden_units import FEATURES  # noqa: PLC0415 — used by this test alone

    assert dict(FEATURES)[feature]('ab\n"Ca" d') == expected  # type: ignore[index]  # a parameter


def test_every_recipe_can_be_read() -> None:
    """They name all that they need but the text."""
    for name in ("lm-shakespeare", "lm-shakespeare-two-layers", "lm-shakespeare-lecture"):
        assert load_recipe(name, TextProgram, ["corpus.text=some.txt"]).name == name
        with pytest.raises(ConfigError, match="there is no text"):
            load_recipe(name, TextProgram)
    assert load_recipe("lm-tiny", TextProgram).corpus.built_in == "phrasebook"
    lecture = load_recipe("lm-shakespeare-lecture", TextProgram, ["corpus.text=some.txt"]).model
    assert (lecture.layers, lecture.hidden_size) == (3, 512)
    assert config.find_recipe("lm-tiny").name == "lm-tiny.toml"


def test_the_short_recipe_learns(tmp_path: Path) -> None:
    """A smaller form of it soon foretells far better than the frequencies of the letters do."""
    overrides = ["corpus.size=600", "model.hidden_size=48", "batching.rows=16", "batching.chunk=25"]
    overrides += ["training.updates=150", "training.validate_every=150", "training.learning_rate=0.02"]
    program = load_recipe("lm-tiny", TextProgram, [*overrides, "training.ema_decay=0.9"])
    text = open_text(program.corpus, program.seed)
    counts = Counter(text.train)
    by_frequency = -sum(math.log(counts[sign] / len(text.train)) for sign in text.validation)

    trained = _train(program, tmp_path)

    assert trained.outcome.best is not None
    assert trained.outcome.best.validation.loss < by_frequency / len(text.validation) - 0.6


def _run(*arguments: str, given: str = "") -> str:
    """Call the program in this process, and give what it printed; a new process would load torch anew."""
    done = CliRunner().invoke(app, ["lm", *arguments], input=given, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_commands_from_training_to_cells(tmp_path: Path) -> None:
    """A text goes in; a model, its writing, its scores and the colours of its units come out."""
    (tmp_path / "hello.txt").write_text(HELLO)
    model = str(tmp_path / "run/model")
    settings = ["model.hidden_size=16", "training.updates=60", "training.learning_rate=0.03"]
    settings += [f"corpus.text={tmp_path / 'hello.txt'}", "batching.rows=2", "batching.chunk=8"]
    settings += ["training.validate_every=60"]
    options = [argument for setting in settings for argument in ("--set", setting)]

    trained = _run("train", "lm-tiny", "--out", str(tmp_path / "run"), "--quiet", *options)
    said = _run("sample", "-m", model, "--prefix", "h", "--temperature", "0", "--length", "4")
    scored = _run("score", str(tmp_path / "hello.txt"), "-m", model, "--json")
    figure = tmp_path / "cells.svg"
    shown = _run("cells", "-m", model, "--unit", "3", "--figure", str(figure), given="hello\nhell\n")
    found = _run("cells", "-m", model, "--find", "line-position", "--top", "2", given=HELLO)

    assert trained == f"{model}\n"
    assert said == "hello\n"
    assert json.loads(scored)["one stateful pass"]["nats_a_character"] < 0.5
    assert shown.startswith("unit 3\nhello⏎\n")
    assert figure.read_text().startswith("<?xml")
    assert re.match(r"unit +correlation with line-position\n\d+ +[+-]0\.\d+\n\d+ +[+-]0\.\d+\nunit ", found)


def test_a_translator_is_no_language_model(tmp_path: Path) -> None:
    """It says what it is instead."""
    tiny.bundle(tmp_path / "model")

    with pytest.raises(ModelError, match="this model is a translator, and a language model is needed"):
        TextModel.load(tmp_path / "model", CPU)
