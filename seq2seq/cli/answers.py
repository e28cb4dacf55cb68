"""Answers as lines of output: plain, with scores, as JSON, in Moses' form, as word links."""

import json
from collections.abc import Sequence
from itertools import chain
from typing import TextIO

from seq2seq.cli.lines import note
from seq2seq.cli.roads import Opened
from seq2seq.preview.alignment import align, to_pharaoh
from seq2seq.preview.document import preview_of
from seq2seq.translation import Failure, Translation

NAMED = 5  # lines named in a note before the rest is counted


class Writer:
    """One answer to one line of output, or to `n_best` lines."""

    def __init__(
        self, out: TextIO, opened: Opened, *, as_json: bool, n_best: int | None, scores: bool
    ) -> None:
        self._out = out
        self._model = opened.model
        self._as_json = as_json
        self._n_best = n_best
        self._scores = scores
        self._repetitive: list[int] = []  # lines
        self._avoided: list[int] = []

    def __call__(self, number: int, answer: Translation | Failure) -> None:
        """Write what answers line `number`, and note why where there is no translation."""
        if isinstance(answer, Failure):
            note(f"line {answer.line}: {answer.error.problem}. {answer.error.mend}".rstrip())
        if self._as_json:
            lines = [self._document(answer)]
        elif self._n_best is not None:
            lines = self._moses(number, answer)
        else:
            text = answer.text if isinstance(answer, Translation) else ""
            score = answer.score if isinstance(answer, Translation) else 0.0
            lines = [f"{score:.4f}\t{_one_line(text)}" if self._scores else _one_line(text)]
        for line in lines:
            self._out.write(line + "\n")
        for best in answer.candidates[:1] if isinstance(answer, Translation) else ():
            if best.is_repetitive:
                self._repetitive.append(number + 1)
            elif best.repetition_avoided:
                self._avoided.append(number + 1)

    def note_repetition(self) -> None:
        """Say which translations go in circles, and which were kept from it."""
        if self._repetitive:
            note(f"going in circles, not to be trusted: {_lines(self._repetitive)}")
        if self._avoided:
            note(f"kept from going in circles (--allow-repetition turns that off): {_lines(self._avoided)}")

    def _document(self, answer: Translation | Failure) -> str:
        if isinstance(answer, Failure):
            error = {"problem": answer.error.problem, "mend": answer.error.mend}
            return json.dumps({"error": error, "source": {"text": answer.text}}, ensure_ascii=False)
        return json.dumps(preview_of(answer, self._model).to_json(), ensure_ascii=False)

    def _moses(self, number: int, answer: Translation | Failure) -> list[str]:
        candidates = answer.candidates if isinstance(answer, Translation) else ()
        lines = [
            f"{number} ||| {_one_line(one.text)} ||| logprob= {one.log_prob:.4f} ||| {one.score:.4f}"
            for one in candidates
        ]
        return lines or [f"{number} |||  ||| logprob= 0 ||| 0"]


def links_of(answer: Translation | Failure, threshold: float | None) -> str:
    """Give the word links of an answer in Pharaoh form: a line, empty for a failure."""
    if isinstance(answer, Failure):
        return ""
    return to_pharaoh(align(preview_of(answer), threshold=threshold))


def _lines(numbers: Sequence[int]) -> str:
    named = ", ".join(map(str, numbers[:NAMED]))
    rest = f" and {len(numbers) - NAMED:,} more" if len(numbers) > NAMED else ""
    return f"line{'s' if len(numbers) > 1 else ''} {named}{rest}"


def _one_line(text: str) -> str:
    """A newline that a model wrote must not become a line of output."""
    return " ".join(chain.from_iterable(part.split("\r") for part in text.split("\n")))
