"""One stretch of text in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seq2seq.data.phrasebook import english, french


@dataclass(frozen=True)
class Text:
    """The same words in English and in French; a side may be empty."""

    english: str
    french: str

    def __add__(self, other: Text) -> Text:
        """Join with a space, except before a comma and beside nothing."""
        return Text(_join(self.english, other.english), _join(self.french, other.french))


NOTHING = Text("", "")
COMMA = Text(",", ",")


def say(text: Text) -> Text:
    """Close a statement."""
    return _finish(text, ".")


def ask(text: Text) -> Text:
    """Close a question."""
    return _finish(text, "?")


def exclaim(text: Text) -> Text:
    """Close an exclamation."""
    return _finish(text, "!")


def listing(items: Sequence[Text], word: Text) -> Text:
    """Join with commas and, before the last, with "and" or "or"."""
    result = items[0]
    for item in items[1:-1]:
        result = result + COMMA + item
    return result + word + items[-1] if len(items) > 1 else result


AND = Text("and", "et")
BUT = Text("but", "mais")


def _finish(text: Text, mark: str) -> Text:
    return Text(english.finish(text.english, mark), french.finish(text.french, mark))


def _join(first: str, second: str) -> str:
    space = " " if first and second and not second.startswith(",") else ""
    return first + space + second
