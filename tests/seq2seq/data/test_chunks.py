"""Chunks of a text: what follows what, and going on from a place."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.data.chunks import ChunkConfig, ChunkSampler
from seq2seq.errors import ConfigError, CorpusError


def _sampler(pieces: int = 200, rows: int = 3, chunk: int = 7, *, carry: bool = True) -> ChunkSampler:
    config = ChunkConfig(rows=rows, chunk=chunk, carry=carry)
    return ChunkSampler(np.arange(pieces, dtype=np.int64), config, seed=1)


@given(
    pieces=st.integers(10, 400), rows=st.integers(1, 5), chunk=st.integers(1, 30), epochs=st.integers(1, 3)
)
def test_a_pass_reads_the_text_once(pieces: int, rows: int, chunk: int, epochs: int) -> None:
    """Rows are neighbouring stretches, chunks follow each other, each target follows its input."""
    sampler = _sampler(pieces, rows, chunk)
    seen: list[list[list[int]]] = [[]]
    while sampler.epoch < epochs:
        batch = next(sampler)
        if sampler.epoch == epochs:
            break
        if not batch.continues:
            seen.append([[] for _ in range(rows)])
        assert torch.equal(batch.target, batch.inputs + 1)
        assert batch.inputs.shape[1] <= chunk
        assert batch.pieces == batch.positions == batch.inputs.numel()
        for row, part in zip(seen[-1], batch.inputs.tolist(), strict=True):
            row.extend(part)

    for rows_read in seen[1:]:
        flat = [piece for row in rows_read for piece in row]
        assert flat == list(range(flat[0], flat[0] + len(flat)))  # one stretch after the other
        assert pieces - 1 - len(flat) < rows + chunk
    assert len(seen[1:]) == epochs


def test_passes_begin_at_different_places() -> None:
    """So that a chunk's end, where the gradient ends, is not always at the same character."""
    sampler = _sampler(2_000)
    begins = set()
    for _ in range(5):
        epoch = sampler.epoch
        batch = next(sampler)
        begins.add(int(batch.inputs[0, 0]))
        while sampler.position < 1.0:
            next(sampler)
        assert sampler.epoch in {epoch, epoch + 1}

    assert len(begins) > 1
    assert max(begins) < 7


def test_without_carry_every_chunk_is_a_text_of_its_own() -> None:
    """The option to forget at every chunk."""
    sampler = _sampler(carry=False)

    assert not any(next(sampler).continues for _ in range(12))


@given(st.integers(0, 40), st.integers(1, 20))
def test_a_sampler_goes_on_from_any_place(taken: int, more: int) -> None:
    """What follows is what would have followed."""
    one, other = _sampler(), _sampler()
    for _ in range(taken):
        next(one)

    other.load_state_dict(one.state_dict())

    assert (other.epoch, other.position) == (one.epoch, one.position)
    for _ in range(more):
        mine, theirs = next(one), next(other)
        assert torch.equal(mine.inputs, theirs.inputs)
        assert mine.continues == theirs.continues


def test_a_place_in_another_text_means_nothing() -> None:
    """The message names what differs."""
    with pytest.raises(ConfigError, match="the run to be resumed had chunk = 7, and now it is 8"):
        _sampler(chunk=8).load_state_dict(_sampler().state_dict())


def test_a_text_shorter_than_its_rows_is_refused() -> None:
    """At least one piece for each row, and one to foretell."""
    with pytest.raises(CorpusError, match="the text has 3 pieces, and 3 rows need 4"):
        _sampler(pieces=3)
