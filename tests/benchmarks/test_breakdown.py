"""Where the time goes: the parts add up, and operations are told apart."""

import re
from time import perf_counter

import pytest
import torch

from benchmarks import breakdown
from benchmarks.decoding import contestants
from seq2seq.decoding import beam
from seq2seq.decoding.candidates import candidates_of


@pytest.mark.parametrize("width", [1, 5])
def test_the_parts_of_a_search_are_all_of_it(width: int) -> None:
    """Each part takes some time, and together no more than the clock on the wall says."""
    for name, model in contestants("bahdanau").items():
        began = perf_counter()
        seconds = breakdown.searched(model, width, 3)
        whole = perf_counter() - began

        assert seconds[breakdown.ENCODER] > 0, name
        assert seconds[breakdown.STEPS] > 0, name
        assert 0 < seconds[breakdown.SEARCH] < sum(seconds.values()) <= whole, name
    assert getattr(beam, candidates_of.__name__) is candidates_of, "it is watched only meanwhile"


def test_operations_are_told_apart_by_kind() -> None:
    """A product is a product, a sigmoid is not; tanh does not begin with t for transposing."""

    def update() -> None:
        left = torch.ones(300, 300, requires_grad=True)
        (left @ left).tanh().sum().backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped

    seconds = breakdown.updated(update, 3)

    assert set(seconds) == set(breakdown.KINDS)
    assert seconds[breakdown.PRODUCTS] > 0
    assert seconds[breakdown.POINTWISE] > 0
    kinds = {
        name: next((kind for kind, names in breakdown.OPERATIONS.items() if re.fullmatch(names, name)), None)
        for name in ("mm", "addmm", "baddbmm", "addmv_", "tanh_", "t", "copy_", "_fused_adam_", "sigmoid")
    }
    assert kinds["tanh_"] is kinds["sigmoid"] is None
    assert {kinds[name] for name in ("mm", "addmm", "baddbmm", "addmv_")} == {breakdown.PRODUCTS}
    assert kinds["t"] == kinds["copy_"] == breakdown.MOVES
    assert kinds["_fused_adam_"] == breakdown.OPTIMISER


def test_the_profiler_says_nothing_unasked(capfd: pytest.CaptureFixture[str]) -> None:
    """Its marks do not stand between the lines of a table; an error in an update is raised."""

    def misshapen() -> None:
        torch.ones(3).add_(torch.ones(4))

    seconds = breakdown.updated(lambda: None, 2)
    with pytest.raises(RuntimeError, match="must match the size"):
        breakdown.updated(misshapen, 2)

    assert set(seconds) == set(breakdown.KINDS)
    assert capfd.readouterr() == ("", "")
