"""Draw pieces from a model instead of searching for the best: text that it finds likely.

Any `StepModel` can be drawn from: a language model, a name generator, a translator. A row's text
depends on the seed and on its own number alone, not on how many others are drawn beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from seq2seq.batch import BOS, EOS, PAD, UNK
from seq2seq.decoding.options import SamplingOptions
from seq2seq.errors import DecodingError
from seq2seq.nn.state import State, StepModel

S = TypeVar("S", bound=State)

NEVER_DRAWN = frozenset({PAD, BOS, UNK})  # of every vocabulary; EOS ends a sentence


@dataclass(frozen=True, slots=True)
class Drawn:
    """One row's text."""

    tokens: tuple[int, ...]  # the prefix, then what was drawn; ends with EOS when `is_finished`
    log_probs: tuple[float, ...]  # of each token, the prefix's too, by the model as it is
    is_finished: bool  # False: cut off at the length limit


def draw(  # noqa: PLR0913 — all but the model and its state by name
    model: StepModel[S],
    state: S,
    options: SamplingOptions,
    *,
    prefixes: Sequence[Sequence[int]],
    first: int = BOS,
    forbidden: frozenset[int] = NEVER_DRAWN,
) -> list[Drawn]:
    """Let each row of a state say its prefix and then go on by itself.

    Args:
        model: what is drawn from.
        state: one row for each text.
        options: temperature, what is cut off, how many pieces, and the seed.
        prefixes: what each row says first; an empty one leaves it free from the start.
        first: what every row is fed before its first piece.
        forbidden: tokens that are never drawn; with EOS among them all texts have full length.

    Raises:
        DecodingError: the model's logits were not finite.
    """
    rows = [_Row(options.seed, number, tuple(prefix)) for number, prefix in enumerate(prefixes)]
    live = [row for row in rows if row.wants(options.max_tokens)]
    previous = torch.full((len(live),), first, dtype=torch.int64, device=model.device)  # (R,)
    with torch.inference_mode():
        if len(live) < len(rows):
            state = state.select(_tensor([row.number for row in live], previous))
        while live:
            step = model.step(previous, state)
            log_probs = step.logits.float().log_softmax(dim=-1)  # (R, V)
            free = log_probs.double().cpu()  # so that what is drawn does not depend on the device
            if not torch.isfinite(free.amax(dim=-1)).all():
                raise DecodingError(
                    "the model's logits were not finite", mend="Its weights are damaged: use another model."
                )
            drawn = choose(free, [row.uniform() for row in live], options, forbidden)
            for row, token, scores in zip(live, drawn, free, strict=True):
                row.say(token, scores)
            staying = [index for index, row in enumerate(live) if row.wants(options.max_tokens)]
            state = step.state if len(staying) == len(live) else step.state.select(_tensor(staying, previous))
            live = [live[index] for index in staying]
            previous = _tensor([row.tokens[-1] for row in live], previous)
    return [Drawn(tuple(row.tokens), tuple(row.log_probs), row.is_finished) for row in rows]


def choose(
    log_probs: Tensor,
    uniforms: Sequence[float],
    options: SamplingOptions,
    forbidden: frozenset[int] = NEVER_DRAWN,
) -> list[int]:
    """Choose a token of each row of log_probs (R, V), by one number from [0, 1) a row.

    The pieces are put in order, likeliest first (equal ones by their id), the tail is cut off by
    `top_k` and `top_p`, and the number points into what is left of the probability. At temperature
    0 the first is taken.
    """
    allowed = log_probs.clone()
    allowed[:, [token for token in forbidden if token < allowed.shape[1]]] = float("-inf")
    ordered, tokens = allowed.sort(dim=-1, descending=True, stable=True)  # (R, V)
    if options.temperature == 0.0:
        return [int(token) for token in tokens[:, 0]]
    ordered = (ordered - ordered[:, :1]) / options.temperature  # the difference first: no overflow
    if options.top_k is not None:
        ordered[:, options.top_k :] = float("-inf")
    shares = ordered.softmax(dim=-1)  # (R, V)
    if options.top_p < 1.0:
        before = shares.cumsum(dim=-1) - shares  # the probability of all that is likelier
        shares = shares.masked_fill(before >= options.top_p, 0.0)
        shares[:, 0] = shares[:, 0].clamp(min=torch.finfo(shares.dtype).tiny)  # one piece is always left
    reached = shares.cumsum(dim=-1)  # (R, V)
    wanted = torch.tensor(uniforms, dtype=shares.dtype).unsqueeze(1) * reached[:, -1:]  # (R, 1)
    places = (reached <= wanted).sum(dim=-1)  # the first piece that reaches beyond the number
    last = (shares > 0).sum(dim=-1) - 1  # rounding must not point behind the last one
    return [int(token) for token in tokens.gather(1, places.minimum(last).unsqueeze(1)).squeeze(1)]


class _Row:
    """A text while it is drawn."""

    def __init__(self, seed: int, number: int, prefix: tuple[int, ...]) -> None:
        self.number = number
        self.tokens: list[int] = []
        self.log_probs: list[float] = []
        self._prefix = prefix
        mixed = np.random.SeedSequence((seed, number)).generate_state(2, np.uint32)
        self._random = torch.Generator().manual_seed(int(mixed[0]) << 31 | int(mixed[1]) >> 1)

    @property
    def is_finished(self) -> bool:
        return bool(self.tokens) and self.tokens[-1] == EOS

    def wants(self, max_tokens: int) -> bool:
        """Whether there is something left to say."""
        return not self.is_finished and len(self.tokens) < len(self._prefix) + max_tokens

    def uniform(self) -> float:
        """The number that decides the next piece; one that the prefix decides takes none."""
        if len(self.tokens) < len(self._prefix):
            return 0.0
        return float(torch.rand((), generator=self._random, dtype=torch.float64))

    def say(self, drawn: int, log_probs: Tensor) -> None:
        """Go on as the prefix says, or else as drawn."""
        place = len(self.tokens)
        token = self._prefix[place] if place < len(self._prefix) else drawn
        self.tokens.append(token)
        self.log_probs.append(float(log_probs[token]))


def _tensor(numbers: Sequence[int], like: Tensor) -> Tensor:
    return torch.tensor(numbers, dtype=torch.int64, device=like.device)
