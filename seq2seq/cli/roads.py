"""Two roads to a translation, with one interface: a model of one's own, or a server."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from seq2seq.bundle import default_model
from seq2seq.decoding.options import SearchOptions
from seq2seq.errors import UsageError
from seq2seq.preview.document import Model
from seq2seq.translation import Failure, Translation


@dataclass(frozen=True)
class Wanted:
    """What the command line asks of a search; None is the model's own choice."""

    beam: int | None = None
    n_best: int | None = None
    length_penalty: float | None = None
    max_target_tokens: int | None = None
    attention: bool = False

    def over(self, defaults: SearchOptions) -> SearchOptions:
        """Put what is asked in the place of a model's defaults.

        Raises:
            InputError: a value is outside its range.
        """
        beam = self.beam or max(defaults.beam, self.n_best or 1)
        return SearchOptions(
            beam=beam,
            n_best=self.n_best or 1,
            length_penalty=defaults.length_penalty if self.length_penalty is None else self.length_penalty,
            max_target_tokens=self.max_target_tokens or defaults.max_target_tokens,
            attention=self.attention,
        )


class Road(Protocol):
    """Takes lines and gives as many answers, in their order."""

    def translate_lines(
        self, lines: Iterable[str], options: SearchOptions | None = None, *, window: int = ...
    ) -> Iterator[Translation | Failure]:
        """Translate lines; at most `window` of them are waited for at a time."""
        ...


@dataclass(frozen=True)
class Opened:
    """A road, how it searches, and what it is called in previews."""

    road: Road
    options: SearchOptions
    model: Model


@contextmanager
def open_road(
    model: Path | None, server: str | None, wanted: Wanted, *, device: str, threads: int | None
) -> Iterator[Opened]:
    """Load a model, or connect to a server and use its model of the name `model`."""
    if server is None:
        from seq2seq.translator import load_translator  # noqa: PLC0415 — imports torch

        translator = load_translator(model or default_model(), device=device, threads=threads)
        card = translator.bundle.card
        label = Model(card.name, card.source_language, card.target_language, translator.bundle.revision)
        yield Opened(translator, wanted.over(translator.defaults), label)
        return
    if device != "auto" or threads is not None:
        raise UsageError(
            "--device and --threads are the server's own when --server is given", where="--server"
        )
    from seq2seq.client import TranslationClient  # noqa: PLC0415 — imports grpc

    with TranslationClient(server) as client:
        served = client.model(str(model) if model else "")
        label = Model(served.name, served.source_language, served.target_language, served.revision)
        yield Opened(client.using(served.name), wanted.over(SearchOptions()), label)
