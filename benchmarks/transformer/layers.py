"""torch's layers with fairseq's defaults, and one step of the decoder's, which torch leaves out."""

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 — the name every torch program uses


class EncoderLayer(nn.TransformerEncoderLayer):
    """Attention, then two layers with ReLU between; normalised after each sum."""

    def __init__(self, size: int, heads: int, inner_size: int, dropout: float) -> None:
        super().__init__(size, heads, inner_size, dropout, batch_first=True)
        self.dropout.p = 0.0  # after ReLU
        _begin(self.self_attn)


class DecoderLayer(nn.TransformerDecoderLayer):
    """The same with attention to the source between."""

    def __init__(self, size: int, heads: int, inner_size: int, dropout: float) -> None:
        super().__init__(size, heads, inner_size, dropout, batch_first=True)
        self.dropout.p = 0.0  # after ReLU
        _begin(self.self_attn)
        _begin(self.multihead_attn)

    def memorise(self, encoded: Tensor) -> Tensor:
        """Make keys and values of encoded sources (B, S, E): (B, S, 2·E)."""
        E = encoded.shape[-1]
        weight, bias = _projection(self.multihead_attn)
        return F.linear(encoded, weight[E:], bias[E:])

    def write(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Make query (R, 1, E), and key and value (R, 2, E), of one piece x (R, 1, E)."""
        E = x.shape[-1]
        projected = F.linear(x, *_projection(self.self_attn))  # (R, 1, 3·E)
        return projected[..., :E], projected[..., E:].reshape(-1, 2, E)

    def advance(
        self, x: Tensor, query: Tensor, own: tuple[Tensor, Tensor], source: tuple[Tensor, Tensor]
    ) -> Tensor:
        """What follows of x (R, 1, E), in evaluation mode.

        Args:
            x: the layer's input.
            query: of it, as `write` made it.
            own: keys and values (R, T, 2, E) of the pieces up to this one, and where they are (R, T).
            source: keys and values (B, S, 2, E), and where they are (B, S); the R / B hypotheses of a
                sentence ask the same ones.
        """
        (R, _, E), B = x.shape, len(source[0])
        x = self.norm1(x + _attend(self.self_attn, query, *own))
        weight, bias = _projection(self.multihead_attn)
        query = F.linear(x, weight[:E], bias[:E]).reshape(B, R // B, E)
        x = self.norm2(x + _attend(self.multihead_attn, query, *source).reshape(R, 1, E))
        result: Tensor = self.norm3(x + self.linear2(F.relu(self.linear1(x))))
        return result


def _begin(attention: nn.MultiheadAttention) -> None:
    attention.dropout = 0.0
    nn.init.xavier_uniform_(attention.out_proj.weight)


def _projection(attention: nn.MultiheadAttention) -> tuple[Tensor, Tensor]:
    """Weight (3·E, E) and bias (3·E) of queries, keys and values."""
    weight, bias = attention.in_proj_weight, attention.in_proj_bias
    assert isinstance(weight, Tensor)
    assert isinstance(bias, Tensor)
    return weight, bias


def _attend(attention: nn.MultiheadAttention, query: Tensor, memory: Tensor, is_there: Tensor) -> Tensor:
    """Ask with queries (N, Q, E) what keys and values (N, T, 2, E) hold, where there are any (N, T)."""
    query, keys, values = (
        part.reshape(*part.shape[:2], attention.num_heads, -1).transpose(1, 2)
        for part in (query, memory[:, :, 0], memory[:, :, 1])
    )
    mixed = F.scaled_dot_product_attention(query, keys, values, attn_mask=is_there[:, None, None])
    result: Tensor = attention.out_proj(mixed.transpose(1, 2).flatten(2))  # (N, Q, E)
    return result
