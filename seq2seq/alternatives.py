"""How else a translation could go on after a prefix, and where each word would lead.

    for alternative in alternatives(translator, "Where is the station?", "Où ", 5):
        print(alternative.word, alternative.log_prob, alternative.translation.text)

Two searches: a wide one of a single piece finds how the prefix may go on, and each of these ways is
then searched to its end. Ways that come to the same word are one.
"""

from collections.abc import Iterable
from dataclasses import replace
from math import exp, log1p

from seq2seq.decoding.options import MAX_BEAM, SearchOptions
from seq2seq.errors import InputError
from seq2seq.preview.words import word_spans
from seq2seq.translation import Alternative, Candidate, FinishReason, Source, Translation
from seq2seq.translator import Translator


def alternatives(
    translator: Translator,
    text: str,
    target_prefix: str = "",
    count: int = 5,
    options: SearchOptions | None = None,
) -> list[Alternative]:
    """Give the likeliest words after a prefix, at most `count`, the likeliest first; none for a blank text.

    Args:
        translator: the model.
        text: the sentence.
        target_prefix: what its translation begins with; after white space at its end comes a new word.
        count: words, at most.
        options: how to search for the translations; None is the model's own way, with attention.

    Raises:
        InputError: the prefix cannot be written, or `count` is out of range.
        SentenceTooLong: the text has too many pieces.
        DecodingError: the model found no translation.
    """
    options = options or replace(translator.defaults, attention=True)
    options = replace(options, target_prefix=target_prefix)
    source = translator.prepare(text, options)
    if source.is_blank:
        return []
    (firsts,) = translator.translate_prepared([source], next_piece(source, options, count))
    if not isinstance(firsts, Translation):
        raise firsts
    found = translator.translate_prepared(ways_on(translator, source, options, firsts), whole(options))
    return told(source, options, firsts, found)


def next_piece(source: Source, options: SearchOptions, count: int) -> SearchOptions:
    """The first search: of one piece after the prefix.

    Raises:
        InputError: `count` is out of range.
    """
    if not 1 <= count <= MAX_BEAM:
        raise InputError(f"count is {count}, and must be from 1 to {MAX_BEAM}", where="count")
    return replace(
        options,
        beam=count,
        n_best=count,
        max_target_tokens=len(source.prefix) + 1,
        attention=False,
        distinct=False,  # `told` puts together what comes to the same word
    )


def whole(options: SearchOptions) -> SearchOptions:
    """The second search: of the best translation that goes on in each way."""
    return replace(options, n_best=1)


def ways_on(
    translator: Translator, source: Source, options: SearchOptions, firsts: Translation
) -> list[Source]:
    """What is searched secondly: the source with each of the ways on as its prefix, and ended ones again."""
    plain = replace(source, prefix=(), is_prefix_open=True)
    return [
        translator.with_prefix(plain, replace(options, target_prefix=way.text))
        for way in firsts.candidates
        if not _is_end(way)
    ]


def told(
    source: Source, options: SearchOptions, firsts: Translation, found: Iterable[object]
) -> list[Alternative]:
    """Put both searches together; a way that came to nothing, no `Translation`, is left out."""
    begun = len(" ".join(options.target_prefix.split()))  # characters of the prefix as it is written
    by_word: dict[str, Alternative] = {}
    translations = iter(found)
    for way in firsts.candidates:
        translation = Translation(source, (way,)) if _is_end(way) else next(translations)
        if not isinstance(translation, Translation):
            continue
        word = "" if _is_end(way) else _word_after(translation.text, begun, is_new=not source.is_prefix_open)
        log_prob = way.pieces[len(source.prefix)].log_prob or 0.0
        known = by_word.get(word)
        if known is None:
            by_word[word] = Alternative(word, log_prob, translation)
        else:
            by_word[word] = replace(known, log_prob=_sum(known.log_prob, log_prob))
    return sorted(by_word.values(), key=lambda alternative: -alternative.log_prob)


def _is_end(way: Candidate) -> bool:
    return way.finish_reason is FinishReason.END_OF_SENTENCE


def _word_after(text: str, begun: int, *, is_new: bool) -> str:
    """The word in which the first character after `begun` stands, white space passed over."""
    for span in word_spans(text):
        if span.start >= begun or (span.end > begun and not is_new):
            return text[span.start : span.end]
    return ""


def _sum(one: float, other: float) -> float:
    """The logarithm of two probabilities together."""
    more, less = max(one, other), min(one, other)
    return more + log1p(exp(less - more))
