"""Captions are learnt, kept, opened again, measured and drawn."""

import json
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from seq2seq.applications.captions.batches import captioned_batch
from seq2seq.applications.captions.captioner import load_captioner
from seq2seq.applications.captions.experiment import CaptionProgram, train
from seq2seq.applications.captions.measure import Mistake, measure, mistakes, to_text
from seq2seq.cli.main import app
from seq2seq.config import load_recipe
from seq2seq.data.pictures.corpus import PictureCorpus
from seq2seq.errors import ModelError
from seq2seq.model_directory import ModelDirectory

CPU = torch.device("cpu")
SMALLER = [
    "pictures.train=8",
    "pictures.validation=8",
    "pictures.test=8",
    "pictures_per_batch=8",
    "model.channels=16",
    "model.embedding_size=24",
    "model.hidden_size=40",
    "training.updates=180",
    "training.warmup_updates=10",
    "training.validate_every=180",  # once: the best by other pictures would be an early one
    "training.learning_rate=1e-2",
]


@cache
def trained(attention: str) -> tuple[Path, CaptionProgram]:
    """The recipe in a smaller form, trained once."""
    program = load_recipe("caption", CaptionProgram, [*SMALLER, f"model.attention={attention}"])
    run = Path(mkdtemp(prefix="captions-"))
    outcome = train(program, run, command="seq2seq caption train caption", device=CPU)
    assert outcome.outcome.is_finished
    return outcome.model, program


@pytest.mark.parametrize("attention", ["none", "bahdanau"])
def test_captions_are_learnt_from_the_pictures(attention: str) -> None:
    """The pictures that were trained on cost far less with their own captions than with their neighbours'."""
    model, program = trained(attention)
    captioner, corpus = load_captioner(model, CPU), PictureCorpus(program.pictures)
    count = len(corpus.train)
    own = captioned_batch(corpus.train, captioner.words, [(n, 0) for n in range(count)])
    others = captioned_batch(corpus.train, captioner.words, [((n + 1) % count, 0) for n in range(count)])
    mixed = type(own)(own.source, others.target, others.target_lengths)

    with torch.no_grad():
        right, wrong = (captioner.network(batch) for batch in (own, mixed))

    assert right.nll / right.tokens < 0.45  # words alone, without the pictures, cost 0.74
    assert wrong.nll / wrong.tokens > right.nll / right.tokens + 0.4


@pytest.mark.parametrize("attention", ["none", "bahdanau"])
def test_a_model_directory_holds_all_that_captions_need(attention: str) -> None:
    """Its card says what it is; opened twice, it says the same; only captions open it."""
    model, program = trained(attention)
    pictures = PictureCorpus(program.pictures).draw("seen").pictures

    one, again = (load_captioner(model, CPU).caption_all(pictures) for _ in range(2))
    opened = ModelDirectory.open(model)

    assert [caption.text for caption in one] == [caption.text for caption in again]
    assert opened.kind == opened.card.kind == "captioner"
    assert opened.card.data.unit == "pictures"
    assert {score.metric for score in opened.card.scores} == {"loss", "BLEU"}


def test_training_again_is_over_at_once_and_other_pictures_are_another_run() -> None:
    """The run's checkpoint is of these pictures."""
    model, program = trained("none")
    before = ModelDirectory.open(model).values

    outcome = train(program, model.parent, command="again", device=CPU).outcome

    assert outcome.update == program.training.updates
    assert ModelDirectory.open(model).values == before


def test_measures_are_right_for_known_answers() -> None:
    """A captioner that says the truth is always right; what one says is compared with both captions."""
    model, program = trained("bahdanau")
    captioner, corpus = load_captioner(model, CPU), PictureCorpus(program.pictures)

    found = measure(captioner, corpus)

    drawn = corpus.draw("seen")
    said = [caption.text for caption in captioner.caption_all(drawn.pictures)]
    right = np.mean([text in scene.captions for text, scene in zip(said, drawn.scenes, strict=True)])
    assert found[0].exact == pytest.approx(right)
    assert [one.pictures for one in found] == ["seen", "new-things", "new-arrangements"]
    assert "BLEU|nrefs:2" in to_text(found)


def test_mistakes_are_counted_against_the_nearer_caption() -> None:
    """One wrong word is one mistake, whichever end the caption begins at; a right caption has none."""
    true = ("a small red cross above a large blue circle", "a large blue circle below a small red cross")
    said = [
        "a large blue circle below a small red square",
        "a small red square above a large blue circle",
        true[0],
    ]

    assert mistakes(said, [true] * 3) == (Mistake("cross", "square", 2),)


def command(*arguments: object) -> str:
    """Run a command in this process and give what it printed."""
    result = CliRunner().invoke(app, ["caption", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_commands_draw_caption_and_measure(tmp_path: Path) -> None:
    """What `corpus` draws, `predict` captions, in order, with attention as text, JSON and figure."""
    model, _ = trained("bahdanau")

    drawn = command("corpus", "--out", tmp_path, "--count", 2, "--figure", tmp_path / "corpus.svg")
    files = sorted((tmp_path / "seen").glob("*.png"))
    plain = command("predict", "-m", model, *files).splitlines()
    looked = command("predict", "-m", model, "--attention", "--figure", tmp_path / "one.svg", files[0])
    objects = [json.loads(line) for line in command("predict", "-m", model, "--json", *files).splitlines()]
    table = command("evaluate", "-m", model, "--count", 5)

    assert drawn.startswith("train")
    assert [one["text"] for one in objects] == plain
    assert np.asarray(objects[0]["attention"]).sum(axis=(1, 2)) == pytest.approx(1.0, abs=0.01)
    assert looked.splitlines()[0] == plain[0]
    assert plain[0].split()[1] in looked.splitlines()[2]
    assert all((tmp_path / name).read_bytes().startswith(b"<?xml") for name in ("corpus.svg", "one.svg"))
    assert "new-arrangements" in table


def test_another_program_says_whose_model_it_is() -> None:
    """The translator refuses a captioner, and names the command that it is for."""
    model, _ = trained("none")

    with pytest.raises(ModelError, match="seq2seq caption"):
        CliRunner().invoke(app, ["translate", "-m", str(model), "Hello."], catch_exceptions=False)
