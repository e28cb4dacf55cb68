"""Random segmentations that repeat: from a subword model's pieces and scores, with the caller's generator.

SentencePiece samples too, but from a generator that no seed governs, so that a run could not be resumed.

    BPE      A word is merged from its characters. At each step every merge that is possible is left
             out with probability p, and the best of the others is made; where none is left, the word
             is done. BPE-dropout; Provilkov et al. 2020 (arXiv:1910.13267), algorithm 1.
    unigram  Every piece of two or more characters, wherever it would fit, is left out with
             probability p, and the word is cut into the most probable of the others.

Kudo 2018 (arXiv:1804.10959) draws from all segmentations of a unigram model by their probabilities. To
leave pieces out has one setting for both algorithms, which at 0 is the plain segmentation.

Words are cut on their own: no piece reaches over a space.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import inf, log, log1p
from random import Random
from typing import Protocol

from seq2seq.data.normalise import WORD_START

_WORDS_KEPT = 1 << 17  # of the most recent ones; about 50 MB
_UNKNOWN_PENALTY = 10.0  # SentencePiece's: an unknown character is less probable than any piece


class Coins:
    """Trials of which each fails with probability p, 0 < p < 1.

    Not every trial is drawn, but how many succeed before the next one fails.
    """

    def __init__(self, p: float, random: Random) -> None:
        self._random = random
        self._scale = 1.0 / log1p(-p)
        self._left = self._draw()

    def all_succeed(self, trials: int) -> bool:
        """Make several trials if all of them succeed, and none if one would fail."""
        if trials > self._left:
            return False
        self._left -= trials
        return True

    def succeeds(self) -> bool:
        """Make one trial."""
        if self._left:
            self._left -= 1
            return True
        self._left = self._draw()
        return False

    def _draw(self) -> int:
        return int(log(1.0 - self._random.random()) * self._scale)


@dataclass(frozen=True, slots=True)
class _Place:
    """A piece that would fit into a word."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class _Word:
    """What is found out about a word once."""

    tokens: Sequence[int]  # of its plain segmentation
    trials: int  # that have to succeed for it
    places: tuple[_Place, ...] = ()  # unigram: where pieces of two or more characters would fit


class _Algorithm(Protocol):
    def word(self, text: str, tokens: Sequence[int]) -> _Word:
        """Find out about a word, whose plain segmentation is given."""
        ...

    def cut(self, text: str, word: _Word, coins: Coins) -> list[str]:
        """Cut a word; at least one trial fails."""
        ...


class Segmenter:
    """Cuts words into pieces at random.

    Args:
        scores: of each piece, those for special ids and bytes left out.
        ids: of the same pieces.
        byte_ids: what a character that is no piece is spelt with.
        plain: the plain segmentation of a word.
    """

    def __init__(
        self,
        scores: Mapping[str, float],
        ids: Mapping[str, int],
        byte_ids: Mapping[int, int],
        plain: Callable[[str], Sequence[int]],
    ) -> None:
        # The scores of BPE number its merges, 0, -1, …; those of unigram are logarithms.
        is_bpe = all(score.is_integer() for score in scores.values())
        self._algorithm: _Algorithm = _Merges(scores) if is_bpe else _Lattice(scores)
        self._ids = ids
        self._byte_ids = byte_ids
        self._plain = plain
        self._word = lru_cache(maxsize=_WORDS_KEPT)(self._find_out)

    def cut(self, word: str, coins: Coins) -> Sequence[int]:
        """Give the ids of a word that is not empty and holds no space."""
        known = self._word(word)
        if coins.all_succeed(known.trials):
            return known.tokens
        tokens: list[int] = []
        for piece in self._algorithm.cut(WORD_START + word, known, coins):
            token = self._ids.get(piece)
            tokens += [self._byte_ids[byte] for byte in piece.encode()] if token is None else [token]
        return tokens

    def _find_out(self, word: str) -> _Word:
        return self._algorithm.word(WORD_START + word, tuple(self._plain(word)))


class _Merges:
    """BPE: the pair of the highest score is merged first, of equals the one further left."""

    def __init__(self, scores: Mapping[str, float]) -> None:
        self._ranks = {piece: -score for piece, score in scores.items()}

    def word(self, text: str, tokens: Sequence[int]) -> _Word:
        return _Word(tokens, trials=len(text) - len(self._merge(text, None)))

    def cut(self, text: str, _word: _Word, coins: Coins) -> list[str]:
        return self._merge(text, coins)

    def _merge(self, text: str, coins: Coins | None) -> list[str]:
        """Merge; without coins nothing is left out."""
        pieces, ranks = list(text), self._ranks
        pairs = [ranks.get(left + right, inf) for left, right in pairwise(text)]
        while pairs:
            best = min(pairs)
            place = pairs.index(best)
            if coins is not None and best < inf and not coins.succeeds():
                place = self._best_of_the_rest(pairs, place, coins)
            if place < 0 or best == inf:
                break
            pieces[place : place + 2] = [pieces[place] + pieces[place + 1]]
            del pairs[place]
            for changed in (place - 1, place):
                if 0 <= changed < len(pairs):
                    pairs[changed] = ranks.get(pieces[changed] + pieces[changed + 1], inf)
        return pieces

    @staticmethod
    def _best_of_the_rest(pairs: Sequence[float], dropped: int, coins: Coins) -> int:
        """Try the other merges, best first; -1: all were left out."""
        others = sorted((rank, place) for place, rank in enumerate(pairs) if place != dropped and rank < inf)
        return next((place for _, place in others if coins.succeeds()), -1)


class _Lattice:
    """Unigram: the pieces with the greatest sum of scores; of equals, those whose last is longest."""

    def __init__(self, scores: Mapping[str, float]) -> None:
        self._scores = scores
        self._longest = max(map(len, scores))
        self._unknown = min(scores.values()) - _UNKNOWN_PENALTY

    def word(self, text: str, tokens: Sequence[int]) -> _Word:
        scores, longest = self._scores, self._longest
        places = tuple(
            _Place(start, end, scores[text[start:end]])
            for end in range(2, len(text) + 1)
            for start in range(max(0, end - longest), end - 1)
            if text[start:end] in scores
        )
        return _Word(tokens, trials=len(places), places=places)

    def cut(self, text: str, word: _Word, coins: Coins) -> list[str]:
        left = [place for place in word.places if coins.succeeds()]  # by their ends
        best = [0.0]  # score of the best way to each position
        starts = [0]  # and where its last piece begins
        following = 0
        for end in range(1, len(text) + 1):
            score, start = -inf, end
            while following < len(left) and left[following].end == end:
                place = left[following]
                if best[place.start] + place.score > score:
                    score, start = best[place.start] + place.score, place.start
                following += 1
            alone = best[end - 1] + self._scores.get(text[end - 1], self._unknown)
            if alone > score:
                score, start = alone, end - 1
            best.append(score)
            starts.append(start)
        return _walk(text, starts)


def _walk(text: str, starts: Sequence[int]) -> list[str]:
    """Go back from the end of a text, from the start of each last piece to the one before."""
    pieces = []
    end = len(text)
    while end:
        pieces.append(text[starts[end] : end])
        end = starts[end]
    return pieces[::-1]
