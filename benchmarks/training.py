"""Updates on a batch of 80 sentences; each rate is compared with the first column's.

Beside it, in turns, what the machine can do: large products (1,024 x 1,024 x 1,024) in either type, as much
work as an update. Nobody's update is faster than that.
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
PRODUCTS = {"large products, float32": torch.float32, "large products, bfloat16": torch.bfloat16}
_SIZE = 1_024


def measure(rounds: int, clock: Clock) -> Iterator[Line]:
    """Yield the table line by line."""
    is_half = multiplies_bfloat16(torch.device("cpu"))
    limits = {name: dtype for name, dtype in PRODUCTS.items() if is_half or dtype == torch.float32}
    names = [WRITTEN_OUT, FUSED] + [MIXED] * is_half + list(limits)
    yield header("target tokens a second", names)
    batch = collate(list(zip(sentences(BATCH), sentences(BATCH), strict=True)))
    for attention in ("none", "bahdanau"):
        runs = {
            WRITTEN_OUT: timed(partial(learner(network(attention, fused=False)), batch), clock),
            FUSED: timed(partial(learner(network(attention)), batch), clock),
            MIXED: timed(partial(learner(network(attention), mixed=True), batch), clock),
        }
        work = flops(attention, batch)
        runs |= {name: _products(work, dtype, clock) for name, dtype in limits.items()}
        turns = take_turns({name: runs[name] for name in names}, batch.target_tokens, rounds)
        yield row(f"attention {attention}", turns, names)


def flops(attention: str, batch: ParallelBatch) -> int:
    """Count what an update has to multiply and add, by the network with every step written out."""
    with FlopCounterMode(display=False) as counter:
        learner(network(attention, fused=False))(batch)
    return int(counter.get_total_flops())


def _products(work: int, dtype: torch.dtype, clock: Clock) -> Run:
    """Do so many operations as products of large matrices."""
    left, right = torch.randn(_SIZE, _SIZE).to(dtype), torch.randn(_SIZE, _SIZE).to(dtype)
    result = torch.empty(_SIZE, _SIZE, dtype=dtype)
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
