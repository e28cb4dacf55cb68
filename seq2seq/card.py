"""The card of a model: what it is, what it was trained on, by which command, and how good it is."""

from collections.abc import Iterable, Sequence
from datetime import date
from textwrap import wrap
from typing import Literal, Self

from pydantic import FiniteFloat, NonNegativeFloat, NonNegativeInt, PositiveInt, model_validator

from seq2seq.amounts import amount
from seq2seq.config import Section

Kind = Literal["translator", "language_model", "classifier", "name_generator", "captioner"]
COMMANDS: dict[Kind, str] = {
    "translator": "seq2seq translate",
    "language_model": "seq2seq lm",
    "classifier": "seq2seq classify",
    "name_generator": "seq2seq names",
    "captioner": "seq2seq caption",
}
"""Which command uses a model of each kind."""

DEFAULT_MAX_SOURCE_TOKENS = 512
MAX_INT8_BLEU_CHANGE = 0.2  # on validation, for int8 to be taken unasked
_LABEL_WIDTH = 12
_TEXT_WIDTH = 88


class CardData(Section):
    """What the model was trained on."""

    name: str
    pairs: NonNegativeInt  # sentence pairs in the training split, or as many of what `unit` says
    validation_pairs: NonNegativeInt = 0
    unit: str = "pairs"  # what is counted: "characters", "names"
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

    set: str  # what was measured on: "validation", "test"
    metric: str
    value: FiniteFloat
    signature: str = ""
    detail: str = ""  # interval, number of sentences


class CardLimits(Section):
    """What the model takes."""

    max_source_tokens: PositiveInt = DEFAULT_MAX_SOURCE_TOKENS  # end of sentence included


class Card(Section):
    """What a reader should know before trusting a model: `card.json`.

    `kind`, `parameters` and, of a translator, `attention` and `limits` are filled in from the model
    itself when it is written.
    """

    name: str
    kind: Kind = "translator"
    source_language: str = ""  # BCP-47, such as "en"; a translator has both, a program has its own or none
    target_language: str = ""
    description: str = ""
    licence: str = ""
    attribution: str = ""
    created: date | None = None  # passed in, so that the same run gives the same bytes
    data: CardData
    training: CardTraining
    scores: tuple[CardScore, ...] = ()
    parameters: NonNegativeInt = 0
    attention: str = ""
    takes: str = ""  # what a program is given; a translator has limits
    limits: CardLimits = CardLimits()
    int8_bleu_loss: FiniteFloat | None = None  # validation BLEU in float32 less that in int8; None: not known

    @model_validator(mode="after")
    def _translates_between_languages(self) -> Self:
        for name in ("source_language", "target_language"):
            if self.kind == "translator" and not getattr(self, name):
                raise ValueError(f"{name} is missing, and a translator has one")
        return self

    @property
    def subject(self) -> str:
        """The direction of a translator; of a program its kind, and its language if it has one."""
        if self.kind == "translator":
            return f"{self.source_language} → {self.target_language}"
        kind = self.kind.replace("_", " ")
        return f"{kind}, {self.source_language}" if self.source_language else kind

    @property
    def is_fit_for_int8(self) -> bool:
        """Whether int8 was seen to change nothing much.

        A gain counts as a loss does: a model whose BLEU moves when its numbers are rounded decides by
        a hair's breadth, and on other sentences it moves the other way.
        """
        return self.int8_bleu_loss is not None and abs(self.int8_bleu_loss) <= MAX_INT8_BLEU_CHANGE

    def text(self) -> str:
        """The card for a reader at a terminal: one label a line, then the scores."""
        lines = [f"{self.name}: {self.subject}"]
        for label, value in self._facts():
            lines += _fact(label, value)
        for score in self.scores:
            lines += _fact("score", _score(score))
            lines += [f"  {'':{_LABEL_WIDTH}}{score.signature}"] if score.signature else []
        return "\n".join(_printable(line) for line in lines)

    def _facts(self) -> Iterable[tuple[str, str]]:
        data, training = self.data, self.training
        sentences = f"sentences of up to {self.limits.max_source_tokens:,} pieces, the end included"
        program = " ".join(part for part in (training.version, training.commit) if part)
        threads = amount(training.threads, "thread")
        yield "about", self.description
        yield "attention", self.attention
        yield "parameters", f"{self.parameters:,}" if self.parameters else ""
        yield "takes", sentences if self.kind == "translator" else self.takes
        if self.int8_bleu_loss is not None:
            taken = "where it can be" if self.is_fit_for_int8 else "only when it is asked for"
            yield "precision", f"int8 costs {self.int8_bleu_loss:.2f} BLEU on validation: taken {taken}"
        yield (
            "data",
            f"{data.name}, {data.pairs:,} {data.unit} to learn from"
            + (f", {data.validation_pairs:,} to validate on" if data.validation_pairs else ""),
        )
        yield "", data.note
        yield "", f"fingerprint {data.fingerprint}" if data.fingerprint else ""
        effort = f"{amount(training.updates, 'update')} in {training.minutes:.1f} minutes"
        yield "training", f"{effort}, seed {training.seed}, {training.device}, {threads}"
        yield "", f"$ {training.command}"
        yield "program", f"seq2seq {program}" if program else ""
        yield "created", self.created.isoformat() if self.created else ""
        yield "licence", self.licence
        yield "attribution", self.attribution


def joined_card(cards: Sequence[Card]) -> Card:
    """What can be said of models that translate as one: the first one's facts, and sums of figures."""
    first = cards[0]
    if len(cards) == 1:
        return first
    training = {
        "updates": sum(card.training.updates for card in cards),
        "minutes": sum(card.training.minutes for card in cards),
    }
    return first.model_copy(
        update={
            "name": "+".join(card.name for card in cards),
            "parameters": sum(card.parameters for card in cards),
            "training": first.training.model_copy(update=training),
            "scores": (),
            "int8_bleu_loss": None,
        }
    )


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
