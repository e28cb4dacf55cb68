"""A Transformer with random weights in CTranslate2, which searches; see `worker`. TYPE comes last."""

import sys
import tempfile
from collections.abc import Iterable, Mapping
from typing import Any

import ctranslate2
import numpy as np
from ctranslate2.specs import TransformerSpec
from numpy.typing import NDArray

from benchmarks.peers.worker import Preparation, Work, chunks, serve
from benchmarks.sizes import PIECES, SPECIAL, VOCABULARY

LAYERS, WIDTH, INNER = 3, 256, 1_024


class RandomWeights:
    """Fills the parts of a specification."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(1)
        self.count = 0

    def matrix(self, rows: int, columns: int) -> NDArray[np.float32]:
        """Draw weights whose products have the size of their inputs."""
        self.count += rows * columns
        values = self._random.standard_normal((rows, columns)) / columns**0.5
        return np.asarray(values, dtype=np.float32)

    def linear(self, spec: Any, rows: int, columns: int) -> None:  # noqa: ANN401 — its specifications have no types
        """Fill a linear layer."""
        self.count += rows
        spec.weight, spec.bias = self.matrix(rows, columns), np.zeros(rows, np.float32)

    def norm(self, spec: Any) -> None:  # noqa: ANN401 — its specifications have no types
        """Fill a layer normalisation."""
        self.count += 2 * WIDTH
        spec.gamma, spec.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)

    def layer(self, spec: Any, *, crosses: bool) -> None:  # noqa: ANN401 — its specifications have no types
        """Fill an encoder's or, when it looks across to the source, a decoder's layer."""
        self.linear(spec.self_attention.linear[0], 3 * WIDTH, WIDTH)
        self.linear(spec.self_attention.linear[1], WIDTH, WIDTH)
        self.norm(spec.self_attention.layer_norm)
        if crosses:
            self.linear(spec.attention.linear[0], WIDTH, WIDTH)
            self.linear(spec.attention.linear[1], 2 * WIDTH, WIDTH)
            self.linear(spec.attention.linear[2], WIDTH, WIDTH)
            self.norm(spec.attention.layer_norm)
        self.linear(spec.ffn.linear_0, INNER, WIDTH)
        self.linear(spec.ffn.linear_1, WIDTH, INNER)
        self.norm(spec.ffn.layer_norm)


def write_model(directory: str) -> int:
    """Write a Transformer of 3 + 3 layers, and say how many parameters it has."""
    spec = TransformerSpec.from_config((LAYERS, LAYERS), WIDTH // 64)
    weights = RandomWeights()
    for side, crosses in ((spec.encoder, False), (spec.decoder, True)):
        embeddings = side.embeddings[0] if isinstance(side.embeddings, list) else side.embeddings
        embeddings.weight = weights.matrix(VOCABULARY, WIDTH)
        weights.norm(side.layer_norm)
        for layer in side.layer:
            weights.layer(layer, crosses=crosses)
    weights.linear(spec.decoder.projection, VOCABULARY, WIDTH)
    vocabulary = ["<unk>", "<blank>", "<s>", "</s>", *(f"p{piece}" for piece in range(SPECIAL, VOCABULARY))]
    spec.register_source_vocabulary(vocabulary)
    spec.register_target_vocabulary(vocabulary)
    spec.validate()
    spec.save(directory)
    return weights.count


class Transformer:
    """Its translator for one type of numbers."""

    def __init__(self, kind: str, threads: int) -> None:
        self._threads = threads
        with tempfile.TemporaryDirectory() as directory:
            self.parameters = write_model(directory)
            # One thread for each worker: teams of threads that wait for each other lose more than they gain.
            self._translator = ctranslate2.Translator(
                directory, device="cpu", compute_type=kind, inter_threads=threads, intra_threads=1
            )

    def search(self, asked: dict[str, Any]) -> Work:
        """Translate batch after batch, each divided among the threads."""
        batches = [[text.split() for text in batch] for batch in chunks(asked["sources"], asked["together"])]

        def translate() -> Iterable[int]:
            lengths: list[int] = []
            for batch in batches:
                found = self._translator.translate_batch(
                    batch,
                    beam_size=asked["beam"],
                    min_decoding_length=PIECES,
                    max_decoding_length=PIECES,
                    max_batch_size=max(1, len(batch) // self._threads),
                )
                lengths += [len(answer.hypotheses[0]) for answer in found]
            return lengths

        return translate


def _made() -> tuple[Mapping[str, object], Mapping[str, Preparation]]:
    peer = Transformer(sys.argv[3], int(sys.argv[1]))
    who = {"version": ctranslate2.__version__, "parameters": peer.parameters}
    return who, {"search": peer.search}


if __name__ == "__main__":
    serve(_made, sys.argv[2])
