"""One step of beam search for all sentences that have the same beam width.

Rows are dense: sentence b has rows b·K to b·K + K - 1, whether or not a hypothesis lives in each.
The model's step and the choice of the best pieces of each row run on the model's device; what is
left is a few numbers a row, which cross to the CPU in one copy and are ranked there in float64.
"""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seq2seq.batch import BOS, EOS, UNK
from seq2seq.decoding.copies import Copies
from seq2seq.decoding.guard import Histories
from seq2seq.decoding.prefix import Prefixes
from seq2seq.decoding.sentence import Round, Sentence
from seq2seq.nn.inference import library
from seq2seq.nn.state import State, StepModel

S = TypeVar("S", bound=State)

_FIRST_PIECE = UNK + 1  # PAD, BOS, EOS and UNK come before the pieces, and only EOS may be chosen
_BLOCK = 64  # measured: twice as fast as topk over 8,000 pieces for a beam of 5, 4 times for greedy
_FEW_ROWS = 4  # up to which one pass by `max` is faster
_MOST_PIECES = 2**24
_ROWS_AT_ONCE = 64  # on a CPU: so many rows of 8,000 numbers stay in its cache from one pass to the next


@dataclass(frozen=True, slots=True)
class Outcome:
    """A sentence that has left, and whether its logits were numbers to the end."""

    sentence: Sentence
    is_finite: bool


@dataclass(frozen=True, slots=True)
class _Candidates:
    """How each row may go on: by EOS, which is candidate 0, or by one of its best pieces."""

    tokens: NDArray[np.int64]  # (R, C)
    log_probs: NDArray[np.float64]  # (R, C)
    is_finite: NDArray[np.bool_]  # (R,): the row's probabilities add up to 1


@dataclass(slots=True)
class _Table:
    """What is known of each sentence, in columns: structured arrays take longer than the numbers in them."""

    totals: NDArray[np.float64]  # (B, K): log_prob of each hypothesis, best first; -inf: dead
    age: NDArray[np.int64]  # steps taken
    limit: NDArray[np.int64]  # steps at most
    reach: NDArray[np.float64]  # limit ** length_penalty
    endings: NDArray[np.int64]  # hypotheses that have finished
    bar: NDArray[np.float64]  # score of the last finished one that would be returned

    @classmethod
    def of(cls, sentences: Sequence[Sentence], beam: int) -> "_Table":
        """Begin with new sentences: all hypotheses are alike at first, so only one may live."""
        totals = np.full((len(sentences), beam), -np.inf)
        totals[:, 0] = 0.0
        limits = [sentence.limit for sentence in sentences]
        reaches = [sentence.limit**sentence.options.length_penalty for sentence in sentences]
        age, endings = np.zeros((2, len(sentences)), dtype=np.int64)
        bar = np.full(len(sentences), -np.inf)
        return cls(totals, age, np.array(limits, dtype=np.int64), np.array(reaches, float), endings, bar)

    def join(self, other: "_Table") -> "_Table":
        """The sentences of this table, then those of `other`."""
        mine, theirs = self._columns(), other._columns()  # noqa: SLF001 — of the same class
        return _Table(*map(np.concatenate, zip(mine, theirs, strict=True)))

    def keep(self, rows: NDArray[np.int64]) -> "_Table":
        """The sentences in these rows."""
        return _Table(*(column[rows] for column in self._columns()))

    def _columns(self) -> tuple[NDArray[Any], ...]:
        return (self.totals, self.age, self.limit, self.reach, self.endings, self.bar)


