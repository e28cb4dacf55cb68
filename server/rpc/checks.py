"""What a request may ask, looked at before any work: counts, sizes, options, the size of the answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from seq2seq.decoding.options import SearchOptions
from seq2seq.errors import InputError
from seq2seq.translation import Source
from seq2seq.v1 import translation_service_pb2 as pb
from server.config import Limits
from server.errors import Reason, Refusal, Violation, wrong_field

BASIC, TOKENS = pb.TRANSLATION_VIEW_BASIC, pb.TRANSLATION_VIEW_TOKENS
ALIGNMENT, FULL = pb.TRANSLATION_VIEW_ALIGNMENT, pb.TRANSLATION_VIEW_FULL

# Bytes of one token in an answer, measured on real answers and rounded up: its share of the text,
# its own entry, its link. What an answer then has is looked at once more before it is sent.
_TEXT_BYTES, _TOKEN_BYTES, _LINK_BYTES, _CELL_BYTES = 8, 36, 12, 4

_FIELDS = {
    "beam": ("config.decoding_config.beam_size", "beam_size"),
    "n_best": ("config.decoding_config.hypothesis_count", "hypothesis_count"),
    "length_penalty": ("config.decoding_config.length_penalty", "length_penalty"),
    "max_target_tokens": ("config.decoding_config.max_target_tokens", "max_target_tokens"),
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a request wants to be translated, and how much of it to be told."""

    options: SearchOptions
    view: pb.TranslationView
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


def check_wishes(config: pb.TranslationConfig, defaults: SearchOptions) -> Wishes:
    """Read the options of a request; what it leaves out is the model's default.

    Raises:
        Refusal: a value is out of its range, or an enum has a value that this server does not know.
    """
    view = check_view(config.view, field="config.view")
    if config.overflow not in pb.TranslationConfig.Overflow.values():
        raise wrong_field(Reason.UNKNOWN_ENUM_VALUE, "config.overflow", f"no value {config.overflow}")
    asked = config.decoding_config
    penalty = asked.length_penalty if asked.HasField("length_penalty") else defaults.length_penalty
    try:
        options = SearchOptions(
            beam=asked.beam_size or defaults.beam,
            n_best=asked.hypothesis_count or 1,
            length_penalty=penalty,
            max_target_tokens=asked.max_target_tokens or defaults.max_target_tokens,
            attention=view >= ALIGNMENT,
            allow_repetition=asked.allow_repetition or defaults.allow_repetition,
        )
    except InputError as error:
        field, name = _FIELDS[error.where]
        problem = error.problem.replace(error.where, name, 1).replace("to beam, which", "to beam_size, which")
        raise Refusal(
            Reason.BAD_DECODING_CONFIG, f"{field}: {problem}", violations=[Violation(field, problem)]
        ) from None
    return Wishes(options, view, config.overflow == pb.TranslationConfig.TRUNCATE)


def check_view(view: pb.TranslationView, *, field: str) -> pb.TranslationView:
    """Refuse a view that this server does not know; none means BASIC."""
    if view not in pb.TranslationView.values():
        raise wrong_field(Reason.UNKNOWN_ENUM_VALUE, field, f"no value {view}")
    return view or BASIC


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
    bytes_a_target = _TEXT_BYTES + _TOKEN_BYTES * (view >= TOKENS) + _LINK_BYTES * (view >= ALIGNMENT)
    cells = total = 0
    for fitting, (S, T) in enumerate(zip(sources, targets, strict=True)):
        if not S:
            continue
        matrix = count * S * T if view == FULL and is_attentive else 0
        cells += matrix
        total += count * T * bytes_a_target + _TOKEN_BYTES * S * (view >= TOKENS) + _CELL_BYTES * matrix
        if cells > limits.attention_cells:
            what = f"the answer could have more than {limits.attention_cells} attention cells"
            raise too_large(f"{what}; the first {fitting} contents would fit")
        if total > limits.message_bytes:
            what = f"the answer could have more than {limits.message_bytes} bytes"
            raise too_large(f"{what}; the first {fitting} contents would fit")
