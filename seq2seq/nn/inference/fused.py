"""A whole step of the packed decoder in one call of the kernels: the lines of `PackedModel.step`, in C."""

from collections.abc import Callable, Sequence
from ctypes import POINTER, pointer
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from seq2seq.batch import EOS, FIRST_PIECE
from seq2seq.nn.inference import library
from seq2seq.nn.inference.attention import KernelAttention, PackedAttention
from seq2seq.nn.inference.library import (
    MOST_LAYERS,
    VECTOR,
    BestFields,
    DecoderFields,
    Kernels,
    ProductFields,
    RunFields,
    StepFields,
    TableFields,
)
from seq2seq.nn.inference.product import KernelProduct, Product
from seq2seq.nn.inference.reuse import Kept
from seq2seq.nn.inference.sources import Sources
from seq2seq.nn.inference.table import TokenTable
from seq2seq.nn.state import CellState, DecoderState, Memory, Run, Step


@dataclass(frozen=True)
class Parts:
    """What a decoder is made of; see `PackedModel.step` for where each stands."""

    hidden_size: int
    readout_size: int
    tokens: TokenTable
    recurrent: Product
    context: Product
    hidden_out: Product
    projection: Product
    first: Product | None
    feed: Product | None
    attention: PackedAttention | None
    upper: Sequence[tuple[Product, Product]]  # inputs and recurrent of each layer above the first


def fuse(parts: Parts | None) -> "FusedDecoder | None":
    """Fuse the parts; None where any of them is not of the kernels, or there are none."""
    if parts is None:
        return None
    found = library.kernels()
    above = [product for layer in parts.upper for product in layer]
    needed = [parts.recurrent, parts.context, parts.hidden_out, parts.projection, *above]
    optional = [part for part in (parts.first, parts.feed) if part is not None]
    ours = all(isinstance(part, KernelProduct) for part in (*needed, *optional))
    looks = parts.attention is None or isinstance(parts.attention, KernelAttention)
    is_walkable = parts.hidden_size % VECTOR == parts.readout_size % VECTOR == 0
    if found is None or not (ours and looks and is_walkable) or len(parts.upper) > MOST_LAYERS:
        return None
    return FusedDecoder(parts, found)


