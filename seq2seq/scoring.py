"""What a model would have said of given translations: forced decoding, without a search."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch

from seq2seq.batch import collate
from seq2seq.decoding.options import length_normalised
from seq2seq.decoding.repetition import is_repetitive
from seq2seq.nn.model import TranslationModel
from seq2seq.translation import (
    Candidate,
    FinishReason,
    Piece,
    Source,
    Translation,
    check_candidate,
)

_POSITIONS = 2_048  # target pieces, with padding, in one batch: their logits are held at once


@torch.inference_mode()
def score_pairs(
    model: TranslationModel,
    pairs: Sequence[tuple[Source, Source]],
    *,
    length_penalty: float,
    attention: bool = False,
) -> list[Translation]:
    """Rate targets, cut into pieces like sources; a pair of two blanks gives a blank translation.

    Pairs of like length share a batch; answers come in the order of the pairs.

    Raises:
        DecodingError: the model's numbers are not finite.
    """
    lengths = [(len(source.tokens), len(target.tokens)) for source, target in pairs]
    order = sorted((index for index in range(len(pairs)) if lengths[index][0]), key=lengths.__getitem__)
    answers = [Translation(source, ()) for source, _ in pairs]
    for batch in _under_budget(order, [T for _, T in lengths]):
        forced = model.force(collate([(pairs[index][0].tokens, pairs[index][1].tokens) for index in batch]))
        log_probs = forced.log_probs.double().cpu().numpy()  # (B, T)
        weights = (
            forced.attention.float().cpu().numpy() if attention and forced.attention is not None else None
        )
        for row, index in enumerate(batch):
            source, target = pairs[index]
            S, T = lengths[index]
            total = float(log_probs[row, :T].sum())
            candidate = Candidate(
                text=target.text,
                pieces=_rated(target.pieces, log_probs[row, :T].tolist()),
                log_prob=total,
                score=length_normalised(total, T, length_penalty),
                finish_reason=FinishReason.END_OF_SENTENCE,
                attention=None if weights is None else weights[row, :T, :S].copy(),
                is_repetitive=is_repetitive(target.text, source.text),
            )
            answers[index] = Translation(source, (check_candidate(candidate, source),))
    return answers


def _rated(pieces: Sequence[Piece], log_probs: Sequence[float]) -> tuple[Piece, ...]:
    return tuple(replace(piece, log_prob=log_prob) for piece, log_prob in zip(pieces, log_probs, strict=True))


def _under_budget(order: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Cut a sequence of indices into batches of at most `_POSITIONS` positions with padding."""
    batch: list[int] = []
    longest = 0
    for index in order:
        longest = max(longest, lengths[index])
        if batch and longest * (len(batch) + 1) > _POSITIONS:
            yield batch
            batch, longest = [], lengths[index]
        batch.append(index)
    if batch:
        yield batch
