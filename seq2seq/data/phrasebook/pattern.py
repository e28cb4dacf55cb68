"""A sentence pattern: a function from choices to one sentence in both languages."""

from collections.abc import Callable
from dataclasses import dataclass

from seq2seq.data.phrasebook.draw import Draw
from seq2seq.data.phrasebook.text import Text


@dataclass(frozen=True)
class Pattern:
    """A pattern and how often it is used; an idiom's sentences are learnt whole, so never held out."""

    build: Callable[[Draw], Text]
    weight: float = 1.0
    is_idiom: bool = False

    @property
    def name(self) -> str:
        """Return the name of its function."""
        return self.build.__name__
