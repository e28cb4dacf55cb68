import json
from pathlib import Path

import pytest

import tiny
from seq2seq.bundle import write_bundle
from seq2seq.cli.comparison import report_on
from seq2seq.cli.roads import Machine
from seq2seq.cli.systems import Bench, Named, names_of
from seq2seq.cli.testing import TestSet as Sentences  # pytest would take it for tests
from seq2seq.cli.testing import Ways
from seq2seq.data.dataset import Dataset
from seq2seq.decoding.options import SearchOptions, SearchWish
from seq2seq.errors import InputError, ModelError, UsageError
from seq2seq.evaluation.measures import Scoring
from seq2seq.evaluation.origin import Leak

WAYS = Ways(SearchWish(beam=2, attention=True), Scoring(bootstrap=0), machine=Machine("cpu"), quiet=True)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run as `train` leaves it: corpus, settings, journal and an untrained model."""
    out = tmp_path_factory.mktemp("out")
    made = out / "made"
    made.mkdir()
    dataset = tiny.dataset(made)
    dataset.directory.rename(out / "corpus")
    dataset = Dataset.open(out / "corpus")
    card = tiny.card("tiny")
    config = tiny.model_config()
    vocabulary = dataset.source_subword.size
    write_bundle(
        out / "attention" / "model",
        model=tiny.model(config, vocabulary, vocabulary),
        model_config=config,
        source_subword=dataset.source_subword,
        target_subword=dataset.target_subword,
        card=card.model_copy(
            update={"data": card.data.model_copy(update={"fingerprint": dataset.fingerprint})}
        ),
        search=SearchOptions(),
    )
    settings = {"seed": 1, "model": {"attention": "bahdanau"}}
    (out / "attention" / "experiment.json").write_text(json.dumps(settings), encoding="utf-8")
    line = {"kind": "update", "update": 20, "nll": 2.5}
    (out / "attention" / "journal.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    return out


@pytest.mark.parametrize(
    ("text", "name", "paths"),
    [
        ("a", "", ["a"]),
        ("a,b/c, d", "", ["a", "b/c", "d"]),
        ("plain=a,b", "plain", ["a", "b"]),
        ("GRU, plain=a", "GRU, plain", ["a"]),
    ],
)
def test_arguments_name_systems(text: str, name: str, paths: list[str]) -> None:
    """One run or several, with a name or without."""
    assert Named.parse(text) == Named(name, tuple(map(Path, paths)))


def test_a_path_that_exists_is_taken_as_it_stands(tmp_path: Path) -> None:
    """Whatever signs are in it."""
    odd = tmp_path / "lr=0.1,big"
    odd.mkdir()

    assert Named.parse(str(odd)) == Named("", (odd,))


@pytest.mark.parametrize("text", ["", "a,,b", "a,", "=a", "plain="])
def test_an_argument_without_a_path_is_refused(text: str) -> None:
    """With the forms that there are."""
    with pytest.raises(UsageError, match=f"^'{text}' names no system. Write DIR, DIR,DIR for several seeds"):
        Named.parse(text)


def test_what_lies_beside_a_model_is_found(run: Path) -> None:
    """Facts of the card, settings, curve, test pairs in the corpus, and attention a word."""
    dataset = Dataset.open(run / "corpus")
    source, target = dataset.train.pair(0)
    leaked = dataset.source_subword.decode(source), dataset.target_subword.decode(target)
    test = Sentences([leaked[0], "the old dog"], [[leaked[1], "le vieux chien"]])

    (found,) = Bench([test], WAYS).measure(run / "attention" / "model")

    assert found.origin is not None
    assert found.origin.facts["attention"] == "bahdanau"
    assert found.origin.facts["training data"] == f"five sentences, {dataset.fingerprint[:12]}"
    assert found.origin.facts["beam"] == "2"
    assert found.origin.settings == {"seed": "1", "model.attention": '"bahdanau"'}
    assert found.origin.curve is not None
    assert [(point.update, point.value) for point in found.origin.curve.loss] == [(20, 2.5)]
    assert found.origin.leak is not None
    assert found.origin.leak.lines[0] == 1
    assert found.attention is not None
    assert len(found.grids) == 2


def test_a_named_corpus_of_another_model_is_not_searched(run: Path, tmp_path: Path) -> None:
    """Its test pairs would say nothing."""
    other = tiny.dataset(tmp_path, count=150)
    test = Sentences(["the dog"], [["le chien"]])

    (found,) = Bench([test], WAYS, corpus=other.directory).measure(run / "attention" / "model")

    assert found.origin is not None
    assert found.origin.leak is None


def test_each_test_set_is_measured_with_one_model(run: Path) -> None:
    """The first and the longer ones; leaks are those of the first."""
    tests = [Sentences(["zz"], [["le"]]), Sentences(["zz zz"], [["le le"]], "2 sentences joined")]

    found = Bench(tests, WAYS).measure(run / "attention" / "model")

    assert [evaluation.sources for evaluation in found] == [("zz",), ("zz zz",)]
    assert found[0].origin is not None
    assert found[0].origin.leak == Leak(0, 0, ())


def test_an_ensemble_is_one_run(run: Path) -> None:
    """Two models with a plus between them translate as one, and their facts are not those of the first."""
    model = run / "attention" / "model"

    (found,) = Bench([Sentences(["the dog"], [["le chien"]])], WAYS).measure(Path(f"{model}+{model}"))
    (alone,) = Bench([Sentences(["the dog"], [["le chien"]])], WAYS).measure(model)

    assert found.translations == alone.translations  # twice the same model
    assert found.origin is not None
    assert found.origin.facts["ensemble of"] == "2 models"
    assert "seed" not in found.origin.facts


def test_names_are_known_before_anything_is_translated(run: Path, tmp_path: Path) -> None:
    """Given or not, of several runs, of an ensemble, of a file, and of two systems with one name."""
    model, path = run / "attention" / "model", tmp_path / "translations.txt"
    path.write_text("le chien\n", encoding="utf-8")
    bench = Bench([Sentences(["the dog"], [["le chien"]])], WAYS)
    arguments = [
        f"{model},{model}",
        f"{model}",
        f"{model}+{model}",
        f"{path}",
        f"mine={model}",
        f"mine={path}",
    ]
    named = [Named.parse(argument) for argument in arguments]

    names = names_of(named)

    measured = [[bench.measure(path) for path in one.paths] for one in named]
    assert names == ["tiny", "tiny (2)", "tiny+tiny", str(path), "mine", "mine (2)"]
    assert names == [system.name for system in report_on(named, measured, bench, []).comparison.systems]


def test_what_cannot_be_compared_is_told_before_anything_is_translated(run: Path) -> None:
    """One system alone, or one that is not there."""
    model = Named.parse(str(run / "attention" / "model"))

    with pytest.raises(InputError, match="a comparison needs two systems"):
        names_of([model])
    with pytest.raises(ModelError, match="there is no such model directory"):
        names_of([model, Named.parse("nowhere")])


def test_a_file_cannot_be_stretched(tmp_path: Path) -> None:
    """Its translations are of one test set."""
    path = tmp_path / "translations.txt"
    path.write_text("le chien\n", encoding="utf-8")
    test = Sentences(["the dog"], [["le chien"]])

    (found,) = Bench([test], WAYS).measure(path)
    with pytest.raises(UsageError, match="the translations in a file cannot be stretched"):
        Bench([test, test], WAYS).measure(path)

    assert found.translations == ("le chien",)
    assert found.origin is not None
    assert found.origin.facts == {}
