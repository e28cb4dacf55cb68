"""Additive attention with packed weights, in float32 or in whole numbers."""

from dataclasses import replace
from typing import Protocol

import torch
from torch import Tensor

from seq2seq.nn.attention import BahdanauAttention
from seq2seq.nn.inference import library
from seq2seq.nn.inference.library import VECTOR, AttentionFields, Kernels
from seq2seq.nn.inference.product import Affine, Precision, Product, input_steps, pack
from seq2seq.nn.inference.sources import Sources
from seq2seq.nn.inference.unit import MemoryNorm
from seq2seq.nn.state import Memory

_WEIGHT_STEPS = 1_024  # of the strongest attention weight; with 254 of a state, 64 equal ones stay exact


class PackedAttention(Protocol):
    """Keys once a sentence, then weights and context for queries that are given already projected."""

    def prepare(self, memory: Memory) -> Memory:
        """Return the memory with its keys (B, S, A)."""
        ...

    def __call__(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Return the context (R, M) and the weights (R, S) for queries W s (R, A), doubled."""
        ...


def query_affine(attention: BahdanauAttention) -> Affine:
    """W, doubled: v · tanh(x) is 2 v · σ(2 x) less a constant, which the softmax ignores."""
    return Affine.of(attention.query_layer.weight).times(2.0).of_unit()


def pack_attention(attention: BahdanauAttention, norm: MemoryNorm, precision: Precision) -> PackedAttention:
    """Pack the weights of an attention over a memory that `norm` keeps."""
    keys = pack(norm.reader(Affine.of(attention.key_layer.weight).times(2.0)), precision)
    energy = 2.0 * attention.energy.detach()  # (A,)
    if precision == "float32":
        return _FloatAttention(keys, energy)
    found = library.kernels()
    if found is not None and _is_walkable(attention):
        return KernelAttention(keys, energy, found)
    return _Int8Attention(keys, energy)


class KernelAttention:
    """By our own kernels, where each row goes through its own sentence alone, without the padding."""

    def __init__(self, keys: Product, energy: Tensor, kernels: Kernels) -> None:
        self._keys = keys
        self.energy = energy
        self._kernels = kernels

    def prepare(self, memory: Memory) -> Memory:
        """See `PackedAttention`; of the keys it keeps what `Kernels.decays` makes of them."""
        return replace(memory, keys=self._kernels.decays(_keys(self._keys, memory.states)))

    def __call__(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """See `PackedAttention`."""
        assert memory.keys is not None, "prepare() has not seen this memory"
        R, (B, S, A), M = len(queries), memory.keys.shape, memory.states.shape[2]
        context, weights = queries.new_empty(R, M), queries.new_empty(R, S)
        queries, sources = queries.contiguous(), Sources.of(memory, memory.keys, memory.states)
        keys, states = sources.parts
        self._kernels.attend(
            AttentionFields(
                set=self._kernels.instructions,
                rows=R,
                hypotheses=R // B,
                positions=S,
                size=A,
                memory_size=M,
                queries=queries.data_ptr(),
                query_stride=A,
                keys=keys.ctypes.data,
                states=states.ctypes.data,
                lengths=sources.lengths.ctypes.data,
                energy=self.energy.data_ptr(),
                context=context.data_ptr(),
                weights=weights.data_ptr(),
            )
        )
        return context, weights


class _FloatAttention:
    def __init__(self, keys: Product, energy: Tensor) -> None:
        self._keys = keys
        self._energy = energy

    def prepare(self, memory: Memory) -> Memory:
        return replace(memory, keys=_keys(self._keys, memory.states))

    def __call__(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        energies = _activations(queries, memory) @ self._energy  # (B, K, S)
        energies.masked_fill_(~memory.mask.unsqueeze(1), float("-inf"))
        weights = energies.softmax(dim=-1)  # (B, K, S)
        return (weights @ memory.states).flatten(0, 1), weights.flatten(0, 1)


class _Int8Attention:
    """Every sum is of whole numbers small enough for float32 to hold them exactly.

    So its order does not matter, nor does the padding in it: a sentence gets the same bits alone
    and in company, and the rounding in the products that follow cannot make more of a difference.
    """

    def __init__(self, keys: Product, energy: Tensor) -> None:
        self._keys = keys
        self._energy = pack(Affine.of(energy.unsqueeze(0)), "int8")
        self._steps = float(input_steps())

    def prepare(self, memory: Memory) -> Memory:
        states = (memory.states * self._steps).round_()
        return replace(memory, states=states, keys=_keys(self._keys, memory.states))

    def __call__(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        activations = _activations(queries, memory)  # (B, K, S, A)
        energies = self._energy(activations.flatten(0, 2)).view(activations.shape[:3])  # (B, K, S)
        energies.masked_fill_(~memory.mask.unsqueeze(1), float("-inf"))
        strongest = energies.amax(dim=-1, keepdim=True)  # (B, K, 1)
        weights = energies.sub_(strongest).exp_().mul_(_WEIGHT_STEPS).round_()  # (B, K, S)
        total = weights.sum(dim=-1, keepdim=True)  # (B, K, 1)
        context = (weights @ memory.states) / (total * self._steps)  # (B, K, M)
        return context.flatten(0, 1), (weights / total).flatten(0, 1)


def _is_walkable(attention: BahdanauAttention) -> bool:
    """Whether kernels can walk through its vectors."""
    return all(size % VECTOR == 0 for size in attention.key_layer.weight.shape)


def _keys(product: Product, states: Tensor) -> Tensor:
    return product(states.flatten(0, 1)).view(*states.shape[:2], -1)  # (B, S, A)


def _activations(queries: Tensor, memory: Memory) -> Tensor:
    assert memory.keys is not None, "prepare() has not seen this memory"
    B, _, A = memory.keys.shape
    return torch.sigmoid_(queries.reshape(B, -1, 1, A) + memory.keys.unsqueeze(1))  # (B, K, S, A)
