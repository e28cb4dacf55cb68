import pytest
import torch
from torch import nn

import runs
from seq2seq.training.config import TrainingConfig
from seq2seq.training.optimisation import build_optimiser, learning_rate


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        # updates 1, 2, 4 (end of warm-up), 8 (1/4 of the rest), 12 (half), 16 (3/4), 20 (end), 25 (past it)
        ("cosine", [0.25, 0.5, 1.0, 0.868198, 0.55, 0.231802, 0.1, 0.1]),
        ("trapezoid", [0.25, 0.5, 1.0, 1.0, 1.0, 0.55, 0.1, 0.1]),
        ("inverse_sqrt", [0.25, 0.5, 1.0, 0.707107, 0.577350, 0.5, 0.447214, 0.4]),
        ("constant", [0.25, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
    ],
)
def test_the_learning_rate_follows_its_schedule(schedule: str, expected: list[float]) -> None:
    """By hand: cosine at 1/4 is 0.1 + 0.9 · (1 + √½) / 2; √(4 / 8), √(4 / 12), …; down in the last half."""
    config = TrainingConfig.model_validate(
        {
            "updates": 20,
            "warmup_updates": 4,
            "learning_rate": 1.0,
            "schedule": schedule,
            "final_learning_rate_share": 0.1,
            "decay_share": 0.5,
        }
    )

    rates = [learning_rate(update, config) for update in (1, 2, 4, 8, 12, 16, 20, 25)]

    assert rates == pytest.approx(expected, abs=1e-6)


def test_the_inverse_root_has_a_floor_and_works_without_warm_up() -> None:
    """At first the peak, then never below the share."""
    config = runs.config(
        schedule="inverse_sqrt", warmup_updates=0, learning_rate=1.0, final_learning_rate_share=0.5
    )

    assert [learning_rate(update, config) for update in (1, 2, 4, 24)] == pytest.approx(
        [1, 0.707107, 0.5, 0.5]
    )


@pytest.mark.parametrize(("optimiser", "kind"), [("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW)])
def test_only_matrices_that_are_no_embeddings_decay(optimiser: str, kind: type) -> None:
    """The output layer is tied to the embedding, and so is spared."""
    model = runs.Guesser()

    built = build_optimiser(model, runs.config(optimiser=optimiser, weight_decay=0.1))

    decayed, others = built.param_groups
    assert type(built) is kind
    assert (decayed["weight_decay"], others["weight_decay"]) == (0.1, 0.0)
    assert [id(parameter) for parameter in decayed["params"]] == [id(model.hidden.weight)]
    assert len(others["params"]) == 3


def test_frozen_weights_are_left_alone() -> None:
    """A parameter without gradient is not the optimiser's."""
    model = nn.Linear(2, 2)
    model.weight.requires_grad_(False)  # noqa: FBT003 — torch's own signature

    built = build_optimiser(model, runs.config())

    assert [len(group["params"]) for group in built.param_groups] == [1]
