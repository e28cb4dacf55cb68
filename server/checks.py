"""What a request may ask, looked at before any work: counts, sizes, options, the size of the answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from seq2seq.decoding.options import SearchOptions, SearchWish
from seq2seq.errors import InputError
from seq2seq.translation import Source
from server.config import Limits
from server.errors import Fields, Reason, Refusal, Violation, wrong_field


class View(IntEnum):
    """How much of a translation is told; each holds the one before. The numbers are the proto's."""

    BASIC = 1
    TOKENS = 2
    ALIGNMENT = 3
    FULL = 4


# Bytes of one token in an answer, measured on real answers and rounded up: its share of the text,
# its own entry, its link. What an answer then has is looked at once more before it is sent.
_TEXT_BYTES, _TOKEN_BYTES, _LINK_BYTES, _CELL_BYTES = 8, 36, 12, 4


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a request wants to be translated, and how much of it to be told."""

    options: SearchOptions
    view: View
    truncate: bool = False


def check_count(contents: int, limits: Limits, *, field: str = "contents") -> None:
    """Refuse none and too many."""
    if not contents:
        raise wrong_field(Reason.CONTENTS_MISSING, field, "at least one is needed")
    if contents > limits.contents:
        problem = f"there are {contents}, and at most {limits.contents} are taken; send several requests"
        raise wrong_field(Reason.TOO_MANY_CONTENTS, field, problem)


def check_sizes(texts: Sequence[str], limits: Limits, fields: Sequence[str]) -> dict[int, Refusal]:
    """Refuse too much text in all; give those that are too long by themselves, by their index.

    Args:
        texts: all of the request.
        limits: what is taken.
        fields: the path of each text in the request.
    """
    too_long = {
        index: wrong_field(
            Reason.TEXT_TOO_LONG,
            fields[index],
            f"it has {len(text)} code points, and at most {limits.content_codepoints} are taken",
        )
        for index, text in enumerate(texts)
        if len(text) > limits.content_codepoints
    }
    total = sum(map(len, texts))
    if total > limits.codepoints:
        message = f"{total} code points in all, and at most {limits.codepoints} are taken"
        violations = [violation for refusal in too_long.values() for violation in refusal.violations]
        raise Refusal(Reason.TEXT_TOO_LONG, message, violations=violations)
    return too_long


def check_options(wish: SearchWish, defaults: SearchOptions, fields: Fields) -> SearchOptions:
    """Put what is asked of the search in the place of the model's defaults.

    Raises:
        Refusal: a value is out of its range.
    """
    penalty = defaults.length_penalty if wish.length_penalty is None else wish.length_penalty
    try:
        return SearchOptions(
            beam=wish.beam or defaults.beam,
            n_best=wish.n_best or 1,
            length_penalty=penalty,
            max_target_tokens=wish.max_target_tokens or defaults.max_target_tokens,
            attention=wish.attention,
            allow_repetition=wish.allow_repetition or defaults.allow_repetition,
            keep=wish.keep,
            target_prefix=wish.target_prefix,
            distinct=defaults.distinct,
        )
    except InputError as error:
        name = error.where.partition("[")[0]  # of what is to be kept, one may be wrong
        field: str = getattr(fields, name) + error.where.removeprefix(name)
        name, beam = field.rpartition(".")[2], fields.beam.rpartition(".")[2]
        problem = error.problem.replace(error.where, name, 1).replace("to beam, which", f"to {beam}, which")
        violation = Violation(field, problem)
        raise Refusal(Reason.BAD_DECODING_CONFIG, f"{field}: {problem}", violations=[violation]) from None


def check_answer(sources: Sequence[Source], wishes: Wishes, limits: Limits, *, is_attentive: bool) -> None:
    """Refuse what could become too large an answer, before it is translated.

    Raises:
        Refusal: with the number of contents that would fit.
    """
    targets = [wishes.options.limit_for(len(source.tokens)) for source in sources]
    _check_worst_case([len(source.tokens) for source in sources], targets, wishes, limits, is_attentive)


def check_scored_answer(
    sources: Sequence[Source], targets: Sequence[str], wishes: Wishes, limits: Limits, *, is_attentive: bool
) -> None:
    """The same for pairs; a target has at most a token for each of its bytes, and its end."""
    lengths = [len(target.encode()) + 1 for target in targets]
    single = replace(wishes, options=replace(wishes.options, n_best=1))
    _check_worst_case([len(source.tokens) for source in sources], lengths, single, limits, is_attentive)


def too_large(what: str) -> Refusal:
    """Refuse an answer that would be too large."""
    mend = "ask for fewer contents or hypotheses, a smaller view or fewer target tokens"
    return Refusal(Reason.RESPONSE_TOO_LARGE, f"{what}; {mend}")


def _check_worst_case(
    sources: Sequence[int],
    targets: Sequence[int],
    wishes: Wishes,
    limits: Limits,
    is_attentive: bool,  # noqa: FBT001 — private
) -> None:
    count, view = wishes.options.n_best, wishes.view
    bytes_a_target = (
        _TEXT_BYTES + _TOKEN_BYTES * (view >= View.TOKENS) + _LINK_BYTES * (view >= View.ALIGNMENT)
    )
    cells = total = 0
    for fitting, (S, T) in enumerate(zip(sources, targets, strict=True)):
        if not S:
            continue
        matrix = count * S * T if view == View.FULL and is_attentive else 0
        cells += matrix
        total += count * T * bytes_a_target + _TOKEN_BYTES * S * (view >= View.TOKENS) + _CELL_BYTES * matrix
        if cells > limits.attention_cells:
            what = f"the answer could have more than {limits.attention_cells} attention cells"
            raise too_large(f"{what}; the first {fitting} contents would fit")
        if total > limits.message_bytes:
            what = f"the answer could have more than {limits.message_bytes} bytes"
            raise too_large(f"{what}; the first {fitting} contents would fit")
