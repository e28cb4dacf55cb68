"""Transformer-Tiny (Wu et al. 2021, arXiv:2105.14462), made of torch's layers.

As fairseq has it unless told otherwise: normalised after each sum, ReLU, sines for places, one matrix
for both embeddings and the output, which has no bias; dropout on embeddings and on what is added, none
within attention or after ReLU.
"""

import math
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated, Self

import torch
from pydantic import Field, PositiveInt, model_validator
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 — the name every torch program uses
from torch.nn.attention import SDPBackend, sdpa_kernel

from benchmarks.transformer.layers import DecoderLayer, EncoderLayer
from benchmarks.transformer.state import TransformerState
from seq2seq.batch import ParallelBatch, SourceBatch
from seq2seq.config import Section
from seq2seq.nn.consistency import Consistency, Projection, consistent_cross_entropy
from seq2seq.nn.dropout import cut_second_half
from seq2seq.nn.loss import Loss, cross_entropy
from seq2seq.nn.model import Forced
from seq2seq.nn.state import Memory, Step


class TransformerConfig(Section):
    """What it is made of, in the place of the recipe's `[model]`."""

    embedding_size: PositiveInt = 128  # E
    inner_size: PositiveInt = 256  # of the layers' two-layer network
    heads: PositiveInt = 4
    encoder_layers: PositiveInt = 4
    decoder_layers: PositiveInt = 4  # L
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.3

    @model_validator(mode="after")
    def _can_be_divided(self) -> Self:
        if self.embedding_size % self.heads or self.embedding_size % 2:
            raise ValueError("embedding_size has to be even, and a multiple of heads")
        return self


