"""A loaded captioner: pictures in, captions out, each with where it looked before every word."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seq2seq.applications.captions.batches import CELLS, GRID, picture_batch
from seq2seq.applications.captions.network import CaptionerConfig, CaptionNetwork
from seq2seq.batch import SourceBatch
from seq2seq.data.pictures.drawing import Picture
from seq2seq.data.pictures.scene import MOST_WORDS
from seq2seq.data.pictures.words import Words
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.search import search_all
from seq2seq.loading import load_module
from seq2seq.model_directory import ModelDirectory, ModelSettings
from seq2seq.nn.state import DecoderState, Step

LONGEST = MOST_WORDS + 4  # words of a caption, its end included: what is longer goes in circles


class CaptionerSettings(ModelSettings):
    """`config.json` of a captioner."""

    kind: Literal["captioner"] = "captioner"
    words: tuple[str, ...]
    search: SearchOptions


@dataclass(frozen=True)
class Caption:
    """What was said of a picture."""

    words: tuple[str, ...]
    log_prob: float
    attention: NDArray[np.float32] | None  # (words and end, GRID, GRID); None: plain, or not asked for

    @property
    def text(self) -> str:
        """The words as one line."""
        return " ".join(self.words)

    def to_json(self) -> str:
        """All of it on one line."""
        looked = None if self.attention is None else self.attention.round(4).tolist()
        return json.dumps({"text": self.text, "log_prob": self.log_prob, "attention": looked})


class Captioner:
    """A model with its words and its search."""

    def __init__(self, network: CaptionNetwork, words: Words, search: SearchOptions, name: str = "") -> None:
        self.name = name
        self.network = network
        self.words = words
        self.search = search

    def caption_all(
        self, pictures: Sequence[Picture] | NDArray[np.uint8], *, attention: bool = False
    ) -> list[Caption]:
        """Caption pictures, in their order.

        Raises:
            DecodingError: the model's numbers are not finite.
        """
        shown = _Shown(self.network, torch.from_numpy(np.stack(list(pictures))))
        options = replace(self.search, n_best=1, max_target_tokens=LONGEST, attention=attention)
        found = search_all(shown, shown.sources(), options)
        for finished in found:
            if finished.error is not None:
                raise finished.error
        return [self._caption(finished.hypotheses[0]) for finished in found]

    def _caption(self, best: Hypothesis) -> Caption:
        looked = best.attention
        grid = None if looked is None else looked.reshape(-1, GRID, GRID)  # (T, GRID, GRID)
        return Caption(self.words.words_of(best.tokens), best.log_prob, grid)


class _Shown:
    """The network before a list of pictures, for a search that knows a source by its pieces.

    The cells of all pictures are numbered through, so the number of its first cell tells a picture.
    """

    def __init__(self, network: CaptionNetwork, pictures: Tensor) -> None:
        self._network = network
        self._pictures = pictures  # (N, height, width, 3)

    def sources(self) -> list[tuple[int, ...]]:
        """The pieces of each picture."""
        return [tuple(range(n * CELLS, (n + 1) * CELLS)) for n in range(len(self._pictures))]

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return self._network.device

    def start(self, source: SourceBatch) -> DecoderState:
        """Look at the pictures that the pieces are of."""
        which = source.tokens[:, 0].cpu() // CELLS  # (B,)
        return self._network.start(picture_batch(self._pictures[which]))

    def step(self, previous: Tensor, state: DecoderState) -> Step[DecoderState]:
        """See `CaptionNetwork.step`."""
        return self._network.step(previous, state)


def load_captioner(directory: Path, device: torch.device) -> Captioner:
    """Open a model directory.

    Raises:
        ModelError: there is no captioner, or it is damaged.
    """
    opened = ModelDirectory.open(directory)
    settings = opened.settings(CaptionerSettings)
    words = Words(settings.words)
    network = load_module(opened, CaptionerConfig, lambda shape: CaptionNetwork(shape, words.size))
    return Captioner(network.to(device), words, settings.search, opened.card.name)
