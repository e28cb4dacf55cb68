"""Where the translations of a run come from: what is to be known before two systems are held side by side."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from seq2seq.amounts import amount
from seq2seq.bundle import Bundle
from seq2seq.decoding.options import SearchOptions
from seq2seq.evaluation.curves import Curve

SETTINGS = "experiment.json"  # beside the model, with all settings


@dataclass(frozen=True, slots=True)
class Leak:
    """Test sentences that occur in the training data, whatever their case, spaces and punctuation."""

    pairs: int  # source and a reference of it, together
    sources: int  # the source, with whatever translation
    lines: tuple[int, ...]  # one-based, of the first few pairs


@dataclass(frozen=True)
class Origin:
    """A model and its training, or a file of translations."""

    path: str  # as it was named
    facts: Mapping[str, str] = field(default_factory=dict)  # label to value, for people
    settings: Mapping[str, str] = field(default_factory=dict)  # section.key to value, where they are at hand
    command: str = ""  # that trained it
    revision: str = ""  # of the model
    curve: Curve | None = None
    leak: Leak | None = None  # None: its corpus was not at hand


def facts_of(bundle: Bundle, search: SearchOptions | None, precision: str = "") -> dict[str, str]:
    """What a model says about itself, in the order of a table."""
    card, training = bundle.card, bundle.card.training
    known = {
        "attention": card.attention,
        "parameters": f"{card.parameters:,}",
        "training data": f"{card.data.name}, {card.data.fingerprint[:12]}",
        "training pairs": f"{card.data.pairs:,}",
        "source subwords": _subword(bundle.config.source.pieces, bundle.config.source.sha256),
        "target subwords": _subword(bundle.config.target.pieces, bundle.config.target.sha256),
        "updates": f"{training.updates:,}",
        "seed": str(training.seed),
        "minutes": f"{training.minutes:.1f}",
        "trained on": f"{training.device}, {amount(training.threads, 'thread')}",
        "program": " ".join(part for part in (training.version, training.commit) if part),
    }
    known |= {
        f"{score.set} {score.metric}": f"{score.value:.2f} {score.detail}".strip()
        for score in card.scores
        if score.set == "validation"  # test sets are what the report itself is about
    }
    if search is not None:
        known["beam"] = str(search.beam)
        known["length penalty"] = f"{search.length_penalty:g}"
        known["repetition"] = "allowed" if search.allow_repetition else "avoided"
    known["precision"] = precision
    return {label: value for label, value in known.items() if value}


def settings_of(bundle: Bundle) -> dict[str, str]:
    """All settings of the experiment, if they lie beside the model, or else the network's.

    Where the corpus lay is left out: what it held is compared by its fingerprint.
    """
    path = bundle.directory.resolve().parent / SETTINGS
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        values = {"model": bundle.model_config}
    found = dict(_flat(values)) if isinstance(values, dict) else {}
    found.pop("corpus.root", None)
    return found


def _subword(pieces: int, digest: str) -> str:
    return f"{pieces:,} pieces, {digest[:12]}"


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found = []
    for key, value in values.items():
        if isinstance(value, Mapping):
            found += _flat(value, f"{prefix}{key}.")
        else:
            found.append((f"{prefix}{key}", json.dumps(value, ensure_ascii=False)))
    return found
