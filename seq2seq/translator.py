"""From text to translation: cut into pieces, search, put the pieces together again.

    translation = load_translator("tatoeba-en-fr-attention").translate("Where is the station?")
    print(translation.text, translation.score, translation.attention)

Nothing of a call is kept: one `Translator` serves any number of threads.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import islice
from pathlib import Path

from seq2seq.amounts import amount
from seq2seq.batch import UNK
from seq2seq.bundle import Bundle
from seq2seq.data.case import in_sentence_case_if_spelt_out, realised_in_capitals
from seq2seq.data.normalise import normalise
from seq2seq.data.subword import SubwordModel
from seq2seq.decoding.guard import Guard, Spelling
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.prefix import NO_PREFIX, Prefix
from seq2seq.decoding.repetition import allowance, is_repetitive
from seq2seq.decoding.search import Finished, search_admitted
from seq2seq.decoding.sentence import Admission
from seq2seq.errors import (
    DecodingError,
    InputError,
    ModelError,
    NothingWritten,
    SentenceTooLong,
    UsageError,
)
from seq2seq.loading import device_named, load_network, packed, precision_of, return_freed_memory, use_threads
from seq2seq.nn.model import TranslationModel
from seq2seq.scoring import score_pairs
from seq2seq.translation import (
    Candidate,
    Failure,
    FinishReason,
    Piece,
    PieceKind,
    Source,
    Translation,
    check_candidate,
)

WINDOW = 500  # lines of a file that are sorted by length together
_MAX_CODE_POINTS_PER_TOKEN = 64  # no piece is as long: a longer text is refused before it is cut


@dataclass(frozen=True, eq=False)
class Translator:
    """A loaded model; holds nothing of a call, so any number of threads may share it."""

    bundle: Bundle
    source_subword: SubwordModel = field(repr=False)
    target_subword: SubwordModel = field(repr=False)
    model: TranslationModel = field(repr=False)

    @property
    def defaults(self) -> SearchOptions:
        """How the model is searched when nothing else is asked."""
        return self.bundle.search

    @property
    def max_source_tokens(self) -> int:
        """The longest source, in pieces, end of sentence included."""
        return self.bundle.max_source_tokens

    @property
    def max_target_tokens(self) -> int:
        """The longest translation, in pieces, end of sentence included."""
        return self.defaults.limit_for(self.max_source_tokens)

    @property
    def is_attentive(self) -> bool:
        """Whether translations can have attention."""
        return self.model.is_attentive

    @property
    def precision(self) -> str:
        """In which numbers it is searched: "float32" or "int8"; an ensemble may have both."""
        return precision_of(self.model)

    def translate(self, text: str, options: SearchOptions | None = None) -> Translation:
        """Translate one sentence; with attention, if there is any, unless options say otherwise.

        Raises:
            SentenceTooLong: it has more than `max_source_tokens` pieces.
            DecodingError: the model found no translation.
        """
        options = options or replace(self.defaults, attention=True)
        (answer,) = self.translate_prepared([self.prepare(text, options)], options)
        return _or_raise(answer)

    def translate_all(self, texts: Sequence[str], options: SearchOptions | None = None) -> list[Translation]:
        """Translate sentences, in their order; one that fails fails all, and is named by its index.

        Raises:
            InputError, DecodingError: as `translate`, with `where` such as "texts[17]".
        """
        _check_several(texts, "texts")
        options = options or self.defaults
        sources = [self._prepare_at(f"texts[{index}]", text, options) for index, text in enumerate(texts)]
        answers = self.translate_prepared(sources, options)
        return [_or_raise(answer, f"texts[{index}]") for index, answer in enumerate(answers)]

    def translate_lines(
        self, lines: Iterable[str], options: SearchOptions | None = None, *, window: int = WINDOW
    ) -> Iterator[Translation | Failure]:
        """Translate lines of any number, in their order: as many answers as lines.

        Takes `window` lines at a time from `lines` and holds no more of them; a blank line gives a
        blank translation; a line that cannot be translated gives a `Failure` and the others go on.
        """
        _check_several(lines, "lines")
        if window < 1:
            raise UsageError(f"window is {window}, and must be at least 1", where="window")
        return self._windows(iter(lines), options or self.defaults, window)

    def score(self, pairs: Sequence[tuple[str, str]], *, attention: bool = False) -> list[Translation]:
        """Rate given translations: what the model would have said of each piece of the target.

        Each answer has the target as its one candidate; two blank sides give a blank translation.

        Raises:
            InputError: one side alone is blank; `where` is such as "pairs[17].source".
            SentenceTooLong: a side has too many pieces.
        """
        prepared = [self._prepare_pair(f"pairs[{index}]", *pair) for index, pair in enumerate(pairs)]
        return score_pairs(
            self.model, prepared, length_penalty=self.defaults.length_penalty, attention=attention
        )

    def prepare(self, text: str, options: SearchOptions | None = None) -> Source:
        """Cut a sentence into pieces; one with nothing to translate has no tokens.

        Args:
            text: the sentence.
            options: say what is kept as it is, and what the translation begins with.

        Raises:
            SentenceTooLong: it has more than `max_source_tokens` pieces.
            InputError: it is not a string, or `target_prefix` cannot be written.
            UsageError: the model has not learnt to keep anything.
        """
        options = options or self.defaults
        self.check_keeps(options.keep)
        cut = partial(self.source_subword.prepare, protect=self.bundle.protects, keep=options.keep)
        return self.with_prefix(_cut(text, cut, self.max_source_tokens), options)

    def with_prefix(self, source: Source, options: SearchOptions) -> Source:
        """Let the translation of a source begin as `options` say.

        Raises:
            InputError: the prefix has too many pieces, or one that is not in the vocabulary.
        """
        text = options.target_prefix
        if source.is_blank or not text.strip():
            return source
        *tokens, _ = self._prepared_target(text, source).tokens
        most = options.limit_for(len(source.tokens)) - 1
        if len(tokens) > most:
            problem = (
                f"it has {amount(len(tokens), 'piece')}, and a translation of this sentence at most {most:,}"
            )
            raise InputError(problem, where="target_prefix", mend="Shorten it.")
        if UNK in tokens:
            problem = "it has a character that the model cannot write"
            raise InputError(problem, where="target_prefix", mend="Leave it out.")
        return replace(source, prefix=tuple(tokens), is_prefix_open=not text[-1].isspace())

    def check_keeps(self, keep: Sequence[str]) -> None:
        """Check that the model can keep what it is asked to.

        Raises:
            UsageError: it has not learnt to keep anything.
        """
        if keep and not self.bundle.protects:
            raise UsageError(
                f"the model '{self.bundle.card.name}' has not learnt to keep words as they are",
                where="keep",
                mend="Use a model of which `seq2seq model info` says what it keeps, or train one with "
                "batching.protected_spans.",
            )

    def realise(
        self, source: Source, tokens: Sequence[int], log_probs: Sequence[float]
    ) -> tuple[str, tuple[Piece, ...]]:
        """Give the text and pieces of a translation, or of its beginning; in capitals as its source."""
        text, pieces = self.target_subword.realise(tokens, log_probs, source.protected)
        return realised_in_capitals(text, pieces) if source.in_capitals else (text, pieces)

    def admission(self, key: object, source: Source, options: SearchOptions) -> Admission:
        """What a `Search` over `model` takes for a source that is not blank."""
        assert source.tokens, "a blank source is not searched"
        guard = None if options.allow_repetition else Guard(self._spelling, allowance(source.text))
        copies = frozenset[int]()
        if source.protected:
            left = sum(
                piece.kind is PieceKind.PROTECTED for piece in source.pieces
            )  # a server may cut some off
            copies = frozenset(self.target_subword.placeholders[:left])
        begins_word = None if source.is_prefix_open else self._spelling.begins
        prefix = Prefix(source.prefix, begins_word) if source.prefix else NO_PREFIX
        is_asked = options.distinct and options.n_best > 1
        text_of = partial(self._text_of, source) if is_asked else None
        return Admission(key, source.tokens, options, guard, copies, prefix, text_of)

    def finish(self, source: Source, hypotheses: Sequence[Hypothesis]) -> Translation:
        """Put texts together for what a search found; a translation without any text is none.

        Raises:
            NothingWritten: no hypothesis has a text.
            DecodingError: a score is not a number.
        """
        candidates = (self._candidate(source, hypothesis) for hypothesis in hypotheses)
        written = tuple(candidate for candidate in candidates if candidate.text.strip())
        if not written:
            raise NothingWritten
        return Translation(source, written)

    def _text_of(self, source: Source, tokens: Sequence[int]) -> str:
        return self.realise(source, tokens, [0.0] * len(tokens))[0]

    def _windows(
        self, lines: Iterator[str], options: SearchOptions, window: int
    ) -> Iterator[Translation | Failure]:
        self.check_keeps(options.keep)
        first = 1
        while texts := list(islice(lines, window)):
            sources = [self._prepare_or_fail(text, options) for text in texts]
            full = [source for source in sources if isinstance(source, Source)]
            found = self.translate_prepared(full, options)
            for number, source in enumerate(sources, start=first):
                answer = next(found) if isinstance(source, Source) else source
                if isinstance(answer, Translation):
                    yield answer
                else:
                    yield Failure(number, texts[number - first], _at(answer, f"line {number}"))
            first += len(texts)

    def translate_prepared(
        self, sources: Sequence[Source], options: SearchOptions
    ) -> Iterator[Translation | InputError | DecodingError]:
        """Search what is not blank; a sentence that fails does not touch the others."""
        full = [source for source in sources if not source.is_blank]
        admissions = [self.admission(index, source, options) for index, source in enumerate(full)]
        found = iter(search_admitted(self.model, admissions))
        for source in sources:
            yield Translation(source, ()) if source.is_blank else self._finish_or_fail(source, next(found))

    @cached_property
    def _spelling(self) -> Spelling:
        return Spelling.of(self.target_subword.begins_word(), self.target_subword.without_case())

    def _finish_or_fail(self, source: Source, finished: Finished) -> Translation | DecodingError:
        if finished.error is not None:
            return finished.error
        try:
            return self.finish(source, finished.hypotheses)
        except DecodingError as error:
            return error

    def _prepare_or_fail(self, text: str, options: SearchOptions | None = None) -> Source | InputError:
        try:
            return self.prepare(text, options)
        except InputError as error:
            return error

    def _prepare_at(self, where: str, text: str, options: SearchOptions | None = None) -> Source:
        source = self._prepare_or_fail(text, options)
        if isinstance(source, Source):
            return source
        raise _at(source, where) from source

    def _prepare_pair(self, where: str, source_text: str, target_text: str) -> tuple[Source, Source]:
        source = self._prepare_at(f"{where}.source", source_text)
        try:
            target = self._prepared_target(target_text, source)
        except InputError as error:
            raise _at(error, f"{where}.target") from error
        if source.is_blank != target.is_blank:
            side = "source" if source.is_blank else "target"
            raise InputError(f"the {side} is blank, and its other side is not", where=f"{where}.{side}")
        return source, target

    def _prepared_target(self, text: str, source: Source) -> Source:
        """Cut a target into pieces as it would be searched: in capitals only where its source is not."""
        cut = partial(self.target_subword.prepare_target, source=source)
        target = _cut(text, cut, self.max_target_tokens)
        return cut(text) if target.in_capitals and not source.in_capitals else target

    def _candidate(self, source: Source, hypothesis: Hypothesis) -> Candidate:
        text, pieces = self.realise(source, hypothesis.tokens, hypothesis.log_probs)
        reason = FinishReason.END_OF_SENTENCE if hypothesis.is_finished else FinishReason.LENGTH_LIMIT
        found = hypothesis.log_prob, hypothesis.score, reason, hypothesis.attention
        repeats = hypothesis.repetition_avoided, is_repetitive(text, source.text)
        candidate = Candidate(text, pieces, *found, *repeats)
        return check_candidate(candidate, source)


def load_translator(
    path: Path | str, *, device: str = "auto", threads: int | None = None, precision: str = "auto"
) -> Translator:
    """Load a model directory.

    Args:
        path: the directory.
        device: "auto" (CUDA when there is any, or else the CPU), "cpu", "cuda" or "cuda:1".
        threads: of torch, for the whole process; None leaves torch's own choice.
        precision: "float32"; "int8" for a CPU that has it: faster, and not quite the same numbers; or
            "auto": int8 where it can be and the card says that it costs nothing, or else float32.

    Raises:
        ModelError: there is no model, or it is damaged.
        UsageError: there is no such device or precision, or `threads` is below 1.
    """
    place = device_named(device)
    use_threads(threads)
    bundle = Bundle.open(Path(path))
    source = SubwordModel.load(bundle.source_subword)
    joint = bundle.source_subword == bundle.target_subword
    target = source if joint else SubwordModel.load(bundle.target_subword)
    network = load_network(bundle, source.size, target.size).to(place)
    ready = packed(network, precision, is_fit_for_int8=bundle.card.is_fit_for_int8, consumes=True)
    return_freed_memory()
    if not bundle.is_current():
        raise ModelError(
            "it was replaced by another model while it was read", where=str(path), mend="Load it again."
        )
    return Translator(bundle, source, target, ready)


def _cut(text: str, prepare: Callable[[str], Source], limit: int) -> Source:
    if not isinstance(text, str):
        raise InputError(f"a text must be a string, and this one is of type {type(text).__name__}")
    mend = "Split it into sentences, or use a model with a larger max_source_tokens."
    if len(text) > limit * _MAX_CODE_POINTS_PER_TOKEN:
        characters = len(normalise(text))
        if characters == 0:
            return Source(text, (), ())
        if characters > limit * _MAX_CODE_POINTS_PER_TOKEN:
            raise SentenceTooLong(
                f"the sentence has {characters:,} characters, and this model takes {limit:,} pieces",
                mend=mend,
            )
    source = in_sentence_case_if_spelt_out(prepare(text), prepare)
    if len(source.tokens) > limit:
        raise SentenceTooLong(
            f"the sentence has {len(source.tokens):,} pieces, and this model takes {limit:,}", mend=mend
        )
    return source


def _check_several(texts: object, name: str) -> None:
    if isinstance(texts, (str, bytes)):
        raise UsageError(
            f"{name} is one text, and must be several", where=name, mend="Call translate for a single text."
        )


def _at(error: InputError | DecodingError, where: str) -> InputError | DecodingError:
    return type(error)(error.problem, where=where, mend=error.mend)


def _or_raise(answer: Translation | InputError | DecodingError, where: str = "") -> Translation:
    if isinstance(answer, Translation):
        return answer
    raise _at(answer, where) from answer
