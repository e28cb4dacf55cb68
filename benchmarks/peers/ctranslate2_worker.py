"""A Transformer with random weights in CTranslate2; runs in an environment that has it, and not us.

    python ctranslate2_worker.py TYPE THREADS CLOCK

Reads a line such as {"beam": 5, "together": 64}, translates that many sentences of 15 pieces into
15 pieces, and writes a line with the seconds that it took.
"""

import json
import sys
import tempfile
import time
from typing import Any

import ctranslate2
import numpy as np
from ctranslate2.specs import TransformerSpec
from numpy.typing import NDArray

VOCABULARY, PIECES, LAYERS, WIDTH, INNER = 8_000, 15, 3, 256, 1_024
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


class RandomWeights:
    """Fills the parts of a specification."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(1)

    def matrix(self, rows: int, columns: int) -> NDArray[np.float32]:
        """Draw weights whose products have the size of their inputs."""
        values = self._random.standard_normal((rows, columns)) / columns**0.5
        return np.asarray(values, dtype=np.float32)

    def linear(self, spec: Any, rows: int, columns: int) -> None:  # noqa: ANN401 — its specifications have no types
        """Fill a linear layer."""
        spec.weight, spec.bias = self.matrix(rows, columns), np.zeros(rows, np.float32)

    def norm(self, spec: Any) -> None:  # noqa: ANN401 — its specifications have no types
        """Fill a layer normalisation."""
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


def write_model(directory: str) -> None:
    """Write a Transformer of 3 + 3 layers."""
    spec = TransformerSpec.from_config((LAYERS, LAYERS), WIDTH // 64)
    weights = RandomWeights()
    for side, crosses in ((spec.encoder, False), (spec.decoder, True)):
        embeddings = side.embeddings[0] if isinstance(side.embeddings, list) else side.embeddings
        embeddings.weight = weights.matrix(VOCABULARY, WIDTH)
        weights.norm(side.layer_norm)
        for layer in side.layer:
            weights.layer(layer, crosses=crosses)
    weights.linear(spec.decoder.projection, VOCABULARY, WIDTH)
    vocabulary = ["<blank>", "<s>", "</s>", *(f"w{index}" for index in range(VOCABULARY - 3))]
    spec.register_source_vocabulary(vocabulary)
    spec.register_target_vocabulary(vocabulary)
    spec.validate()
    spec.save(directory)


def main() -> None:
    """Answer until standard input ends."""
    kind, threads, clock = sys.argv[1], int(sys.argv[2]), CLOCKS[sys.argv[3]]
    random = np.random.default_rng(2)
    with tempfile.TemporaryDirectory() as directory:
        write_model(directory)
        # One thread for each worker: teams of threads that wait for each other lose more than they gain.
        translator = ctranslate2.Translator(
            directory, device="cpu", compute_type=kind, inter_threads=threads, intra_threads=1
        )
        print(json.dumps({"version": ctranslate2.__version__}), flush=True)
        for line in sys.stdin:
            asked = json.loads(line)
            pieces = random.integers(0, VOCABULARY - 3, (asked["together"], PIECES))
            sources = [[f"w{piece}" for piece in row] for row in pieces]
            began = clock()
            answers = translator.translate_batch(
                sources,
                beam_size=asked["beam"],
                min_decoding_length=PIECES,
                max_decoding_length=PIECES,
                max_batch_size=max(1, asked["together"] // threads),
            )
            seconds = clock() - began
            assert all(len(answer.hypotheses[0]) == PIECES for answer in answers), "everybody writes as much"
            print(json.dumps({"seconds": seconds}), flush=True)


main()
