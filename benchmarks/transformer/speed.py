"""Target tokens a second in training: Transformer-Tiny and the recipe's network in turns, same batches.

    python -m benchmarks.transformer.speed RECIPE --set corpus.root=DIRECTORY [--out runs/NAME] [--threads N]
        [--batches N] [--rounds N] [--clock wall|cpu]

Whole updates by the product's own learner: loss, gradient, optimiser, averaged weights.
"""

import argparse
from itertools import islice
from pathlib import Path

import torch

from benchmarks.rates import CLOCKS, Clock, Run, header, machine, row, take_turns, timed
from benchmarks.transformer.run import NAME, settings, transformer
from seq2seq.amounts import amount
from seq2seq.batch import ParallelBatch
from seq2seq.data.changes import Subwords
from seq2seq.data.sampler import Sampler
from seq2seq.experiment import Trainee, own_trainee, prepare_corpus
from seq2seq.training.config import TrainingConfig
from seq2seq.training.learner import Learner
from seq2seq.training.precision import multiplies_bfloat16


class Again:
    """The same batches, over and over."""

    epoch, position = 0, 0.0

    def __init__(self, batches: list[ParallelBatch]) -> None:
        self._batches, self._taken = batches, 0

    def __next__(self) -> ParallelBatch:
        self._taken += 1
        return self._batches[(self._taken - 1) % len(self._batches)]

    def state_dict(self) -> dict[str, int]:
        """Nobody resumes a measurement."""
        return {}

    def load_state_dict(self, state: dict[str, int], /) -> None:
        """Likewise."""


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="Training speed beside the recipe's network.")
    parser.add_argument("recipe")
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE", dest="overrides")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--batches", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    experiment, config = settings(asked.recipe, asked.overrides)
    dataset = prepare_corpus(experiment, asked.out or Path("runs") / experiment.name)
    subwords = Subwords(dataset.source_subword, dataset.target_subword)
    sampler = Sampler(dataset.train, experiment.batching, experiment.seed, subwords=subwords)
    batches = list(islice(sampler, asked.batches))
    tokens = sum(batch.target_tokens for batch in batches)
    trainees = {
        "the recipe's network": own_trainee(experiment, dataset),
        NAME: transformer(experiment, dataset, config),
    }
    print(machine(asked.threads, asked.clock), flush=True)
    print(f"{amount(asked.batches, 'batch', 'batches')}, {tokens:,} target tokens.\n")
    print(header("products in", list(trainees)))
    for mixed in (False, True) if multiplies_bfloat16(torch.device("cpu")) else (False,):
        training = experiment.training.model_copy(update={"mixed_precision": mixed})
        runs = {
            name: _updates(trainee, batches, training, CLOCKS[asked.clock])
            for name, trainee in trainees.items()
        }
        label = "bfloat16" if mixed else "float32"
        print(row(label, take_turns(runs, tokens, asked.rounds), list(trainees)), flush=True)


def _updates(trainee: Trainee, batches: list[ParallelBatch], training: TrainingConfig, clock: Clock) -> Run:
    """Once through all batches, at a learning rate that changes next to nothing."""
    learner = Learner(trainee.make().train(), Again(batches), training)

    def work() -> None:
        for _ in batches:
            learner.update(1e-6)

    return timed(work, clock)


if __name__ == "__main__":
    main()
