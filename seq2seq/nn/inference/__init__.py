"""Models packed for searching on a CPU, each equal to the network that it was made of."""

import torch

from seq2seq.nn.cells import GRUCell
from seq2seq.nn.inference.model import PackedModel
from seq2seq.nn.inference.product import Precision, is_int8_available
from seq2seq.nn.model import EncoderDecoder

__all__ = ["Network", "PackedModel", "Precision", "for_inference", "is_int8_available"]

_SMALL = 1_000_000  # weights: what the cache of a core holds in float32 gains nothing from int8

Network = EncoderDecoder | PackedModel


def for_inference(model: EncoderDecoder, precision: Precision | None = None) -> Network:
    """Pack a trained network for the CPU, or return it as it is where there is nothing to gain.

    Only networks of `GRUCell` without layer normalisation, on a CPU, are packed. One with weights
    that are not finite is not: whole numbers would hide what is wrong with it.

    Args:
        model: in evaluation mode; may be thrown away afterwards.
        precision: None takes int8 where this torch has it and the network is large enough.
    """
    weights = list(model.parameters())
    is_sound = all(bool(torch.isfinite(weight).all()) for weight in weights)
    is_gru = isinstance(model.decoder.transition.cell, GRUCell) and not model.config.layer_norm
    if model.device.type != "cpu" or not is_gru or not is_sound:
        return model
    if precision is None:
        is_large = sum(weight.numel() for weight in weights) > _SMALL
        precision = "int8" if is_large and is_int8_available() else "float32"
    return PackedModel(model, precision)
