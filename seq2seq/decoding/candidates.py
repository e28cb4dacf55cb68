"""The choice of the best pieces that may come next."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seq2seq.batch import EOS, FIRST_PIECE
from seq2seq.nn.inference import library

_BLOCK = 64  # measured: twice as fast as topk over 8,000 pieces for a beam of 5, 4 times for greedy
_FEW_ROWS = 4  # up to which one pass by `max` is faster
_MOST_PIECES = 2**24
_ROWS_AT_ONCE = 64  # on a CPU: so many rows of 8,000 numbers stay in its cache from one pass to the next


@dataclass(frozen=True, slots=True)
class Candidates:
    """How each row may go on: by EOS, which is candidate 0, or by one of its best pieces."""

    tokens: NDArray[np.int64]  # (R, C)
    log_probs: NDArray[np.float64]  # (R, C)
    is_finite: NDArray[np.bool_]  # (R,): the row's probabilities add up to 1

    @staticmethod
    def of_kernels(tokens: NDArray[np.int64], log_probs: NDArray[np.float64]) -> "Candidates":
        """Take what kernels have found, who write NaN all along a row that is not finite."""
        ends = log_probs[:, 0]
        return Candidates(tokens, log_probs, ends == ends)  # noqa: PLR0124 — false of NaN


def candidates_of(logits: Tensor, beam: int) -> Candidates:
    """Return EOS and the K best pieces of each row of logits (R, V): all that the K best need.

    The probability is over the whole vocabulary, so that scoring the same target by teacher
    forcing gives the same numbers.
    """
    assert logits.shape[1] > FIRST_PIECE, f"a vocabulary of {logits.shape[1]} has no piece to choose"
    kernels = library.kernels() if logits.device.type == "cpu" else None
    if kernels is not None:
        count = min(beam, logits.shape[1] - FIRST_PIECE)
        found, pieces = kernels.best(logits.float(), count, end=EOS, first=FIRST_PIECE)
        return Candidates.of_kernels(pieces.numpy(), found.numpy())
    if logits.device.type == "cpu" and len(logits) > _ROWS_AT_ONCE:
        parts = [_pack(rows, beam) for rows in logits.split_with_sizes(_parts(len(logits)))]
        packed = np.concatenate([part.numpy() for part in parts])
    else:
        packed = _pack(logits, beam).cpu().numpy()  # one copy to the CPU
    tokens = np.full((len(packed), 1 + packed.shape[1] // 2), EOS, dtype=np.int64)  # (R, C)
    C = tokens.shape[1]
    tokens[:, 1:] = packed[:, C:] + FIRST_PIECE
    return Candidates(tokens, packed[:, :C].astype(np.float64), ~np.isnan(packed[:, 0]))


def _pack(logits: Tensor, beam: int) -> Tensor:
    """Log probabilities of EOS and of the best pieces, and which these are: (R, C + C - 1)."""
    assert logits.shape[1] < _MOST_PIECES, "float32 holds no larger number of a piece exactly"
    every = logits.float().log_softmax(dim=-1)  # (R, V); NaN all along a row that is not finite
    values, pieces = best_pieces(every[:, FIRST_PIECE:], beam)
    return torch.cat([every[:, EOS : EOS + 1], values, pieces.float()], dim=1)


def _parts(rows: int) -> list[int]:
    """Sizes of at most `_ROWS_AT_ONCE`, as equal as can be."""
    count = -(-rows // _ROWS_AT_ONCE)
    return [(rows + index) // count for index in range(count)]


def best_pieces(values: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the `count` best values of each row (R, V), best first, and where they stand.

    Fewer where there are fewer. `topk` looks at every value several times; the best of each block
    are found in one quick pass, and the `count` best values are in the `count` best blocks.
    """
    R, V = values.shape
    if count == 1 and R <= _FEW_ROWS:
        return values.max(dim=-1, keepdim=True)
    blocks = V // _BLOCK
    if blocks <= count:
        best, where = values.topk(min(count, V), dim=-1)
        return best, where
    in_blocks = values[:, : blocks * _BLOCK].reshape(R, blocks, _BLOCK)  # (R, V / block, block)
    chosen = in_blocks.amax(dim=-1).topk(count, dim=-1).indices.unsqueeze(-1)  # (R, count, 1)
    near = in_blocks.gather(1, chosen.expand(-1, -1, _BLOCK)).flatten(1)  # (R, count · block)
    rest = torch.arange(blocks * _BLOCK, V, device=values.device).expand(R, -1)  # too few for a block
    inside = torch.arange(_BLOCK, device=values.device)
    positions = torch.cat([(chosen * _BLOCK + inside).flatten(1), rest], dim=1)
    best, where = torch.cat([near, values[:, blocks * _BLOCK :]], dim=1).topk(count, dim=-1)
    return best, positions.gather(1, where)
