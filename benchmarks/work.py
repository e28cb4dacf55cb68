"""The work that everybody is compared on.

Bi-GRU 2 x 256, GRU 512, embeddings 256, 8,000 pieces, random weights; sentences of 15 pieces in and
15 out, so that every system does the same whatever its weights say.
"""

import torch

from seq2seq.batch import EOS
from seq2seq.nn.model import EncoderDecoder, ModelConfig

VOCABULARY = 8_000
PIECES = 15  # a sentence, end included


def network(attention: str, *, fused: bool = True, conditional: bool = True) -> EncoderDecoder:
    """Make the network, with the same random weights each time."""
    config = ModelConfig.model_validate(
        {
            "attention": attention,
            "hidden_size": 512,
            "attention_size": 512,
            "fused": fused,
            "conditional": conditional,
        }
    )
    torch.manual_seed(1)
    model = EncoderDecoder(config, VOCABULARY, VOCABULARY)
    with torch.no_grad():
        model.output_bias[EOS] = -1e9  # no translation ends before it has all its pieces
    return model


def sentences(count: int) -> list[tuple[int, ...]]:
    """Make sources of pieces drawn at random, each with its end."""
    ids = torch.randint(4, VOCABULARY, (count, PIECES - 1)).tolist()
    return [(*sentence, EOS) for sentence in ids]
