"""A trained GRU encoder-decoder packed for searching on a CPU; equal to `EncoderDecoder`, and faster.

What a step reads of the last piece alone is looked up in a table that is made once. Products that
read the same vector are one product. Bounded vectors are kept as `unit` describes.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 — the name every torch program uses

from seq2seq.batch import ParallelBatch, SourceBatch
from seq2seq.nn.attention import BahdanauAttention
from seq2seq.nn.cells import Cell
from seq2seq.nn.decoder import AttendBefore, AttendBetween, Decoder, DeepOutput, ShallowOutput
from seq2seq.nn.inference import library
from seq2seq.nn.inference.attention import pack_attention, query_affine
from seq2seq.nn.inference.encoder import PackedEncoder
from seq2seq.nn.inference.fused import Parts, fuse
from seq2seq.nn.inference.product import Affine, Precision, pack
from seq2seq.nn.inference.table import TokenTable, as_they_are
from seq2seq.nn.inference.unit import MemoryNorm, candidate_twice, gru, input_affine, recurrent_affine
from seq2seq.nn.model import EncoderDecoder, Forced, ModelConfig
from seq2seq.nn.state import CellState, DecoderState, Memory, Run, Step

_ROWS_OF_TORCH = 256
_ROWS_OF_KERNELS, _ROWS_OF_KERNELS_GREEDILY = 128, 64


class PackedModel:
    """A `StepModel[DecoderState]` that also scores, as `EncoderDecoder` does.

    Of the memory of a model without attention only the summary is used: there it is what the
    context adds to the gates and to the readout.

    The network stays as it is, unless this `consumes` it: then weights are freed as soon as they are
    packed, and the largest table is made when most are gone, from vectors that are freed on the way.
    """

    def __init__(self, model: EncoderDecoder, precision: Precision, *, consumes: bool = False) -> None:
        self.precision = precision
        self._config = model.config
        norm = MemoryNorm(model.encoder.norm, precision)
        parts = _OutputParts(model.decoder.output, model.config, model.encoder.output_size)
        token = self._pack_decoder(model, norm, parts)
        if consumes:
            _let_go(model.decoder)
        projection = Affine.of(model.output_weight, model.output_bias)
        self._projection = pack(
            projection.of_unit() if parts.is_bounded else projection, precision, highest=parts.highest
        )
        del projection
        self._encoder = PackedEncoder(model, precision, norm)
        if consumes:
            _let_go(model, but=model.target_embedding.weight)
        self._tokens = TokenTable(
            model.target_embedding, model.embedding_scale, *token, precision, consumes=consumes
        )
        self._fused = fuse(
            Parts(
                model.config.hidden_size,
                self._readout_size,
                self._tokens,
                self._recurrent,
                self._context,
                self._hidden_out,
                self._projection,
                self._first,
                self._feed,
                self._attention,
                [(cell.inputs, cell.recurrent) for cell in self._upper],
            )
            if self._is_bounded
            else None
        )

    def _pack_decoder(
        self, model: EncoderDecoder, norm: MemoryNorm, parts: "_OutputParts"
    ) -> tuple[Affine, Callable[[Tensor], Tensor]]:
        """Pack all but what a step reads of the last piece, which is returned: see `_token_affine`."""
        decoder, transition, precision = model.decoder, model.decoder.transition, self.precision
        self._is_bounded, self._readout_size = parts.is_bounded, len(parts.hidden.bias)
        self._initial = pack(norm.reader(_of(decoder.initial_layer).times(2.0)), precision)
        self._attention = None
        if isinstance(transition.attention, BahdanauAttention):
            self._attention = pack_attention(transition.attention, norm, precision)
        self._recurrent = pack(_asking_affine(transition), precision)
        self._first = None
        if isinstance(transition, AttendBetween):
            self._first = pack(recurrent_affine(transition.cell), precision)
        self._context = pack(norm.reader(_context_affine(transition).above(parts.context)), precision)
        self._feed_size = decoder.feed_size
        self._feed = None
        if decoder.feed_size:
            feed = input_affine(transition.cell, start=model.config.embedding_size)
            feed = Affine.of(feed.weight)  # its bias is in the table already
            self._feed = pack(feed.of_unit() if parts.is_bounded else feed, precision, highest=parts.highest)
        self._upper = [_UpperCell(cell, precision) for cell in decoder.upper if isinstance(cell, Cell)]
        self._hidden_out = pack(parts.hidden, precision)
        return _token_affine(decoder, parts.embedded, model.config.embedding_size)

    @property
    def is_attentive(self) -> bool:
        """Whether the decoder looks at the source."""
        return self._attention is not None

    @property
    def workers(self) -> int:
        """How many searches may run side by side, each in a thread of its own: steps in C keep off Python."""
        return 1 if self._fused is None else library.threads()

    def best_rows(self, beam: int) -> int:
        """How many hypotheses a step is best taken with: the more, the less of Python is between them.

        Greedy steps in C follow each other without Python, and more of them only take more memory.
        """
        if self._fused is None:
            return _ROWS_OF_TORCH
        return _ROWS_OF_KERNELS_GREEDILY if beam == 1 else _ROWS_OF_KERNELS

    @property
    def device(self) -> torch.device:
        """Where its tensors live."""
        return torch.device("cpu")

    def start(self, source: SourceBatch) -> DecoderState:
        """Encode the sources: the state before the first piece."""
        memory = self._encoder(source)
        layers = self._initial(memory.summary).sigmoid_().chunk(1 + len(self._upper), dim=-1)
        if self._attention is None:
            memory = Memory(memory.states[:, :, :0], memory.mask, self._context(memory.summary))
        else:
            memory = self._attention.prepare(memory)
        feed = None
        if self._feed_size:  # a readout of zero
            feed = layers[0].new_full((len(layers[0]), self._feed_size), 0.5 if self._is_bounded else 0.0)
        remembered = memory if self._fused is None else self._fused.remember(memory)
        return DecoderState(tuple(CellState(layer) for layer in layers), remembered, feed)

    def step(self, previous: Tensor, state: DecoderState) -> Step[DecoderState]:
        """Take one step from the tokens chosen last, previous (R,)."""
        if self._fused is not None:
            return self._fused(previous, state)
        H = self._config.hidden_size
        gates, from_token = _cut(self._tokens(previous), 3 * H)  # (R, 3H), (R, O)
        if self._feed is not None:
            assert state.feed is not None, "start() makes a readout to feed"
            gates = gates + self._feed(state.feed)
        hidden = state.hidden[0].h  # (R, H)
        if self._first is not None:
            hidden = gru(gates, self._first(hidden), hidden)
        recurrent, queries = _cut(self._recurrent(hidden), 3 * H)  # (R, 3H), (R, A)
        context, weights = self._look(queries, state)
        from_context, context_out = _cut(context, 3 * H)  # (R, 3H), (R, O)
        gates = from_context if self._first is not None else gates + from_context
        layers = [gru(gates, recurrent, hidden)]
        for cell, below in zip(self._upper, state.hidden[1:], strict=True):
            layers.append(cell(layers[-1], below.h))
        readout = self._hidden_out(layers[-1])  # (R, O)
        if self._is_bounded:
            readout = readout.add_(context_out).add_(from_token).sigmoid_()
        feed = readout if self._feed is not None else None
        state = DecoderState(tuple(CellState(layer) for layer in layers), state.memory, feed)
        return Step(self._projection(readout), state, weights)

    def run(
        self, previous: Tensor, state: DecoderState, steps: int, beam: int = 1
    ) -> Run[DecoderState] | None:
        """See `RunModel.run`; only a fused decoder can."""
        return None if self._fused is None else self._fused.run(previous, state, steps, beam)

    @torch.inference_mode()
    def force(self, batch: ParallelBatch) -> Forced:
        """Rate given targets, by the same steps as a search, so that it gives the same numbers."""
        state = self.start(batch.source)
        log_probs, attention = [], []
        for previous, target in zip(batch.inputs.unbind(dim=1), batch.target.unbind(dim=1), strict=True):
            step = self.step(previous, state)
            state = step.state
            log_probs.append(step.logits.log_softmax(dim=-1).gather(1, target.unsqueeze(1)))  # (B, 1)
            attention += [] if step.attention is None else [step.attention]
        chosen = torch.cat(log_probs, dim=1).masked_fill(~batch.target_mask, 0.0)  # (B, T)
        return Forced(chosen, torch.stack(attention, dim=1) if attention else None)

    def _look(self, queries: Tensor, state: DecoderState) -> tuple[Tensor, Tensor | None]:
        memory = state.memory
        assert isinstance(memory, Memory), "start() makes a memory"
        if self._attention is not None:
            context, weights = self._attention(queries, memory)
            return self._context(context), weights
        hypotheses = len(state.hidden[0].h) // len(memory.summary)  # K
        return memory.summary.repeat_interleave(hypotheses, dim=0), None


def _cut(rows: Tensor, at: int) -> tuple[Tensor, Tensor]:
    left, right = rows.split_with_sizes((at, rows.shape[1] - at), dim=1)
    return left, right


def _of(layer: torch.nn.Linear) -> Affine:
    return Affine.of(layer.weight, layer.bias)


def _let_go(packed: torch.nn.Module, but: Tensor | None = None) -> None:
    """Free the weights of what is packed, but for one."""
    for weight in packed.parameters():
        if weight is not but:
            weight.data = weight.new_empty(0)


def _token_affine(
    decoder: Decoder, output: Affine, embedding_size: int
) -> tuple[Affine, Callable[[Tensor], Tensor]]:
    """What a piece (E,) adds to the gates, normalised where they are, and to the readout: (3H + O,)."""
    cell, norm, E = decoder.transition.cell, decoder.gate_norm, embedding_size
    if not isinstance(norm, torch.nn.LayerNorm):
        return input_affine(cell, stop=E).above(output), as_they_are
    last = candidate_twice(cell, Affine.of(norm.weight.unsqueeze(1), norm.bias))  # gain and shift

    def normalise(rows: Tensor) -> Tensor:
        gates, rest = _cut(rows, len(last.bias))  # (N, 3H), (N, O)
        normal = F.layer_norm(gates, norm.normalized_shape, last.weight.squeeze(1), last.bias, norm.eps)
        return torch.cat([normal, rest], dim=1)

    return Affine.of(cell.weight_ih[:, :E], cell.bias_ih).above(output), normalise


def _asking_affine(transition: AttendBefore | AttendBetween) -> Affine:
    """The recurrent weights of the cell whose state asks, with its query."""
    cell = transition.context_cell if isinstance(transition, AttendBetween) else transition.cell
    if isinstance(transition.attention, BahdanauAttention):
        return recurrent_affine(cell).above(query_affine(transition.attention))
    return recurrent_affine(cell)


def _context_affine(transition: AttendBefore | AttendBetween) -> Affine:
    """What the context adds to the gates of the cell that takes it in."""
    if isinstance(transition, AttendBetween):
        return input_affine(transition.context_cell)
    return candidate_twice(transition.cell, Affine.of(transition.context_layer.weight))


class _OutputParts:
    """An output layer by what it reads; a deep one goes through a tanh, which bounds its readout."""

    def __init__(self, output: DeepOutput | ShallowOutput, config: ModelConfig, memory_size: int) -> None:
        layer = output.layer
        self.is_bounded = isinstance(output, DeepOutput)
        self.highest = 1.0 if self.is_bounded else None
        if not self.is_bounded:
            self.hidden = _of(layer).of_unit()
            nothing = layer.weight.new_zeros(0)
            self.embedded = Affine(nothing.view(0, config.embedding_size), nothing)
            self.context = Affine(nothing.view(0, memory_size), nothing)
            return
        H, E = config.hidden_size, config.embedding_size
        doubled = _of(layer).times(2.0)  # for the sigmoid
        self.hidden = Affine.of(doubled.weight[:, :H]).of_unit()
        self.embedded = Affine(doubled.weight[:, H : H + E], doubled.bias)
        self.context = Affine.of(doubled.weight[:, H + E :])


class _UpperCell:
    """A decoder layer above the first."""

    def __init__(self, cell: Cell, precision: Precision) -> None:
        self.inputs = pack(input_affine(cell).of_unit(), precision)
        self.recurrent = pack(recurrent_affine(cell), precision)

    def __call__(self, x: Tensor, state: Tensor) -> Tensor:
        return gru(self.inputs(x), self.recurrent(state), state)
