"""The card of a model: what it was trained on, by which command, and how well it translates."""

from collections.abc import Iterable
from datetime import date
from textwrap import wrap

from pydantic import FiniteFloat, NonNegativeFloat, NonNegativeInt, PositiveInt

from seq2seq.config import Section

DEFAULT_MAX_SOURCE_TOKENS = 512
_LABEL_WIDTH = 12
_TEXT_WIDTH = 88


class CardData(Section):
    """What the model was trained on."""

    name: str
    pairs: NonNegativeInt  # sentence pairs in the training split
    validation_pairs: NonNegativeInt = 0
    fingerprint: str = ""  # what tells one prepared corpus from another
    note: str = ""  # where it comes from, how it was cleaned


class CardTraining(Section):
    """How the model was trained."""

    command: str
    seed: int
    updates: NonNegativeInt
    minutes: NonNegativeFloat
    device: str
    threads: PositiveInt = 1
    version: str = ""  # of this program
    commit: str = ""


class CardScore(Section):
    """One measurement; a score says nothing without its signature."""

    set: str  # what was translated: "validation", "test"
    metric: str
    value: FiniteFloat
    signature: str = ""
    detail: str = ""  # interval, number of sentences


class CardLimits(Section):
    """What the model takes."""

    max_source_tokens: PositiveInt = DEFAULT_MAX_SOURCE_TOKENS  # end of sentence included


class Card(Section):
    """What a reader should know before trusting a model: `card.json`.

    `parameters`, `attention` and `limits` are filled in by `write_bundle` from the model itself.
    """

    name: str
    source_language: str  # BCP-47, such as "en"
    target_language: str
    description: str = ""
    licence: str = ""
    attribution: str = ""
    created: date | None = None  # passed in, so that the same run gives the same bytes
    data: CardData
    training: CardTraining
    scores: tuple[CardScore, ...] = ()
    parameters: NonNegativeInt = 0
    attention: str = ""
    limits: CardLimits = CardLimits()

    def text(self) -> str:
        """The card for a reader at a terminal: one label a line, then the scores."""
        lines = [f"{self.name}: {self.source_language} → {self.target_language}"]
        for label, value in self._facts():
            lines += _fact(label, value)
        for score in self.scores:
            lines += _fact("score", _score(score))
            lines += [f"  {'':{_LABEL_WIDTH}}{score.signature}"] if score.signature else []
        return "\n".join(_printable(line) for line in lines)

    def _facts(self) -> Iterable[tuple[str, str]]:
        training = self.training
        program = " ".join(part for part in (training.version, training.commit) if part)
        threads = f"{training.threads} thread{'s' if training.threads > 1 else ''}"
        yield "about", self.description
        yield "attention", self.attention
        yield "parameters", f"{self.parameters:,}" if self.parameters else ""
        yield "takes", f"sentences of up to {self.limits.max_source_tokens:,} pieces, the end included"
        yield (
            "data",
            f"{self.data.name}, {self.data.pairs:,} pairs to learn from"
            + (f", {self.data.validation_pairs:,} to validate on" if self.data.validation_pairs else ""),
        )
        yield "", self.data.note
        yield "", f"fingerprint {self.data.fingerprint}" if self.data.fingerprint else ""
        effort = f"{training.updates:,} updates in {training.minutes:.1f} minutes"
        yield "training", f"{effort}, seed {training.seed}, {training.device}, {threads}"
        yield "", f"$ {training.command}"
        yield "program", f"seq2seq {program}" if program else ""
        yield "created", self.created.isoformat() if self.created else ""
        yield "licence", self.licence
        yield "attribution", self.attribution


def _score(score: CardScore) -> str:
    detail = f" {score.detail}" if score.detail else ""
    return f"{score.metric} {score.value:.4g}{detail} on {score.set}"


def _fact(label: str, value: str) -> list[str]:
    """Lay a value out under its label; nothing at all when there is no value."""
    if not value:
        return []
    first, *rest = wrap(value, _TEXT_WIDTH, break_long_words=False, break_on_hyphens=False) or [""]
    return [f"  {label:{_LABEL_WIDTH}}{first}", *(f"  {'':{_LABEL_WIDTH}}{line}" for line in rest)]


def _printable(line: str) -> str:
    """Keep a stranger's card from steering the terminal with escape signs."""
    return "".join(sign if sign.isprintable() else "�" for sign in line)
