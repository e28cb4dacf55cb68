"""Several model directories opened as one translator."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from seq2seq.bundle import Bundle
from seq2seq.errors import ModelError
from seq2seq.nn.ensemble import Ensemble
from seq2seq.nn.model import EncoderDecoder
from seq2seq.translator import Translator, load_translator

SEPARATOR = ","


def load_models(names: str, *, device: str = "auto", threads: int | None = None) -> Translator:
    """Load a model directory, or several with commas between, which then translate as one.

    A directory whose own name has a comma is taken for one.

    Raises:
        ModelError: one is missing or damaged, or they do not fit each other.
        UsageError: as `load_translator`.
    """
    parts = [part for part in names.split(SEPARATOR) if part]
    if len(parts) < 2 or Path(names).exists():  # noqa: PLR2004 — several
        return load_translator(names, device=device, threads=threads)
    return ensemble([load_translator(part, device=device, threads=threads) for part in parts])


def ensemble(translators: Sequence[Translator]) -> Translator:
    """Make one translator of several; it searches as the first does.

    Raises:
        ModelError: two of them translate other languages, or cut words into other pieces.
    """
    first = translators[0]
    for other in translators[1:]:
        _check(first.bundle, other.bundle)
    members = [
        member
        for translator in translators
        for member in (
            translator.model.members if isinstance(translator.model, Ensemble) else [translator.model]
        )
    ]
    networks = [member for member in members if isinstance(member, EncoderDecoder)]
    assert len(networks) == len(members), "models from directories are networks"
    return replace(
        first,
        bundle=_joined([translator.bundle for translator in translators]),
        model=Ensemble(networks),
    )


def _check(first: Bundle, other: Bundle) -> None:
    for what, mine, theirs in (
        ("source language", first.card.source_language, other.card.source_language),
        ("target language", first.card.target_language, other.card.target_language),
        ("source pieces", first.config.source.sha256, other.config.source.sha256),
        ("target pieces", first.config.target.sha256, other.config.target.sha256),
    ):
        if mine != theirs:
            raise ModelError(
                f"its {what} are not those of {first.directory}"
                if "pieces" in what
                else f"its {what} is {theirs}, and that of {first.directory} is {mine}",
                where=str(other.directory),
                mend="An ensemble is made of models that were trained on one prepared corpus.",
            )


def _joined(bundles: Sequence[Bundle]) -> Bundle:
    """What is known of the ensemble as a whole: the first model's facts, and sums where there are any."""
    first = bundles[0]
    return replace(
        first,
        revision=sha256("".join(bundle.revision for bundle in bundles).encode()).hexdigest(),
        config=first.config.model_copy(
            update={"max_source_tokens": min(bundle.max_source_tokens for bundle in bundles)}
        ),
        card=first.card.model_copy(
            update={
                "name": "+".join(bundle.card.name for bundle in bundles),
                "parameters": sum(bundle.card.parameters for bundle in bundles),
                "scores": (),
            }
        ),
        files={
            f"{index}/{name}": entry
            for index, bundle in enumerate(bundles)
            for name, entry in bundle.files.items()
        },
    )
