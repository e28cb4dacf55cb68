"""Several model directories opened as one translator, or averaged into one model."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import torch

from seq2seq.bundle import Bundle, write_bundle
from seq2seq.card import joined_card
from seq2seq.errors import ModelError
from seq2seq.loading import load_network
from seq2seq.nn.ensemble import Ensemble
from seq2seq.nn.inference import PackedModel
from seq2seq.nn.model import EncoderDecoder
from seq2seq.translator import Translator, load_translator

SEPARATOR = ","


def load_models(
    names: str, *, device: str = "auto", threads: int | None = None, precision: str = "auto"
) -> Translator:
    """Load a model directory, or several with commas between, which then translate as one.

    A directory whose own name has a comma is taken for one.

    Raises:
        ModelError: one is missing or damaged, or they do not fit each other.
        UsageError: as `load_translator`.
    """
    parts = [part for part in names.split(SEPARATOR) if part]
    if len(parts) < 2 or Path(names).exists():  # noqa: PLR2004 — several
        parts = [names]
    translators = [
        load_translator(part, device=device, threads=threads, precision=precision) for part in parts
    ]
    return ensemble(translators) if len(translators) > 1 else translators[0]


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
    networks = [member for member in members if isinstance(member, EncoderDecoder | PackedModel)]
    assert len(networks) == len(members), "models from directories are networks"
    return replace(
        first,
        bundle=_joined([translator.bundle for translator in translators]),
        model=Ensemble(networks),
    )


def average(directories: Sequence[Path], out: Path, command: str) -> Bundle:
    """Write a model whose weights are the means of those of several models of one run.

    Checkpoint averaging; Sennrich et al. 2016 (arXiv:1606.02891), section 2.3. The card has no scores, for
    nobody has measured it yet.

    Args:
        directories: models of one run, from different updates; weights of different runs have no mean.
        out: the directory to write.
        command: what the user typed, for the card.

    Raises:
        ModelError: they are not of one run, or one is missing or damaged, or `out` is no model.
    """
    translators = [load_translator(directory, device="cpu", precision="float32") for directory in directories]
    first = translators[0].bundle
    for other in (translator.bundle for translator in translators[1:]):
        _check(first, other)
        if _run(first) != _run(other):
            raise ModelError(
                f"it is not of the run that {first.directory} is of",
                where=str(other.directory),
                mend="Average models of one run (training with keep = 5 leaves them in best/);"
                " models of different runs make an ensemble, -m A,B.",
            )
    # The translators' own networks may be packed for searching, and those have no weights to add up.
    networks = [
        load_network(translator.bundle, translator.source_subword.size, translator.target_subword.size)
        for translator in translators
    ]
    mean = networks[0]
    states = [network.state_dict() for network in networks]
    mean.load_state_dict(
        {name: torch.stack([state[name] for state in states]).mean(dim=0) for name in states[0]}
    )
    updates = max(translator.bundle.card.training.updates for translator in translators)
    training = first.card.training.model_copy(update={"command": command, "updates": updates})
    return write_bundle(
        out,
        model=mean,
        model_config=mean.config,
        source_subword=translators[0].source_subword,
        target_subword=translators[0].target_subword,
        card=first.card.model_copy(update={"training": training, "scores": (), "int8_bleu_loss": None}),
        search=first.search,
        max_source_tokens=first.max_source_tokens,
        protects=first.protects,
    )


def _run(bundle: Bundle) -> tuple[object, ...]:
    """What is the same in all models of one run."""
    card = bundle.card
    return bundle.model_config, card.data, card.training.seed, card.training.command


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
            update={
                "max_source_tokens": min(bundle.max_source_tokens for bundle in bundles),
                "protects": all(bundle.protects for bundle in bundles),
            }
        ),
        card=joined_card([bundle.card for bundle in bundles]),
        files={
            f"{index}/{name}": entry
            for index, bundle in enumerate(bundles)
            for name, entry in bundle.files.items()
        },
    )
