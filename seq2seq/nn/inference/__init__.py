"""Models packed for searching on a CPU, each equal to the network that it was made of."""

import torch

from seq2seq.nn.cells import GRUCell
from seq2seq.nn.inference.model import PackedModel
from seq2seq.nn.inference.product import Precision, is_int8_available
from seq2seq.nn.model import EncoderDecoder

__all__ = ["Network", "PackedModel", "Precision", "for_inference", "is_int8_available"]

Network = EncoderDecoder | PackedModel


def for_inference(
    model: EncoderDecoder, precision: Precision = "float32", *, consumes: bool = False
) -> Network:
    """Pack a trained network for the CPU, or return it as it is where there is nothing to gain.

    Only networks of `GRUCell`, on a CPU, are packed; with layer normalisation, those without input
    feeding, because what the gates get of a piece is then known beforehand. A network with weights
    that are not finite is not packed: whole numbers would hide what is wrong with it.

    Args:
        model: in evaluation mode.
        precision: float32 gives the network's own numbers but for rounding. int8 moves the log
            probability of a piece by about 0.01; it is faster, the more so for few rows.
        consumes: the network is of no use afterwards, if it was packed: its weights are let go one
            after the other, so that they and what is made of them are never all in memory.
    """
    # An extreme is no number where any is none; `isfinite` of all would need three times their memory.
    is_sound = all(bool(torch.stack(weight.aminmax()).isfinite().all()) for weight in model.parameters())
    is_gru = isinstance(model.decoder.transition.cell, GRUCell)
    is_known = not (model.config.layer_norm and model.config.input_feeding)
    if model.device.type != "cpu" or not (is_gru and is_known and is_sound):
        return model
    return PackedModel(model, precision, consumes=consumes)
