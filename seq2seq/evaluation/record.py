"""Results as lines of JSON, appended by the program that measured them and read again for tables."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from seq2seq.amounts import amount
from seq2seq.card import Card, CardScore
from seq2seq.checkout import commit
from seq2seq.config import Section
from seq2seq.errors import InputError
from seq2seq.evaluation.evaluate import Evaluation, digest
from seq2seq.evaluation.measures import Score
from seq2seq.misfits import misfits


class Figure(Section):
    """A score with its interval over test sentences."""

    value: float
    low: float | None = None
    high: float | None = None
    signature: str = ""

    @staticmethod
    def of(score: Score) -> "Figure":
        """From what was measured."""
        return Figure(value=score.value, low=score.low, high=score.high, signature=score.signature)


class LengthFigure(Section):
    """BLEU of the sentences of some lengths."""

    label: str  # in source words, as "11–20"
    sentences: int
    bleu: float


class Result(Section):
    """One system on one test set: what was measured, of which model, trained how."""

    format: Literal["result/1"] = "result/1"
    date: date
    test: str  # which sentences
    sentences: int
    sha256: str = ""  # of sources and references
    system: str
    bleu: Figure
    chrf: Figure | None = None
    length_ratio: float | None = None
    by_length: tuple[LengthFigure, ...] = ()
    loops: int | None = None
    empty: int | None = None
    copies: int | None = None
    beam: int | None = None
    length_penalty: float | None = None
    allow_repetition: bool | None = None  # None: measured before it could be avoided, or not known
    precision: str = ""  # in which numbers was searched
    seconds: float | None = None  # that translating took
    evaluated_by: str = ""  # commit of the program

    # Of the model, as its card has them; nothing of translations in a file.
    recipe: str = ""
    attention: str = ""
    seed: int | None = None
    updates: int | None = None
    tokens: int | None = None  # target tokens trained on
    minutes: float | None = None
    device: str = ""
    threads: int | None = None
    parameters: int | None = None
    commit: str = ""
    note: str = ""


def result_of(evaluation: Evaluation, test: str, card: Card | None) -> Result:
    """Gather what is known of an evaluation.

    Args:
        evaluation: what was measured.
        test: the test set's name.
        card: of the model; None when the translations came from a file or a server.
    """
    found, search = evaluation.behaviour, evaluation.search
    sets = [evaluation.sources, *evaluation.references]
    values: dict[str, object] = {
        "date": datetime.now(tz=UTC).date(),
        "test": test,
        "sentences": evaluation.sentences,
        "sha256": digest([digest(lines) for lines in sets]),
        "system": evaluation.name,
        "bleu": Figure.of(evaluation.scores.bleu),
        "chrf": Figure.of(evaluation.scores.chrf),
        "length_ratio": evaluation.scores.length_ratio,
        "by_length": tuple(
            LengthFigure(label=bucket.label, sentences=bucket.sentences, bleu=bucket.bleu.value)
            for bucket in evaluation.by_length
        ),
        "loops": found.loops.count,
        "empty": found.empty.count,
        "copies": found.copies.count,
        "precision": evaluation.precision,
        "seconds": evaluation.seconds,
        "evaluated_by": commit(),
    }
    if search is not None:
        values |= {
            "beam": search.beam,
            "length_penalty": search.length_penalty,
            "allow_repetition": search.allow_repetition,
        }
    if card is not None:
        training = card.training
        values |= {
            "recipe": "" if card.data is None else card.data.name,
            "attention": card.attention,
            "parameters": card.parameters,
            **training.model_dump(include={"seed", "updates", "minutes", "device", "threads", "commit"}),
        }
    return Result.model_validate(values)


def append(path: Path, result: Result) -> None:
    """Add a line to a file, which is made if need be.

    Raises:
        InputError: it cannot be written.
    """
    try:
        with path.open("a", encoding="utf-8") as file:
            told = {"format": result.format, **result.model_dump(mode="json", exclude_defaults=True)}
            file.write(json.dumps(told, ensure_ascii=False) + "\n")
    except OSError as error:
        raise InputError(f"the file cannot be written ({error.strerror})", where=str(path)) from error


def read(path: Path) -> Iterator[Result]:
    """Give the results of a file, in its order.

    Raises:
        InputError: it cannot be read, or a line is no result.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(f"the file cannot be read ({error.strerror})", where=str(path)) from error
    for number, line in enumerate(lines, start=1):
        try:
            yield Result.model_validate(json.loads(line))
        except ValidationError as error:
            first = misfits(error, Result)[0]
            problem = f"not a result: {first.problem}"
            raise InputError(problem, where=f"{path}:{number}", mend=first.mend) from error
        except ValueError as error:
            raise InputError(f"not a result: not valid JSON ({error})", where=f"{path}:{number}") from error


def scores_of(card: Card, results: Iterable[Result]) -> tuple[CardScore, ...]:
    """Give the results of the model with this card, as its card shows scores."""
    training = card.training
    mine = (card.data.name, card.attention, training.seed, training.updates, training.minutes)
    return tuple(
        CardScore(
            set=result.test,
            metric=metric,
            value=round(figure.value, 2),
            signature=figure.signature,
            detail=_spread(figure, result),
        )
        for result in results
        if (result.recipe, result.attention, result.seed, result.updates, result.minutes) == mine
        for metric, figure in (("BLEU", result.bleu), ("chrF2", result.chrf))
        if figure is not None
    )


def _spread(figure: Figure, result: Result) -> str:
    told = [amount(result.sentences, "sentence")]
    if figure.low is not None and figure.high is not None:
        told.append(f"95 % {figure.low:.1f} to {figure.high:.1f}")
    if result.precision:
        told.append(result.precision)
    return f"({', '.join(told)})"
