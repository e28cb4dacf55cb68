"""Endless batches of like length under a token budget, in an order that a checkpoint can resume.

An epoch's order follows from (seed, epoch): all pairs are shuffled, cut into pools, each pool is
sorted by target length and then source length, cut into batches that fill the budget, and the
batches of all pools are shuffled. An epoch's plan takes 4 bytes a pair and 16 a batch: 50 MB for
10 million pairs.

With subword dropout a pair is cut anew in each epoch, as follows from (seed, epoch, pair) alone: in
whatever batch, process or resumed run it comes. So are the sources that are typed in haste. Batches are
planned by the lengths of the plain segmentation, so that they then pass their budget by as much as
pieces are more: at 0.1 by 10 to 20 %.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveInt

from seq2seq.batch import ParallelBatch, collate
from seq2seq.config import Section
from seq2seq.data.dataset import Split
from seq2seq.data.haste import in_haste
from seq2seq.data.subword import SubwordModel
from seq2seq.errors import ConfigError, CorpusError

Share = Annotated[float, Field(ge=0.0, lt=1.0)]


class BatchingConfig(Section):
    """How pairs are put into batches: `[batching]`."""

    tokens_per_batch: PositiveInt = 4_096  # target tokens with padding, all ranks together; sources too
    pool_pairs: PositiveInt = 50_000  # pairs sorted by length together; more means less padding
    subword_dropout_source: Share = 0.0  # sources cut at random, anew in each epoch: see SubwordModel.sample
    subword_dropout_target: Share = 0.0
    hasty_sources: Share = 0.0  # of the sources lose case, final mark or both, anew in each epoch


@dataclass(frozen=True)
class _Plan:
    order: NDArray[np.uint32]  # (pairs,) indices of pairs
    bounds: NDArray[np.int64]  # (batches + 1,) where each batch begins in `order`
    groups: NDArray[np.int64]  # order in which groups of `ranks` neighbouring batches are taken


@dataclass(frozen=True)
class Subwords:
    """What cut the pairs of a split, to cut them anew."""

    source: SubwordModel
    target: SubwordModel


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
        subwords: needed where pairs are changed: for subword dropout and hasty sources.
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
        self._dropouts = (config.subword_dropout_source, config.subword_dropout_target)
        self._changes_pairs = any(self._dropouts) or config.hasty_sources > 0
        assert subwords is not None or not self._changes_pairs, "pairs are changed by the subword models"
        if not len(split):
            raise CorpusError("there is no pair to train on")
        self._split = split
        self._subwords = subwords
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
        pair = self._split.pair(index)
        if self._subwords is None or not self._changes_pairs:
            return pair
        random = Random(f"{self._seed} {self._epoch} {index}")  # noqa: S311 — nothing is secret
        models = (self._subwords.source, self._subwords.target)
        if self._config.hasty_sources and random.random() < self._config.hasty_sources:
            pair = models[0].encode(in_haste(models[0].decode(pair[0]), random)), pair[1]
        # Decoding gives the text back, whatever it was, so that no texts are stored.
        source, target = (
            model.sample(model.decode(side), dropout, random) if dropout else side
            for model, side, dropout in zip(models, pair, self._dropouts, strict=True)
        )
        return source, target

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
        bounds = [np.zeros(1, dtype=np.int64)]
        budget = self._config.tokens_per_batch // self._ranks
        for start in range(0, len(order), self._config.pool_pairs):
            pool = order[start : start + self._config.pool_pairs]
            source, target = self._split.source_lengths[pool], self._split.target_lengths[pool]
            # Sources rise where targets are even and fall where they are odd, so that a batch
            # across two target lengths does not hold the longest and the shortest sources.
            rising = np.where(target % 2 == 0, source.astype(np.int64), -source.astype(np.int64))
            by_length = np.lexsort((rising, target))
            pool[:] = pool[by_length]
            bounds.append(start + _cut(np.maximum(source, target)[by_length].astype(np.int64), budget))
        ends = np.concatenate(bounds)
        groups = -(-(len(ends) - 1) // self._ranks)
        return _Plan(order, ends, random.permutation(groups))


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
