"""Updates on a batch of 80 sentences; each rate is compared with the first column's."""

from collections.abc import Callable, Iterator
from functools import partial

import torch

from benchmarks.rates import Clock, header, row, take_turns, timed
from benchmarks.sizes import BATCH
from benchmarks.work import network, sentences
from seq2seq.batch import ParallelBatch, collate
from seq2seq.nn.model import EncoderDecoder
from seq2seq.training.precision import multiplies_bfloat16

WRITTEN_OUT, FUSED, MIXED = "encoder written out", "encoder fused", "bfloat16 products"


def measure(rounds: int, clock: Clock) -> Iterator[str]:
    """Yield the table line by line."""
    names = [WRITTEN_OUT, FUSED]
    if multiplies_bfloat16(torch.device("cpu")):
        names.append(MIXED)
    yield header("target tokens a second", names)
    batch = collate(list(zip(sentences(BATCH), sentences(BATCH), strict=True)))
    for attention in ("none", "bahdanau"):
        runs = {
            WRITTEN_OUT: timed(partial(learner(network(attention, fused=False)), batch), clock),
            FUSED: timed(partial(learner(network(attention)), batch), clock),
            MIXED: timed(partial(learner(network(attention), mixed=True), batch), clock),
        }
        turns = take_turns({name: runs[name] for name in names}, batch.target_tokens, rounds)
        yield row(f"attention {attention}", turns, names)


def learner(
    model: EncoderDecoder, *, mixed: bool = False, label_smoothing: float = 0.1
) -> Callable[[ParallelBatch], None]:
    """Make what makes one update on a batch."""
    optimiser = torch.optim.Adam(model.parameters(), fused=True)

    def update(batch: ParallelBatch) -> None:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=mixed):
            loss = model(batch, label_smoothing=label_smoothing)
        (loss.sum / loss.tokens).backward()
        optimiser.step()
        optimiser.zero_grad()

    return update
