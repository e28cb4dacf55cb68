"""A vocabulary of single characters, for programs that read and write letters.

The ids before the characters are those of every vocabulary: PAD, BOS, EOS and UNK. A character is
one Unicode code point of the text as it is: nothing is normalised, so that line breaks and letters
that look alike stay apart.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from seq2seq.amounts import amount
from seq2seq.batch import UNK
from seq2seq.errors import CorpusError

FIRST = UNK + 1  # id of the first character
UNKNOWN = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class Characters:
    """The known characters in the order of their ids; as JSON it is one string.

    A character that is not known is read as UNK and written as U+FFFD. Other special ids are
    written as nothing.
    """

    known: str
    _ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ids = {character: FIRST + index for index, character in enumerate(self.known)}
        if not ids or len(ids) != len(self.known):
            raise CorpusError("a vocabulary has at least one character, and none of them twice")
        object.__setattr__(self, "_ids", ids)

    @staticmethod
    def of(texts: Iterable[str], *, at_least: int = 1) -> "Characters":
        """Collect the characters of texts, sorted; those met fewer than `at_least` times stay unknown.

        Raises:
            CorpusError: there is none.
        """
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(text)
        return Characters("".join(sorted(sign for sign, count in counts.items() if count >= at_least)))

    @property
    def size(self) -> int:
        """How many ids there are, special ones included."""
        return FIRST + len(self.known)

    @property
    def described(self) -> str:
        """For people: how many of what."""
        return amount(len(self.known), "character")

    def encode(self, text: str) -> list[int]:
        """Give the id of each character; nothing is added at the ends."""
        return [self._ids.get(character, UNK) for character in text]

    def decode(self, tokens: Sequence[int]) -> str:
        """Give the text of ids; PAD, BOS and EOS are passed over."""
        return "".join(self._spell(token) for token in tokens if token >= UNK)

    def unknown(self, text: str) -> list[str]:
        """List the characters of a text that are not known, each once, in the order they come."""
        return list(dict.fromkeys(character for character in text if character not in self._ids))

    def _spell(self, token: int) -> str:
        return UNKNOWN if token == UNK else self.known[token - FIRST]
