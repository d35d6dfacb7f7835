"""The network of the reference model: a small decoder as in GPT-2.

Radford et al. 2019, "Language Models are Unsupervised Multitask Learners": learned positions,
normalisation before each part, GELU, output weights tied to the embedding. Left out: dropout, since
few tokens are read often enough to need it.
"""

import math
from dataclasses import asdict, dataclass

from torch import Tensor, nn
from torch.nn import functional

from verbalize.errors import EfficacyError


@dataclass(frozen=True)
class Size:
    """How large a reference model is. The default has 170 thousand weights, enough for some dozen
    products; 4 layers of width 128 with 2,048 tokens have a million."""

    layers: int = 2
    width: int = 64
    heads: int = 4
    context: int = 128
    vocabulary: int = 1024

    def __post_init__(self) -> None:
        if min(asdict(self).values()) < 1 or self.width % self.heads:
            raise EfficacyError(
                f"no model has {self.layers} layers of width {self.width} with {self.heads} heads "
                f"and a context of {self.context}; give whole numbers above 0, and a width that "
                f"{self.heads} divides"
            )


class Network(nn.Module):
    """Tokens to the logits of the next token."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.tokens = nn.Embedding(size.vocabulary, size.width)
        self.positions = nn.Embedding(size.context, size.width)
        self.blocks = nn.ModuleList(Block(size) for _ in range(size.layers))
        self.normalise = nn.LayerNorm(size.width)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                adds = name.endswith(("mix.weight", "narrow.weight"))
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * size.layers) if adds else 0.02)

    def forward(self, tokens: Tensor) -> Tensor:
        # tokens [batch, length]
        hidden = self.tokens(tokens) + self.positions.weight[: tokens.shape[1]]
        for block in self.blocks:
            hidden = block(hidden)  # [batch, length, width]
        return functional.linear(self.normalise(hidden), self.tokens.weight)  # [.., vocabulary]


class Block(nn.Module):
    """Causal self-attention, then two dense layers; each adds to what comes in."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.heads = size.heads
        self.before_attention = nn.LayerNorm(size.width)
        self.attend = nn.Linear(size.width, 3 * size.width)
        self.mix = nn.Linear(size.width, size.width)
        self.before_dense = nn.LayerNorm(size.width)
        self.widen = nn.Linear(size.width, 4 * size.width)
        self.narrow = nn.Linear(4 * size.width, size.width)

    def forward(self, hidden: Tensor) -> Tensor:
        batch, length, width = hidden.shape
        parts = self.attend(self.before_attention(hidden))
        parts = parts.view(batch, length, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)  # each [batch, heads, length, width/heads]
        found = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        hidden = hidden + self.mix(found.transpose(1, 2).reshape(batch, length, width))
        dense = functional.gelu(self.widen(self.before_dense(hidden)), approximate="tanh")
        return hidden + self.narrow(dense)
