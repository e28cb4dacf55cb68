import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

import tiny
from seq2seq.bundle import write_bundle
from seq2seq.cli.distill import _student
from seq2seq.config import build
from seq2seq.data.dataset import Dataset
from seq2seq.data.prepare import CorpusConfig, prepare
from seq2seq.data.subword_learning import SubwordConfig
from seq2seq.decoding.options import SearchOptions
from seq2seq.distillation import Teacher, Teachers, distill
from seq2seq.errors import ConfigError, InputError, UsageError
from seq2seq.experiment import Experiment
from seq2seq.translator import load_translator

SEARCH = SearchOptions(beam=1, max_target_tokens=8)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Thirty training pairs."""
    return tiny.dataset(tmp_path_factory.mktemp("made"), count=30)


@pytest.fixture(scope="module")
def teach(made: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Teacher]:
    """Makes a teacher with random weights for two languages."""
    home = tmp_path_factory.mktemp("teachers")

    def make(source: str, target: str) -> Teacher:
        config = tiny.model_config()
        write_bundle(
            home / f"{source}-{target}",
            model=tiny.model(config, made.source_subword.size, made.target_subword.size, seed=4),
            model_config=config,
            source_subword=made.source_subword,
            target_subword=made.target_subword,
            card=tiny.card().model_copy(update={"source_language": source, "target_language": target}),
            search=SEARCH,
        )
        return Teacher(load_translator(home / f"{source}-{target}", device="cpu"), SEARCH)

    return make


def rows(path: Path) -> list[list[str]]:
    """Cells of a file."""
    return [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_training_pair_and_its_translations_are_written(
    made: Dataset, teach: Callable[[str, str], Teacher], tmp_path: Path
) -> None:
    """Real pairs, the teacher's targets, tagged sources of the other direction; what is empty is left out."""
    teachers = Teachers(teach("en", "fr"), teach("fr", "en"), tag="<bt>")

    files = distill(made, tmp_path / "out", teachers, chunk=7)

    real, forward, backward = (rows(path) for path in files)
    pairs = tiny.pairs(70)[:30]
    assert teachers.forward is not None
    texts = dict(zip([s for s, _ in pairs], teachers.forward.translate([s for s, _ in pairs]), strict=True))
    assert teachers.forward is not None
    assert [path.name for path in files] == ["real.tsv", "forward.tsv", "backward.tsv"]
    assert real == [list(pair) for pair in pairs]
    assert forward == [[source, text] for source, text in texts.items() if text]
    assert len(forward) > 5
    assert all(source.startswith("<bt> ") for source, _ in backward)
    assert {target for _, target in backward} <= {target for _, target in pairs}
    assert [part.sentences for part in files.values()] == [30, 30, 30]
    assert [part.pairs for part in files.values()] == [30, len(forward), len(backward)]


@pytest.mark.parametrize("after", [1, 3, 6])
def test_killed_the_same_call_goes_on(
    made: Dataset, teach: Callable[[str, str], Teacher], tmp_path: Path, after: int
) -> None:
    """After any chunk, half a line left behind: the files are those of a call that was not killed."""
    teachers = Teachers(teach("en", "fr"))
    whole = distill(made, tmp_path / "whole", teachers, chunk=7)
    told: list[tuple[str, int]] = []

    def kill(part: str, done: int, _of: int) -> None:
        told.append((part, done))
        if len(told) == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        distill(made, tmp_path / "killed", teachers, chunk=7, on_progress=kill)
    with (tmp_path / "killed" / f"{told[-1][0]}.tsv").open("a", encoding="utf-8") as file:
        file.write("half a li")
    before = len(told)
    again = distill(
        made, tmp_path / "killed", teachers, chunk=7, on_progress=lambda *one: told.append(one[:2])
    )

    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in whole]
    assert list(again.values()) == list(whole.values())
    assert len(told) == 10  # five chunks of each file, none twice
    assert before == after


