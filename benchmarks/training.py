"""Updates on a batch of 80 sentences; each rate is compared with the first column's.

Beside it, in turns, what the machine can do: large products in float32, as much work as an update.
"""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.rates import Clock, Line, Run, header, row, take_turns, timed
from benchmarks.sizes import BATCH
from benchmarks.work import network, sentences
from seq2seq.batch import ParallelBatch, collate
from seq2seq.nn.model import EncoderDecoder
from seq2seq.training.precision import multiplies_bfloat16

WRITTEN_OUT, FUSED, MIXED = "encoder written out", "encoder fused", "bfloat16 products"
PRODUCTS = "float32 products of 1,024 x 1,024 x 1,024"
_SIZE = 1_024


def measure(rounds: int, clock: Clock) -> Iterator[Line]:
    """Yield the table line by line."""
    names = [WRITTEN_OUT, FUSED]
    if multiplies_bfloat16(torch.device("cpu")):
        names.append(MIXED)
    yield header("target tokens a second", [*names, PRODUCTS])
    batch = collate(list(zip(sentences(BATCH), sentences(BATCH), strict=True)))
    for attention in ("none", "bahdanau"):
        runs = {
            WRITTEN_OUT: timed(partial(learner(network(attention, fused=False)), batch), clock),
            FUSED: timed(partial(learner(network(attention)), batch), clock),
            MIXED: timed(partial(learner(network(attention), mixed=True), batch), clock),
        }
        limit = _products(flops(attention, batch), clock)
        turns = take_turns(
            {**{name: runs[name] for name in names}, PRODUCTS: limit}, batch.target_tokens, rounds
        )
        yield row(f"attention {attention}", turns, [*names, PRODUCTS])


def flops(attention: str, batch: ParallelBatch) -> int:
    """Count what an update has to multiply and add, by the network with every step written out."""
    with FlopCounterMode(display=False) as counter:
        learner(network(attention, fused=False))(batch)
    return int(counter.get_total_flops())


def _products(work: int, clock: Clock) -> Run:
    """Do so many operations as products of large matrices."""
    left, right = torch.randn(_SIZE, _SIZE), torch.randn(_SIZE, _SIZE)
    result = torch.empty(_SIZE, _SIZE)
    each = 2 * _SIZE**3
    times = max(1, round(work / each))

    def run() -> float:
        began = clock()
        for _ in range(times):
            torch.mm(left, right, out=result)
        return (clock() - began) * work / (times * each)

    return run


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
