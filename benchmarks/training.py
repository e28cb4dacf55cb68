"""Updates on a batch of 80 sentences; each rate is compared with the first column's."""

from collections.abc import Callable, Iterator

import torch

from benchmarks.rates import Clock, header, row, take_turns, timed
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
    batch = collate(list(zip(sentences(80), sentences(80), strict=True)))
    for attention in ("none", "bahdanau"):
        runs = {
            WRITTEN_OUT: timed(_update(network(attention, fused=False), batch), clock),
            FUSED: timed(_update(network(attention), batch), clock),
            MIXED: timed(_update(network(attention), batch, mixed=True), clock),
        }
        turns = take_turns({name: runs[name] for name in names}, batch.target_tokens, rounds)
        yield row(f"attention {attention}", turns, names)


def _update(model: EncoderDecoder, batch: ParallelBatch, *, mixed: bool = False) -> Callable[[], None]:
    optimiser = torch.optim.Adam(model.parameters(), fused=True)

    def update() -> None:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=mixed):
            loss = model(batch, label_smoothing=0.1)
        (loss.sum / loss.tokens).backward()
        optimiser.step()
        optimiser.zero_grad()

    return update
