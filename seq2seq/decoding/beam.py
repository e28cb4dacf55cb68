"""One step of beam search for all sentences that have the same beam width.

Rows are dense: sentence b has rows b·K to b·K + K - 1, whether or not a hypothesis lives in each.
The model's step and the choice of the best pieces of each row run on the model's device; what is
left is a few numbers a row, which cross to the CPU in one copy and are ranked there in float64.
"""

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seq2seq.batch import BOS
from seq2seq.decoding.candidates import Candidates, candidates_of
from seq2seq.decoding.copies import Copies
from seq2seq.decoding.guard import Histories
from seq2seq.decoding.prefix import Prefixes
from seq2seq.decoding.sentence import Round, Sentence
from seq2seq.decoding.table import Table
from seq2seq.nn.state import Run, State, StepModel

S = TypeVar("S", bound=State)

_LONGEST_RUN = 16  # steps: a state is kept of each
_Logits = Callable[[int], Tensor]  # of a row: (V,)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A sentence that has left, and whether its logits were numbers to the end."""

    sentence: Sentence
    is_finite: bool


@dataclass(frozen=True, slots=True)
class _Taken(Generic[S]):
    """A step that the model took."""

    logits: _Logits
    state: S
    attention: Tensor | None  # (R, S)
    candidates: Candidates


