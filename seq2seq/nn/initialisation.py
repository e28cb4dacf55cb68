"""How the recurrent weights and the gates begin: what decides how far back a gradient reaches at first."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import torch
from pydantic import Field, PositiveFloat
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from seq2seq.config import Section
from seq2seq.nn.cells import Cell

RecurrentInit = Literal["orthogonal", "normal", "uniform"]


class CellInit(Section):
    """How every cell of a network begins: `[model.cell_init]` in the experiment file.

        orthogonal   U keeps lengths: all its singular values are the gain (Saxe et al. 2014)
        normal       U_ij ~ N(0, gain² / H): its spectral radius is near the gain
        uniform      U_ij ~ U(-gain / √H, gain / √H): torch's own; its spectral radius is near gain / √3

    With `memory_horizon` the gates begin open for so many steps ("chrono"; Tallec and Ollivier 2018,
    arXiv:1804.11188): a unit keeps its state with probability 1 - 1/τ a step, for τ drawn evenly up to
    the horizon.

        b ~ log(U(1, horizon - 1));  LSTM: forget gate b, input gate -b;  GRU: update gate b

    The paper's update gate lets the new in; ours, as torch's, keeps the old: h' = (1 - z) n + z h. So
    the sign of b is the other one. A plain RNN has no gate to open.
    """

    recurrent: RecurrentInit = "orthogonal"
    gain: PositiveFloat = 1.0
    memory_horizon: int | None = Field(default=None, ge=3)  # steps; None: the gates begin as the cell says


@contextmanager
def without_weights() -> Iterator[None]:
    """Make networks whose tensors have shapes alone, for those of a file to take their place.

    They take no memory and no time; every tensor that is made inside is such a one.
    """
    with torch.device("meta"), _NothingDrawn():
        yield


class _NothingDrawn(TorchFunctionMode):
    """To draw no normal numbers for a tensor without any, torch would load its compiler: 80 MiB."""

    def __torch_function__(
        self,
        function: Callable[..., Any],
        _types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 — whatever the function gives
        given = kwargs or {}
        if function in {nn.init.normal_, Tensor.normal_}:
            return args[0] if args else given["tensor"]
        return function(*args, **given)


def initialise(network: nn.Module, chosen: CellInit) -> None:
    """Begin every cell of the network anew, as chosen; the defaults leave it as it is."""
    asked = CellInit()
    for cell in (module for module in network.modules() if isinstance(module, Cell)):
        if (chosen.recurrent, chosen.gain) != (asked.recurrent, asked.gain):
            for block in cell.weight_hh.data.chunk(cell.gates):  # (H, H) a gate
                _fill(block, chosen)
        if chosen.memory_horizon is not None:
            cell.remember(_chrono_bias(cell.hidden_size, chosen.memory_horizon))


def _fill(block: Tensor, chosen: CellInit) -> None:
    bound = chosen.gain * block.shape[0] ** -0.5
    if chosen.recurrent == "orthogonal":
        nn.init.orthogonal_(block, chosen.gain)
    elif chosen.recurrent == "normal":
        nn.init.normal_(block, std=bound)
    else:
        nn.init.uniform_(block, -bound, bound)


def _chrono_bias(hidden_size: int, horizon: int) -> Tensor:
    """Draw b (H,), for which σ(b) = 1 - 1/τ with τ from 2 to the horizon."""
    return torch.empty(hidden_size).uniform_(1.0, horizon - 1.0).log()
