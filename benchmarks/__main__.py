"""Measure training and decoding on random sentences of fixed length, and print medians as Markdown.

    python -m benchmarks [threads]

The model has the size that the peers are compared at: bi-GRU 2 x 256, GRU 512, embeddings 256,
8,000 pieces. Every system of a table does the same work in the same run; compare ratios, not seconds.
"""

import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence

import torch

from seq2seq.batch import EOS, ParallelBatch, collate
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.search import search_all
from seq2seq.nn.model import EncoderDecoder, ModelConfig

VOCABULARY = 8_000
PIECES = 15  # a sentence, end included
ROUNDS = 5


def main() -> None:
    """Run all measurements."""
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else torch.get_num_threads()
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    print(f"torch {torch.__version__}, {threads} threads, {platform.machine()}, median of {ROUNDS} rounds\n")
    print("| what | median | lowest | highest |\n|---|---|---|---|")
    for attention in ("none", "bahdanau"):
        for fused in (True, False):
            model = _model(attention, fused=fused)
            label = f"training, attention {attention}, encoder {'fused' if fused else 'written out'}"
            _report(label, "target tokens/s", _training(model))
        model = _model(attention, fused=True).eval()
        for beam in (1, 5):
            for sentences in (1, 64):
                label = f"decoding, attention {attention}, beam {beam}, {sentences} at a time"
                _report(label, "sentences/s", _decoding(model, beam, sentences))


def _model(attention: str, *, fused: bool) -> EncoderDecoder:
    config = ModelConfig.model_validate(
        {"attention": attention, "hidden_size": 512, "attention_size": 512, "fused": fused}
    )
    return EncoderDecoder(config, VOCABULARY, VOCABULARY)


def _sentences(count: int) -> list[tuple[int, ...]]:
    ids = torch.randint(4, VOCABULARY, (count, PIECES - 1)).tolist()
    return [(*sentence, EOS) for sentence in ids]


def _training(model: EncoderDecoder) -> list[float]:
    optimiser = torch.optim.Adam(model.parameters(), fused=True)
    batch: ParallelBatch = collate(list(zip(_sentences(80), _sentences(80), strict=True)))

    def update() -> None:
        loss = model(batch, label_smoothing=0.1)
        (loss.sum / loss.tokens).backward()
        optimiser.step()
        optimiser.zero_grad()

    return _rates(update, batch.target_tokens)


def _decoding(model: EncoderDecoder, beam: int, sentences: int) -> list[float]:
    sources = _sentences(sentences)
    options = SearchOptions(beam=beam, max_target_tokens=PIECES)
    return _rates(lambda: search_all(model, sources, options), sentences)


def _rates(work: Callable[[], object], amount: int) -> list[float]:
    work()  # the first is slower
    rates = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        rates.append(amount / (time.perf_counter() - began))
    return rates


def _report(label: str, unit: str, rates: Sequence[float]) -> None:
    figures = (statistics.median(rates), min(rates), max(rates))
    print(f"| {label} | " + " | ".join(f"{figure:,.0f} {unit}" for figure in figures) + " |", flush=True)


main()
