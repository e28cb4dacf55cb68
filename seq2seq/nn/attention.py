"""Where the decoder looks: additive attention, or one summary for every step.

Both have the same two methods, so a model is plain or attentive by which object it holds.
"""

from dataclasses import replace

import torch
from torch import Tensor, nn

from seq2seq.nn.state import Memory


class FixedContext(nn.Module):
    """No attention: every step gets the same summary; Cho et al. 2014 (arXiv:1406.1078), section 2.2.

    The context c is the encoder's last state, whatever the query.
    """

    def prepare(self, memory: Memory) -> Memory:
        """Nothing is made in advance."""
        return memory

    def forward(self, query: Tensor, memory: Memory) -> tuple[Tensor, None]:
        """Return the summary for each row of the query (R, H): (R, M), and no weights."""
        hypotheses = query.shape[0] // memory.summary.shape[0]  # K
        if hypotheses == 1:
            return memory.summary, None
        return memory.summary.repeat_interleave(hypotheses, dim=0), None


class BahdanauAttention(nn.Module):
    """Additive attention; Bahdanau, Cho and Bengio 2015 (arXiv:1409.0473), section 3.1 and A.1.2.

        e_j = v · tanh(W s + U h_j)       energy of source position j      (A.1.2)
        α_j = exp(e_j) / Σ_k exp(e_k)     weight, over unmasked positions  (eq. 6)
        c   = Σ_j α_j h_j                 context                          (eq. 5)

    s is the query, a state of the decoder, and h_j the encoder's state. The biases that the paper
    leaves out of its notation are left out here too. U h_j does not depend on s: `prepare`
    computes it once per source batch. The hypotheses of a sentence share its memory: R = B·K
    queries meet B memories.
    """

    def __init__(self, query_size: int, memory_size: int, attention_size: int) -> None:
        super().__init__()
        self.query_layer = nn.Linear(query_size, attention_size, bias=False)  # W
        self.key_layer = nn.Linear(memory_size, attention_size, bias=False)  # U
        self.energy = nn.Parameter(torch.empty(attention_size))  # v
        nn.init.xavier_uniform_(self.query_layer.weight)
        nn.init.xavier_uniform_(self.key_layer.weight)
        nn.init.normal_(self.energy, std=attention_size**-0.5)

    def prepare(self, memory: Memory) -> Memory:
        """Return the memory with its keys U h_j (B, S, A)."""
        return replace(memory, keys=self.key_layer(memory.states))

    def forward(self, query: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Return the context (R, M) and the weights (R, S) for queries (R, H).

        Each row of weights sums to 1 and is exactly 0 on padding.
        """
        assert memory.keys is not None, "prepare() has not seen this memory"
        B, S, A = memory.keys.shape
        queries = self.query_layer(query).view(B, -1, 1, A)  # (B, K, 1, A)
        energies = torch.tanh(queries + memory.keys.unsqueeze(1)) @ self.energy  # (B, K, S)
        energies = energies.masked_fill(~memory.mask.unsqueeze(1), float("-inf"))
        weights = energies.softmax(dim=-1)  # (B, K, S)
        context = weights @ memory.states  # (B, K, M)
        return context.view(-1, memory.states.shape[2]), weights.view(-1, S)
