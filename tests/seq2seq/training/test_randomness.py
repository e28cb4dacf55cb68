import random

import numpy as np
import torch

from seq2seq.training.randomness import RandomState, deterministic, seed_all, undisturbed


def draws() -> list[float]:
    """One number from each generator."""
    return [random.random(), float(np.random.rand()), float(torch.rand(()))]  # noqa: S311, NPY002 — the global ones


def test_one_seed_is_for_all_generators() -> None:
    """Equal seeds, equal numbers."""
    seed_all(3)
    first = draws()
    seed_all(3)

    assert draws() == first
    assert draws() != first


def test_a_state_goes_through_json_unharmed() -> None:
    """Also with a normal number that NumPy and Python keep for the next call."""
    seed_all(4)
    random.gauss()
    np.random.randn()  # noqa: NPY002 — the global one
    state = RandomState.capture()
    first = [random.gauss(), float(np.random.randn()), *draws()]  # noqa: NPY002 — the global one

    state.restore()

    assert [random.gauss(), float(np.random.randn()), *draws()] == first  # noqa: NPY002 — the global one


def test_a_block_can_draw_without_consequences() -> None:
    """What comes after is what would have come."""
    seed_all(5)
    expected = draws()
    seed_all(5)

    with undisturbed():
        draws()

    assert draws() == expected


def test_deterministic_kernels_are_wanted_only_within_the_block() -> None:
    """The switch is the process's, so it is put back."""
    with deterministic(enabled=True):
        inside = torch.are_deterministic_algorithms_enabled()

    assert inside
    assert not torch.are_deterministic_algorithms_enabled()
