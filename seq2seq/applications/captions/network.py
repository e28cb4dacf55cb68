"""A sentence from a picture: one vector at the first step, or a look at the grid before every word.

    picture → convolutions → memory of grid cells → decoder → words

The decoder, its attention and its search are the translator's; a picture is a source whose
"pieces" are the cells of a grid.
"""

from itertools import pairwise
from typing import Literal

import torch
from pydantic import PositiveInt
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 — the name every torch program uses

from seq2seq.applications.captions.batches import CELLS, PictureBatch
from seq2seq.batch import ParallelBatch, SourceBatch
from seq2seq.config import Section
from seq2seq.nn.attention import BahdanauAttention, FixedContext
from seq2seq.nn.cells import CellName
from seq2seq.nn.decoder import AttendBefore, AttendBetween, Decoder, DeepOutput
from seq2seq.nn.loss import Loss, cross_entropy
from seq2seq.nn.state import DecoderState, Memory, Step


class CaptionerConfig(Section):
    """What the network is made of: `[model]` in the experiment file."""

    attention: Literal["none", "bahdanau"] = "bahdanau"
    cell: CellName = "gru"
    channels: PositiveInt = 64  # M, of each cell of the grid
    embedding_size: PositiveInt = 64  # E
    hidden_size: PositiveInt = 128  # H
    attention_size: PositiveInt = 64  # A


class AtTheStart(FixedContext):
    """The picture is seen once, before the first word, and never again.

    Karpathy and Fei-Fei 2015 (arXiv:1412.2306), equation 13: the image is an input of the first
    step only. Here it makes the decoder's first state; every step's context is empty.
    """

    def forward(self, query: Tensor, memory: Memory) -> tuple[Tensor, None]:
        """Return zeros (R, M), and no weights."""
        return memory.summary.new_zeros(len(query), memory.summary.shape[1]), None


class PictureEncoder(nn.Module):
    """Convolutions that leave a grid of cells; the cells know where they are.

    Two channels with each pixel's place join the colours (Liu et al. 2018, arXiv:1807.03247): a
    convolution alone cannot tell left from right. The summary is a linear map of all cells, as the
    fully connected layer of the networks that captions were first made with.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        sizes = (5, 16, 32, channels)
        self.layers = nn.ModuleList(
            nn.Conv2d(below, above, 3, stride=stride, padding=1)
            for (below, above), stride in zip(pairwise(sizes), (2, 2, 1), strict=True)
        )
        self.norms = nn.ModuleList(nn.GroupNorm(4, size) for size in sizes[1:])
        self.coarse_layer = nn.Conv2d(channels, channels, 3, stride=2, padding=1)
        self.coarse_norm = nn.GroupNorm(4, channels)
        self.summary_layer = nn.Linear(CELLS // 4 * channels, channels)
        self.summary_norm = nn.LayerNorm(channels)

    def forward(self, pictures: Tensor) -> Memory:
        """Look at pictures (B, height, width, 3), uint8."""
        colours = pictures.permute(0, 3, 1, 2).float() / 127.5 - 1.0  # (B, 3, height, width)
        B, _, height, width = colours.shape
        y = torch.linspace(-1, 1, height, device=colours.device).view(1, 1, -1, 1).expand(B, 1, -1, width)
        x = torch.linspace(-1, 1, width, device=colours.device).view(1, 1, 1, -1).expand(B, 1, height, -1)
        grid = torch.cat([colours, x, y], dim=1)  # (B, 5, height, width)
        for layer, norm in zip(self.layers, self.norms, strict=True):
            grid = torch.relu(norm(layer(grid)))  # at last (B, M, GRID, GRID)
        states = grid.flatten(2).transpose(1, 2)  # (B, S, M)
        mask = torch.ones(states.shape[:2], dtype=torch.bool, device=states.device)  # (B, S)
        coarse = torch.relu(self.coarse_norm(self.coarse_layer(grid)))  # (B, M, GRID / 2, GRID / 2)
        return Memory(states, mask, self.summary_norm(self.summary_layer(coarse.flatten(1))))


class CaptionNetwork(nn.Module):
    """Picture in, words out: plain (Karpathy and Fei-Fei 2015) or attentive (Xu et al. 2015).

    The attention is Bahdanau's, over grid cells for source pieces: the soft attention of Xu et al.
    (arXiv:1502.03044), section 4.2, without its gate β and its doubly stochastic penalty.
    """

    def __init__(self, config: CaptionerConfig, vocabulary: int) -> None:
        super().__init__()
        self.config = config
        E, H, M = config.embedding_size, config.hidden_size, config.channels
        self.encoder = PictureEncoder(M)
        self.embedding = nn.Embedding(vocabulary, E)
        nn.init.normal_(self.embedding.weight, std=E**-0.5)
        self.decoder = Decoder(
            _transition(config),
            [],
            DeepOutput(H, E, M, E),
            memory_size=M,
            hidden_size=H,
            feed_size=0,
            recurrent_dropout=0.0,
            layer_dropout=0.0,
            layer_norm=False,
        )
        self.output_bias = nn.Parameter(torch.zeros(vocabulary))

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.output_bias.device

    def forward(self, batch: ParallelBatch, *, label_smoothing: float = 0.0) -> Loss:
        """Return the loss of a batch with teacher forcing, over its real words and ends."""
        batch = batch.to(self.device)
        embedded = self.embedding(batch.inputs)  # (B, T, E)
        output = self.decoder.unroll(embedded, self.start(batch.source))
        real = batch.target_mask  # (B, T)
        objective, nll = cross_entropy(
            output.readout[real], self.embedding.weight, self.output_bias, batch.target[real], label_smoothing
        )
        return Loss(objective, nll, batch.target_tokens)

    def start(self, source: SourceBatch) -> DecoderState:
        """Look at the pictures: the state before the first word."""
        assert isinstance(source, PictureBatch), "a captioner's source is a picture"
        return self.decoder.start(self.encoder(source.pictures.to(self.device)))

    def step(self, previous: Tensor, state: DecoderState) -> Step[DecoderState]:
        """Take one step from the words chosen last, previous (R,)."""
        output, state = self.decoder.step(self.embedding(previous), state)
        logits = F.linear(output.readout, self.embedding.weight, self.output_bias)  # (R, V)
        return Step(logits, state, output.weights)


def _transition(config: CaptionerConfig) -> AttendBefore | AttendBetween:
    """With attention, the conditional GRU, whose query has seen the last word; without, one cell."""
    E, H, M = config.embedding_size, config.hidden_size, config.channels
    if config.attention == "none":
        return AttendBefore(config.cell, E, H, M, AtTheStart())
    return AttendBetween(config.cell, E, H, M, BahdanauAttention(H, M, config.attention_size))
