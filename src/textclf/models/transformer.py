"""A small Transformer encoder: every token looks at every other.

Vaswani et al., Attention Is All You Need, NeurIPS 2017; with the normalisation before each sublayer, as
Xiong et al., On Layer Normalization in the Transformer Architecture, ICML 2020, advise.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from typing_extensions import Unpack

from textclf.errors import must_be
from textclf.layers.masking import length_mask
from textclf.layers.pooling import create_pooling
from textclf.models.base import MODELS, TextModel
from textclf.models.options import TextOptions, records_options
from textclf.validation import require_choice, require_int, require_share

__all__ = ["FirstTokens", "Transformer"]


class FirstTokens(nn.Module):
    """The first tokens of a text, as many as there are positions, and the position of each.

    Shape:
        ``embedded (B, L, D)``, ``positions (P, H)`` -> ``(B, K, D)``, ``(K, H)``, K the lesser of L and P.

    Example:
        >>> [part.shape for part in FirstTokens()(torch.zeros(2, 9, 3), torch.zeros(5, 4))]
        [torch.Size([2, 5, 3]), torch.Size([5, 4])]
    """

    def forward(self, embedded: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Cut both to the same length."""
        return embedded[:, : len(positions)], positions[: embedded.shape[1]]


@MODELS.register("transformer")
class Transformer(TextModel):
    """Layers of self-attention over the tokens and their positions, pooled to one vector a text.

    The cost of attention grows with the square of the length, and a learnt position has to be met in
    training. So the network looks at the first ``max_length`` tokens; the linear path sees them all.

    Args:
        hidden_dim: Size of a token's vector in all layers; a multiple of ``num_heads``.
        num_layers: Number of layers.
        num_heads: Heads of each layer.
        positions: ``"learned"``, one vector for each position, or ``"sinusoidal"``, the waves of the
            paper.
        max_length: Tokens that the network looks at; later ones are not seen.
        pooling: ``"mean"``, ``"max"`` or ``"attention"`` over the tokens, or ``"cls"``: the vector of a
            token of its own that stands before the text.
        layer_dropout: Share of the features set to zero in training, in each layer.
        options: Those of every :class:`~textclf.models.base.TextModel`.

    Shape:
        ``token_ids (B, L)``, ``lengths (B,)`` -> ``logits (B, C)``. A text of length 0 gets the
        bias of the last layer, or with ``"cls"`` what the token before the text says alone.

    References:
        Vaswani et al., Attention Is All You Need, 2017; Xiong et al., On Layer Normalization in the
        Transformer Architecture, 2020; Devlin et al., BERT, 2019 (the token before the text).

    Example:
        >>> model = Transformer(vocab_size=100, num_classes=2, num_heads=2)
        >>> model(torch.tensor([[5, 7, 0]]), torch.tensor([2])).shape
        torch.Size([1, 2])
    """

    @records_options
    def __init__(
        self,
        *,
        hidden_dim: int = 64,
        num_layers: int = 2,
        num_heads: int = 4,
        positions: str = "learned",
        max_length: int = 512,
        pooling: str = "mean",
        layer_dropout: float = 0.0,
        **options: Unpack[TextOptions],
    ) -> None:
        super().__init__(**options)
        num_heads = require_int("num_heads", num_heads, at_least=1)
        hidden_dim = require_int("hidden_dim", hidden_dim, at_least=1)
        if hidden_dim % num_heads != 0:
            raise must_be("hidden_dim", f"a multiple of num_heads, {num_heads}", hidden_dim)
        self.max_length = require_int("max_length", max_length, at_least=1)
        # What the network does not see, a linear path still may.
        self.reads_at_most = self.max_length if self.ngrams is None else None
        require_choice("positions", positions, ["learned", "sinusoidal"])
        require_choice("pooling", pooling, ["mean", "max", "attention", "cls"])
        self.project = nn.Linear(self.embedding.output_dim, hidden_dim)
        self.normalize = nn.LayerNorm(hidden_dim)
        self.positions: Tensor
        if positions == "learned":
            self.positions = nn.Parameter(torch.empty(self.max_length, hidden_dim).normal_(0.0, 0.1))
        else:
            self.register_buffer("positions", _waves(self.max_length, hidden_dim), persistent=False)
        self.first = nn.Parameter(torch.empty(hidden_dim).normal_()) if pooling == "cls" else None
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                hidden_dim,
                num_heads,
                dim_feedforward=4 * hidden_dim,
                dropout=require_share("layer_dropout", layer_dropout),
                activation="gelu",
                batch_first=True,
                norm_first=True,
            )
            for _ in range(require_int("num_layers", num_layers, at_least=1))
        )
        self.first_tokens = FirstTokens()
        self.last_norm = nn.LayerNorm(hidden_dim)
        self.pooling = None if pooling == "cls" else create_pooling(pooling, hidden_dim)
        self.add_classifier(hidden_dim)

    def features(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Attend and pool to ``(B, hidden_dim)``."""
        lengths = lengths.clamp(max=self.max_length)
        embedded, positions = self.first_tokens(embedded, self.positions)
        tokens = self.normalize(self.project(embedded)) + positions
        mask = length_mask(lengths, tokens.shape[1])
        if self.first is not None:
            tokens = torch.cat([self.first.expand(tokens.shape[0], 1, -1).to(tokens.dtype), tokens], dim=1)
            mask = nn.functional.pad(mask, (1, 0), value=True)
        padding = ~mask
        padding[:, 0] = False  # an empty text needs something to look at
        for layer in self.layers if tokens.shape[0] > 0 else []:
            tokens = layer(tokens, src_key_padding_mask=padding)
        tokens = self.last_norm(tokens)
        pooled: Tensor = tokens[:, 0] if self.pooling is None else self.pooling(tokens, lengths)
        return pooled


def _waves(length: int, size: int) -> Tensor:
    """Return sines and cosines of the position, ``(length, size)``, in waves of 2 pi to 20,000 pi."""
    place = torch.arange(length).unsqueeze(1)
    feature = torch.arange(size)
    angles = place / 10000 ** (feature // 2 * 2 / size)
    return torch.where(feature % 2 == 0, angles.sin(), angles.cos())