class Group(Generic[S]):
    """Sentences searched side by side with the same number K of hypotheses; over when the last one leaves."""

    def __init__(self, beam: int) -> None:
        self.beam = beam
        self.sentences: list[Sentence] = []
        self._state: S | None = None
        self._previous = torch.empty(0, dtype=torch.int64)  # (R,), on the model's device
        self._table = Table.of([], beam)
        self._histories = Histories(beam)
        self._copies = Copies(beam)
        self._prefixes = Prefixes()

    def join(self, sentences: Sequence[Sentence], state: S, device: torch.device) -> None:
        """Take in new sentences, whose state has one hypothesis each."""
        beam = self.beam
        state = state.repeat(beam) if beam > 1 else state
        start = torch.full((len(sentences) * beam,), BOS, dtype=torch.int64, device=device)  # (R,)
        table = Table.of(sentences, beam)
        if self._state is None:
            self._state, self._previous, self._table = state, start, table
        else:
            self._state = self._state.join(state)
            self._previous = torch.cat([self._previous, start])
            self._table = self._table.join(table)
        self._histories.join([sentence.guard for sentence in sentences])
        self._copies.join([sentence.copies for sentence in sentences])
        self._prefixes.join([sentence.prefix for sentence in sentences])
        self.sentences.extend(sentences)

    def drop(self, keys: Collection[Hashable]) -> None:
        """Forget sentences at once."""
        leaves = np.array([sentence.key in keys for sentence in self.sentences], dtype=bool)
        if leaves.any():
            self._keep(np.flatnonzero(~leaves))

    def advance(self, model: StepModel[S], steps: int = 1) -> tuple[int, list[Outcome]]:
        """Take a step with every sentence, and let go of those that are done; or several steps.

        Several, `steps` at most, where the model can take them in a row and nobody is done before the
        last. Returns how many it were.
        """
        taken, step = self._take(model, steps)
        candidates = step.candidates
        kept_out = self._keep_out_repetition(candidates, step.logits)
        self._let_copies_in(candidates, step.logits)
        self._keep_to_prefixes(candidates, step.logits)
        self._keep_attention(None if step.attention is None else step.attention.unsqueeze(0))
        chosen, failed = self._choose_greedily(candidates) if self.beam == 1 else self._choose(candidates)
        for row, total in kept_out.items():
            if total >= chosen.totals[row, -1]:  # it would have lived on
                self.sentences[row].alter(total)
        rows = self._rows(chosen.parents)
        for row, sentence in enumerate(self.sentences):
            sentence.record([chosen], row)
        self._histories.grow(chosen.tokens, rows)
        self._copies.grow(chosen.tokens, rows)
        self._state = step.state if rows is None else step.state.reorder(self._tensor(rows))
        self._previous = self._tensor(chosen.tokens.reshape(-1))

        table = self._table
        leaves = failed | (table.endings >= self.beam) | (table.age >= table.limit)
        # log_prob only falls and T never passes the limit, so no live hypothesis can come to a
        # score above its log_prob / limit ** a: exact for every length penalty a >= 0.
        leaves |= table.totals[:, 0] / table.reach <= table.bar
        if not leaves.any():
            return taken, []
        outcomes = [Outcome(self.sentences[row], not failed[row]) for row in np.flatnonzero(leaves).tolist()]
        self._keep(np.flatnonzero(~leaves))
        return taken, outcomes

    def _take(self, model: StepModel[S], steps: int) -> tuple[int, _Taken[S]]:
        """Let the model take steps, and follow it up to the last that it is right in, which is returned."""
        assert self._state is not None, "advance() needs sentences"
        run = self._run(model, self._state, steps)
        if run is None:
            step = model.step(self._previous, self._state)
            candidates = candidates_of(step.logits, self.beam)
            return 1, _Taken(step.logits.__getitem__, step.state, step.attention, candidates)
        t = self._follow(run) if len(run.tokens) > 1 else 0
        attention = None if run.attention is None else run.attention[t]
        candidates = Candidates.of_kernels(run.tokens[t], run.log_probs[t])
        return t + 1, _Taken(partial(run.logits, t), run.state(t), attention, candidates)

    def _run(self, model: StepModel[S], state: S, steps: int) -> Run[S] | None:
        """Let the model take steps by itself until someone may reach its limit; None if it cannot.

        Only one where something else than probabilities may decide: the search sees to it after the step.
        """
        # The class is asked: what wraps a model has a step of its own, and may pass on all else.
        run: Callable[..., Run[S] | None] | None = getattr(type(model), "run", None)
        if run is None:
            return None
        if self.beam > 1 or steps == 1 or self._copies or self._prefixes or self._histories.refused():
            most = 1
        else:
            most = min(steps, _LONGEST_RUN, int((self._table.limit - self._table.age).min()))
        return run(model, self._previous, state, most, self.beam)

    def _follow(self, run: Run[S]) -> int:
        """Go along with all steps but the last, as long as they leave nothing to decide; how many it were.

        There no row would end, none is at its limit, and no guard has anything against a piece.
        """
        table, tokens, log_probs = self._table, run.tokens[:-1, :, 1:], run.log_probs[:-1]  # (T - 1, B, ·)
        goes_on: NDArray[np.bool_] = np.logical_and.reduce(log_probs[:, :, 0] < log_probs[:, :, 1], axis=1)
        T = len(goes_on) if goes_on.all() else int(goes_on.argmin())
        T = self._histories.follow(tokens[:T])
        if not T:
            return 0
        own = log_probs[:T, :, 1:]  # (T, B, 1)
        totals = np.concatenate([table.totals[np.newaxis], own])
        totals = np.add.accumulate(totals)[1:]  # one by one, as in steps
        parents = np.zeros(tokens.shape[1:], dtype=np.int64)
        rounds = [Round(tokens[t], parents, own[t], totals[t]) for t in range(T)]
        for row, sentence in enumerate(self.sentences):
            sentence.record(rounds, row)
        table.totals = totals[-1]
        table.age += T
        self._keep_attention(None if run.attention is None else run.attention[:T])
        self._state = run.state(T - 1)
        self._previous = self._tensor(tokens[T - 1].flatten())
        return T

    def _choose(self, candidates: Candidates) -> tuple[Round, NDArray[np.bool_]]:
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

        sentence = np.arange(B)[:, np.newaxis]  # (B, 1)
        live = ranked[
            sentence, np.argsort(is_end, axis=1, kind="stable")[:, :K]
        ]  # the K best that do not end
        chosen = Round(
            candidates.tokens.reshape(B, K * C)[sentence, live],
            live // C,
            log_probs.reshape(B, K * C)[sentence, live],
            flat[sentence, live],
        )
        table.totals = chosen.totals
        table.age += 1
        failed: NDArray[np.bool_] = np.logical_or.reduce(is_live & ~is_finite, axis=1)
        return chosen, failed

    def _choose_greedily(self, candidates: Candidates) -> tuple[Round, NDArray[np.bool_]]:
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

    def _keep_out_repetition(self, candidates: Candidates, logits: _Logits) -> dict[int, float]:
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
                more = candidates_of(logits(row).unsqueeze(0), self.beam + len(pieces))
                more.log_probs[np.isin(more.tokens, pieces)] = -np.inf
                best = np.argsort(-more.log_probs[0, 1:], kind="stable")[: candidates.tokens.shape[1] - 1] + 1
                candidates.tokens[row, 1:] = more.tokens[0, best]
                candidates.log_probs[row, 1:] = more.log_probs[0, best]
        return {sentence: total for sentence, total in lost.items() if total > -np.inf}

    def _let_copies_in(self, candidates: Candidates, logits: _Logits) -> None:
        """Let no row end that owes a piece: it writes it before."""
        for row, owed, _ in self._copies:
            log_probs = candidates.log_probs[row]
            if owed and log_probs[0] >= log_probs[1:].max():  # false of NaN
                every = logits(row).float().log_softmax(dim=-1)
                piece = max(owed, key=lambda token: every[token].item())
                log_probs[:] = -np.inf
                candidates.tokens[row, 1], log_probs[1] = piece, every[piece].item()
            elif owed:
                log_probs[0] = -np.inf

    def _keep_to_prefixes(self, candidates: Candidates, logits: _Logits) -> None:
        """Let rows take only what the prefix of their sentence says, whatever else is said of them."""
        for sentence, permitted, may_end in self._prefixes.demanding(self._table.age):
            for row in range(sentence * self.beam, (sentence + 1) * self.beam):
                if not candidates.is_finite[row]:
                    continue
                every = logits(row).float().log_softmax(dim=-1)[self._tensor(permitted)].cpu().numpy()
                best = np.argsort(-every, kind="stable")[: candidates.tokens.shape[1] - 1]
                log_probs = candidates.log_probs[row]
                log_probs[1:] = -np.inf
                candidates.tokens[row, 1 : 1 + len(best)] = permitted[best]
                log_probs[1 : 1 + len(best)] = every[best]
                if not may_end:
                    log_probs[0] = -np.inf

    def _rows(self, parents: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """The row (R,) from which each goes on, its parent's (B, K); None: all go on from themselves."""
        if self.beam == 1 or (parents == np.arange(self.beam)).all():
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
        rows, ranks = is_end[:, : self.beam].nonzero()
        for row, rank in zip(rows.tolist(), ranks.tolist(), strict=True):
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
        """Keep that of some steps (T, R, S)."""
        asking = [row for row, sentence in enumerate(self.sentences) if sentence.options.attention]
        if attention is None or not asking:
            return
        T, _, S = attention.shape
        weights = attention.float().cpu().numpy().reshape(T, len(self.sentences), self.beam, S)
        for row in asking:
            self.sentences[row].attend(weights[:, row])

    def _keep(self, rows: NDArray[np.int64]) -> None:
        """Keep the sentences in these rows, and free the memory of all others."""
        assert self._state is not None, "there is nothing to choose from"
        self.sentences = [self.sentences[row] for row in rows.tolist()]
        if not self.sentences:
            return
        self._state = self._state.select(self._tensor(rows))
        self._previous = self._previous.reshape(-1, self.beam)[self._tensor(rows)].reshape(-1)
        self._table = self._table.keep(rows)
        self._histories.keep(rows)
        self._copies.keep(rows)
        self._prefixes.keep(rows)

    def _tensor(self, numbers: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(numbers).to(self._previous.device)
