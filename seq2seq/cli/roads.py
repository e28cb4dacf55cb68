"""Two roads to a translation, with one interface: a model of one's own, or a server."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from seq2seq.bundle import Bundle, default_model
from seq2seq.decoding.options import SearchOptions, SearchWish
from seq2seq.errors import UsageError
from seq2seq.preview.document import Model
from seq2seq.translation import Alternative, Failure, Translation


class TranslateLines(Protocol):
    """Takes lines and gives as many answers, in their order; waits for `window` of them at a time."""

    def __call__(self, lines: Iterable[str], *, window: int = ...) -> Iterator[Translation | Failure]:
        """Translate lines."""
        ...


class FindAlternatives(Protocol):
    """Finds the words that may come next after a prefix, at most `count`."""

    def __call__(self, text: str, target_prefix: str, count: int) -> list[Alternative]:
        """Find them."""
        ...


@dataclass(frozen=True)
class Opened:
    """A road, how it searches, and what it is called in previews."""

    translate_lines: TranslateLines
    alternatives: FindAlternatives
    search: SearchOptions | None  # None: the server's model chose what was not asked for
    model: Model
    bundle: Bundle | None = None  # None: the model is a server's
    precision: str = ""  # in which numbers it is searched; empty: the server has not said


@dataclass(frozen=True)
class Machine:
    """How a model of one's own is run."""

    device: str = "auto"
    threads: int | None = None
    precision: str = "auto"


@contextmanager
def open_road(
    model: Path | None, server: str | None, wanted: SearchWish, machine: Machine
) -> Iterator[Opened]:
    """Load a model or an ensemble, or connect to a server and use its model of the name `model`."""
    if server is None:
        from seq2seq.alternatives import alternatives  # noqa: PLC0415 — imports torch
        from seq2seq.ensembles import load_models  # noqa: PLC0415 — as above
        from seq2seq.loading import return_large_blocks  # noqa: PLC0415 — as above

        return_large_blocks()

        translator = load_models(
            str(model or default_model()),
            device=machine.device,
            threads=machine.threads,
            precision=machine.precision,
        )
        card = translator.bundle.card
        label = Model(card.name, card.source_language, card.target_language, translator.bundle.revision)
        options = wanted.over(translator.defaults)
        answer = partial(translator.translate_lines, options=options)
        ways = partial(alternatives, translator, options=options)
        yield Opened(answer, ways, options, label, translator.bundle, translator.precision)
        return
    if machine != Machine():
        raise UsageError(
            "--device, --threads and --precision are the server's own when --server is given",
            where="--server",
        )
    from seq2seq.client import TranslationClient  # noqa: PLC0415 — imports grpc

    with TranslationClient(server) as client:
        served = client.model(str(model) if model else "")
        label = Model(served.name, served.source_language, served.target_language, served.revision)
        using = client.using(served.name)
        ways = partial(using.alternatives, options=wanted)
        yield Opened(partial(using.translate_lines, options=wanted), ways, None, label)
