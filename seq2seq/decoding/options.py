"""What a search or a draw may be asked.

Imports neither torch nor numpy, so that the service's edge, the client and the command line can use it.
"""

from dataclasses import dataclass
from math import isfinite

from seq2seq.errors import InputError

MAX_BEAM = 16
MAX_LENGTH_PENALTY = 10.0
MAX_KEPT = 500  # texts
MAX_KEPT_CHARACTERS = 100  # of each
MAX_PREFIX_CHARACTERS = 5_000


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How to search; greedy search is a beam of one.

    Raises:
        InputError: a value is outside its range.
    """

    beam: int = 5  # live hypotheses a sentence, 1 to MAX_BEAM
    n_best: int = 1  # hypotheses returned, at most `beam`
    length_penalty: float = 1.0  # exponent a of score = log_prob / T ** a, T target pieces with the end
    max_target_tokens: int | None = None  # end included; None: `limit_for` the source's length
    attention: bool = False  # keep the attention rows of every returned hypothesis
    allow_repetition: bool = False  # let translations go in circles: `seq2seq.decoding.repetition`
    keep: tuple[str, ...] = ()  # words of the source that come out as they are, where they stand in it
    target_prefix: str = ""  # what the translation begins with; after white space at its end comes a new word
    distinct: bool = (
        True  # of hypotheses with one text only the best is returned; False: each way to write it
    )

    def __post_init__(self) -> None:
        if not 1 <= self.beam <= MAX_BEAM:
            raise InputError(f"beam is {self.beam}, and must be from 1 to {MAX_BEAM}", where="beam")
        if not 1 <= self.n_best <= self.beam:
            raise InputError(
                f"n_best is {self.n_best}, and must be from 1 to beam, which is {self.beam}", where="n_best"
            )
        if not (isfinite(self.length_penalty) and 0.0 <= self.length_penalty <= MAX_LENGTH_PENALTY):
            raise InputError(
                f"length_penalty is {self.length_penalty}, and must be from 0 to {MAX_LENGTH_PENALTY:g}",
                where="length_penalty",
            )
        if self.max_target_tokens is not None and self.max_target_tokens < 1:
            raise InputError(
                f"max_target_tokens is {self.max_target_tokens}, and must be at least 1",
                where="max_target_tokens",
            )
        check_keep(self.keep)
        if len(self.target_prefix) > MAX_PREFIX_CHARACTERS:
            raise InputError(
                f"target_prefix has {len(self.target_prefix)} characters, "
                f"and may have {MAX_PREFIX_CHARACTERS}",
                where="target_prefix",
            )

    def limit_for(self, source_tokens: int) -> int:
        """The most target pieces, end included, for a source of `source_tokens` pieces, end included."""
        generous = 3 * source_tokens + 20  # no language pair needs more; a loop is cut here
        return generous if self.max_target_tokens is None else min(self.max_target_tokens, generous)


@dataclass(frozen=True, slots=True)
class SearchWish:
    """What is asked of a search where the rest is left to the model; None asks for nothing."""

    beam: int | None = None
    n_best: int | None = None
    length_penalty: float | None = None
    max_target_tokens: int | None = None
    attention: bool = False
    allow_repetition: bool = False
    keep: tuple[str, ...] = ()
    target_prefix: str = ""

    def over(self, defaults: SearchOptions) -> SearchOptions:
        """Put what is asked in the place of a model's defaults.

        Raises:
            InputError: a value is outside its range.
        """
        n_best = 1 if self.n_best is None else self.n_best
        return SearchOptions(
            beam=max(defaults.beam, n_best) if self.beam is None else self.beam,
            n_best=n_best,
            length_penalty=defaults.length_penalty if self.length_penalty is None else self.length_penalty,
            max_target_tokens=self.max_target_tokens or defaults.max_target_tokens,
            attention=self.attention,
            allow_repetition=self.allow_repetition or defaults.allow_repetition,
            keep=self.keep or defaults.keep,
            target_prefix=self.target_prefix or defaults.target_prefix,
            distinct=defaults.distinct,
        )


@dataclass(frozen=True, slots=True)
class SamplingOptions:
    """How to draw pieces.

    Raises:
        InputError: a value is outside its range.
    """

    temperature: float = 1.0  # logits are divided by it; 0 is greedy
    top_k: int | None = None  # only so many of the likeliest pieces may be drawn
    top_p: float = 1.0  # only the likeliest pieces that together have this probability (nucleus)
    max_tokens: int = 200  # drawn after the prefix, end included
    seed: int = 1

    def __post_init__(self) -> None:
        if not (isfinite(self.temperature) and self.temperature >= 0.0):
            raise InputError(
                f"temperature is {self.temperature}, and must be at least 0", where="temperature"
            )
        if self.top_k is not None and self.top_k < 1:
            raise InputError(f"top_k is {self.top_k}, and must be at least 1", where="top_k")
        if not 0.0 < self.top_p <= 1.0:
            raise InputError(f"top_p is {self.top_p}, and must be above 0 and at most 1", where="top_p")
        if self.max_tokens < 1:
            raise InputError(f"max_tokens is {self.max_tokens}, and must be at least 1", where="max_tokens")
        if self.seed < 0:
            raise InputError(f"seed is {self.seed}, and must be at least 0", where="seed")


def check_keep(keep: tuple[str, ...]) -> None:
    """Check what is to be kept.

    Raises:
        InputError: a text is blank or too long, or there are too many.
    """
    if len(keep) > MAX_KEPT:
        raise InputError(
            f"there are {len(keep):,} texts to keep, and at most {MAX_KEPT:,} are taken", where="keep"
        )
    for index, text in enumerate(keep):
        if not text.strip():
            raise InputError("it is blank, and there is nothing to keep", where=f"keep[{index}]")
        if len(text) > MAX_KEPT_CHARACTERS:
            problem = f"it has {len(text):,} characters, and at most {MAX_KEPT_CHARACTERS:,} are taken"
            raise InputError(problem, where=f"keep[{index}]")


def length_normalised(log_prob: float, tokens: int, length_penalty: float) -> float:
    """Score = log_prob / T ** a, with T the number of target pieces, end included."""
    return log_prob / float(tokens**length_penalty)
