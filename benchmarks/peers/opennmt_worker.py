"""OpenNMT-py, with random weights: one update, or a search; see `worker`."""

import math
import sys
from argparse import Namespace
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from types import ModuleType
from typing import Any

import torch

from benchmarks.peers.worker import Preparation, Work, chunks, serve
from benchmarks.sizes import DROPOUT, EMBEDDING, HIDDEN, PIECES, SPECIAL, VOCABULARY

# Large packages that it imports for preparing text, which nobody does here.
for absent in ("spacy", "fasttext"):
    sys.modules.setdefault(absent, ModuleType(absent))

from onmt.inputters.inputter import dict_to_vocabs  # noqa: E402 — after the stand-ins
from onmt.inputters.text_utils import numericalize, tensorify  # noqa: E402 — after the stand-ins
from onmt.model_builder import build_model  # noqa: E402 — after the stand-ins
from onmt.opts import train_opts, translate_opts  # noqa: E402 — after the stand-ins
from onmt.trainer import build_trainer  # noqa: E402 — after the stand-ins
from onmt.translate import GNMTGlobalScorer, Translator  # noqa: E402 — after the stand-ins
from onmt.utils.optimizers import Optimizer  # noqa: E402 — after the stand-ins
from onmt.utils.parse import ArgumentParser  # noqa: E402 — after the stand-ins

_TRAINING = {
    "encoder_type": "brnn",
    "decoder_type": "rnn",
    "rnn_type": "GRU",
    "enc_layers": 1,
    "dec_layers": 1,
    "word_vec_size": EMBEDDING,
    "hidden_size": HIDDEN,  # both directions of the encoder together
    "global_attention": "mlp",
    "input_feed": 1,
    "bridge": True,
    "dropout": [DROPOUT],
    "optim": "adam",
    "learning_rate": 0.001,
    "max_grad_norm": 0.0,  # nobody cuts gradients here
    "label_smoothing": 0.0,
    "gpu_ranks": [],
    "data": {},
}
_SEARCH = {"gpu": -1, "min_length": PIECES, "max_length": PIECES, "n_best": 1}


class OpenNMT:
    """Its model, made by its builder, with its trainer and its translators."""

    def __init__(self) -> None:
        torch.manual_seed(1)
        pieces = ["<unk>", "<blank>", "<s>", "</s>", *(f"p{piece}" for piece in range(SPECIAL, VOCABULARY))]
        assert len(pieces) == VOCABULARY, "the special ones are counted"
        self._vocabularies = dict_to_vocabs({"data_task": "seq2seq", "src": pieces, "tgt": pieces})
        self._options = _options(train_opts, _TRAINING, ["-src_vocab", "", "-data", ""])
        ArgumentParser.update_model_opts(self._options)
        ArgumentParser.validate_model_opts(self._options)
        self.model = build_model(self._options, self._options, self._vocabularies, None, -1)
        optimiser = Optimizer.from_opt(self.model, self._options)
        self._trainer = build_trainer(self._options, -1, self.model, self._vocabularies, optimiser)
        self._translators = {beam: self._translator(beam) for beam in (1, 5)}

    def train(self, asked: dict[str, Any]) -> Work:
        """Let its trainer make one update."""
        batch = self._batch(asked["sources"], asked["targets"])

        def update() -> Iterable[int]:
            self.model.train()
            seen = self._trainer.train([(batch, 0)], 0)
            assert math.isfinite(seen.loss), "an update that any loop would make"
            return [seen.n_words]

        return update

    def search(self, asked: dict[str, Any]) -> Work:
        """Let its translator search batch after batch."""
        translator = self._translators[asked["beam"]]
        batches = [self._batch(sources) for sources in chunks(asked["sources"], asked["together"])]

        def translate() -> Iterable[int]:
            self.model.eval()
            found = [translator.translate_batch(batch, attn_debug=False)["predictions"] for batch in batches]
            return [len(hypotheses[0]) for predictions in found for hypotheses in predictions]

        return translate

    def _translator(self, beam: int) -> Translator:
        options = _options(translate_opts, _SEARCH | {"beam_size": beam}, ["-model", "", "-src", ""])
        scorer = GNMTGlobalScorer.from_opt(options)
        translator: Translator = Translator.from_opt(
            self.model, self._vocabularies, options, self._options, global_scorer=scorer, report_score=False
        )
        return translator

    def _batch(self, sources: list[str], targets: list[str] | None = None) -> dict[str, Any]:
        """Make a batch; an end is added to targets alone, so that one piece less of those comes in."""
        examples = []
        for index, source in enumerate(sources):
            target = {"tgt": " ".join(targets[index].split()[: PIECES - 1])} if targets else None
            example = {"src": {"src": source}, "tgt": target, "cid": "", "cid_line_number": index}
            examples.append((numericalize(self._vocabularies, example), index))
        batch: dict[str, Any] = tensorify(self._vocabularies, examples, torch.device("cpu"))
        return batch


def _options(declare: Any, changed: Mapping[str, object], required: list[str]) -> Namespace:  # noqa: ANN401 — it has no types
    parser = ArgumentParser()
    declare(parser)
    options: Namespace = parser.parse_args(required)
    vars(options).update(changed)
    return options


def _made() -> tuple[Mapping[str, object], Mapping[str, Preparation]]:
    peer = OpenNMT()
    size = sum(weight.numel() for weight in peer.model.parameters())
    who = {"version": version("OpenNMT-py"), "parameters": size}
    return who, {"train": peer.train, "search": peer.search}


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[1]))
    serve(_made, sys.argv[2])
