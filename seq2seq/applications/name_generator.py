"""One to many: a category in, characters out, one after the other."""

import torch
from pydantic import PositiveInt
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 — the name every torch program uses

from seq2seq.batch import ParallelBatch, SourceBatch
from seq2seq.config import Section
from seq2seq.nn.cells import CellName
from seq2seq.nn.dropout import variational_dropout
from seq2seq.nn.loss import Loss, cross_entropy
from seq2seq.nn.recurrent import RecurrentStack
from seq2seq.nn.state import DecoderState, Step
from seq2seq.training.config import Share


class GeneratorConfig(Section):
    """What the network is made of: `[model]`."""

    cell: CellName = "gru"
    category_size: PositiveInt = 16  # of the category's vector, which every step reads
    embedding_size: PositiveInt = 32  # E, of a character
    hidden_size: PositiveInt = 128  # H
    layers: PositiveInt = 1
    dropout_embedding: Share = 0.1  # same features at every position
    dropout_output: Share = 0.3  # what the output layer reads, and between layers
    fused: bool = True  # torch's fused kernels; false: the cells as written in nn/cells.py


class NameGenerator(nn.Module):
    """Says which character comes next in a name of a category; a `StepModel[DecoderState]`.

        h_t = stack([category; x_t], h_{t-1})      h_0 = 0, x_1 is the beginning of the sentence
        p(x_{t+1}) = softmax(W h_t + b)

    The category is fed at every step, so that it is not to be remembered. A source is one id: the
    category's. It travels in the state's `feed`.
    """

    def __init__(self, config: GeneratorConfig, categories: int, vocabulary: int) -> None:
        super().__init__()
        self.config = config
        self.category_embedding = nn.Embedding(categories, config.category_size)
        self.embedding = nn.Embedding(vocabulary, config.embedding_size)
        nn.init.normal_(self.embedding.weight, std=config.embedding_size**-0.5)
        self.stack = RecurrentStack(
            config.cell,
            config.category_size + config.embedding_size,
            config.hidden_size,
            layers=config.layers,
            dropout=config.dropout_output,
            fused=config.fused,
        )
        self.output_layer = nn.Linear(config.hidden_size, vocabulary)
        nn.init.xavier_uniform_(self.output_layer.weight)
        nn.init.zeros_(self.output_layer.bias)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.output_layer.bias.device

    def forward(self, batch: ParallelBatch, *, label_smoothing: float = 0.0) -> Loss:
        """Return the loss of names with teacher forcing, over their characters and ends."""
        batch = batch.to(self.device)
        category = self.category_embedding(batch.source.tokens)  # (B, 1, C)
        embedded = self.embedding(batch.inputs)  # (B, T, E)
        embedded = variational_dropout(embedded, self.config.dropout_embedding, training=self.training)
        x = torch.cat([category.expand(-1, embedded.shape[1], -1), embedded], dim=-1)  # (B, T, C + E)
        states, _ = self.stack(x, batch.target_lengths)  # (B, T, H)
        real = batch.target_mask  # (B, T)
        readout = F.dropout(states[real], self.config.dropout_output, training=self.training)  # (N, H)
        objective, nll = cross_entropy(
            readout, self.output_layer.weight, self.output_layer.bias, batch.target[real], label_smoothing
        )
        return Loss(objective, nll, batch.target_tokens)

    def start(self, source: SourceBatch) -> DecoderState:
        """Begin a name of each row's category."""
        category = self.category_embedding(source.tokens[:, 0].to(self.device))  # (B, C)
        return DecoderState(self.stack.initial(len(category)), feed=category)

    def step(self, previous: Tensor, state: DecoderState) -> Step[DecoderState]:
        """Take one step from the characters chosen last, previous (R,)."""
        assert state.feed is not None, "a generator's state comes from start()"
        x = torch.cat([state.feed, self.embedding(previous)], dim=-1)  # (R, C + E)
        hidden = self.stack.step(x, state.hidden)
        return Step(self.output_layer(hidden[-1].h), DecoderState(hidden, feed=state.feed))
