"""Models that go in circles, planted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from seq2seq.batch import EOS
from seq2seq.nn.model import TranslationModel
from seq2seq.nn.state import DecoderState, Step
from seq2seq.translator import Translator


@dataclass(frozen=True)
class Circling:
    """A model that writes the same pieces again and again; now and then it would rather end."""

    model: TranslationModel
    circle: tuple[int, ...]  # distinct pieces

    def __getattr__(self, name: str) -> object:
        return getattr(self.model, name)

    def step(self, previous: Tensor, state: DecoderState) -> Step[DecoderState]:
        """Take the model's step, and prefer the next piece of the circle to all that it says."""
        step = self.model.step(previous, state)
        logits = step.logits / step.logits.abs().max()
        for row, piece in enumerate(previous.tolist()):
            at = self.circle.index(piece) + 1 if piece in self.circle else 0
            logits[row, self.circle[at % len(self.circle)]] = 4.0
        logits[:, EOS] = 2.0
        return replace(step, logits=logits)


def circling(translator: Translator, words: str) -> Translator:
    """Let a translator write these words again and again."""
    circle = tuple(translator.target_subword.encode(words)[:-1])
    assert len(set(circle)) == len(circle), f"'{words}' has a piece twice"
    return replace(translator, model=Circling(translator.model, circle))  # type: ignore[arg-type]


def times_in_a_row(words: Sequence[str], once: Sequence[str]) -> int:
    """How often a sequence of words stands in a row, at most."""
    n, most = len(once), 0
    for start in range(len(words)):
        times = 0
        while list(words[start + times * n : start + (times + 1) * n]) == list(once):
            times += 1
        most = max(most, times)
    return most
