"""Losses that a change should not move: the first updates of a tiny experiment, plain and with attention.

After a change that means to move them: `PYTHONPATH=tests:. python tests/seq2seq/training/test_golden.py`
writes `tests/golden/training/*.json` anew; the commit says why, and shows before and after.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch

import tiny
from seq2seq.config import build
from seq2seq.data.dataset import Dataset
from seq2seq.experiment import Experiment
from seq2seq.run import train
from seq2seq.training.journal import NAME

GOLDEN = Path(__file__).parents[2] / "golden" / "training"
UPDATES = 20


def losses(attention: str, dataset: Dataset, out: Path) -> list[float]:
    """Train a small model for some updates, on sentences that translate word by word."""
    experiment = build(
        {
            "name": "golden",
            "corpus": {"built_in": "phrasebook"},  # not read: the dataset is given
            "batching": {"tokens_per_batch": 200},
            "model": {
                "attention": attention,
                **dict.fromkeys(("embedding_size", "hidden_size", "attention_size"), 32),
                "encoder_hidden_size": 24,
            },
            "training": {
                "updates": UPDATES,
                "learning_rate": 0.01,
                "warmup_updates": 10,
                "journal_every": 1,
                "validate_every": UPDATES,
            },
        },
        Experiment,
        where="golden",
    )
    trained = train(experiment, dataset, out, command="test", device=torch.device("cpu"))
    assert trained.outcome.is_finished  # though such a model writes nothing for some sentences
    lines = (out / experiment.kind / NAME).read_text(encoding="utf-8").splitlines()
    return [round(line["loss"], 5) for line in map(json.loads, lines) if line["kind"] == "update"]


@pytest.mark.parametrize("attention", ["none", "bahdanau"])
def test_a_tiny_run_gives_the_golden_losses(attention: str, tmp_path: Path) -> None:
    """To four digits: the order of sums differs between processors."""
    golden = json.loads((GOLDEN / f"{attention}.json").read_text(encoding="utf-8"))

    found = losses(attention, tiny.dataset(tmp_path), tmp_path / "run")

    assert found == pytest.approx(golden["losses"], rel=1e-4)


if __name__ == "__main__":
    torch.set_num_threads(1)
    for name in ("none", "bahdanau"):
        with TemporaryDirectory() as directory:
            found = losses(name, tiny.dataset(Path(directory)), Path(directory) / "run")
        (GOLDEN / f"{name}.json").write_text(json.dumps({"losses": found}, indent=1) + "\n", encoding="utf-8")
