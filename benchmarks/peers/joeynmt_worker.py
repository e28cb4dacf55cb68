"""JoeyNMT, with random weights: one update, or a search; see `worker`."""

import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import torch
from joeynmt.batch import Batch
from joeynmt.builders import build_optimizer
from joeynmt.model import build_model
from joeynmt.search import search
from joeynmt.vocabulary import Vocabulary

from benchmarks.peers.worker import Preparation, Work, chunks, serve
from benchmarks.sizes import DROPOUT, EMBEDDING, ENCODER_HIDDEN, HIDDEN, PIECES, SPECIAL, VOCABULARY

_SPECIAL = {"unk": "<unk>", "pad": "<pad>", "bos": "<s>", "eos": "</s>"}
_SYMBOLS = SimpleNamespace(
    **{f"{name}_token": token for name, token in _SPECIAL.items()},
    **{f"{name}_id": index for index, name in enumerate(_SPECIAL)},
    sep_token=None,
    lang_tags=[],
)
_RECURRENT = {"type": "recurrent", "rnn_type": "gru", "num_layers": 1, "dropout": DROPOUT}
_MODEL = {
    "initializer": "xavier_uniform",
    "embed_initializer": "normal",
    "embed_init_weight": 0.1,
    "bias_initializer": "zeros",
    "encoder": {
        **_RECURRENT,
        "embeddings": {"embedding_dim": EMBEDDING},
        "hidden_size": ENCODER_HIDDEN,
        "bidirectional": True,
    },
    "decoder": {
        **_RECURRENT,
        "embeddings": {"embedding_dim": EMBEDDING},
        "hidden_size": HIDDEN,
        "hidden_dropout": DROPOUT,
        "init_hidden": "bridge",
        "input_feeding": True,
        "attention": "bahdanau",
    },
}


class JoeyNMT:
    """Its model, made by its builder, with its optimiser and its search."""

    def __init__(self) -> None:
        torch.manual_seed(1)
        pieces = [f"p{piece}" for piece in range(SPECIAL, VOCABULARY)]
        self._vocabulary = Vocabulary(pieces, _SYMBOLS)
        self.model = build_model(_MODEL, self._vocabulary, self._vocabulary)
        self.model.loss_function = ("crossentropy", 0.0)
        training = {"optimizer": "adam", "learning_rate": 0.001}
        self._optimiser = build_optimizer(training, self.model.parameters())

    def train(self, asked: dict[str, Any]) -> Work:
        """Make one update, in the order of its training manager."""
        batch = self._batch(asked["sources"], asked["targets"])

        def update() -> Iterable[int]:
            self.model.train()
            batch.sort_by_src_length()
            total, _, _, correct = self.model(return_type="loss", **vars(batch))
            loss = batch.normalize(total, "tokens")
            loss.backward()
            assert loss.isfinite(), "an update that any loop would make"
            correct.item()
            self._optimiser.step()
            self.model.zero_grad()
            return [batch.ntokens]

        return update

    def search(self, asked: dict[str, Any]) -> Work:
        """Search batch after batch."""
        batches = [self._batch(sources) for sources in chunks(asked["sources"], asked["together"])]

        def translate() -> Iterable[int]:
            self.model.eval()
            lengths: list[int] = []
            for batch in batches:
                output, _, _ = search(
                    self.model,
                    batch,
                    max_output_length=PIECES,
                    min_output_length=PIECES,
                    beam_size=asked["beam"],
                    beam_alpha=1.0,
                )
                lengths += (output != _SYMBOLS.pad_id).sum(axis=1).tolist()
            return lengths

        return translate

    def _batch(self, sources: list[str], targets: list[str] | None = None) -> Batch:
        """Make a batch; an end is added to both sides, so that one piece less comes in."""
        source, lengths, _ = self._ids(sources, bos=False)
        target, _, _ = self._ids(targets, bos=True) if targets else (None, None, None)
        return Batch(
            src=torch.tensor(source),
            src_length=torch.tensor(lengths),
            src_prompt_mask=None,
            trg=None if target is None else torch.tensor(target),
            trg_prompt_mask=None,
            indices=torch.arange(len(sources)),
            device=torch.device("cpu"),
            pad_index=_SYMBOLS.pad_id,
            eos_index=_SYMBOLS.eos_id,
        )

    def _ids(self, sentences: list[str], *, bos: bool) -> Any:  # noqa: ANN401 — it has no types
        pieces = [sentence.split()[: PIECES - 1] for sentence in sentences]
        return self._vocabulary.sentences_to_ids(pieces, bos=bos, eos=True)


def _made() -> tuple[Mapping[str, object], Mapping[str, Preparation]]:
    peer = JoeyNMT()
    size = sum(weight.numel() for weight in peer.model.parameters())
    who = {"version": version("joeynmt"), "parameters": size}
    return who, {"train": peer.train, "search": peer.search}


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[1]))
    serve(_made, sys.argv[2])
