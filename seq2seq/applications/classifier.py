"""Many to one: characters in, one label out, from the state after the last character."""

from collections.abc import Sequence

import torch
from pydantic import NonNegativeFloat, PositiveInt
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 — the name every torch program uses

from seq2seq.batch import ParallelBatch, SourceBatch
from seq2seq.config import Section
from seq2seq.nn.cells import CellName
from seq2seq.nn.dropout import variational_dropout
from seq2seq.nn.encoder import Encoder
from seq2seq.nn.loss import Loss, cross_entropy
from seq2seq.training.config import Share


class ClassifierConfig(Section):
    """What the network is made of: `[model]`."""

    cell: CellName = "gru"
    embedding_size: PositiveInt = 32  # E
    hidden_size: PositiveInt = 128  # H of each direction
    layers: PositiveInt = 1
    bidirectional: bool = False  # also read from the last character to the first
    balance: NonNegativeFloat = 0.0  # how far answers ignore how frequent a label is; 1: altogether
    dropout_embedding: Share = 0.1  # same features at every position
    dropout_output: Share = 0.3  # what the output layer reads
    fused: bool = True  # torch's fused kernels; false: the cells as written in nn/cells.py


class Classifier(nn.Module):
    """Reads characters with an `Encoder` and answers from its summary.

        h = encoder(x_1 … x_S)                 the state after the last character
        p = softmax(W h + b)                   over the labels
        answer = softmax(log p - τ log π)      τ is `balance`, π the labels' shares of the training texts

    Training maximises p. With τ above 0 a rare label needs less evidence (Menon et al. 2021,
    arXiv:2007.07314, section 4.1: post-hoc logit adjustment), which raises macro-F1 and costs accuracy.
    """

    priors: Tensor

    def __init__(self, config: ClassifierConfig, vocabulary: int, priors: Sequence[float]) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(vocabulary, config.embedding_size)
        nn.init.normal_(self.embedding.weight, std=config.embedding_size**-0.5)
        self.encoder = Encoder(
            config.cell,
            config.embedding_size,
            config.hidden_size,
            layers=config.layers,
            bidirectional=config.bidirectional,
            dropout=config.dropout_output,
            fused=config.fused,
        )
        self.output_layer = nn.Linear(self.encoder.output_size, len(priors))
        nn.init.xavier_uniform_(self.output_layer.weight)
        nn.init.zeros_(self.output_layer.bias)
        self.register_buffer("priors", torch.tensor(list(priors)), persistent=False)  # (C,)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.output_layer.bias.device

    def forward(self, batch: ParallelBatch, *, label_smoothing: float = 0.0) -> Loss:
        """Return the loss of a batch whose targets are one label each."""
        batch = batch.to(self.device)
        assert batch.target.shape[1] == 1, "a text has one label"
        summary = self._read(batch.source)  # (B, M)
        objective, nll = cross_entropy(
            summary, self.output_layer.weight, self.output_layer.bias, batch.target[:, 0], label_smoothing
        )
        return Loss(objective, nll, len(summary))

    def log_probs(self, source: SourceBatch) -> Tensor:
        """How probable each label is, in natural logarithms: (B, C)."""
        logits: Tensor = self.output_layer(self._read(source.to(self.device)))  # (B, C)
        balanced = logits.log_softmax(dim=-1) - self.config.balance * self.priors.log()  # (B, C)
        return balanced.log_softmax(dim=-1)

    def _read(self, source: SourceBatch) -> Tensor:
        embedded = self.embedding(source.tokens)  # (B, S, E)
        embedded = variational_dropout(embedded, self.config.dropout_embedding, training=self.training)
        summary: Tensor = self.encoder(embedded, source.lengths, source.mask).summary  # (B, M)
        return F.dropout(summary, self.config.dropout_output, training=self.training)
