"""The language model: from the pieces so far to the next one, many to many in step.

`LanguageModel` is a `StepModel` without a source. `Carried` is how it is trained on a text that is
read chunk by chunk.
"""

from collections.abc import Sequence

import torch
from pydantic import PositiveInt
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 — the name every torch program uses

from seq2seq.batch import SourceBatch, TextBatch
from seq2seq.config import Section
from seq2seq.nn.cells import CellName
from seq2seq.nn.dropout import variational_dropout
from seq2seq.nn.initialisation import CellInit, initialise
from seq2seq.nn.loss import Loss, cross_entropy
from seq2seq.nn.model import Share
from seq2seq.nn.recurrent import RecurrentStack
from seq2seq.nn.state import CellState, DecoderState, Step


class LanguageModelConfig(Section):
    """What the network is made of: `[model]` in the experiment file."""

    cell: CellName = "gru"
    embedding_size: PositiveInt = 64  # E
    hidden_size: PositiveInt = 256  # H of each layer
    layers: PositiveInt = 1
    tied_embeddings: bool = False  # the output layer reads with the vectors that the input is made of
    dropout_embedding: Share = 0.0  # same features at every position of a chunk
    dropout_layers: Share = 0.0  # between layers, likewise
    dropout_output: Share = 0.0  # what the output layer reads
    cell_init: CellInit = CellInit()
    fused: bool = True  # torch's kernels over a chunk; false: the cells as written in nn/cells.py


class LanguageModel(nn.Module):
    """Embedding, recurrent layers, output layer; Mikolov et al. 2010, Graves 2013 (arXiv:1308.0850).

        h_t    = stack(E x_t, h_{t-1})
        p(x_{t+1} | x_1 … x_t) = softmax(W h_t + b)

    With tied embeddings W h is E (P h), where P brings H to E (Press and Wolf 2017).
    """

    def __init__(self, config: LanguageModelConfig, vocabulary: int) -> None:
        super().__init__()
        self.config = config
        E, H = config.embedding_size, config.hidden_size
        self.embedding = nn.Embedding(vocabulary, E)
        nn.init.normal_(self.embedding.weight, std=E**-0.5)
        self.stack = RecurrentStack(
            config.cell,
            E,
            H,
            layers=config.layers,
            dropout=config.dropout_layers,
            fused=config.fused,
        )
        self.projection = nn.Linear(H, E, bias=False) if config.tied_embeddings else None  # P
        if config.tied_embeddings:
            self.output_weight: Tensor = self.embedding.weight
        else:
            self.output_weight = nn.Parameter(torch.empty(vocabulary, H))  # W
            nn.init.normal_(self.output_weight, std=H**-0.5)
        self.output_bias = nn.Parameter(torch.zeros(vocabulary))
        self.output_dropout = nn.Dropout(config.dropout_output)
        initialise(self, config.cell_init)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.output_bias.device

    def begin(self, rows: int) -> tuple[CellState, ...]:
        """The states of all layers before anything was read, for so many texts."""
        return self.stack.initial(rows)

    def start(self, source: SourceBatch) -> DecoderState:
        """Begin a text for each row; there is no source, so only the rows are counted."""
        return DecoderState(self.begin(len(source.tokens)))

    def step(self, previous: Tensor, state: DecoderState) -> Step[DecoderState]:
        """Take one step from the tokens chosen last, previous (R,)."""
        hidden = self.stack.step(self.embedding(previous), state.hidden)
        return Step(self._project(hidden[-1].h), DecoderState(hidden))

    def hidden(self, tokens: Tensor) -> Tensor:
        """What every unit of every layer is after each token (B, T), from the beginning: (B, T, layers·H)."""
        lengths = torch.full((len(tokens),), tokens.shape[1], dtype=torch.int64)
        layers = self.stack.unroll(self.embedding(tokens), lengths)
        return torch.cat([layer.states for layer in layers], dim=-1)

    def read(
        self, tokens: Tensor, states: Sequence[CellState] | None = None
    ) -> tuple[Tensor, tuple[CellState, ...]]:
        """Read tokens (B, T) from given states, or from the beginning.

        Returns:
            The top layer's h after each token (B, T, H), and the states of all layers at the end.
        """
        embedded = variational_dropout(
            self.embedding(tokens), self.config.dropout_embedding, training=self.training
        )  # (B, T, E)
        lengths = torch.full((len(tokens),), tokens.shape[1], dtype=torch.int64)
        hidden, final = self.stack(embedded, lengths, states)
        return hidden, final

    def loss(self, hidden: Tensor, target: Tensor, *, label_smoothing: float = 0.0) -> Loss:
        """Compare what follows from hidden (B, T, H) with target (B, T)."""
        readout = self.output_dropout(hidden if self.projection is None else self.projection(hidden))
        objective, nll = cross_entropy(
            readout.flatten(0, 1), self.output_weight, self.output_bias, target.flatten(), label_smoothing
        )
        return Loss(objective, nll, target.numel())

    def log_probs(self, hidden: Tensor) -> Tensor:
        """The log probability of every next piece after hidden (..., H): (..., V)."""
        return self._project(hidden).float().log_softmax(dim=-1)

    def _project(self, hidden: Tensor) -> Tensor:
        readout = hidden if self.projection is None else self.projection(hidden)
        return F.linear(self.output_dropout(readout), self.output_weight, self.output_bias)


class Carried(nn.Module):
    """A language model in training: truncated backpropagation through time (Williams and Peng 1990).

    Each chunk begins with the states that the chunk before it left, so that the model remembers the
    whole text; the gradient ends at the chunk's beginning. The states are buffers: a checkpoint
    keeps them, and a run that goes on continues every text where it was.
    """

    def __init__(self, network: LanguageModel, rows: int) -> None:
        super().__init__()
        self.network = network
        parts = _parts(network.begin(rows))
        self.carried: Tensor
        self.register_buffer("carried", torch.zeros_like(parts))  # (h and c, layers, B, H)

    def forward(self, batch: TextBatch, *, label_smoothing: float = 0.0) -> Loss:
        """Return the loss of a chunk, and keep the states after it for the next one."""
        states = _states(self.carried) if batch.continues else self.network.begin(len(batch.inputs))
        hidden, final = self.network.read(batch.inputs, states)
        with torch.no_grad():
            self.carried.copy_(_parts(final))
        return self.network.loss(hidden, batch.target, label_smoothing=label_smoothing)


def _parts(states: Sequence[CellState]) -> Tensor:
    h = torch.stack([state.h for state in states])  # (layers, B, H)
    cells = [state.c for state in states if state.c is not None]
    return torch.stack([h, torch.stack(cells)] if cells else [h])


def _states(parts: Tensor) -> tuple[CellState, ...]:
    # A copy: the buffer is written to before the gradient has been through these.
    h, *cells = parts.clone()
    return tuple(CellState(*layer) for layer in zip(h, *cells, strict=True))