class Transformer(nn.Module):
    """Attention is all it has (Vaswani et al. 2017). A `TranslationModel`, and trained as all others are."""

    def __init__(self, config: TransformerConfig, vocabulary: int) -> None:
        super().__init__()
        self.config = config
        E = config.embedding_size
        self.embedding = nn.Embedding(vocabulary, E)
        nn.init.normal_(self.embedding.weight, std=E**-0.5)
        self.dropout = nn.Dropout(config.dropout)
        shape = (E, config.heads, config.inner_size, config.dropout)
        self.encoder = nn.ModuleList(EncoderLayer(*shape) for _ in range(config.encoder_layers))
        self.decoder = nn.ModuleList(DecoderLayer(*shape) for _ in range(config.decoder_layers))
        self.no_bias: Tensor
        self.register_buffer("no_bias", torch.zeros(vocabulary), persistent=False)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.embedding.weight.device

    @property
    def is_attentive(self) -> bool:
        """Its many attentions are not one that could be shown."""
        return False

    def forward(
        self, batch: ParallelBatch, *, label_smoothing: float = 0.0, consistency: Consistency | None = None
    ) -> Loss:
        """Return the loss of a batch with teacher forcing, over its real target pieces."""
        batch = batch.to(self.device)
        real, weight = batch.target_mask, self.embedding.weight  # (B, T), (V, E)
        target = batch.target[real]  # (N,)
        with _quick_attention(self.device):
            cut = 0.0 if consistency is None else consistency.token_cut
            output = self._unroll(batch if consistency is None else batch.twice, cut)
        if consistency is None:
            objective, nll = cross_entropy(output[real], weight, self.no_bias, target, label_smoothing)
        else:
            halves = output.chunk(2)  # each (B, T, E)
            projection = Projection(weight, self.no_bias)
            objective, nll = consistent_cross_entropy(
                halves[0][real], halves[1][real], projection, target, label_smoothing, consistency
            )
        return Loss(objective, nll, batch.target_tokens)

    def start(self, source: SourceBatch) -> TransformerState:
        """Encode the sources, and make every layer's keys and values of them."""
        source = source.to(self.device)
        encoded = self._encode(source)  # (B, S, E)
        (B, S, E), L = encoded.shape, self.config.decoder_layers
        written = torch.stack([layer.memorise(encoded) for layer in self._decoder()], dim=2)  # (B, S, L, 2·E)
        return TransformerState(
            encoded.new_zeros(B, 0, L, 2, E),
            torch.zeros(B, dtype=torch.int64, device=self.device),
            Memory(written.reshape(B, S, L * 2 * E), source.mask, encoded.new_zeros(B, 0)),
        )

    def step(self, previous: Tensor, state: TransformerState) -> Step[TransformerState]:
        """Take one step from the tokens chosen last, previous (R,), in evaluation mode."""
        memory, (B, S) = state.memory, state.memory.mask.shape
        sources = memory.states.reshape(B, S, self.config.decoder_layers, 2, self.config.embedding_size)
        x = self._embed(previous.unsqueeze(1), state.lengths.unsqueeze(1))  # (R, 1, E)
        state = state.longer()
        for index, layer in enumerate(self._decoder()):
            query, state.prefix[:, -1, index] = layer.write(x)
            own = (state.prefix[:, :, index], state.is_own)
            x = layer.advance(x, query, own, (sources[:, :, index], memory.mask))
        return Step(F.linear(x.squeeze(1), self.embedding.weight), state)

    def force(self, batch: ParallelBatch) -> Forced:
        """Rate given targets: the log probability of each piece."""
        batch = batch.to(self.device)
        logits = F.linear(self._unroll(batch), self.embedding.weight)  # (B, T, V)
        chosen = logits.float().log_softmax(dim=-1).gather(2, batch.target.unsqueeze(2)).squeeze(2)
        return Forced(chosen.masked_fill(~batch.target_mask, 0.0), None)

    def _unroll(self, batch: ParallelBatch, token_cut: float = 0.0) -> Tensor:
        memory, padding = self._encode(batch.source, token_cut), ~batch.source.mask
        x = self._embed(batch.inputs, token_cut=token_cut)  # (B, T, E)
        T = x.shape[1]
        later = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(1)
        # Padding of the target is at its end, where no piece looks.
        for layer in self.decoder:
            x = layer(x, memory, tgt_mask=later, tgt_is_causal=True, memory_key_padding_mask=padding)
        return x

    def _encode(self, source: SourceBatch, token_cut: float = 0.0) -> Tensor:
        x, padding = self._embed(source.tokens, token_cut=token_cut), ~source.mask
        for layer in self.encoder:
            x = layer(x, src_key_padding_mask=padding)
        return x  # (B, S, E)

    def _decoder(self) -> list[DecoderLayer]:
        return [layer for layer in self.decoder if isinstance(layer, DecoderLayer)]

    def _embed(self, tokens: Tensor, places: Tensor | None = None, token_cut: float = 0.0) -> Tensor:
        """Look tokens (B, T) up, and add their places, which are counted unless given: (B, T, E)."""
        E = self.config.embedding_size
        embedded = cut_second_half(self.embedding(tokens) * math.sqrt(E), token_cut)
        if places is None:
            places = torch.arange(tokens.shape[1], device=tokens.device).unsqueeze(0)  # (1, T)
        result: Tensor = self.dropout(embedded + waves(places, E))
        return result


def waves(places: Tensor, size: int) -> Tensor:
    """Sines and cosines of places (...), from wavelength 2π to nearly 20,000π: (..., E)."""
    halves = torch.arange(size // 2, device=places.device)
    angles = places.unsqueeze(-1) * torch.exp(-math.log(10_000) * 2 / size * halves)
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


def _quick_attention(device: torch.device) -> AbstractContextManager[None]:
    """On a CPU attention in plain products: torch's fused one is 10 times slower backwards in bfloat16."""
    on_cpu = device.type == "cpu"
    quick: AbstractContextManager[None] = sdpa_kernel(SDPBackend.MATH) if on_cpu else nullcontext()
    return quick
