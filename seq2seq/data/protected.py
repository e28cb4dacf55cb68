"""Parts of a text that come through a translation as they are: addresses, emoji, variables, numbers.

And words that somebody asks to be kept, such as the name of a product. Each is read as one placeholder,
which the model has learnt to copy, and is put back where the placeholder comes out. A placeholder is one
of the bytes 1 to 8: every vocabulary has them, and no text can hold them, because normalisation takes
control characters out.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from seq2seq.data.normalise import Aligned, normalise

PLACEHOLDERS = "\x01\x02\x03\x04\x05\x06\x07\x08"  # as many as are told apart in one sentence

_PATTERNS = (
    r"`[^`]+`",  # code
    r"\{\{.*?\}\}|\$?\{[^{}\s]*\}|%\(\w+\)[sdif]|%(?:\d+\$)?[sdif]\b|#{2,}\w+#{2,}",  # variables
    r"</?[a-z][^<>]*>|&(?:[a-z]+|\#\d+);",  # tags and entities
    r"(?:https?://|ftp://|www\.)\S*[\w/#=&]",
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    r"\b(?:[a-z0-9-]+\.)+(?:com|org|net|edu|gov|info|io|dev|app|eu|uk|fr|de|es|it|nl|ch|be|ca|jp)\b(?:/\S*[\w/])?",
    r"(?<![\w@#])[@#]\w+",  # people and topics
    r"\b[a-z]:\\\S*\w|(?<![\w/.])(?:~|\.{1,2})?(?:/[\w.-]*\w){2,}/?",  # paths
    r"\b\w+_\w+\b(?:\(\))?|\b\w+\(\)",  # names in programs
    r"(?<![\w.,])(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{3,}(?:-\d+)+|\d+(?:[-/.]\d+){2,}|\d{3,}(?:\.\d+)?)(?!\w|[.,]\d)",
)
_PROTECTED = re.compile("|".join(_PATTERNS), re.IGNORECASE)
_WORD = re.compile(r"\w*\Z"), re.compile(r"\w*")
_SAME = re.compile(r"[\w.]*\w")  # a word that may be the same in two languages
_SPACE_ONLY = re.compile(r" *\Z")

Range = tuple[int, int]  # of a text, end excluded


@dataclass(frozen=True, slots=True)
class Hidden:
    """A text with placeholders, with the way back to the caller's, and what they stand for."""

    aligned: Aligned
    texts: tuple[str, ...]  # of PLACEHOLDERS[0], PLACEHOLDERS[1], …


def hide(text: str, aligned: Aligned, ranges: Sequence[Range]) -> Hidden:
    """Put placeholders for parts of a text, for the first ones where there are too many.

    Args:
        text: the caller's.
        aligned: the same, normalised.
        ranges: of the normalised text, in order, none of them empty.
    """
    places = list(zip(ranges, PLACEHOLDERS, strict=False))
    spans = [slice(aligned.starts[start], aligned.ends[end - 1]) for (start, end), _ in places]
    texts = [
        text[span] if text[span].isprintable() else aligned.text[slice(*place)]
        for span, (place, _) in zip(spans, places, strict=True)
    ]
    return Hidden(_replaced(aligned, places), tuple(texts))


def hide_again(aligned: Aligned, texts: Sequence[str]) -> Hidden:
    """Put the same placeholders into a translation, for each protected text once, where it has it."""
    places: list[tuple[Range, str]] = []
    for wanted, placeholder in zip(map(normalise, texts), PLACEHOLDERS, strict=False):
        start = aligned.text.find(wanted)
        while any(start < end and begin < start + len(wanted) for (begin, end), _ in places):
            start = aligned.text.find(wanted, start + 1)
        if start >= 0:
            places.append(((start, start + len(wanted)), placeholder))
    return Hidden(_replaced(aligned, sorted(places)), tuple(texts))


