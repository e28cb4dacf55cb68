"""A long text as batches of chunks that follow each other, for truncated backpropagation.

The text is cut into as many stretches as a batch has rows. Each batch has the next chunk of every
stretch, so that row b of a batch goes on where row b of the one before it ended. A pass over the
text begins a little later each time, so that chunks do not always end at the same places.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import PositiveInt

from seq2seq.amounts import amount
from seq2seq.batch import TextBatch
from seq2seq.config import Section
from seq2seq.errors import ConfigError, CorpusError

_CHUNKS_TO_SHIFT = 8  # a stretch of fewer chunks always begins at its beginning


class ChunkConfig(Section):
    """How a text is read: `[batching]`."""

    rows: PositiveInt = 32  # texts read side by side, B
    chunk: PositiveInt = 100  # pieces between two updates, T: how far a gradient reaches back
    carry: bool = True  # states go on from chunk to chunk; false: every chunk begins with zeros


class ChunkSampler(Iterator[TextBatch]):
    """The chunks of a text, pass after pass.

    Args:
        tokens: the text, at least two pieces for each row.
        config: rows and chunk length.
        seed: of where each pass begins.

    Raises:
        CorpusError: the text is too short.
    """

    def __init__(self, tokens: NDArray[np.int64], config: ChunkConfig, seed: int) -> None:
        if len(tokens) <= config.rows:
            raise CorpusError(
                f"the text has {amount(len(tokens), 'piece')}, and "
                f"{amount(config.rows, 'row needs', 'rows need')} {config.rows + 1}",
                mend="Give a longer text, or lower batching.rows.",
            )
        self._tokens = tokens
        self._config = config
        self._seed = seed
        self._epoch = 0
        self._taken = 0  # pieces of each stretch
        self._begin, self._length = self._stretch()

    @property
    def epoch(self) -> int:
        """How many times the text was read; the pass that the last batch came from."""
        return self._epoch

    @property
    def position(self) -> float:
        """Share of the pass that is done."""
        return self._taken / self._length

    def __next__(self) -> TextBatch:
        if self._taken == self._length:
            self._epoch += 1
            self._taken = 0
            self._begin, self._length = self._stretch()
        count = min(self._config.chunk, self._length - self._taken)
        starts = self._begin + np.arange(self._config.rows) * self._length + self._taken  # (B,)
        window = self._tokens[starts[:, None] + np.arange(count + 1)]  # (B, T + 1)
        pieces = torch.from_numpy(window.astype(np.int64))
        continues = self._config.carry and self._taken > 0
        self._taken += count
        return TextBatch(pieces[:, :-1], pieces[:, 1:], continues)

    def state_dict(self) -> dict[str, int]:
        """Give the place in the text as plain numbers."""
        return {**self._identity(), "epoch": self._epoch, "taken": self._taken}

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        """Go on where another sampler was.

        Raises:
            ConfigError: that sampler had another text, other rows, chunks or seed.
        """
        for name, here in self._identity().items():
            if state[name] != here:
                raise ConfigError(
                    f"the run to be resumed had {name} = {state[name]}, and now it is {here}",
                    where="batching",
                    mend="Resume with the same setting, or start a new run.",
                )
        self._epoch, self._taken = state["epoch"], state["taken"]
        self._begin, self._length = self._stretch()

    def _identity(self) -> dict[str, int]:
        return {
            "seed": self._seed,
            "pieces": len(self._tokens),
            "rows": self._config.rows,
            "chunk": self._config.chunk,
        }

    def _stretch(self) -> tuple[int, int]:
        """Where this pass begins, and how many pieces of each row are predicted in it."""
        predicted, rows, chunk = len(self._tokens) - 1, self._config.rows, self._config.chunk
        begin = 0
        if predicted >= _CHUNKS_TO_SHIFT * chunk * rows:
            begin = int(np.random.default_rng([self._seed, self._epoch]).integers(chunk))
        return begin, (predicted - begin) // rows
