"""The work that everybody is compared on.

Bi-GRU 2 x 256, GRU 512, embeddings 256, 8,000 pieces, random weights; sentences of 15 pieces in and
15 out, so that every system does the same whatever its weights say.
"""

import torch
from torch import nn

from benchmarks.sizes import EMBEDDING, ENCODER_HIDDEN, HIDDEN, PIECES, SPECIAL, VOCABULARY
from seq2seq.batch import EOS
from seq2seq.nn.decoder import DeepOutput
from seq2seq.nn.model import EncoderDecoder, ModelConfig


def network(attention: str, *, fused: bool = True, conditional: bool = True) -> EncoderDecoder:
    """Make the network, with the same random weights each time."""
    return _endless(_made(attention=attention, fused=fused, conditional=conditional))


def network_like_peers() -> EncoderDecoder:
    """Make one with as many parameters as other systems' networks, and as much to multiply.

    They look at the source once a step with one cell, tie no tables, and their output layer reads as
    many numbers as the decoder's state has; ours reads as many as an embedding has.
    """
    model = _made(attention="bahdanau", conditional=False, tied_embeddings="none")
    model.decoder.output = DeepOutput(HIDDEN, EMBEDDING, model.encoder.output_size, HIDDEN)
    model.output_weight = nn.Parameter(torch.randn(VOCABULARY, HIDDEN) * HIDDEN**-0.5)
    return _endless(model)


def parameters(model: nn.Module) -> int:
    """Count the weights."""
    return sum(weight.numel() for weight in model.parameters())


def pieces(count: int) -> list[tuple[int, ...]]:
    """Make sentences of pieces drawn at random, without an end."""
    return [tuple(sentence) for sentence in torch.randint(SPECIAL, VOCABULARY, (count, PIECES)).tolist()]


def ended(sentence: tuple[int, ...]) -> tuple[int, ...]:
    """Put an end in the place of the last piece, so that the length stays."""
    return (*sentence[:-1], EOS)


def sentences(count: int) -> list[tuple[int, ...]]:
    """Make sources of pieces drawn at random, each with its end."""
    return [ended(sentence) for sentence in pieces(count)]


def _made(**settings: object) -> EncoderDecoder:
    sizes = {
        "embedding_size": EMBEDDING,
        "encoder_hidden_size": ENCODER_HIDDEN,
        "hidden_size": HIDDEN,
        "attention_size": HIDDEN,
    }
    torch.manual_seed(1)
    return EncoderDecoder(ModelConfig.model_validate(sizes | settings), VOCABULARY, VOCABULARY)


def _endless(model: EncoderDecoder) -> EncoderDecoder:
    with torch.no_grad():
        model.output_bias[EOS] = -1e9  # no translation ends before it has all its pieces
    return model