def protected_ranges(text: str, is_known: Callable[[str], bool], keep: Sequence[str] = ()) -> list[Range]:
    """Find what is to be protected in a normalised text: what it matches by its form, or is not known.

    A text without a letter or a digit is protected as a whole: there is nothing to translate.

    Args:
        text: what is looked at.
        is_known: whether a model has seen a character. Words with an unknown letter, and signs that
            are unknown, such as emoji, are protected; ASCII is not asked for.
        keep: words that are protected too, wherever they stand as whole words, written like this.
    """
    if text and not any(map(str.isalnum, text)):
        return [(0, len(text))]
    ranges = [match.span() for match in _PROTECTED.finditer(text)]
    if not text.isascii():
        ranges += _unknown_ranges(text, is_known)
    if keep:
        ranges += [match.span() for match in _any_of(tuple(keep)).finditer(text)]
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def with_placeholders(source: str, target: str, random: Random) -> tuple[str, str]:
    """Change a pair so that a model learns to copy placeholders.

    Words that are the same on both sides, names and numbers, become placeholders; where there are
    none, and now and then where there are, placeholders are put at the end or the beginning of both.

    Args:
        source: normalised.
        target: its translation, normalised.
        random: draws.
    """
    free = random.sample(PLACEHOLDERS, len(PLACEHOLDERS))
    same = _same_words(source, target)
    replaced = [word for word in same if random.random() < 0.7] or same[:1]  # noqa: PLR2004 — most
    for word in replaced[: len(free) // 2]:
        placeholder = free.pop()
        source, target = (_replace_word(text, word, placeholder) for text in (source, target))
    if not replaced or random.random() < 0.2:  # noqa: PLR2004 — now and then
        added = "".join(free.pop() for _ in range(random.choice((1, 1, 1, 2, 3))))
        space = random.choice((" ", " ", ""))
        if random.random() < 0.8:  # noqa: PLR2004 — emoji mostly come last
            source, target = source + space + added, target + space + added
        else:
            source, target = f"{added} {source}", f"{added} {target}"
        if random.random() < 0.02:  # noqa: PLR2004 — nothing else to translate
            source = target = added
    return source, target


@lru_cache(maxsize=64)
def _any_of(texts: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the texts, the longest that fits, not within a word."""
    known = sorted(filter(None, {normalise(text) for text in texts}), key=len, reverse=True)
    return re.compile("|".join(map(_edged, known)) or r"(?!)")


def _edged(text: str) -> str:
    before, after = (r"(?<!\w)" if text[0].isalnum() else ""), (r"(?!\w)" if text[-1].isalnum() else "")
    return before + re.escape(text) + after


def _replaced(aligned: Aligned, places: Sequence[tuple[Range, str]]) -> Aligned:
    characters, starts, ends, done = "", list[int](), list[int](), 0
    for (start, end), placeholder in places:
        characters += aligned.text[done:start] + placeholder
        starts += [*aligned.starts[done:start], aligned.starts[start]]
        ends += [*aligned.ends[done:start], aligned.ends[end - 1]]
        done = end
    return Aligned(
        characters + aligned.text[done:], starts + aligned.starts[done:], ends + aligned.ends[done:]
    )


def _same_words(source: str, target: str) -> list[str]:
    """Words with a capital or a digit that stand once in both."""
    theirs, ours = _SAME.findall(target), _SAME.findall(source)
    return [
        word
        for word in ours
        if len(word) > 1
        and (word[0].isupper() or word[0].isdigit())
        and ours.count(word) == theirs.count(word) == 1
    ]


def _replace_word(text: str, word: str, placeholder: str) -> str:
    return re.sub(rf"(?<![\w.]){re.escape(word)}(?!\w|\.\w)", placeholder, text, count=1)


def _unknown_ranges(text: str, is_known: Callable[[str], bool]) -> list[Range]:
    """Runs of unknown characters; a letter's reaches over its word, and runs go on over spaces."""
    ranges: list[Range] = []
    for at, character in enumerate(text):
        if character.isascii() or is_known(character):
            continue
        start, end = at, at + 1
        if character.isalnum():
            before, after = _WORD[0].search(text, 0, at), _WORD[1].match(text, end)
            start, end = before.start() if before else start, after.end() if after else end
        if ranges and (start <= ranges[-1][1] or _SPACE_ONLY.match(text[ranges[-1][1] : start])):
            ranges[-1] = ranges[-1][0], max(end, ranges[-1][1])
        else:
            ranges.append((start, end))
    return ranges
