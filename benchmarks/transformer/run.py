"""Train Transformer-Tiny on a recipe's corpus, batches and settings, and score it as `seq2seq evaluate` does.

    python -m benchmarks.transformer RECIPE --set corpus.root=DIRECTORY [--set training.learning_rate=0.005]
        [--updates N] [--out runs/NAME] [--threads N] [--test SOURCE REFERENCE] [--record docs/results.jsonl]

The model goes to OUT/transformer-tiny, beside those that `seq2seq train --out OUT` made of the same prepared
corpus; with the same seed the batches are the same ones in the same order. `--set model.KEY=VALUE` is of
the Transformer. The same command goes on where a stopped one left off. Translations of each test set are
written beside the model, for `seq2seq compare`.
"""

import argparse
import shlex
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.transformer.network import Transformer, TransformerConfig
from seq2seq.alternatives import alternatives
from seq2seq.cli.roads import Opened
from seq2seq.cli.testing import Ways, measure_opened, name_of, read_test_set
from seq2seq.config import assign, build
from seq2seq.data.dataset import Dataset
from seq2seq.decoding.options import SearchWish
from seq2seq.errors import ConfigError, Seq2SeqError
from seq2seq.evaluation.measures import Scoring
from seq2seq.evaluation.record import append, result_of
from seq2seq.experiment import Experiment, Trainee, load_experiment, prepare_corpus
from seq2seq.loading import device_named, load_module, use_threads
from seq2seq.preview.document import Model
from seq2seq.run import Trained, train
from seq2seq.training.progress import show_progress
from seq2seq.translator import Translator

NAME = "transformer-tiny"


def main(arguments: Sequence[str] | None = None) -> None:
    """Do as the command line says."""
    arguments = sys.argv[1:] if arguments is None else arguments
    asked = _parser().parse_args(arguments)
    if asked.updates is not None:
        asked.overrides.append(f"training.updates={asked.updates}")
    try:
        experiment, config = settings(asked.recipe, asked.overrides)
        use_threads(asked.threads)
        out = asked.out or Path("runs") / experiment.name
        dataset = prepare_corpus(experiment, out)
        trainee, device = transformer(experiment, dataset, config), device_named(asked.device)
        with show_progress(f"{experiment.name} {NAME}") as observer:
            trained = train(
                experiment,
                dataset,
                out,
                command=shlex.join(["python", "-m", "benchmarks.transformer", *arguments]),
                device=device,
                observer=observer,
                trainee=trainee,
            )
        if trained.outcome.signal is not None:
            sys.exit(128 + trained.outcome.signal)
        print(trained.model, flush=True)
        translator = trainee.translator(trained.model, dataset, device)
        for files in asked.test or _tests(experiment):
            score(experiment, translator, trained, files, asked.record)
    except Seq2SeqError as error:
        sys.exit(str(error))


def settings(recipe: str, overrides: Sequence[str]) -> tuple[Experiment, TransformerConfig]:
    """Read a recipe, whose `[model]` goes unused; what is set in `model` is the Transformer's.

    Raises:
        ConfigError: there is no such recipe, or a setting does not fit.
    """
    values: dict[str, Any] = {"model": {}}
    for override in overrides:
        if override.startswith("model."):
            assign(values, override)
    others = [override for override in overrides if not override.startswith("model.")]
    return load_experiment(recipe, others), build(values["model"], TransformerConfig, where="--set model")


def transformer(experiment: Experiment, dataset: Dataset, config: TransformerConfig) -> Trainee:
    """What is trained in the place of the recipe's network.

    Raises:
        ConfigError: the vocabularies of source and target are not one.
    """
    if not experiment.subword.joint:
        raise ConfigError(
            "one matrix for both embeddings needs one vocabulary",
            where="subword.joint",
            mend="Add --set subword.joint=true.",
        )
    size = dataset.target_subword.size
    return Trainee(
        name=NAME,
        shape=config,
        make=lambda: Transformer(config, size),
        load=lambda bundle: load_module(bundle, TransformerConfig, lambda shape: Transformer(shape, size)),
    )


def score(
    experiment: Experiment,
    translator: Translator,
    trained: Trained,
    files: Sequence[Path],
    record: Path | None,
) -> None:
    """Translate a test set, keep and print what came out, and write it down if asked to.

    Args:
        experiment: says how to search and how to score.
        translator: what was trained.
        trained: how.
        files: source and reference, or a table of both.
        record: of results; None writes none.
    """
    pair = (files[0], files[1]) if len(files) > 1 else None
    table = None if pair else files[0]
    search, bundle = experiment.search, translator.bundle
    languages = (experiment.corpus.source_language, experiment.corpus.target_language)
    opened = Opened(
        partial(translator.translate_lines, options=search),
        partial(alternatives, translator, options=search),
        search,
        Model(NAME, *languages, bundle.revision),
        bundle,
    )
    ways = Ways(SearchWish(), Scoring(tokenize=experiment.tokenize))
    found = measure_opened(opened, read_test_set(pair, table), ways)
    test = name_of(pair, table, None)
    lines = "".join(f"{line}\n" for line in found.translations)
    (trained.model.parent / f"{test}.{languages[1]}").write_text(lines, encoding="utf-8")
    print(found.text(), flush=True)
    if record is not None:
        result = result_of(found, test, bundle.card)
        append(record, result.model_copy(update={"tokens": trained.outcome.tokens}))


def _tests(experiment: Experiment) -> list[list[Path]]:
    root = Path(experiment.corpus.root)
    return [[root / name for name in names] for names in experiment.corpus.files("test")]


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.transformer", description=__doc__.split("\n")[0]
    )
    made.add_argument("recipe")
    made.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE", dest="overrides")
    made.add_argument("--updates", type=int, help="the same as --set training.updates=N")
    made.add_argument("--out", type=Path, help="the run's directory; default: runs/NAME")
    made.add_argument("--device", default="auto")
    made.add_argument("--threads", type=int)
    made.add_argument(
        "--test",
        action="append",
        nargs=2,
        type=Path,
        metavar=("SOURCE", "REFERENCE"),
        help="may be repeated; default: the recipe's own test set",
    )
    made.add_argument("--record", type=Path, help="append what was measured here, as lines of JSON")
    return made
