"""Next character of short sentences: language enough for the gates of a small cell to mean something."""

import math
from collections import Counter

import numpy as np
import torch
from torch import Tensor

from seq2seq.data.phrasebook.corpus import sample
from seq2seq.probes.tasks import TaskBatch, one_hot

SENTENCES = 2_000
END = "\n"


class NextCharacter:
    """A `Task` over sentences of the built-in phrasebook, end to end in one long text.

    Every position is scored. Whoever remembers nothing, not even the character just read, says the
    frequency of each character: the loss without memory is its entropy.
    """

    name = "characters"

    def __init__(self, length: int, seed: int) -> None:
        self.length = length
        text = END.join(phrase.english for phrase in sample(SENTENCES, seed)) + END
        counts = Counter(text)
        self.alphabet = sorted(counts)
        self._numbers = {character: number for number, character in enumerate(self.alphabet)}
        self._text = np.array([self._numbers[character] for character in text])
        shares = [count / len(text) for count in counts.values()]
        self.baseline = -sum(share * math.log(share) for share in shares)
        self.chance = max(shares)

    @property
    def input_size(self) -> int:
        """One input a character."""
        return len(self.alphabet)

    @property
    def classes(self) -> int:
        """One answer a character."""
        return len(self.alphabet)

    def draw(self, random: np.random.Generator, rows: int) -> TaskBatch:
        """Draw stretches of the text from anywhere."""
        starts = random.integers(0, len(self._text) - self.length - 1, (rows, 1))
        stretches = self._text[starts + np.arange(self.length + 1)]  # (B, S + 1)
        return TaskBatch(one_hot(stretches[:, :-1], self.input_size), torch.from_numpy(stretches[:, 1:]))

    def accuracy(self, said: Tensor, targets: Tensor) -> float:
        """Share of characters that were expected most."""
        return float((said.argmax(dim=-1) == targets).float().mean())

    def read(self, sentence: str) -> Tensor:
        """What a network reads of a sentence, after the end of another: (S, I)."""
        return one_hot(np.array([self._numbers[character] for character in END + sentence]), self.input_size)
