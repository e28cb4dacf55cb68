"""What every call goes through, over gRPC or HTTP: choose the model, check, cut, search.

An edge turns its request into an `Order`, and what comes back into its answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import monotonic

from seq2seq.alternatives import next_piece, told, ways_on, whole
from seq2seq.decoding.options import SearchWish
from seq2seq.errors import InputError
from seq2seq.translation import Alternative, Source, Translation
from server import checks, journal
from server.checks import View, Wishes
from server.config import ServerConfig
from server.engine.catalogue import Catalogue, Hosted
from server.engine.engine import Answer, Engine
from server.errors import Fields, Reason, Refusal, several, wrong_field

Outcome = Translation | Refusal


@dataclass(frozen=True, slots=True)
class Order:
    """What one request asks."""

    texts: Sequence[str]
    wish: SearchWish  # whether there is attention follows from the view
    model: str = ""  # its full name; empty: by the languages, or else the default
    source_language: str = ""
    target_language: str = ""
    view: View = View.BASIC
    truncate: bool = False  # cut off sentences that are too long
    partial: bool = False  # a text that fails does not fail the others


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one request asks to be rated."""

    pairs: Sequence[tuple[str, str]]  # sources and their translations
    model: str = ""  # as of an order
    source_language: str = ""
    target_language: str = ""
    view: View = View.BASIC


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of an order, or of a judgement: an outcome for each text or pair."""

    hosted: Hosted
    wishes: Wishes
    outcomes: tuple[Outcome, ...]
    answer: Answer


@dataclass(frozen=True, slots=True)
class Begun:
    """A sentence that may be streamed."""

    hosted: Hosted
    engine: Engine
    wishes: Wishes
    source: Source


@dataclass(frozen=True, slots=True)
class Ways:
    """How a translation could go on."""

    hosted: Hosted
    view: View
    alternatives: tuple[Alternative, ...]
    answer: Answer


class Desk:
    """Takes the orders of one edge.

    Args:
        catalogue: the models.
        config: limits and times.
        fields: what the edge calls the parts of a request.
    """

    def __init__(self, catalogue: Catalogue, config: ServerConfig, fields: Fields) -> None:
        self.catalogue = catalogue
        self.config = config
        self.fields = fields

    def deadline(self, left_s: float | None) -> float:
        """When a call ends, time.monotonic(); None: it did not say."""
        left_s = self.config.default_deadline_s if left_s is None else left_s
        left_s = min(left_s, self.config.max_deadline_s)
        journal.current.get().deadline_left_ms = journal.milliseconds(left_s)
        return monotonic() + left_s

    async def translate(self, order: Order, deadline: float) -> Filled:
        """Translate the texts of an order.

        Raises:
            Refusal: something cannot be taken, the line is full, or time is over.
        """
        texts, limits = order.texts, self.config.limits
        checks.check_count(len(texts), limits, field=self.fields.texts)
        paths = [self.fields.text.format(index) for index in range(len(texts))]
        refused = checks.check_sizes(texts, limits, paths)
        raise_if_any(refused, partial=order.partial)
        hosted, engine, wishes = self._choose(order)

        wanted = ["" if index in refused else text for index, text in enumerate(texts)]
        cut = await engine.prepare(wanted, wishes.options, self.fields, truncate=wishes.truncate)
        prepared = [refused.get(index, outcome) for index, outcome in enumerate(cut)]
        refused = {i: outcome for i, outcome in enumerate(prepared) if isinstance(outcome, Refusal)}
        raise_if_any(refused, partial=order.partial)
        sources = [source for source in prepared if isinstance(source, Source)]
        checks.check_answer(sources, wishes, limits, is_attentive=engine.translator.is_attentive)

        answer = await engine.translate(sources, wishes.options, deadline)
        found = iter(answer.outcomes)
        outcomes = [refused[i] if i in refused else next(found) for i in range(len(texts))]
        refused = {i: outcome for i, outcome in enumerate(outcomes) if isinstance(outcome, Refusal)}
        raise_if_any({i: at(paths[i], refusal) for i, refusal in refused.items()}, partial=order.partial)
        return Filled(hosted, wishes, tuple(outcomes), answer)

    async def alternatives(self, order: Order, count: int, deadline: float) -> "Ways":
        """Say how the one text of an order could go on after its prefix, and where that leads.

        Raises:
            Refusal: something cannot be taken, the line is full, or time is over.
        """
        begun = await self.begin(order)
        hosted, engine, options, source = begun.hosted, begun.engine, begun.wishes.options, begun.source
        if source.is_blank:
            return Ways(hosted, begun.wishes.view, (), Answer(()))
        try:
            narrow = next_piece(source, options, count)
        except InputError as error:
            problem = error.problem.replace(error.where, self.fields.count, 1)
            raise wrong_field(Reason.BAD_DECODING_CONFIG, self.fields.count, problem) from None
        (firsts,) = (await engine.translate([source], narrow, deadline)).outcomes
        if isinstance(firsts, Refusal):
            raise firsts
        ways = ways_on(engine.translator, source, options, firsts)
        answer = await engine.translate(ways, whole(options), deadline)
        return Ways(hosted, begun.wishes.view, tuple(told(source, options, firsts, answer.outcomes)), answer)

    async def score(self, judgement: Judgement, deadline: float) -> Filled:
        """Rate given translations.

        Raises:
            Refusal: something cannot be taken, the line is full, or time is over.
        """
        pairs, limits = judgement.pairs, self.config.limits
        checks.check_count(len(pairs), limits, field="pairs")
        texts = [text for pair in pairs for text in pair]
        sides = [f"pairs[{i}].{side}" for i in range(len(pairs)) for side in ("source_text", "target_text")]
        raise_if_any(checks.check_sizes(texts, limits, sides))
        languages = judgement.source_language, judgement.target_language
        hosted = self.catalogue.choose(judgement.model, *languages, self.fields)
        engine = hosted.working
        options = replace(engine.translator.defaults, attention=judgement.view >= View.ALIGNMENT)
        wishes = Wishes(options, judgement.view)
        note(hosted, wishes, contents=len(pairs))

        sources = await engine.prepare_pairs(pairs)
        targets = [target for _, target in pairs]
        is_attentive = engine.translator.is_attentive
        checks.check_scored_answer(sources, targets, wishes, limits, is_attentive=is_attentive)
        answer = await engine.score(sources, targets, options, deadline)
        refused = {i: outcome for i, outcome in enumerate(answer.outcomes) if isinstance(outcome, Refusal)}
        raise_if_any({i: at(f"pairs[{i}]", refusal) for i, refusal in refused.items()})
        return Filled(hosted, wishes, answer.outcomes, answer)

    async def begin(self, order: Order) -> Begun:
        """Make the one text of an order ready to be streamed by its engine.

        Raises:
            Refusal: something cannot be taken.
        """
        (text,) = order.texts
        raise_if_any(checks.check_sizes([text], self.config.limits, [self.fields.text.format(0)]))
        hosted, engine, wishes = self._choose(order)
        (source,) = await engine.prepare([text], wishes.options, self.fields, truncate=wishes.truncate)
        if isinstance(source, Refusal):
            raise source
        is_attentive = engine.translator.is_attentive
        checks.check_answer([source], wishes, self.config.limits, is_attentive=is_attentive)
        return Begun(hosted, engine, wishes, source)

    def _choose(self, order: Order) -> tuple[Hosted, Engine, Wishes]:
        hosted = self.catalogue.choose(order.model, order.source_language, order.target_language, self.fields)
        engine = hosted.working
        attention = order.view >= View.ALIGNMENT
        wish = order.wish if order.wish.attention == attention else replace(order.wish, attention=attention)
        options = checks.check_options(wish, engine.translator.defaults, self.fields)
        if options.keep and not engine.translator.bundle.protects:
            problem = "this model has not learnt to keep words as they are"
            raise wrong_field(Reason.BAD_DECODING_CONFIG, self.fields.keep, problem)
        wishes = Wishes(options, order.view, order.truncate)
        note(hosted, wishes, contents=len(order.texts))
        return hosted, engine, wishes


def raise_if_any(refused: dict[int, Refusal], *, partial: bool = False) -> None:
    """Refuse the whole call for what is refused of it, unless the rest is wanted all the same."""
    if refused and not partial:
        raise several(list(refused.values()))


def at(path: str, refusal: Refusal) -> Refusal:
    """Name the part of the request that was refused, where that is not said yet."""
    return refusal if refusal.violations else wrong_field(refusal.reason, path, refusal.message)


def note(hosted: Hosted, wishes: Wishes, *, contents: int) -> None:
    """Let the log say what is asked."""
    record = journal.current.get()
    record.model, record.revision = hosted.name, hosted.bundle.revision[:12]
    record.contents, record.beam, record.view = contents, wishes.options.beam, wishes.view.name


def note_usage(translations: Sequence[Outcome], answer: Answer) -> None:
    """Let the log say what it cost."""
    record = journal.current.get()
    record.source_tokens, record.target_tokens = tokens_of(translations)
    record.queue_ms = journal.milliseconds(answer.queue_s)
    record.decode_ms = journal.milliseconds(answer.decode_s)


def tokens_of(outcomes: Sequence[Outcome]) -> tuple[int, int]:
    """How many tokens were read and, in the best translations, written."""
    translations = [outcome for outcome in outcomes if isinstance(outcome, Translation)]
    read = sum(len(translation.source.tokens) for translation in translations)
    return read, sum(len(translation.pieces) for translation in translations)
