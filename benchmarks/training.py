"""Updates on a batch of 80 sentences."""

from collections.abc import Callable, Iterator

import torch

from benchmarks.rates import Clock, header, row, take_turns, timed
from benchmarks.work import network, sentences
from seq2seq.batch import ParallelBatch, collate
from seq2seq.nn.model import EncoderDecoder

WRITTEN_OUT, FUSED = "encoder written out", "encoder fused"


def measure(rounds: int, clock: Clock) -> Iterator[str]:
    """Yield the table line by line."""
    names = [WRITTEN_OUT, FUSED]
    yield header("target tokens a second", names)
    batch = collate(list(zip(sentences(80), sentences(80), strict=True)))
    for attention in ("none", "bahdanau"):
        runs = {
            WRITTEN_OUT: timed(_update(network(attention, fused=False), batch), clock),
            FUSED: timed(_update(network(attention), batch), clock),
        }
        yield row(f"attention {attention}", take_turns(runs, batch.target_tokens, rounds), names)


def _update(model: EncoderDecoder, batch: ParallelBatch) -> Callable[[], None]:
    optimiser = torch.optim.Adam(model.parameters(), fused=True)

    def update() -> None:
        loss = model(batch, label_smoothing=0.1)
        (loss.sum / loss.tokens).backward()
        optimiser.step()
        optimiser.zero_grad()

    return update
