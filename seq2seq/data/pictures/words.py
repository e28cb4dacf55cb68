"""The words of captions as token ids: a plain vocabulary, because the grammar has twenty words."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from seq2seq.batch import EOS, UNK


@dataclass(frozen=True)
class Words:
    """Words in the order of their ids, the first after UNK."""

    words: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many ids there are, those of the signs before the words included."""
        return UNK + 1 + len(self.words)

    def encode(self, caption: str) -> tuple[int, ...]:
        """The ids of a caption, ended by EOS; a word that is not known becomes UNK."""
        return (*(self._ids.get(word, UNK) for word in caption.split()), EOS)

    def words_of(self, tokens: Sequence[int]) -> tuple[str, ...]:
        """The word of each id; special signs have none and are left out."""
        return tuple(self.words[token - UNK - 1] for token in tokens if token > UNK)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: UNK + 1 + place for place, word in enumerate(self.words)}
