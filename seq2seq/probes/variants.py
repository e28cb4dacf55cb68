"""What is compared: a cell, how it begins, and how far its gradient may flow.

As text: `rnn`, `rnn:uniform`, `rnn:normal,gain=1.5`, `gru:horizon=100`, `lstm:chrono`, `rnn:truncate=20`.
"""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import PositiveInt

from seq2seq import config
from seq2seq.config import Section
from seq2seq.errors import UsageError
from seq2seq.nn.cells import CELLS, CellName
from seq2seq.nn.initialisation import CellInit, RecurrentInit

SYNTAX = (
    "CELL[:OPTION,…]; cells rnn, lstm, gru, gru-cho; options orthogonal, normal, uniform, gain=1.5, "
    "horizon=100, chrono (a horizon as long as the task), truncate=20"
)


@dataclass(frozen=True)
class Variant:
    """One of the things compared."""

    name: str  # as it was written
    cell: CellName
    init: CellInit
    is_chrono: bool = False  # the horizon is the task's length
    truncate: int | None = None  # steps after which the gradient is cut; None: never

    def begin(self, length: int) -> CellInit:
        """How the cell begins for a task of so many steps."""
        return (
            self.init.model_copy(update={"memory_horizon": max(3, length)}) if self.is_chrono else self.init
        )


class _Options(Section):
    """The options of a variant as they are written."""

    init: CellInit = CellInit()
    chrono: bool = False
    truncate: PositiveInt | None = None


def variant(text: str) -> Variant:
    """Read a variant.

    Raises:
        UsageError: the cell or an option is not known.
        ConfigError: an option's value does not fit.
    """
    name, _, rest = text.partition(":")
    if name not in CELLS:
        raise UsageError(f"'{name}' is not a cell", where=text, mend=_advice(name, list(CELLS)))
    init: dict[str, Any] = {}
    values: dict[str, Any] = {"init": init}
    for option in filter(None, rest.split(",")):
        key, _, value = option.partition("=")
        if option in get_args(RecurrentInit):
            init["recurrent"] = option
        elif option == "chrono":
            values["chrono"] = True
        elif key == "gain":
            init["gain"] = value
        elif key == "horizon":
            init["memory_horizon"] = value
        elif key == "truncate":
            values["truncate"] = value
        else:
            known = [*get_args(RecurrentInit), "chrono", "gain=", "horizon=", "truncate="]
            raise UsageError(
                f"'{option}' is not an option of a cell", where=text, mend=_advice(option, known)
            )
    options = config.build(values, _Options, where=text)
    return Variant(text, name, options.init, options.chrono, options.truncate)


def _advice(word: str, known: list[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f"Did you mean '{close[0]}'?" if close else f"Write {SYNTAX}."