def test_a_finished_one_is_not_done_again(
    made: Dataset, teach: Callable[[str, str], Teacher], tmp_path: Path
) -> None:
    """And another one is not mixed into it."""
    teacher = teach("en", "fr")
    distill(made, tmp_path, Teachers(teacher))
    told: list[str] = []

    distill(made, tmp_path, Teachers(teacher), on_progress=lambda part, _done, _of: told.append(part))

    assert told == []
    with pytest.raises(InputError, match="of another distillation: other pairs, models or settings"):
        distill(made, tmp_path, Teachers(Teacher(teacher.translator, SearchOptions(beam=2))))


def test_what_cannot_be_meant_is_refused(
    made: Dataset, teach: Callable[[str, str], Teacher], tmp_path: Path
) -> None:
    """No teacher, one of the wrong direction, a corpus without files."""
    built_in = made.manifest.model_copy(
        update={"configuration": {"corpus": CorpusConfig(built_in="phrasebook").model_dump()}}
    )

    with pytest.raises(UsageError, match=r"there is no teacher\. Name one with -m or with --backward"):
        distill(made, tmp_path, Teachers())
    with pytest.raises(UsageError, match="tiny translates fr to en, and en to fr is needed"):
        distill(made, tmp_path, Teachers(teach("fr", "en")))
    with pytest.raises(ConfigError, match="a built-in corpus cannot be added to"):
        distill(
            Dataset(made.directory, built_in, made.source_subword, made.target_subword),
            tmp_path,
            Teachers(teach("en", "fr")),
        )


def test_a_student_can_be_prepared_and_nothing_leaks_into_its_evaluation_sets(tmp_path: Path) -> None:
    """A teacher that writes the validation set: these pairs are dropped, and the sets stay as they were."""
    config = tiny.corpus(tmp_path, count=30)
    dataset = prepare(config, SubwordConfig(vocabulary_size=320), tmp_path / "dataset", seed=1)
    validation = [target for _, target in dataset.validation_text()]
    assert not {source for source, _ in dataset.validation_text()} & {s for s, _ in tiny.pairs(70)[:30]}

    class Leaking(Teacher):
        def translate(self, texts: list[str]) -> list[str]:  # type: ignore[override]  # only lists are given
            return [validation[index % 3] if index % 2 else "Bonjour." for index in range(len(texts))]

    tiny.bundle(tmp_path / "teacher", joint=True)
    leaking = Leaking(load_translator(tmp_path / "teacher", device="cpu"), SEARCH)
    files = list(distill(dataset, tmp_path / "out", Teachers(leaking)))
    words = shlex.split(_student("tiny.toml", "tiny", [], files))
    student = CorpusConfig.model_validate(
        {**config.model_dump(), "train": json.loads(words[words.index("--set", 5) + 1].partition("=")[2])}
    )

    made = prepare(student, SubwordConfig(vocabulary_size=320), tmp_path / "student", seed=1)

    assert made.report["pairs"] == 60
    trained_on = [made.target_subword.decode(made.train.pair(i)[1]) for i in range(len(made.train))]
    assert made.report["dropped"]["in_validation"]["pairs"] >= 5
    assert trained_on.count("Bonjour.") >= 3
    assert not set(trained_on) & set(validation)
    assert made.validation_text() == dataset.validation_text()
    assert made.test_text() == dataset.test_text()
    assert build({"name": "x", "corpus": student.model_dump()}, Experiment, where="x").corpus == student


def test_columns_of_the_corpus_are_kept(tmp_path: Path, teach: Callable[[str, str], Teacher]) -> None:
    """A corpus that is read the other way round is written the other way round."""
    turned = tiny.dataset(tmp_path, count=20, columns=(2, 1))

    files = distill(turned, tmp_path / "out", Teachers(teach("en", "fr")))

    assert rows(next(iter(files)))[0] == list(tiny.pairs(60)[0])
