"""What the Transformer carries from one step to the next: keys and values of the pieces so far."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 — the name every torch program uses

from seq2seq.nn.state import Memory


@dataclass(frozen=True)
class TransformerState:
    """A `State`. Rows that have taken fewer steps have theirs at the right end of `prefix`.

    So sentences that join later need no place of their own: a step writes one column for all.
    """

    prefix: Tensor  # (R, T, L, 2, E): keys and values of each layer
    lengths: Tensor  # (R,): how many of the T are a row's own
    memory: Memory  # its states are keys and values of each layer side by side: (B, S, L·2·E)

    @property
    def is_own(self) -> Tensor:
        """True where a row has a piece: (R, T)."""
        width = self.prefix.shape[1]
        places = torch.arange(width, device=self.lengths.device)  # (T,)
        return places >= width - self.lengths.unsqueeze(1)

    def longer(self) -> "TransformerState":
        """With room for one more piece a row, at the right end."""
        return replace(self, prefix=F.pad(self.prefix, (0, 0, 0, 0, 0, 0, 0, 1)), lengths=self.lengths + 1)

    def repeat(self, hypotheses: int) -> "TransformerState":
        """See `State.repeat`."""
        return replace(
            self,
            prefix=self.prefix.repeat_interleave(hypotheses, dim=0),
            lengths=self.lengths.repeat_interleave(hypotheses),
        )

    def reorder(self, rows: Tensor) -> "TransformerState":
        """See `State.reorder`."""
        return replace(
            self, prefix=self.prefix.index_select(0, rows), lengths=self.lengths.index_select(0, rows)
        )

    def select(self, sentences: Tensor) -> "TransformerState":
        """See `State.select`."""
        hypotheses = len(self.lengths) // len(self.memory.mask)
        offsets = torch.arange(hypotheses, device=sentences.device)  # (K,)
        kept = self.reorder((sentences.unsqueeze(1) * hypotheses + offsets).reshape(-1))
        return TransformerState(
            _at_right(kept.prefix, _longest(kept.lengths)), kept.lengths, self.memory.select(sentences)
        )

    def join(self, other: "TransformerState") -> "TransformerState":
        """See `State.join`."""
        lengths = torch.cat([self.lengths, other.lengths])
        width = _longest(lengths)
        prefix = torch.cat([_at_right(self.prefix, width), _at_right(other.prefix, width)])
        return TransformerState(prefix, lengths, self.memory.join(other.memory))


def _longest(lengths: Tensor) -> int:
    return int(lengths.max()) if len(lengths) else 0


def _at_right(prefix: Tensor, width: int) -> Tensor:
    """Cut or fill with zeros at the left."""
    return F.pad(prefix, (0, 0, 0, 0, 0, 0, width - prefix.shape[1], 0))
