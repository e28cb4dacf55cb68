"""Keeping hypotheses out of circles while they are searched: the rule of `repetition`, in pieces.

A hypothesis may not take a piece that would complete one repetition too many. That is decided as it
grows, not afterwards: what a stream has shown stays true, and no second search is needed. `Guard` is
the rule itself, and slow; `Histories` finds in a few operations the rows for which it could matter,
in most steps none.

A word begins with a piece that writes a space, so that "0 0 0" within a number is no repetition; in a
script without spaces nothing is. Whether a word is over shows only at the next piece: one that
*begins* like the word that may not come is refused, too.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seq2seq.decoding.repetition import LONGEST, TIMES

_NOBODY = -1  # where a hypothesis has no piece yet
_LEAST_RUN = LONGEST - 1  # pieces of three words, at least: what stands before the end of the fourth


@dataclass(frozen=True, slots=True, eq=False)
class Spelling:
    """What the rule knows of a target vocabulary."""

    begins: NDArray[np.bool_]  # (V,): the piece begins a word
    alike: NDArray[np.int32]  # (V,): the first piece that is the same but for case

    @staticmethod
    def of(begins: Sequence[bool], alike: Sequence[int]) -> "Spelling":
        """Make one of a vocabulary's lists."""
        return Spelling(np.array(begins, dtype=np.bool_), np.array(alike, dtype=np.int32))


@dataclass(frozen=True, slots=True)
class Guard:
    """The rule for one sentence. All guards of a search have one spelling."""

    spelling: Spelling
    most: int = TIMES - 1  # times that a sequence of words may stand

    def refused(self, pieces: Sequence[int]) -> set[int]:
        """The pieces that may not come next. All pieces are those of `alike`."""
        return {*self._in_a_row(pieces), *self._in_all(pieces)}

    def _in_a_row(self, pieces: Sequence[int]) -> Iterator[int]:
        """A sequence of words stands `most` times at the end, and once more but for its last piece."""
        t = len(pieces)
        for p in range(1, (t + 1) // (self.most + 1) + 1):
            start = t + 1 - (self.most + 1) * p
            if pieces[start + p :] == pieces[start : t - p] and self.spelling.begins[pieces[start]]:
                yield pieces[t - p]

    def _in_all(self, pieces: Sequence[int]) -> Iterator[int]:
        """Four words occur `most` times, and stand at the end but for their last piece."""
        begins = self.spelling.begins
        words = [at for at, piece in enumerate(pieces) if begins[piece]]
        for count in (LONGEST - 1, LONGEST):  # the last piece begins the fourth word, or goes on with it
            if len(words) < count:
                return
            end = pieces[words[-count] :]
            m, seen = len(end), Counter[int]()
            for at in range(m, len(pieces)):
                is_whole = at + 1 == len(pieces) or begins[pieces[at + 1]]
                is_first = bool(begins[pieces[at]])
                if is_whole and is_first == (count < LONGEST) and pieces[at - m : at] == end:
                    seen[pieces[at]] += 1
            yield from (piece for piece, times in seen.items() if times >= self.most)


class Histories:
    """The pieces of all hypotheses of a group, and where their ends have stood before.

    Column p - 1 is p pieces back. `_runs` says for how many pieces in a row each equals the one p
    pieces before it.
    """

    def __init__(self, beam: int) -> None:
        self._beam = beam
        self._guards: list[Guard | None] = []  # of the sentences
        self._spelling: Spelling | None = None
        self._least = np.array([1], dtype=np.int32)  # runs that any repetition needs
        self._past = np.empty((0, 0), dtype=np.int32)  # (R, t)
        self._runs = np.empty((0, 0), dtype=np.int32)  # (R, t)

    def join(self, guards: Sequence[Guard | None]) -> None:
        """Take in new sentences; those without a guard are only given a place."""
        for guard in guards:
            if guard is not None:
                assert self._spelling in {None, guard.spelling}, "a search writes in one vocabulary"
                self._spelling = guard.spelling
        self._guards.extend(guards)
        new = np.zeros((len(guards) * self._beam, self._past.shape[1]), dtype=np.int32)
        self._past = np.concatenate([self._past, new + _NOBODY])
        self._runs = np.concatenate([self._runs, new])

    def keep(self, sentences: NDArray[np.int64]) -> None:
        """Forget all but these, and the columns that only others had."""
        self._guards = [self._guards[sentence] for sentence in sentences.tolist()]
        rows = (sentences[:, None] * self._beam + np.arange(self._beam)).reshape(-1)
        past = self._past[rows]
        width = int((past != _NOBODY).any(axis=0).sum())
        self._past, self._runs = past[:, :width], self._runs[rows, :width]

    def grow(self, tokens: NDArray[np.int64], rows: NDArray[np.int64] | None) -> None:
        """Let each row (B, K) go on from row `rows` (R,) with a piece; None: from itself."""
        if self._spelling is None:
            return
        past, runs = (self._past, self._runs) if rows is None else (self._past[rows], self._runs[rows])
        latest = self._spelling.alike[tokens].reshape(-1, 1)  # (R, 1)
        self._past = np.concatenate([latest, past], axis=1)
        self._runs = np.zeros_like(self._past)
        np.multiply(runs + 1, past == latest, out=self._runs[:, :-1])

    def follow(self, tokens: NDArray[np.int64]) -> int:
        """Let all rows go on with piece after piece (T, R, 1) until one may be refused; how many it were."""
        if self._spelling is None:
            return len(tokens)
        for t, pieces in enumerate(tokens):
            if self.refused():
                return t
            self.grow(pieces, None)
        return len(tokens)

    def refused(self) -> dict[int, NDArray[np.int64]]:
        """The pieces that may not come next, by row."""
        if self._spelling is None or not (suspects := self._suspects()).any():
            return {}
        found = {}
        for row in np.flatnonzero(suspects.any(axis=1)).tolist():
            guard = self._guards[row // self._beam]
            if guard is not None and _may_repeat(self._runs[row], guard.most):
                past = self._past[row]
                refused = guard.refused(past[past != _NOBODY][::-1].tolist())
                if refused:
                    found[row] = np.flatnonzero(np.isin(self._spelling.alike, list(refused)))
        return found

    def _suspects(self) -> NDArray[np.bool_]:
        """Where the least is that any repetition needs (R, t): the same piece twice, or three pieces."""
        width = self._runs.shape[1]
        if width > len(self._least):
            self._least = np.array([TIMES - 2, *[_LEAST_RUN] * (2 * width)], dtype=np.int32)
        return self._runs >= self._least[:width]


def _may_repeat(runs: NDArray[np.int32], most: int) -> bool:
    """Whether there is a repetition in a row (t,), but for where words begin and end."""
    back = np.arange(1, len(runs) + 1)
    return bool((runs >= most * back - 1).any()) or int((runs >= _LEAST_RUN).sum()) >= most
