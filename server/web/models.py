"""A model as `GET /v1/models` shows it."""

from typing import Any

from server.engine.catalogue import Hosted


def described(hosted: Hosted, *, is_default: bool) -> dict[str, Any]:
    """Say what a client needs to know before it asks for translations."""
    bundle = hosted.bundle
    card = bundle.card
    return {
        "name": hosted.name,
        "description": card.description,
        "revision": bundle.revision,
        "source_language": card.source_language,
        "target_language": card.target_language,
        "state": hosted.state.value,
        "problem": hosted.problem,
        "default": is_default,
        "attention": card.attention,  # "none" for a plain model
        "memory_size": bundle.memory_size,
        "parameters": card.parameters,
        "bytes": bundle.bytes,
        "beam": bundle.search.beam,
        "keeps": bundle.protects,  # whether `keep` may be asked of it
        "max_source_tokens": bundle.max_source_tokens,
        "licence": card.licence,
        "attribution": card.attribution,
        "scores": [{"set": score.set, "metric": score.metric, "value": score.value} for score in card.scores],
    }