class FusedDecoder:
    """The step of a decoder, and the parts that its addresses point to."""

    def __init__(self, parts: Parts, kernels: Kernels) -> None:
        self._kernels = kernels
        self._parts = parts  # the addresses in the fields are theirs
        self._is_attentive = isinstance(parts.attention, KernelAttention)
        fields = DecoderFields(
            hidden=parts.hidden_size,
            readout=parts.readout_size,
            memory_size=_fields(parts.context).inputs,
            layers=len(parts.upper),
        )
        for name in ("first", "recurrent", "context", "feed", "hidden_out", "projection"):
            part = getattr(parts, name)
            setattr(fields, name, POINTER(ProductFields)() if part is None else pointer(_fields(part)))
        for layer, (inputs, recurrent) in enumerate(parts.upper):
            fields.upper_inputs[layer] = pointer(_fields(inputs))
            fields.upper_recurrent[layer] = pointer(_fields(recurrent))
        whole = parts.tokens.whole
        self._is_looked_up = whole is not None
        if whole is not None:
            fields.table = TableFields.of(*whole)
        if isinstance(parts.attention, KernelAttention):
            fields.attention = len(parts.attention.energy)
            fields.energy = parts.attention.energy.data_ptr()
        self._fields = fields
        self._vocabulary = _fields(parts.projection).outputs
        self._logits = Kept()

    def remember(self, memory: Memory) -> Sources:
        """Say where a step finds what it reads of the sources: `start` gives this memory, prepared."""
        if not self._is_attentive:
            return Sources.of(memory, memory.summary)
        assert memory.keys is not None, "prepare() has not seen this memory"
        return Sources.of(memory, memory.keys, memory.states)

    def __call__(self, previous: Tensor, state: DecoderState) -> Step[DecoderState]:
        """See `StepModel.step`."""
        written = _Written(self._parts, state, 1)
        fields, _kept = self._fields_of(previous, state, written)
        logits = self._logits.empty(len(previous), self._vocabulary)
        fields.logits = logits.data_ptr()
        self._kernels.step(self._fields, fields)
        return Step(logits, written.state(0), None if written.weights is None else written.weights[0])

    def run(self, previous: Tensor, state: DecoderState, steps: int, beam: int = 1) -> Run[DecoderState]:
        """See `RunModel.run`; a step at a time where what it reads of a piece has to be multiplied first."""
        R, steps = len(previous), steps if self._is_looked_up else 1
        count = min(beam, self._vocabulary - FIRST_PIECE)
        written = _Written(self._parts, state, steps)
        log_probs = np.empty((steps, R, 1 + count))
        tokens = np.empty((steps, R, 1 + count), dtype=np.int64)
        chosen = np.empty(R, dtype=np.int64)
        best = BestFields(
            rows=R,
            vocabulary=self._vocabulary,
            count=count,
            end=EOS,
            first=FIRST_PIECE,
            log_probs=log_probs.ctypes.data,
            tokens=tokens.ctypes.data,
        )
        fields, _kept = self._fields_of(previous, state, written)
        taken = self._kernels.run(self._fields, RunFields(steps, fields, best, chosen.ctypes.data))
        logits = self._logits_of(written)
        return Run(log_probs[:taken], tokens[:taken], written.weights, logits, written.state)

    def _logits_of(self, written: "_Written") -> Callable[[int, int], Tensor]:
        return lambda step, row: self._parts.projection(written.readout[step, row : row + 1])[0]

    def _fields_of(
        self, previous: Tensor, state: DecoderState, written: "_Written"
    ) -> tuple[StepFields, Sequence[Tensor]]:
        """Where a step reads and writes; the addresses hold as long as what comes with them."""
        sources, R = written.sources, len(previous)
        lengths, *parts = sources.addresses
        read = [layer.h.contiguous() for layer in state.hidden]  # (R, H) each
        step = StepFields(
            rows=R,
            hypotheses=R // len(sources),
            positions=sources.longest,
            lengths=lengths,
            new_readout=written.readout.data_ptr(),
        )
        step.hidden[: len(read)] = [layer.data_ptr() for layer in read]
        step.new_hidden[: len(read)] = [layer.data_ptr() for layer in written.hidden]
        if self._is_looked_up:
            read.append(previous.contiguous())
            step.previous = read[-1].data_ptr()
        else:
            read.append(self._parts.tokens(previous).contiguous())
            step.embedded = read[-1].data_ptr()
        if written.is_fed:
            assert state.feed is not None, "start() makes a readout to feed"
            read.append(state.feed.contiguous())
            step.feed = read[-1].data_ptr()
        if written.weights is not None:
            step.keys, step.states = parts
            step.weights = written.weights.data_ptr()
        else:
            (step.context,) = parts
        return step, read


class _Written:
    """What steps write, and the state after each."""

    def __init__(self, parts: Parts, state: DecoderState, steps: int) -> None:
        assert isinstance(state.memory, Sources), "a fused decoder's state comes from start()"
        R, H = state.hidden[0].h.shape
        self.sources = state.memory
        self.is_fed = parts.feed is not None
        self.hidden = [torch.empty(steps, R, H) for _ in state.hidden]
        self.readout = torch.empty(steps, R, parts.readout_size)
        self.weights = None
        if parts.attention is not None:
            self.weights = torch.empty(steps, R, self.sources.longest)

    def state(self, step: int) -> DecoderState:
        hidden = tuple(CellState(layer[step]) for layer in self.hidden)
        return DecoderState(hidden, self.sources, self.readout[step] if self.is_fed else None)


def _fields(product: Product) -> ProductFields:
    assert isinstance(product, KernelProduct), "only products of the kernels are fused"
    return product.fields
