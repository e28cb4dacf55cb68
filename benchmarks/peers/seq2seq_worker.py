"""Ourselves, with random weights: one update, or a search; see `worker`.

    python -m benchmarks.peers.seq2seq_worker THREADS CLOCK NETWORK PRODUCTS PACKING

NETWORK: `like-theirs` or `by-default`. PRODUCTS of an update: `float32` or `bfloat16`. PACKING for the
search: `none` (the network as it was trained), `float32` or `int8`.
"""

import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

import torch

from benchmarks.peers.worker import Preparation, Work, chunks, serve
from benchmarks.sizes import PIECES
from benchmarks.training import learner
from benchmarks.work import ended, network, network_like_peers, parameters
from seq2seq.batch import collate
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.search import search_all
from seq2seq.nn.inference import Precision, for_inference
from seq2seq.nn.model import EncoderDecoder

_PRECISIONS: dict[str, Precision] = {"float32": "float32", "int8": "int8"}


class Ourselves:
    """One network that is trained, and another one that searches."""

    def __init__(self, kind: str, products: str, packing: str) -> None:
        self.model = _network(kind)
        # Peers smooth no labels.
        self._update = learner(self.model, mixed=products == "bfloat16", label_smoothing=0.0)
        searching = _network(kind).eval()
        self._searching = searching if packing == "none" else for_inference(searching, _PRECISIONS[packing])

    def train(self, asked: dict[str, Any]) -> Work:
        """Make one update."""
        batch = collate(list(zip(_ids(asked["sources"]), _ids(asked["targets"]), strict=True)))

        def update() -> Iterable[int]:
            self._update(batch)
            return [batch.target_tokens]

        return update

    def search(self, asked: dict[str, Any]) -> Work:
        """Search batch after batch."""
        options = SearchOptions(beam=asked["beam"], max_target_tokens=PIECES)
        batches = [_ids(batch) for batch in chunks(asked["sources"], asked["together"])]

        def translate() -> Iterable[int]:
            found = [search_all(self._searching, batch, options) for batch in batches]
            return [len(finished.hypotheses[0].tokens) for batch in found for finished in batch]

        return translate


def _network(kind: str) -> EncoderDecoder:
    return network_like_peers() if kind == "like-theirs" else network("bahdanau")


def _ids(texts: list[str]) -> list[tuple[int, ...]]:
    return [ended(tuple(int(piece.removeprefix("p")) for piece in text.split())) for text in texts]


def _made() -> tuple[Mapping[str, object], Mapping[str, Preparation]]:
    peer = Ourselves(*sys.argv[3:])
    who = {"version": version("seq2seq"), "parameters": parameters(peer.model)}
    return who, {"train": peer.train, "search": peer.search}


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[1]))
    serve(_made, sys.argv[2])
