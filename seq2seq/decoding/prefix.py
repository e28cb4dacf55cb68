"""What a translation has to begin with.

Until a hypothesis has all the pieces of its sentence's prefix, the next of them is all that it may take.
The prefix is rated like any other piece, by the model's own probabilities.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Prefix:
    """The first pieces of a translation."""

    tokens: tuple[int, ...] = ()
    begins_word: NDArray[np.bool_] | None = None  # (V,): then the piece after the prefix is one of these

    def permitted(self, age: int) -> NDArray[np.int64] | None:
        """The pieces that may come after `age` pieces; None: all."""
        if age < len(self.tokens):
            return np.array([self.tokens[age]], dtype=np.int64)
        if age == len(self.tokens) and self.begins_word is not None:
            return self.begins_word.nonzero()[0]
        return None

    def may_end(self, age: int) -> bool:
        """Whether the translation may be over after `age` pieces."""
        return age >= len(self.tokens)


NO_PREFIX = Prefix()


class Prefixes:
    """What the sentences of a group begin with."""

    def __init__(self) -> None:
        self._prefixes: list[Prefix] = []
        self._left = 0  # steps for which any of them says what comes

    def join(self, prefixes: Sequence[Prefix]) -> None:
        """Take in new sentences."""
        self._prefixes.extend(prefixes)
        demanding = [len(prefix.tokens) + 1 for prefix in prefixes if prefix is not NO_PREFIX]
        self._left = max([self._left, *demanding])

    def keep(self, sentences: NDArray[np.int64]) -> None:
        """Forget all but these."""
        self._prefixes = [self._prefixes[sentence] for sentence in sentences.tolist()]

    def __bool__(self) -> bool:
        """Whether any of them may still say what comes."""
        return self._left > 0

    def demanding(self, ages: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64], bool]]:
        """Sentences that may not take any piece now: those they may, and whether they may end."""
        if self._left == 0:
            return
        self._left -= 1
        for sentence, (prefix, age) in enumerate(zip(self._prefixes, ages.tolist(), strict=True)):
            permitted = prefix.permitted(age)
            if permitted is not None:
                yield sentence, permitted, prefix.may_end(age)
