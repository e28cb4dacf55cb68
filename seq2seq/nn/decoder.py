"""From a memory to what the output layer reads: one step at a time, or a whole reference at once.

A `Transition` is the first decoder layer, where the source comes in. There are two, with one
interface: `AttendBefore` is Bahdanau's own order, `AttendBetween` the conditional GRU.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from seq2seq.nn.attention import BahdanauAttention, FixedContext
from seq2seq.nn.bptt import Attending, Fixed, GRUWeights, is_written_out, unroll_conditional_gru
from seq2seq.nn.cells import CELLS, Cell, CellName, GRUCell
from seq2seq.nn.dropout import recurrent_mask
from seq2seq.nn.state import CellState, DecoderState, Memory

ContextSource = BahdanauAttention | FixedContext


@dataclass(frozen=True)
class Attended:
    """What a transition gives: its new state, the context it saw, and where it looked."""

    state: CellState
    context: Tensor  # (R, M)
    weights: Tensor | None  # (R, S); None without attention


@dataclass(frozen=True)
class AttendedAll:
    """The same of all steps of a reference, time first."""

    hidden: Tensor  # (T, B, H)
    contexts: Tensor  # (T, B, M)
    weights: Tensor | None  # (T, B, S)


class AttendBefore(nn.Module):
    """Attend with the state before the step; Bahdanau et al. 2015, A.1.1 and A.2.1.

    c_i = attention(s_{i-1}),  s_i = cell([y_{i-1}; c_i], s_{i-1})
    """

    def __init__(
        self, cell: CellName, input_size: int, hidden_size: int, memory_size: int, context: ContextSource
    ) -> None:
        super().__init__()
        self.cell = CELLS[cell](input_size, hidden_size)
        self.context_layer = nn.Linear(memory_size, self.cell.gates * hidden_size, bias=False)
        self.attention = context

    def initial(self, h: Tensor) -> CellState:
        """See `Cell.initial`."""
        return self.cell.initial(h)

    def input_gates(self, x: Tensor) -> Tensor:
        """See `Cell.input_gates`."""
        return self.cell.input_gates(x)

    def forward(self, gates: Tensor, state: CellState, memory: Memory, dropout: Tensor | None) -> Attended:
        """Take one step; see `Cell.advance`."""
        context, weights = self.attention(state.h, memory)  # (R, M), (R, S)
        return Attended(
            self.cell.advance(gates + self.context_layer(context), state, dropout), context, weights
        )

    def has_unroll(self, _like: Tensor) -> bool:
        """It takes one step after the other."""
        return False

    def unroll(self, gates: Tensor, state: CellState, memory: Memory, dropout: Tensor | None) -> AttendedAll:
        """See `AttendBetween.unroll`."""
        raise NotImplementedError


class AttendBetween(nn.Module):
    """Attend between two cells: the conditional GRU; Sennrich et al. 2017 (arXiv:1703.04357), section 2.

        s'_i = cell_1(y_{i-1}, s_{i-1})
        c_i  = attention(s'_i)
        s_i  = cell_2(c_i, s'_i)

    The query has seen the previous word, which sharpens the attention.
    """

    def __init__(
        self, cell: CellName, input_size: int, hidden_size: int, memory_size: int, context: ContextSource
    ) -> None:
        super().__init__()
        self.cell = CELLS[cell](input_size, hidden_size)
        self.context_cell = CELLS[cell](memory_size, hidden_size)
        self.attention = context

    def initial(self, h: Tensor) -> CellState:
        """See `Cell.initial`."""
        return self.cell.initial(h)

    def input_gates(self, x: Tensor) -> Tensor:
        """See `Cell.input_gates`."""
        return self.cell.input_gates(x)

    def forward(self, gates: Tensor, state: CellState, memory: Memory, dropout: Tensor | None) -> Attended:
        """Take one step; see `Cell.advance`."""
        between = self.cell.advance(gates, state, dropout)
        context, weights = self.attention(between.h, memory)  # (R, M), (R, S)
        return Attended(self.context_cell(context, between), context, weights)

    def has_unroll(self, like: Tensor) -> bool:
        """Whether `unroll` can be called: for torch's GRU, where backpropagation is written out."""
        return isinstance(self.cell, GRUCell) and is_written_out(like)

    def unroll(self, gates: Tensor, state: CellState, memory: Memory, dropout: Tensor | None) -> AttendedAll:
        """Take all steps of gates (T, B, 3H); what `forward` gives step by step, but for rounding."""
        cell = self.context_cell
        if isinstance(self.attention, FixedContext):
            fixed, _ = self.attention(state.h, memory)  # (B, M)
            source: Attending | Fixed = Fixed(cell.input_gates(fixed))
        else:
            assert memory.keys is not None, "prepare() has not seen this memory"
            query, energy = self.attention.query_layer.weight, self.attention.energy
            seen = memory.keys, memory.states, memory.mask
            source = Attending(query, energy, cell.weight_ih, cell.bias_ih, *seen)
        unrolled = unroll_conditional_gru(
            gates, state.h, dropout, first=_recurrent(self.cell), second=_recurrent(cell), context=source
        )
        contexts = unrolled.contexts
        if contexts is None:
            contexts = fixed.expand(len(gates), -1, -1)  # (T, B, M)
        return AttendedAll(unrolled.hidden, contexts, unrolled.weights)


class DeepOutput(nn.Module):
    """What the vocabulary projection reads; Bahdanau et al. 2015, A.2.2, with tanh for maxout.

    t = tanh(W_s s + W_y y + W_c c)
    """

    def __init__(self, hidden_size: int, embedding_size: int, memory_size: int, output_size: int) -> None:
        super().__init__()
        self.layer = nn.Linear(hidden_size + embedding_size + memory_size, output_size)
        nn.init.xavier_uniform_(self.layer.weight)
        nn.init.zeros_(self.layer.bias)

    def forward(self, hidden: Tensor, embedded: Tensor, context: Tensor) -> Tensor:
        """Combine (..., H), (..., E) and (..., M): (..., O)."""
        return torch.tanh(self.layer(torch.cat([hidden, embedded, context], dim=-1)))


class ShallowOutput(nn.Module):
    """The state alone, brought to the output's size: t = W_s s."""

    def __init__(self, hidden_size: int, output_size: int) -> None:
        super().__init__()
        self.layer = nn.Linear(hidden_size, output_size, bias=False)
        nn.init.xavier_uniform_(self.layer.weight)

    def forward(self, hidden: Tensor, _embedded: Tensor, _context: Tensor) -> Tensor:
        """Bring (..., H) to (..., O)."""
        readout: Tensor = self.layer(hidden)
        return readout


@dataclass(frozen=True)
class DecoderOutput:
    """Of one step (R, ·), or of all steps of a reference (B, T, ·)."""

    readout: Tensor  # (..., O)
    weights: Tensor | None  # (..., S)


class Decoder(nn.Module):
    """Recurrent decoder. With `input_feeding` it also reads its own last readout (Luong et al. 2015, 3.3)."""

    def __init__(  # noqa: PLR0913 — the parts it is made of, and its dropouts
        self,
        transition: AttendBefore | AttendBetween,
        upper: list[Cell],
        output: DeepOutput | ShallowOutput,
        *,
        memory_size: int,
        hidden_size: int,
        feed_size: int,
        layer_norm: bool,
        recurrent_dropout: float,
        layer_dropout: float,
        fused: bool = True,
    ) -> None:
        super().__init__()
        self.fused = fused  # take all steps at once where the transition can
        self.transition = transition
        self.upper = nn.ModuleList(upper)
        self.output = output
        self.initial_layer = nn.Linear(memory_size, hidden_size * (1 + len(upper)))
        nn.init.xavier_uniform_(self.initial_layer.weight)
        nn.init.zeros_(self.initial_layer.bias)
        self.feed_size = feed_size  # 0: no input feeding
        gates = transition.cell.gates * hidden_size
        self.gate_norm = nn.LayerNorm(gates) if layer_norm else nn.Identity()
        self.recurrent_dropout = recurrent_dropout
        self.layer_dropout = nn.Dropout(layer_dropout)

    def start(self, memory: Memory) -> DecoderState:
        """Begin every layer at tanh(W summary); Bahdanau et al. 2015, A.2.1 (of the first annotation)."""
        memory = self.transition.attention.prepare(memory)
        first, *upper = torch.tanh(self.initial_layer(memory.summary)).chunk(1 + len(self.upper), dim=-1)
        hidden = [self.transition.initial(first)]
        hidden += [cell.initial(h) for cell, h in zip(self._upper, upper, strict=True)]
        feed = memory.summary.new_zeros(len(memory.summary), self.feed_size) if self.feed_size else None
        return DecoderState(tuple(hidden), memory, feed)

    def step(self, embedded: Tensor, state: DecoderState) -> tuple[DecoderOutput, DecoderState]:
        """Take one step from embedded tokens (R, E)."""
        gates = self._input_gates(embedded, state.feed)
        return self._step(gates, embedded, state, [None] * len(state.hidden))

    def unroll(self, embedded: Tensor, state: DecoderState) -> DecoderOutput:
        """Take all steps of a reference (B, T, E) with teacher forcing; one hypothesis a sentence."""
        if self.feed_size:
            return self._unroll_feeding(embedded, state)
        masks = self._recurrent_masks(state)
        if self.fused and not self.upper and self.transition.has_unroll(embedded):
            return self._unroll_fused(embedded, state, masks[0])
        hidden, contexts, weights = [], [], []
        for gates in self._input_gates(embedded, None).unbind(dim=1):  # (B, G·H), T times
            attended, layers = self._recur(gates, state, masks)
            state = DecoderState(layers, state.memory)
            hidden.append(layers[-1].h)
            contexts.append(attended.context)
            weights.append(attended.weights)
        readout = self.output(torch.stack(hidden, dim=1), embedded, torch.stack(contexts, dim=1))  # (B, T, O)
        return DecoderOutput(readout, _stack_weights(weights))

    def _unroll_fused(self, embedded: Tensor, state: DecoderState, mask: Tensor | None) -> DecoderOutput:
        assert isinstance(state.memory, Memory), "a decoder's state comes from start()"
        gates = self._input_gates(embedded.transpose(0, 1), None)  # (T, B, G·H)
        looked = self.transition.unroll(gates, state.hidden[0], state.memory, mask)
        hidden, contexts = looked.hidden.transpose(0, 1), looked.contexts.transpose(0, 1)
        readout = self.output(hidden, embedded, contexts)  # (B, T, O)
        return DecoderOutput(readout, None if looked.weights is None else looked.weights.transpose(0, 1))

    def _unroll_feeding(self, embedded: Tensor, state: DecoderState) -> DecoderOutput:
        masks = self._recurrent_masks(state)
        readouts, weights = [], []
        for last in embedded.unbind(dim=1):  # (B, E), T times
            output, state = self._step(self._input_gates(last, state.feed), last, state, masks)
            readouts.append(output.readout)
            weights.append(output.weights)
        return DecoderOutput(torch.stack(readouts, dim=1), _stack_weights(weights))

    def _step(
        self, gates: Tensor, embedded: Tensor, state: DecoderState, masks: list[Tensor | None]
    ) -> tuple[DecoderOutput, DecoderState]:
        attended, layers = self._recur(gates, state, masks)
        readout = self.output(layers[-1].h, embedded, attended.context)  # (R, O)
        feed = readout if self.feed_size else None
        return DecoderOutput(readout, attended.weights), DecoderState(layers, state.memory, feed)

    def _recur(
        self, gates: Tensor, state: DecoderState, masks: list[Tensor | None]
    ) -> tuple[Attended, tuple[CellState, ...]]:
        assert isinstance(state.memory, Memory), "a decoder's state comes from start()"
        attended: Attended = self.transition(gates, state.hidden[0], state.memory, masks[0])
        layers = [attended.state]
        for cell, below, mask in zip(self._upper, state.hidden[1:], masks[1:], strict=True):
            x = self.layer_dropout(layers[-1].h)  # (R, H)
            layers.append(cell.advance(cell.input_gates(x), below, mask))
        return attended, tuple(layers)

    def _input_gates(self, embedded: Tensor, feed: Tensor | None) -> Tensor:
        x = embedded if feed is None else torch.cat([embedded, feed], dim=-1)
        normal: Tensor = self.gate_norm(self.transition.input_gates(x))
        return normal

    def _recurrent_masks(self, state: DecoderState) -> list[Tensor | None]:
        return [
            recurrent_mask(layer.h, self.recurrent_dropout, training=self.training) for layer in state.hidden
        ]

    @property
    def _upper(self) -> list[Cell]:
        return [cell for cell in self.upper if isinstance(cell, Cell)]


def _recurrent(cell: Cell) -> GRUWeights:
    return GRUWeights(cell.weight_hh, cell.bias_hh)


def _stack_weights(weights: list[Tensor | None]) -> Tensor | None:
    rows = [row for row in weights if row is not None]
    return torch.stack(rows, dim=1) if rows else None  # (B, T, S)
