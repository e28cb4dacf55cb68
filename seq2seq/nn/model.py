"""The encoder-decoder: `forward` trains it, `start` and `step` search with it, `force` scores with it."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol, Self, runtime_checkable

import torch
from pydantic import Field, PositiveInt, model_validator
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 — the name every torch program uses

from seq2seq.batch import ParallelBatch, SourceBatch
from seq2seq.config import Section
from seq2seq.errors import ConfigError
from seq2seq.nn.attention import BahdanauAttention, FixedContext
from seq2seq.nn.cells import CELLS, CellName
from seq2seq.nn.consistency import Consistency, Projection, consistent_cross_entropy
from seq2seq.nn.decoder import AttendBefore, AttendBetween, Decoder, DecoderOutput, DeepOutput, ShallowOutput
from seq2seq.nn.dropout import cut_second_half, variational_dropout, word_dropout
from seq2seq.nn.encoder import Encoder
from seq2seq.nn.initialisation import CellInit, initialise
from seq2seq.nn.loss import Loss, cross_entropy
from seq2seq.nn.state import DecoderState, Memory, Step

Share = Annotated[float, Field(ge=0.0, lt=1.0)]


class ModelConfig(Section):
    """What the network is made of: `[model]` in the experiment file."""

    attention: Literal["none", "bahdanau"] = "bahdanau"
    cell: CellName = "gru"  # of encoder and decoder; "gru-cho" resets before the recurrent product
    embedding_size: PositiveInt = 256  # E
    hidden_size: PositiveInt = 256  # H of the decoder
    encoder_hidden_size: PositiveInt = 256  # of each direction
    encoder_layers: PositiveInt = 1
    decoder_layers: PositiveInt = 1
    bidirectional: bool = True
    attention_size: PositiveInt = 256  # A
    conditional: bool = True  # attend between two cells, with a query that has seen the last piece
    input_feeding: bool = False  # the decoder also reads its own last readout
    deep_output: bool = True  # the output layer reads state, last piece and context
    layer_norm: bool = False  # of the memory, and of what the decoder's gates get from its last piece
    tied_embeddings: Literal["none", "target", "all"] = "all"  # "target": input and output; "all": and source
    scale_embeddings: bool = False  # times √E where they are read: tied ones are short, and learn slowly so
    dropout_embedding: Share = 0.2  # same features at every position
    dropout_memory: Share = 0.2  # encoder layers' outputs, same features at every position
    dropout_recurrent: Share = 0.0  # decoder states, same units at every step
    dropout_output: Share = 0.2  # what the output layer reads
    word_dropout_source: Share = 0.0  # whole pieces
    word_dropout_target: Share = 0.0
    cell_init: CellInit = CellInit()
    fused: bool = True  # whole sequences at once; false: the cells as written in nn/cells.py

    @model_validator(mode="after")
    def _has_gates_to_open(self) -> Self:
        if self.cell == "rnn" and self.cell_init.memory_horizon is not None:
            raise ValueError("cell_init.memory_horizon opens gates, and cell = 'rnn' has none")
        return self


@dataclass(frozen=True)
class Forced:
    """How a model rates given targets; padding has log probability 0."""

    log_probs: Tensor  # (B, T)
    attention: Tensor | None  # (B, T, S); None without attention


@runtime_checkable
class TranslationModel(Protocol):
    """What translates: one network or an ensemble. A `StepModel` that can also rate given targets."""

    @property
    def device(self) -> torch.device:
        """Where its tensors live."""
        ...

    @property
    def is_attentive(self) -> bool:
        """Whether it gives attention."""
        ...

    def start(self, source: SourceBatch) -> Any:  # noqa: ANN401 — a state that only this model reads
        """See `StepModel.start`."""
        ...

    def step(self, previous: Tensor, state: Any) -> Step[Any]:  # noqa: ANN401 — as above
        """See `StepModel.step`."""
        ...

    def force(self, batch: ParallelBatch) -> Forced:
        """Rate given targets."""
        ...


class EncoderDecoder(nn.Module):
    """GRU encoder-decoder, plain (Cho et al. 2014) or with attention (Bahdanau et al. 2015).

    A `StepModel[DecoderState]`.
    """

    def __init__(self, config: ModelConfig, source_vocabulary: int, target_vocabulary: int) -> None:
        super().__init__()
        self.config = config
        E = config.embedding_size
        self.embedding_scale = E**0.5 if config.scale_embeddings else 1.0
        self.target_embedding = _embedding(target_vocabulary, E)
        if config.tied_embeddings == "all":
            _check_joint(source_vocabulary, target_vocabulary)
            self.source_embedding = self.target_embedding
        else:
            self.source_embedding = _embedding(source_vocabulary, E)
        self.encoder = Encoder(
            config.cell,
            E,
            config.encoder_hidden_size,
            layers=config.encoder_layers,
            bidirectional=config.bidirectional,
            dropout=config.dropout_memory,
            layer_norm=config.layer_norm,
            fused=config.fused,
        )
        self.decoder = _decoder(config, self.encoder.output_size)
        if config.tied_embeddings == "none":
            self.output_weight: Tensor = nn.Parameter(
                _embedding(target_vocabulary, E).weight.detach()
            )  # (V, O)
        else:
            self.output_weight = self.target_embedding.weight
        self.output_bias = nn.Parameter(torch.zeros(target_vocabulary))
        self.output_dropout = nn.Dropout(config.dropout_output)
        initialise(self, config.cell_init)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.output_bias.device

    @property
    def is_attentive(self) -> bool:
        """Whether the decoder looks at the source."""
        return self.config.attention != "none"

    def forward(
        self, batch: ParallelBatch, *, label_smoothing: float = 0.0, consistency: Consistency | None = None
    ) -> Loss:
        """Return the loss of a batch with teacher forcing, over its real target pieces."""
        batch = batch.to(self.device)
        if consistency is not None:
            return self._forward_twice(batch, label_smoothing, consistency)
        output = self._unroll(batch)
        real = batch.target_mask  # (B, T)
        readout = self.output_dropout(output.readout[real])  # (N, O)
        objective, nll = cross_entropy(
            readout, self.output_weight, self.output_bias, batch.target[real], label_smoothing
        )
        return Loss(objective, nll, batch.target_tokens)

    def start(self, source: SourceBatch) -> DecoderState:
        """Encode the sources: the state before the first piece."""
        return self.decoder.start(self._encode(source.to(self.device)))

    def step(self, previous: Tensor, state: DecoderState) -> Step[DecoderState]:
        """Take one step from the tokens chosen last, previous (R,)."""
        output, state = self.decoder.step(self.target_embedding(previous) * self.embedding_scale, state)
        return Step(self._project(output.readout), state, output.weights)

    def force(self, batch: ParallelBatch) -> Forced:
        """Rate given targets: the log probability of each piece, and where the decoder looked."""
        batch = batch.to(self.device)
        output = self._unroll(batch)
        log_probs = self._project(output.readout).float().log_softmax(dim=-1)  # (B, T, V)
        chosen = log_probs.gather(2, batch.target.unsqueeze(2)).squeeze(2)  # (B, T)
        return Forced(chosen.masked_fill(~batch.target_mask, 0.0), output.weights)

    def _forward_twice(self, batch: ParallelBatch, label_smoothing: float, consistency: Consistency) -> Loss:
        readout = self._unroll(batch.twice, consistency.token_cut).readout  # (2B, T, O)
        real = batch.target_mask  # (B, T)
        first, second = (self.output_dropout(half[real]) for half in readout.chunk(2))  # (N, O)
        objective, nll = consistent_cross_entropy(
            first,
            second,
            Projection(self.output_weight, self.output_bias),
            batch.target[real],
            label_smoothing,
            consistency,
        )
        return Loss(objective, nll, batch.target_tokens)

    def _unroll(self, batch: ParallelBatch, token_cut: float = 0.0) -> DecoderOutput:
        state = self.decoder.start(self._encode(batch.source, token_cut))
        embedded = self.target_embedding(batch.inputs) * self.embedding_scale  # (B, T, E)
        embedded = cut_second_half(embedded, token_cut)
        embedded = word_dropout(embedded, self.config.word_dropout_target, training=self.training)
        embedded = variational_dropout(embedded, self.config.dropout_embedding, training=self.training)
        return self.decoder.unroll(embedded, state)

    def _encode(self, source: SourceBatch, token_cut: float = 0.0) -> Memory:
        embedded = self.source_embedding(source.tokens) * self.embedding_scale  # (B, S, E)
        embedded = cut_second_half(embedded, token_cut)
        embedded = word_dropout(embedded, self.config.word_dropout_source, training=self.training)
        embedded = variational_dropout(embedded, self.config.dropout_embedding, training=self.training)
        memory: Memory = self.encoder(embedded, source.lengths, source.mask)
        return memory

    def _project(self, readout: Tensor) -> Tensor:
        return F.linear(self.output_dropout(readout), self.output_weight, self.output_bias)


def _decoder(config: ModelConfig, memory_size: int) -> Decoder:
    E, H = config.embedding_size, config.hidden_size
    feed_size = E if config.input_feeding else 0
    context = (
        BahdanauAttention(H, memory_size, config.attention_size)
        if config.attention == "bahdanau"
        else FixedContext()
    )
    transition = AttendBetween if config.conditional else AttendBefore
    return Decoder(
        transition(config.cell, E + feed_size, H, memory_size, context),
        [CELLS[config.cell](H, H) for _ in range(config.decoder_layers - 1)],
        DeepOutput(H, E, memory_size, E) if config.deep_output else ShallowOutput(H, E),
        memory_size=memory_size,
        hidden_size=H,
        feed_size=feed_size,
        layer_norm=config.layer_norm,
        recurrent_dropout=config.dropout_recurrent,
        layer_dropout=config.dropout_output,
        fused=config.fused,
    )


def _embedding(vocabulary: int, size: int) -> nn.Embedding:
    """Make an embedding whose rows have a length near 1, so that it serves as output layer too."""
    embedding = nn.Embedding(vocabulary, size)
    nn.init.normal_(embedding.weight, std=size**-0.5)
    return embedding


def _check_joint(source_vocabulary: int, target_vocabulary: int) -> None:
    if source_vocabulary != target_vocabulary:
        raise ConfigError(
            f"source and target vocabularies differ ({source_vocabulary} and {target_vocabulary} pieces)",
            where="model.tied_embeddings",
            mend="Three-way tied embeddings need subword.joint = true; or set tied_embeddings to 'target'.",
        )
