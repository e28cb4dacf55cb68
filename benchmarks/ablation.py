"""Take one step at a time out of a recipe, or add one, and see what it was worth on the validation set.

    python -m benchmarks.ablation RECIPE --updates N --set corpus.root=DIRECTORY [--only STEP] [--threads N]
        [--out runs/NAME-ablation] [--record docs/results.jsonl]

Every row is trained on the same prepared corpus with the same seed, for the same number of updates of the
same batches, and its schedule ends with it; then its best by greedy BLEU translates with the recipe's search.
What is measured is the worth of a step at that budget: at a larger one, what keeps a model from
learning the corpus by heart is worth more. The same command goes on where a stopped one left off.
"""

import argparse
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from seq2seq.bundle import Bundle
from seq2seq.cli.testing import TestSet, Ways, measure_system
from seq2seq.data.dataset import Dataset
from seq2seq.decoding.options import SearchWish
from seq2seq.errors import Seq2SeqError, UsageError
from seq2seq.evaluation.measures import Scoring
from seq2seq.evaluation.record import append, read, result_of
from seq2seq.experiment import Experiment, load_experiment, prepare_corpus
from seq2seq.loading import device_named, use_threads
from seq2seq.run import train
from seq2seq.training.progress import show_progress

STEPS: Mapping[str, tuple[str, ...]] = {
    "the recipe": (),
    "without attention": ("model.attention=none",),
    "without attention, as large": ("model.attention=none", "model.hidden_size=288"),  # in the 1h recipe
    "without the second cell": ("model.conditional=false",),
    "without tied embeddings": ("model.tied_embeddings=none",),
    "without deep output": ("model.deep_output=false",),
    "without dropout": (
        "model.dropout_embedding=0",
        "model.dropout_memory=0",
        "model.dropout_output=0",
    ),
    "without word dropout": ("model.word_dropout_source=0", "model.word_dropout_target=0"),
    "without label smoothing": ("training.label_smoothing=0",),
    "without averaged weights": ("training.ema_decay=0",),
    "with a constant rate": ("training.schedule=constant",),
    "with a rate that falls late": ("training.schedule=trapezoid",),
    "with BPE-dropout": ("batching.subword_dropout_source=0.1", "batching.subword_dropout_target=0.1"),
    "with layer normalisation": ("model.layer_norm=true",),
    "with R-Drop": ("training.consistency=r_drop",),
}


def validation_name(recipe: str, updates: int) -> str:
    """What the validation set is called in the records of an ablation."""
    return f"{recipe}/validation after {updates:,} updates"


def main(arguments: Sequence[str] | None = None) -> None:
    """Do as the command line says."""
    arguments = sys.argv[1:] if arguments is None else arguments
    asked = _parser().parse_args(arguments)
    try:
        unknown = [step for step in asked.only if step not in STEPS]
        if unknown:
            raise UsageError(f"there is no step '{unknown[0]}'", mend=f"There are: {', '.join(STEPS)}.")
        use_threads(asked.threads)
        budget = [f"training.updates={asked.updates}", *asked.overrides]
        recipe = load_experiment(asked.recipe, budget)
        out = asked.out or Path("runs") / f"{recipe.name}-ablation"
        dataset = prepare_corpus(recipe, out)
        done = (
            {result.recipe for result in read(asked.record)}
            if asked.record and asked.record.exists()
            else set()
        )
        for step in asked.only or STEPS:
            name = f"{recipe.name}, {step}"
            if name in done:
                continue
            experiment = load_experiment(asked.recipe, [*budget, *STEPS[step]])
            experiment = experiment.model_copy(update={"name": name})
            command = shlex.join(["python", "-m", "benchmarks.ablation", *arguments])
            measure(experiment, dataset, out / step.replace(" ", "-"), command, asked)
    except Seq2SeqError as error:
        sys.exit(str(error))


def measure(
    experiment: Experiment, dataset: Dataset, out: Path, command: str, asked: argparse.Namespace
) -> None:
    """Train one row, translate the validation set, print what came out, and write it down if asked to."""
    with show_progress(experiment.name) as observer:
        trained = train(
            experiment, dataset, out, command=command, device=device_named(asked.device), observer=observer
        )
    if trained.outcome.signal is not None:
        sys.exit(128 + trained.outcome.signal)
    texts = dataset.validation_text()
    validation = TestSet([source for source, _ in texts], [[target for _, target in texts]])
    ways = Ways(SearchWish(), Scoring(tokenize=experiment.tokenize), quiet=True)
    found = measure_system(trained.model, validation, ways)
    print(found.text(), flush=True)
    if asked.record is not None:
        card = Bundle.open(trained.model).card
        append(asked.record, result_of(found, validation_name(asked.recipe, asked.updates), card))


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__.split("\n")[0])
    made.add_argument("recipe")
    made.add_argument("--updates", type=int, required=True, help="of each row")
    made.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE", dest="overrides")
    made.add_argument("--only", action="append", default=[], metavar="STEP", help="may be repeated")
    made.add_argument("--out", type=Path, help="the runs' directory; default: runs/NAME-ablation")
    made.add_argument("--device", default="auto")
    made.add_argument("--threads", type=int)
    made.add_argument("--record", type=Path, help="append what was measured here, as lines of JSON")
    return made


if __name__ == "__main__":
    main()