class Group(Generic[S]):
    """Sentences searched side by side with the same number K of hypotheses."""

    def __init__(self, beam: int) -> None:
        self.beam = beam
        self.sentences: list[Sentence] = []
        self._state: S | None = None
        self._previous = torch.empty(0, dtype=torch.int64)  # (R,), on the model's device
        self._table = _Table.of([], beam)
        self._histories = Histories(beam)
        self._copies = Copies(beam)
        self._prefixes = Prefixes()

    def join(self, sentences: Sequence[Sentence], state: S, device: torch.device) -> None:
        """Take in new sentences, whose state has one hypothesis each."""
        beam = self.beam
        state = state.repeat(beam) if beam > 1 else state
        start = torch.full((len(sentences) * beam,), BOS, dtype=torch.int64, device=device)  # (R,)
        self._state = state if self._state is None else self._state.join(state)
        self._previous = torch.cat([self._previous.to(device), start])
        self._table = self._table.join(_Table.of(sentences, beam))
        self._histories.join([sentence.guard for sentence in sentences])
        self._copies.join([sentence.copies for sentence in sentences])
        self._prefixes.join([sentence.prefix for sentence in sentences])
        self.sentences.extend(sentences)

    def drop(self, keys: Collection[Hashable]) -> None:
        """Forget sentences at once."""
        leaves = np.array([sentence.key in keys for sentence in self.sentences], dtype=bool)
        if leaves.any():
            self._keep(np.flatnonzero(~leaves))

    def advance(self, model: StepModel[S]) -> list[Outcome]:
        """Take one step with every sentence, and let go of those that are done."""
        assert self._state is not None, "advance() needs sentences"
        step = model.step(self._previous, self._state)
        candidates = _candidates(step.logits, self.beam)
        kept_out = self._keep_out_repetition(candidates, step.logits)
        self._let_copies_in(candidates, step.logits)
        self._keep_to_prefixes(candidates, step.logits)
        self._keep_attention(step.attention)
        chosen, failed = self._choose_greedily(candidates) if self.beam == 1 else self._choose(candidates)
        for row, total in kept_out.items():
            if total >= chosen.totals[row, -1]:  # it would have lived on
                self.sentences[row].alter(total)
        for row, sentence in enumerate(self.sentences):
            sentence.record(chosen, row)
        rows = self._rows(chosen.parents)
        self._state = step.state if rows is None else step.state.reorder(self._tensor(rows))
        self._histories.grow(chosen.tokens, rows)
        self._copies.grow(chosen.tokens, rows)
        self._previous = self._tensor(chosen.tokens.reshape(-1))

        table = self._table
        leaves = failed | (table.endings >= self.beam) | (table.age >= table.limit)
        # log_prob only falls and T never passes the limit, so no live hypothesis can come to a
        # score above its log_prob / limit ** a: exact for every length penalty a >= 0.
        leaves |= table.totals[:, 0] / table.reach <= table.bar
        if not leaves.any():
            return []
        outcomes = [Outcome(self.sentences[row], not failed[row]) for row in np.flatnonzero(leaves).tolist()]
        self._keep(np.flatnonzero(~leaves))
        return outcomes

    def _choose(self, candidates: _Candidates) -> tuple[Round, NDArray[np.bool_]]:
        """Rank the candidates of each sentence: K of them live on, and some of the best end."""
        B, K, table = len(self.sentences), self.beam, self._table
        is_finite = candidates.is_finite.reshape(B, K)
        is_live = np.isfinite(table.totals)  # (B, K)
        log_probs = candidates.log_probs.reshape(B, K, -1)  # (B, K, C)
        C = log_probs.shape[2]
        totals = np.where((is_live & is_finite)[:, :, None], table.totals[:, :, None] + log_probs, -np.inf)
        totals[table.age == 0, :, 0] = -np.inf  # an answer is never empty
        flat = totals.reshape(B, K * C)
        ranked = np.argsort(-flat, axis=1, kind="stable")  # (B, K·C)
        is_end = ranked % C == 0
        self._end(ranked, is_end, flat, log_probs.reshape(B, K * C))

        live = np.argsort(is_end, axis=1, kind="stable")[:, :K]  # the K best that do not end
        live = np.take_along_axis(ranked, live, axis=1)  # (B, K)
        chosen = Round(
            np.take_along_axis(candidates.tokens.reshape(B, K * C), live, axis=1),
            live // C,
            np.take_along_axis(log_probs.reshape(B, K * C), live, axis=1),
            np.take_along_axis(flat, live, axis=1),
        )
        table.totals = chosen.totals
        table.age += 1
        failed: NDArray[np.bool_] = np.logical_or.reduce(is_live & ~is_finite, axis=1)
        return chosen, failed

    def _choose_greedily(self, candidates: _Candidates) -> tuple[Round, NDArray[np.bool_]]:
        """The same for a beam of one, without the ranking: EOS and the best piece are all there is."""
        table, log_probs, is_finite = self._table, candidates.log_probs, candidates.is_finite
        totals = table.totals + log_probs  # (B, 2)
        ends = (log_probs[:, 0] >= log_probs[:, 1]) & is_finite & (table.age > 0)
        for row in ends.nonzero()[0].tolist():
            if (total := totals.item(row, 0)) > -np.inf:
                self._end_sentence(row, 0, log_probs.item(row, 0), total)
        failed: NDArray[np.bool_] = ~is_finite
        if failed.any():
            totals[failed] = -np.inf
            failed = failed & (table.totals[:, 0] > -np.inf)
        parents = np.zeros((len(totals), 1), dtype=np.int64)
        chosen = Round(candidates.tokens[:, 1:], parents, log_probs[:, 1:], totals[:, 1:])
        table.totals = chosen.totals
        table.age += 1
        return chosen, failed

    def _keep_out_repetition(self, candidates: _Candidates, logits: Tensor) -> dict[int, float]:
        """Put the next best in the place of pieces that may not come again; what guards lost, by sentence.

        Only rows that would have taken such a piece are looked at again, and all others stay as they are.
        """
        lost: dict[int, float] = {}
        circular = self._histories.refused()
        copied = {row: np.array(sorted(paid), dtype=np.int64) for row, _, paid in self._copies if paid}
        for row in circular.keys() | copied.keys():
            pieces = np.concatenate([found[row] for found in (circular, copied) if row in found])
            if np.isin(candidates.tokens[row], pieces).any() and candidates.is_finite[row]:
                sentence, slot = divmod(row, self.beam)
                is_lost = np.isin(candidates.tokens[row], circular.get(row, ()))
                best_lost = candidates.log_probs[row, is_lost].max(initial=-np.inf)
                total = self._table.totals.item(sentence, slot) + float(best_lost)
                lost[sentence] = max(total, lost.get(sentence, -np.inf))
                more = _candidates(logits[row : row + 1], self.beam + len(pieces))
                more.log_probs[np.isin(more.tokens, pieces)] = -np.inf
                best = np.argsort(-more.log_probs[0, 1:], kind="stable")[: candidates.tokens.shape[1] - 1] + 1
                candidates.tokens[row, 1:] = more.tokens[0, best]
                candidates.log_probs[row, 1:] = more.log_probs[0, best]
        return {sentence: total for sentence, total in lost.items() if total > -np.inf}

    def _let_copies_in(self, candidates: _Candidates, logits: Tensor) -> None:
        """Let no row end that owes a piece: it writes it before."""
        for row, owed, _ in self._copies:
            log_probs = candidates.log_probs[row]
            if owed and log_probs[0] >= log_probs[1:].max():  # false of NaN
                every = logits[row].float().log_softmax(dim=-1)
                piece = max(owed, key=lambda token: every[token].item())
                log_probs[:] = -np.inf
                candidates.tokens[row, 1], log_probs[1] = piece, every[piece].item()
            elif owed:
                log_probs[0] = -np.inf

    def _keep_to_prefixes(self, candidates: _Candidates, logits: Tensor) -> None:
        """Let rows take only what the prefix of their sentence says, whatever else is said of them."""
        for sentence, permitted, may_end in self._prefixes.demanding(self._table.age):
            for row in range(sentence * self.beam, (sentence + 1) * self.beam):
                if not candidates.is_finite[row]:
                    continue
                every = logits[row].float().log_softmax(dim=-1)[self._tensor(permitted)].cpu().numpy()
                best = np.argsort(-every, kind="stable")[: candidates.tokens.shape[1] - 1]
                log_probs = candidates.log_probs[row]
                log_probs[1:] = -np.inf
                candidates.tokens[row, 1 : 1 + len(best)] = permitted[best]
                log_probs[1 : 1 + len(best)] = every[best]
                if not may_end:
                    log_probs[0] = -np.inf

    def _rows(self, parents: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """The row (R,) from which each goes on, its parent's (B, K); None: all go on from themselves."""
        if self.beam == 1 or np.array_equal(parents, np.broadcast_to(np.arange(self.beam), parents.shape)):
            return None
        return (np.arange(len(parents))[:, None] * self.beam + parents).reshape(-1)

    def _end(
        self,
        ranked: NDArray[np.int64],
        is_end: NDArray[np.bool_],
        totals: NDArray[np.float64],
        log_probs: NDArray[np.float64],
    ) -> None:
        """Finish the hypotheses whose EOS is among the K best candidates of their sentence.

        An EOS of lower rank would let a worse hypothesis finish while better ones live, and a beam
        of one would differ from greedy search. All arrays are (B, K·C).
        """
        C = ranked.shape[1] // self.beam
        for row, rank in np.argwhere(is_end[:, : self.beam]).tolist():
            candidate = ranked.item(row, rank)
            total = totals.item(row, candidate)
            if total > -np.inf:
                self._end_sentence(row, candidate // C, log_probs.item(row, candidate), total)

    def _end_sentence(self, row: int, parent: int, log_prob: float, total: float) -> None:
        sentence = self.sentences[row]
        sentence.end(parent, log_prob, total)
        self._table.endings[row] = len(sentence.endings)
        self._table.bar[row] = sentence.bar

    def _keep_attention(self, attention: Tensor | None) -> None:
        asking = [row for row, sentence in enumerate(self.sentences) if sentence.options.attention]
        if attention is None or not asking:
            return
        B = len(self.sentences)
        weights = attention.float().reshape(B, self.beam, -1)[asking].cpu().numpy()  # (asking, K, S)
        for row, rows in zip(asking, weights, strict=True):
            self.sentences[row].attend(rows)

    def _keep(self, rows: NDArray[np.int64]) -> None:
        """Keep the sentences in these rows, and free the memory of all others."""
        assert self._state is not None, "there is nothing to choose from"
        self._state = self._state.select(self._tensor(rows)) if len(rows) else None
        self._previous = self._previous.reshape(-1, self.beam)[self._tensor(rows)].reshape(-1)
        self._table = self._table.keep(rows)
        self._histories.keep(rows)
        self._copies.keep(rows)
        self._prefixes.keep(rows)
        self.sentences = [self.sentences[row] for row in rows.tolist()]

    def _tensor(self, numbers: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(numbers).to(self._previous.device)


def _candidates(logits: Tensor, beam: int) -> _Candidates:
    """Return EOS and the K best pieces of each row of logits (R, V): all that the K best need.

    The probability is over the whole vocabulary, so that scoring the same target by teacher
    forcing gives the same numbers.
    """
    assert logits.shape[1] > _FIRST_PIECE, f"a vocabulary of {logits.shape[1]} has no piece to choose"
    kernels = library.kernels() if logits.device.type == "cpu" else None
    if kernels is not None:
        count = min(beam, logits.shape[1] - _FIRST_PIECE)
        found, pieces = kernels.best(logits.float(), count, end=EOS, first=_FIRST_PIECE)
        log_probs = found.numpy()
        ends = log_probs[:, 0]
        return _Candidates(pieces.numpy(), log_probs, ends == ends)  # noqa: PLR0124 — false of NaN
    if logits.device.type == "cpu" and len(logits) > _ROWS_AT_ONCE:
        parts = [_pack(rows, beam) for rows in logits.split_with_sizes(_parts(len(logits)))]
        packed = np.concatenate([part.numpy() for part in parts])
    else:
        packed = _pack(logits, beam).cpu().numpy()  # one copy to the CPU
    tokens = np.full((len(packed), 1 + packed.shape[1] // 2), EOS, dtype=np.int64)  # (R, C)
    C = tokens.shape[1]
    tokens[:, 1:] = packed[:, C:] + _FIRST_PIECE
    return _Candidates(tokens, packed[:, :C].astype(np.float64), ~np.isnan(packed[:, 0]))


def _pack(logits: Tensor, beam: int) -> Tensor:
    """Log probabilities of EOS and of the best pieces, and which these are: (R, C + C - 1)."""
    assert logits.shape[1] < _MOST_PIECES, "float32 holds no larger number of a piece exactly"
    every = logits.float().log_softmax(dim=-1)  # (R, V); NaN all along a row that is not finite
    values, pieces = best_pieces(every[:, _FIRST_PIECE:], beam)
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
