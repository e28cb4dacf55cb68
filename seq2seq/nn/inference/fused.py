"""A whole step of the packed decoder in one call of the kernels: the lines of `PackedModel.step`, in C."""

from collections.abc import Sequence
from ctypes import POINTER, pointer
from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq.nn.inference import library
from seq2seq.nn.inference.attention import KernelAttention, PackedAttention
from seq2seq.nn.inference.library import (
    MOST_LAYERS,
    VECTOR,
    DecoderFields,
    Kernels,
    ProductFields,
    StepFields,
    TableFields,
)
from seq2seq.nn.inference.product import KernelProduct, Product
from seq2seq.nn.inference.reuse import Kept
from seq2seq.nn.inference.sources import Sources
from seq2seq.nn.inference.table import TokenTable
from seq2seq.nn.state import CellState, DecoderState, Memory, Step


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
        self._logits = Kept()
        self._vocabulary = _fields(parts.projection).outputs

    def remember(self, memory: Memory) -> Sources:
        """Say where a step finds what it reads of the sources: `start` gives this memory, prepared."""
        if not self._is_attentive:
            return Sources.of(memory, memory.summary)
        assert memory.keys is not None, "prepare() has not seen this memory"
        return Sources.of(memory, memory.keys, memory.states)

    def __call__(self, previous: Tensor, state: DecoderState) -> Step[DecoderState]:
        """See `StepModel.step`."""
        sources, parts, R = state.memory, self._parts, len(previous)
        assert isinstance(sources, Sources), "a fused decoder's state comes from start()"
        layers = [layer.h.contiguous() for layer in state.hidden]  # (R, H) each
        new = [layer.new_empty(layer.shape) for layer in layers]
        readout = torch.empty(R, parts.readout_size)
        logits = self._logits.empty(R, self._vocabulary)
        step = StepFields(
            rows=R,
            hypotheses=R // len(sources),
            positions=sources.longest,
            lengths=sources.lengths.ctypes.data,
            new_readout=readout.data_ptr(),
            logits=logits.data_ptr(),
        )
        if self._is_looked_up:
            previous = previous.contiguous()
            step.previous = previous.data_ptr()
        else:
            embedded = parts.tokens(previous).contiguous()
            step.embedded = embedded.data_ptr()
        step.hidden[: len(layers)] = [layer.data_ptr() for layer in layers]
        step.new_hidden[: len(new)] = [layer.data_ptr() for layer in new]
        feed, weights = None, None
        if parts.feed is not None:
            assert state.feed is not None, "start() makes a readout to feed"
            feed = state.feed.contiguous()
            step.feed = feed.data_ptr()
        if self._is_attentive:
            weights = torch.empty(R, sources.longest)
            step.keys, step.states = (part.ctypes.data for part in sources.parts)
            step.weights = weights.data_ptr()
        else:
            step.context = sources.parts[0].ctypes.data
        self._kernels.step(self._fields, step)
        hidden = tuple(CellState(layer) for layer in new)
        return Step(logits, DecoderState(hidden, sources, None if feed is None else readout), weights)


def _fields(product: Product) -> ProductFields:
    assert isinstance(product, KernelProduct), "only products of the kernels are fused"
    return product.fields
