"""RCNN: each word with what stands left and right of it, and the largest response of each feature.

Lai, Xu, Liu and Zhao, Recurrent Convolutional Neural Networks for Text Classification, AAAI 2015.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from typing_extensions import Unpack

from textclf.layers.masking import length_mask
from textclf.layers.pooling import max_pool
from textclf.layers.recurrence import Recurrence
from textclf.models.base import MODELS, TextModel
from textclf.models.options import TextOptions, records_options
from textclf.validation import require_int

__all__ = ["RCNN"]


@MODELS.register("rcnn")
class RCNN(TextModel):
    """A recurrent network reads the context of each token from both sides; a layer looks at all three.

    The left context of a token is the state after the token before it, the right context that before
    the token after it. Context, token and context stand side by side, go through one layer with tanh,
    and of each feature the largest value over the text is kept.

    Args:
        cell: ``"rnn"``, as in the paper, ``"lstm"`` or ``"gru"``.
        hidden_dim: Size of each context.
        feature_dim: Size of the layer over context, token and context.
        options: Those of every :class:`~textclf.models.base.TextModel`.

    Shape:
        ``token_ids (B, L)``, ``lengths (B,)`` -> ``logits (B, C)``. A text of length 0 gets the
        bias of the last layer.

    References:
        Lai et al., Recurrent Convolutional Neural Networks for Text Classification, 2015.

    Example:
        >>> model = RCNN(vocab_size=100, num_classes=2)
        >>> model(torch.tensor([[5, 7, 0]]), torch.tensor([2])).shape
        torch.Size([1, 2])
    """

    @records_options
    def __init__(
        self,
        *,
        cell: str = "lstm",
        hidden_dim: int = 64,
        feature_dim: int = 100,
        **options: Unpack[TextOptions],
    ) -> None:
        super().__init__(**options)
        feature_dim = require_int("feature_dim", feature_dim, at_least=1)
        token_dim = self.embedding.output_dim
        self.recurrence = Recurrence(token_dim, hidden_dim=hidden_dim, cell=cell, bidirectional=True)
        self.project = nn.Linear(self.recurrence.output_dim + token_dim, feature_dim)
        self.add_classifier(feature_dim)

    def features(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Read the contexts, project and pool to ``(B, feature_dim)``."""
        forward, backward = self.recurrence(embedded, lengths)
        left = F.pad(forward, (0, 0, 1, -1))  # one place on; a negative padding cuts
        right = F.pad(backward * length_mask(lengths, backward.shape[1]).unsqueeze(2), (0, 0, -1, 1))
        return max_pool(torch.tanh(self.project(torch.cat([left, embedded, right], dim=2))), lengths)
