"""How a model takes text that is not written as what it learnt from; writes docs/robustness.md.

    python -m benchmarks.robustness --test-tsv DATA/test.tsv [-m MODEL] [--sentences N]

The sources of a test set are written in other ways and scored against the same references, upper and
lower case alike. Names are counted: a word of a source with a capital letter, not its first word, that
stands in a reference as it is. Then come texts that no corpus of everyday sentences holds.
"""

import argparse
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from seq2seq.bundle import default_model
from seq2seq.cli.testing import TestSet, read_test_set
from seq2seq.evaluation.evaluate import Evaluation, evaluate
from seq2seq.evaluation.measures import Scoring
from seq2seq.evaluation.tables import markdown_table
from seq2seq.translation import Failure
from seq2seq.translator import Translator, load_translator

PAGE = Path(__file__).parents[1] / "docs" / "robustness.md"
MARKS = ".!?…"
WORD = re.compile(r"\w+(?:[-’']\w+)*")


def _without_mark(text: str) -> str:
    return text.rstrip(MARKS + " ") or text


def _mistyped(text: str) -> str:
    """Two neighbouring letters of one word change places; which ones follows from the text."""
    random = Random(text)  # noqa: S311 — nothing is secret
    places = [at for at in range(1, len(text) - 2) if text[at : at + 2].isalpha()]
    if not places:
        return text
    at = random.choice(places)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


WRITTEN: dict[str, Callable[[str], str]] = {
    "as in the test set": str,
    "lower case": str.lower,
    "no final mark": _without_mark,
    "lower case, no final mark": lambda text: _without_mark(text).lower(),
    "UPPER CASE": str.upper,
    "two letters of a word exchanged": _mistyped,
    "three marks at the end": lambda text: text + text[-1] * 2,
    "spaces before marks, and at both ends": lambda text: f"  {text[:-1]} {text[-1]} ",
}
ROUGH = {
    "numbers": ("It costs 3,450 dollars.", "Call me at 555-0199.", "The train leaves at 7:45."),
    "addresses": ("Visit https://example.org/a?b=1 for more.", "Write to tom@example.org."),
    "emoji": ("I love you ❤️", "See you tomorrow 😀👍"),
    "variables": ("Hello {{person.name}}, you have %d messages.", "Is <b>this</b> your dog?"),
    "names": ("Dvořák lived here.", "Mr. Yamamoto met Angela Merkel in Kyoto.", "The FBI arrested him."),
    "signs": ("C:\\temp\\x.txt", "a = b + c;", "#weekend @tom", "..."),
    "another language": ("Wo ist der Bahnhof?", "駅はどこですか"),
    "far from everyday talk": (
        "The mitochondrial membrane potential collapses during apoptosis.",
        "Notwithstanding the foregoing, the licensee shall indemnify the licensor against all claims.",
    ),
    "one word": ("station", "Yes", "supercalifragilisticexpialidocious"),
    "the same word again and again": ("no no no no no no no no", "ha ha ha ha ha"),
    "a long sentence": (
        (
            "When I was young, my father told me that if I worked hard, I would be able to buy a house, but "
            "he did not tell me that it would be so expensive that I would have to work until I was old."
        ),
    ),
}


@dataclass(frozen=True)
class Reader:
    """Translates, and scores against the references of a test set."""

    translator: Translator
    test: TestSet

    def score(self, write: Callable[[str], str]) -> Evaluation:
        """Score the test set with its sources written in some way."""
        sources = [write(source) for source in self.test.sources]
        found = self.translate(sources)
        scoring = Scoring(lowercase=True, bootstrap=0)
        return evaluate("", sources, self.test.references, found, scoring=scoring)

    def names(self) -> tuple[int, list[tuple[str, str, str]]]:
        """Count names of the test set, and give those that its translations lack, with both sentences."""
        met, lost = 0, []
        found = self.translate(self.test.sources)
        for row, (source, translation) in enumerate(zip(self.test.sources, found, strict=True)):
            references = {word for lines in self.test.references for word in WORD.findall(lines[row] or "")}
            words = [word for word in WORD.findall(source)[1:] if word[0].isupper() and word in references]
            met += len(words)
            written = set(WORD.findall(translation))
            lost += [(word, source, translation) for word in words if word not in written]
        return met, lost

    def translate(self, sources: Sequence[str]) -> list[str]:
        """Translate sources, each whatever becomes of the others."""
        answers = self.translator.translate_lines(sources)
        return [
            f"(refused: {answer.error.problem})" if isinstance(answer, Failure) else answer.text
            for answer in answers
        ]


def main() -> None:
    """Measure, print and write the page."""
    parser = argparse.ArgumentParser(description="How a model takes text that is written otherwise.")
    parser.add_argument("--test-tsv", type=Path, required=True)
    parser.add_argument("-m", "--model", type=Path, default=default_model())
    parser.add_argument("--sentences", type=int, default=0, help="the first so many; 0: all")
    asked = parser.parse_args()
    test = read_test_set(None, asked.test_tsv)
    if asked.sentences:
        references = [lines[: asked.sentences] for lines in test.references]
        references = [lines for lines in references if any(line is not None for line in lines)]
        test = TestSet(test.sources[: asked.sentences], references)
    page = "\n".join(
        _page(Reader(load_translator(asked.model, precision="float32"), test), asked.test_tsv.name)
    )
    print(page)
    PAGE.write_text(page, encoding="utf-8")


def _page(reader: Reader, name: str) -> Iterator[str]:
    card = reader.translator.bundle.card
    yield f"# How `{card.name}` takes text that is written otherwise\n"
    yield f"Written by `python -m benchmarks.robustness {shlex.join(_told(sys.argv[1:]))}`.\n"
    sources = f"{len(reader.test.sources):,} sources of {name}"
    yield f"{sources}, written in other ways and scored without regard to case."
    yield "What a loop is: [repetition.py](../seq2seq/decoding/repetition.py).\n"
    rows = []
    for label, write in WRITTEN.items():
        found = reader.score(write)
        counts = found.behaviour.loops.count, found.behaviour.empty.count
        rows.append(
            [label, f"{found.scores.bleu.value:.1f}", f"{found.scores.chrf.value:.1f}", *map(str, counts)]
        )
    yield markdown_table(["written", "BLEU", "chrF2", "loops", "empty"], rows)
    met, lost = reader.names()
    yield f"\nOf {met:,} names that a reference keeps as they are, {met - len(lost):,} are kept"
    yield f"({100 * (met - len(lost)) / max(met, 1):.1f} %). The first that are not:\n"
    yield markdown_table(["name", "source", "translation"], [list(one) for one in lost[:10]])
    yield "\nTexts that it has not learnt to translate, as they come out:\n"
    rows = [
        [kind, source, target]
        for kind, sources in ROUGH.items()
        for source, target in zip(sources, reader.translate(sources), strict=True)
    ]
    yield markdown_table(["kind", "source", "translation"], rows)


def _told(arguments: Sequence[str]) -> list[str]:
    """The command line, without the paths of this machine."""
    return [Path(argument).name if "/" in argument else argument for argument in arguments]


if __name__ == "__main__":
    main()
