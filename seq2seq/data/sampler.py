"""Endless batches of like length under a token budget, in an order that a checkpoint can resume.

An epoch's order follows from (seed, epoch): all pairs are shuffled, cut into pools, each pool is
sorted by target length and then source length, cut into batches that fill the budget, and the
batches of all pools are shuffled. An epoch's plan takes 4 bytes a pair and 16 a batch: 50 MB for
10 million pairs.

Pairs may be changed anew in each epoch (`seq2seq.data.changes`). Batches are planned with the pairs that
are joined, but by the lengths of the plain segmentation: with subword dropout they then pass their
budget by as much as pieces are more, at 0.1 by 10 to 20 %.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import PositiveInt

from seq2seq.batch import ParallelBatch, collate
from seq2seq.data.changes import Changes, ChangesConfig, Joined, Subwords, join
from seq2seq.data.dataset import Split
from seq2seq.errors import ConfigError, CorpusError


class BatchingConfig(ChangesConfig):
    """How pairs are put into batches: `[batching]`."""

    tokens_per_batch: PositiveInt = 4_096  # target tokens with padding, all ranks together; sources too
    pool_pairs: PositiveInt = 50_000  # pairs sorted by length together; more means less padding


@dataclass(frozen=True)
class _Plan:
    order: NDArray[np.uint32]  # (pairs,) indices of pairs
    bounds: NDArray[np.int64]  # (batches + 1,) where each batch begins in `order`
    groups: NDArray[np.int64]  # order in which groups of `ranks` neighbouring batches are taken
    joined: Joined


class Sampler(Iterator[ParallelBatch]):
    """The training pairs, epoch after epoch; each pair exactly once an epoch.

    With several ranks, neighbours in length are taken at the same time, one by each rank, and every
    rank has as many batches: where they do not come out even, up to `ranks - 1` batches of an epoch
    are given twice.

    Args:
        split: the pairs.
        config: the budget, and whether pairs are cut anew.
        seed: of the order and of the cuts.
        rank: which of the processes that train together this is.
        ranks: how many there are.
        subwords: needed where the text of pairs is changed.
    """

    def __init__(  # noqa: PLR0913, PLR0917 — data, settings, seed, and a place among several
        self,
        split: Split,
        config: BatchingConfig,
        seed: int,
        rank: int = 0,
        ranks: int = 1,
        subwords: Subwords | None = None,
    ) -> None:
        assert 0 <= rank < ranks, "ranks count from 0"
        assert subwords is not None or not config.changes_text, "text is changed by the subword models"
        self._changes = Changes(config, subwords, seed) if subwords and config.changes_text else None
        if not len(split):
            raise CorpusError("there is no pair to train on")
        self._split = split
        self._config = config
        self._seed = seed
        self._rank = rank
        self._ranks = ranks
        self._epoch = 0
        self._taken = 0  # batches of this epoch, by this rank
        self._cells = 0
        self._padding = 0
        self._plan = self._planned()

    @property
    def epoch(self) -> int:
        """How many times all pairs were seen; the epoch that the last batch came from."""
        return self._epoch

    @property
    def position(self) -> float:
        """Share of the epoch that is done, from 0 to 1."""
        return self._taken / self.batches_per_epoch

    @property
    def batches_per_epoch(self) -> int:
        """Batches of this epoch for one rank; it differs a little between epochs."""
        return len(self._plan.groups)

    @property
    def padding_share(self) -> float:
        """Share of padding in all source and target cells so far, from 0 to 1."""
        return self._padding / self._cells if self._cells else 0.0

    def __next__(self) -> ParallelBatch:
        if self._taken == self.batches_per_epoch:
            self._epoch += 1
            self._taken = 0
            self._plan = self._planned()
        batches = len(self._plan.bounds) - 1
        chosen = (int(self._plan.groups[self._taken]) * self._ranks + self._rank) % batches
        start, end = self._plan.bounds[chosen : chosen + 2]
        # In the corpus's order, so that a memory-mapped file is read forwards.
        indices = np.sort(self._plan.order[start:end])
        batch = collate([self._pair(index) for index in indices.tolist()])
        self._taken += 1
        cells = batch.source.tokens.numel() + batch.target.numel()
        self._cells += cells
        self._padding += cells - int(batch.source.lengths.sum()) - batch.target_tokens
        return batch

    def state_dict(self) -> dict[str, int]:
        """Give the place in the data as plain numbers; the same for every rank but for padding."""
        return {
            **self._identity(),
            "epoch": self._epoch,
            "taken": self._taken,
            "cells": self._cells,
            "padding": self._padding,
        }

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        """Go on where another sampler was.

        Raises:
            ConfigError: that sampler had other data, batches, seed or ranks, so that its place means
                nothing here.
        """
        for name, here in self._identity().items():
            if state[name] != here:
                raise ConfigError(
                    f"the run to be resumed had {name} = {state[name]}, and now it is {here}",
                    where="batching",
                    mend="Resume with the same setting, or start a new run.",
                )
        self._epoch, self._taken = state["epoch"], state["taken"]
        self._cells, self._padding = state["cells"], state["padding"]
        self._plan = self._planned()

    def _pair(self, index: int) -> tuple[list[int], list[int]]:
        pair = self._plan.joined.pair(self._split, index)
        return pair if self._changes is None else self._changes.apply(pair, self._epoch, index)

    def _identity(self) -> dict[str, int]:
        return {
            "seed": self._seed,
            "pairs": len(self._split),
            "tokens_per_batch": self._config.tokens_per_batch,
            "pool_pairs": self._config.pool_pairs,
            "ranks": self._ranks,
        }

    def _planned(self) -> _Plan:
        random = np.random.default_rng([self._seed, self._epoch])
        order = np.arange(len(self._split), dtype=np.uint32)
        random.shuffle(order)
        joined = join(self._split, self._config.joined_pairs, random)
        bounds = [np.zeros(1, dtype=np.int64)]
        budget = self._config.tokens_per_batch // self._ranks
        for start in range(0, len(order), self._config.pool_pairs):
            pool = order[start : start + self._config.pool_pairs]
            source, target = joined.source_lengths[pool], joined.target_lengths[pool]
            # Sources rise where targets are even and fall where they are odd, so that a batch
            # across two target lengths does not hold the longest and the shortest sources.
            rising = np.where(target % 2 == 0, source.astype(np.int64), -source.astype(np.int64))
            by_length = np.lexsort((rising, target))
            pool[:] = pool[by_length]
            bounds.append(start + _cut(np.maximum(source, target)[by_length].astype(np.int64), budget))
        ends = np.concatenate(bounds)
        groups = -(-(len(ends) - 1) // self._ranks)
        return _Plan(order, ends, random.permutation(groups), joined)


def _cut(widths: NDArray[np.int64], budget: int) -> NDArray[np.int64]:
    """Cut rows into batches of at most `budget` cells; a row wider than that is a batch alone.

    Args:
        widths: cells that each row needs on its wider side.
        budget: rows times the widest row.

    Returns:
        Where each batch ends.
    """
    ends: list[int] = []
    start = 0
    while start < len(widths):
        window = widths[start : start + max(1, budget // int(widths[start]))]
        cells = np.maximum.accumulate(window) * np.arange(1, len(window) + 1)
        start += max(1, int(np.searchsorted(cells, budget, side="right")))
        ends.append(start)
    return np.array(ends, dtype=np.int64)
