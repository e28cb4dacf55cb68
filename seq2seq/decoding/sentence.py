"""One sentence being searched: where each of its hypotheses came from.

A step leaves back-pointers, not copies: a hypothesis after t pieces is a *slot* (0 to K-1) after
round t, and its pieces are found by walking from parent to parent, once, when they are asked for.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seq2seq.batch import EOS
from seq2seq.decoding.guard import Guard
from seq2seq.decoding.hypothesis import Hypothesis, StablePrefix
from seq2seq.decoding.options import SearchOptions, length_normalised
from seq2seq.decoding.prefix import NO_PREFIX, Prefix


@dataclass(frozen=True, slots=True)
class Admission:
    """A sentence that is to be searched."""

    key: Hashable  # what the caller knows it by; no other sentence may have it until this one is collected
    tokens: tuple[int, ...]  # source pieces, EOS included
    options: SearchOptions
    guard: Guard | None = None  # what its translation may not repeat; None: whatever it likes
    copies: frozenset[int] = frozenset()  # pieces that its translation has to hold once each
    prefix: Prefix = NO_PREFIX  # what its translation begins with
    text_of: Callable[[Sequence[int]], str] | None = (
        None  # hypotheses with one text are one; None: with the same pieces
    )


@dataclass(frozen=True, slots=True)
class Round:
    """What one step chose for all sentences that took it together: K live hypotheses each."""

    tokens: NDArray[np.int64]  # (B, K)
    parents: NDArray[np.int64]  # (B, K): the slot of the round before that each one continues
    log_probs: NDArray[np.float64]  # (B, K): of the token alone
    totals: NDArray[np.float64]  # (B, K): of the hypothesis, best first; -inf: nobody lives here


@dataclass(frozen=True, slots=True)
class _Ending:
    """A finished hypothesis: slot `parent` after `length - 1` rounds, and then EOS."""

    length: int  # target pieces, end included
    parent: int
    log_prob: float  # of EOS alone
    total: float
    score: float


class _Link(NamedTuple):
    """One piece of a path."""

    token: int
    log_prob: float
    parent: int  # the slot it continues, whose attention row made it


class Sentence:
    """The hypotheses of one sentence, live and finished."""

    def __init__(self, admission: Admission) -> None:
        self.key = admission.key
        self.options = admission.options
        self.guard = admission.guard
        self.copies = admission.copies
        self.prefix = admission.prefix
        self._text_of = admission.text_of
        self._by_text: dict[str, int] = {}  # the place among the endings
        self.source_tokens = len(admission.tokens)
        self.limit = admission.options.limit_for(self.source_tokens)
        self.endings: list[_Ending] = []
        self._rounds: list[Round] = []
        self._rows: list[int] = []  # of this sentence in each round
        self._attention: list[NDArray[np.float32]] = []  # (K, S) for each round, before reordering
        self._settled: list[_Link] = []  # what `stable` has found so far
        self._is_altered = False  # a guard may have changed the result

    @property
    def length(self) -> int:
        """How many pieces its live hypotheses have."""
        return len(self._rounds)

    @property
    def bar(self) -> float:
        """The score that a hypothesis must pass to be returned; -inf while there is room."""
        if len(self.endings) < self.options.n_best:
            return -np.inf
        return sorted((ending.score for ending in self.endings), reverse=True)[self.options.n_best - 1]

    def end(self, parent: int, log_prob: float, total: float) -> None:
        """Let slot `parent` be followed by EOS; called before the round itself is recorded.

        Pieces may write nothing, or the same cut otherwise: then two endings have one text, and the
        better one stays.
        """
        length = len(self._rounds) + 1
        score = length_normalised(total, length, self.options.length_penalty)
        ending = _Ending(length, parent, log_prob, total, score)
        if self._text_of is not None:
            text = self._text_of([link.token for link in self._path(length - 1, parent)])
            place = self._by_text.setdefault(text, len(self.endings))
            if place < len(self.endings):
                self.endings[place] = max(self.endings[place], ending, key=lambda one: one.score)
                return
        self.endings.append(ending)

    def record(self, rounds: Sequence[Round], row: int) -> None:
        """Take the live hypotheses that rounds chose for this sentence."""
        self._rounds += rounds
        self._rows += [row] * len(rounds)

    def alter(self, total: float) -> None:
        """Note that a guard kept out a hypothesis of this total, which the round would have chosen."""
        if self.options.beam > 1 or not self.endings or self.endings[-1].total < total:
            self._is_altered = True  # else greedy search has preferred the end, and is over

    def attend(self, weights: NDArray[np.float32]) -> None:
        """Keep the attention of some rounds (T, K, S), one row for each slot before each round."""
        self._attention += [*weights[:, :, : self.source_tokens].copy()]

    def hypotheses(self) -> tuple[Hypothesis, ...]:
        """Return the `n_best` found: finished ones best first, then those cut off at the limit."""
        options = self.options
        endings = sorted(self.endings, key=lambda ending: -ending.score)[: options.n_best]
        found = [self._finished(ending) for ending in endings]
        length = len(self._rounds)
        live = (
            (self._path(length, slot), total) for slot, total in enumerate(self._totals) if isfinite(total)
        )
        for path, total in self._distinct(live):
            if len(found) == options.n_best:
                break
            score = length_normalised(total, length, options.length_penalty)
            found.append(self._hypothesis(path, total, score, is_finished=False))
        return tuple(found)

    def stable(self) -> StablePrefix:
        """Return the pieces that every hypothesis which may still win has in common."""
        self._settle()
        return StablePrefix(
            tuple(link.token for link in self._settled),
            tuple(link.log_prob for link in self._settled),
            self._attention_along(self._settled),
        )

    def _settle(self) -> None:
        """Walk back from all that may still win until they meet, and keep the way to there.

        Live hypotheses of one sentence are distinct, so they share a prefix exactly where they
        share a slot.
        """
        best = max(self.endings, key=lambda ending: ending.score, default=None)
        bar = -np.inf if best is None else best.score
        reach = float(self.limit**self.options.length_penalty)
        slots = {slot for slot, total in enumerate(self._totals) if total / reach > bar}
        depth = len(self._rounds)
        while depth > len(self._settled):
            if best is not None and depth == best.length - 1:
                slots.add(best.parent)
            everyone_is_in = best is None or depth < best.length
            if everyone_is_in and len(slots) == 1:
                self._settled += self._path(depth, slots.pop(), start=len(self._settled))
                return
            parents = self._rounds[depth - 1].parents[self._rows[depth - 1]]
            slots = {parents.item(slot) for slot in slots}
            depth -= 1

    @property
    def _totals(self) -> list[float]:
        if not self._rounds:
            return []
        totals: list[float] = self._rounds[-1].totals[self._rows[-1]].tolist()
        return totals

    def _path(self, depth: int, slot: int, *, start: int = 0) -> list[_Link]:
        """Return the pieces `start` to `depth` of the hypothesis in `slot` after `depth` rounds."""
        if self.options.beam == 1:  # there is one slot, which goes on from itself
            rounds = zip(self._rounds[start:depth], self._rows[start:depth], strict=True)
            return [_Link(it.tokens.item(row), it.log_probs.item(row), 0) for it, row in rounds]
        links = []
        for t in reversed(range(start, depth)):
            chosen, row = self._rounds[t], self._rows[t]
            parent = chosen.parents.item(row, slot)
            links.append(_Link(chosen.tokens.item(row, slot), chosen.log_probs.item(row, slot), parent))
            slot = parent
        return links[::-1]

    def _distinct(self, paths: Iterable[tuple[list[_Link], float]]) -> Iterator[tuple[list[_Link], float]]:
        """Those whose text no ending has, and none before."""
        if self._text_of is None:
            yield from paths
            return
        seen = set(self._by_text)
        for path, total in paths:
            text = self._text_of([link.token for link in path])
            if text not in seen:
                seen.add(text)
                yield path, total

    def _finished(self, ending: _Ending) -> Hypothesis:
        path = self._path(ending.length - 1, ending.parent)
        path.append(_Link(EOS, ending.log_prob, ending.parent))
        return self._hypothesis(path, ending.total, ending.score, is_finished=True)

    def _hypothesis(
        self, path: Sequence[_Link], total: float, score: float, *, is_finished: bool
    ) -> Hypothesis:
        tokens = tuple([link.token for link in path])
        log_probs = tuple([link.log_prob for link in path])
        attention = self._attention_along(path)
        return Hypothesis(tokens, log_probs, total, score, is_finished, attention, self._is_altered)

    def _attention_along(self, path: Sequence[_Link]) -> NDArray[np.float32] | None:
        """Return the rows (T, S) that made the pieces of a path which starts at the beginning."""
        if not self._attention:
            return None
        rows = [weights[link.parent] for weights, link in zip(self._attention, path, strict=False)]
        return np.stack(rows) if rows else np.empty((0, self.source_tokens), dtype=np.float32)
