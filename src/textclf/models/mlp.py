"""Feed-forward classifiers: over concatenated vectors, or over their mean (deep averaging network).

Iyyer et al., Deep Unordered Composition Rivals Syntactic Methods for Text Classification, ACL 2015.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from typing_extensions import Unpack

from textclf.layers.normalization import BatchNorm
from textclf.layers.pooling import mean_pool
from textclf.models.base import MODELS, TextModel
from textclf.models.options import TextOptions, records_options
from textclf.validation import require_choice, require_int

__all__ = ["MLP"]

_ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU, "sigmoid": nn.Sigmoid}


@MODELS.register("mlp")
class MLP(TextModel):
    """Linear, batch normalisation, activation, dropout, linear, over the tokens' vectors.

    With ``combine="concat"`` the vectors of the first ``max_length`` tokens stand side by side,
    zeros after the end of a shorter text. With ``combine="mean"`` they are averaged, over the whole
    text and in no order: the deep averaging network, which ``create_model`` also knows as ``dan``.

    Args:
        combine: ``"concat"`` or ``"mean"``.
        max_length: Tokens that ``"concat"`` reads; later ones are not seen.
        hidden_dim: Width of the hidden layer.
        activation: ``"relu"``, ``"tanh"``, ``"gelu"`` or ``"sigmoid"``.
        options: Those of every :class:`~textclf.models.base.TextModel`.

    Shape:
        ``token_ids (B, L)``, ``lengths (B,)`` -> ``logits (B, C)``.

    References:
        Iyyer et al., Deep Unordered Composition Rivals Syntactic Methods for Text Classification,
        2015; Ioffe and Szegedy, Batch Normalization, 2015.

    Example:
        >>> model = MLP(vocab_size=100, num_classes=2, max_length=8)
        >>> model(torch.tensor([[5, 7, 0]]), torch.tensor([2])).shape
        torch.Size([1, 2])
    """

    @records_options
    def __init__(
        self,
        *,
        combine: str = "concat",
        max_length: int = 50,
        hidden_dim: int = 100,
        activation: str = "relu",
        **options: Unpack[TextOptions],
    ) -> None:
        super().__init__(**options)
        self.combine = require_choice("combine", combine, ["concat", "mean"])
        self.max_length = require_int("max_length", max_length, at_least=1)
        hidden_dim = require_int("hidden_dim", hidden_dim, at_least=1)
        require_choice("activation", activation, _ACTIVATIONS)
        # What the network does not see, a linear path still may.
        self.reads_at_most = self.max_length if combine == "concat" and self.ngrams is None else None
        tokens = self.max_length if combine == "concat" else 1
        self.hidden = nn.Sequential(
            nn.Linear(tokens * self.embedding.output_dim, hidden_dim, bias=False),
            BatchNorm(hidden_dim),  # it has a bias of its own and takes away any before it
            _ACTIVATIONS[activation](),
        )
        self.add_classifier(hidden_dim)

    def features(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Combine ``(B, L, D)`` and give the hidden layer, ``(B, hidden_dim)``."""
        if self.combine == "mean":
            combined = mean_pool(embedded, lengths)
        else:
            missing = self.max_length - embedded.shape[1]
            # A negative padding cuts.
            combined = torch.nn.functional.pad(embedded, (0, 0, 0, missing)).flatten(1)
        hidden: Tensor = self.hidden(combined)
        return hidden


@MODELS.register("dan")
def _dan(**options: Any) -> MLP:
    """The deep averaging network: an mlp over the mean of the vectors, in no order."""
    return MLP(**{"combine": "mean", **options})
