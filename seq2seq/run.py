"""A run: an experiment that is trained, in a directory of its own.

corpus/               the prepared corpus, shared by twins
attention/ or plain/  one for each model trained
    experiment.json   all settings, defaults included
    journal.jsonl     one line of facts a report
    checkpoint.*      where the same command goes on
    model/            the best model so far, ready to be served
    best/             with `keep`: it, and those that were best before it
"""

import json
from dataclasses import dataclass
from pathlib import Path

import torch

from seq2seq.data.changes import Subwords
from seq2seq.data.dataset import Dataset
from seq2seq.data.sampler import Sampler
from seq2seq.decoding.options import SearchOptions
from seq2seq.experiment import Experiment, Trainee, own_trainee
from seq2seq.model_writer import ModelWriter
from seq2seq.training.loop import fit
from seq2seq.training.outcome import Observer, Outcome
from seq2seq.training.randomness import seed_all
from seq2seq.validator import Validator


@dataclass(frozen=True)
class Trained:
    """What training left."""

    model: Path  # the bundle; not there before the first validation
    outcome: Outcome


def train(  # noqa: PLR0913 — all but the subject by name
    experiment: Experiment,
    dataset: Dataset,
    out: Path,
    *,
    command: str,
    device: torch.device,
    observer: Observer | None = None,
    trainee: Trainee | None = None,
) -> Trained:
    """Train on a prepared corpus; the same call again goes on, and is over at once when nothing is left.

    Args:
        experiment: what to train.
        dataset: as `prepare_corpus` made it.
        out: the run's directory; the model goes to `out/plain/model` or `out/attention/model`, or below
            the trainee's name.
        command: what the user typed, for the card.
        device: where to train.
        observer: is told of progress.
        trainee: trained in the place of what the experiment's `model` describes, on the same batches.
    """
    trainee = trainee or own_trainee(experiment, dataset)
    run = out / trainee.name
    run.mkdir(parents=True, exist_ok=True)
    shape = trainee.shape.model_dump(mode="json")
    settings = json.dumps(
        {**experiment.model_dump(mode="json"), "model": shape}, indent=2, ensure_ascii=False
    )
    (run / "experiment.json").write_text(settings + "\n", encoding="utf-8")
    seed_all(experiment.seed)  # the same seed makes the same weights
    model = trainee.make().to(device)
    writer = ModelWriter(experiment, dataset, trainee, run / "model", command)
    outcome = fit(
        run,
        model,
        Sampler(
            dataset.train,
            experiment.batching,
            experiment.seed,
            subwords=Subwords(dataset.source_subword, dataset.target_subword),
        ),
        experiment.training,
        validate=Validator(
            dataset,
            SearchOptions(beam=experiment.validation_beam, length_penalty=experiment.search.length_penalty),
            experiment.tokenize,
        ),
        save_best=writer.save,
        identity={
            "model": shape,
            "batching": experiment.batching.model_dump(mode="json"),
            "corpus": dataset.fingerprint,
            **({"begin_with": beginning.revision} if (beginning := experiment.beginning()) else {}),
        },
        seed=experiment.seed,
        observer=observer,
    )
    if outcome.is_finished and outcome.best is not None:
        writer.complete(outcome, device)
    return Trained(run / "model", outcome)
