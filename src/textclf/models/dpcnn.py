"""DPCNN: convolutions over a text that is halved again and again.

Johnson and Zhang, Deep Pyramid Convolutional Neural Networks for Text Categorization, ACL 2017.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from typing_extensions import Unpack

from textclf.layers.masking import length_mask
from textclf.layers.pooling import max_pool
from textclf.models.base import MODELS, TextModel
from textclf.models.options import TextOptions, records_options
from textclf.validation import require_int

__all__ = ["DPCNN", "Halving"]


class Halving(nn.Module):
    """The largest value of each feature among every second position and its two neighbours.

    Shape:
        ``text (B, H, L)``, ``lengths (B,)`` -> ``(B, H, (L + 1) // 2)``, zeros at the padding, and the new
        lengths.

    Example:
        >>> text, lengths = Halving()(torch.tensor([[[1.0, 5.0, 2.0, 0.0]]]), torch.tensor([3]))
        >>> text.tolist(), lengths.tolist()
        ([[[5.0, 5.0]]], [2])
    """

    def forward(self, text: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Halve a text, padding left out."""
        padding = ~length_mask(lengths, text.shape[2]).unsqueeze(1)
        maxima = self.maxima(text.masked_fill(padding, -torch.inf))
        halves = (lengths + 1) // 2
        return _masked(maxima, halves), halves

    def maxima(self, text: Tensor) -> Tensor:
        """Return the maxima around every second position of ``(B, H, L)``."""
        return F.max_pool1d(text, 3, stride=2, padding=1)


@MODELS.register("dpcnn")
class DPCNN(TextModel):
    """Blocks of two convolutions, each block over half the positions of the one before.

    Before every block but the first, each second position takes the largest value of each feature among
    itself and its two neighbours, so that all blocks together cost less than two of the first. As in the
    paper, all filters are three positions wide, the activation comes before the convolution, and a
    shortcut goes around each block.

    What differs: the paper halves a text until one position is left; here it is halved ``num_blocks - 1``
    times, whatever its length, and the largest value over the positions that are left is taken.

    Args:
        num_filters: Filters of each convolution.
        num_blocks: Number of blocks. A position of the last one stands for ``2 ** (num_blocks - 1)``
            tokens.
        options: Those of every :class:`~textclf.models.base.TextModel`.

    Shape:
        ``token_ids (B, L)``, ``lengths (B,)`` -> ``logits (B, C)``. A text of length 0 gets the
        bias of the last layer.

    References:
        Johnson and Zhang, Deep Pyramid Convolutional Neural Networks for Text Categorization, 2017.

    Example:
        >>> model = DPCNN(vocab_size=100, num_classes=2, num_filters=16)
        >>> model(torch.tensor([[5, 7, 0]]), torch.tensor([2])).shape
        torch.Size([1, 2])
    """

    @records_options
    def __init__(
        self, *, num_filters: int = 128, num_blocks: int = 4, **options: Unpack[TextOptions]
    ) -> None:
        super().__init__(**options)
        num_filters = require_int("num_filters", num_filters, at_least=1)
        self.region = _convolution(self.embedding.output_dim, num_filters)
        self.blocks = nn.ModuleList(
            nn.ModuleList([_convolution(num_filters, num_filters) for _ in range(2)])
            for _ in range(require_int("num_blocks", num_blocks, at_least=1))
        )
        self.halving = Halving()
        self.add_classifier(num_filters)

    def features(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Convolve and halve in turn, and pool to ``(B, num_filters)``."""
        text = _masked(self.region(embedded.transpose(1, 2)), lengths)  # (B, num_filters, L)
        for number, block in enumerate(self.blocks):
            if number > 0:
                text, lengths = self.halving(text, lengths)
            inner = text
            for convolution in block:  # type: ignore[attr-defined]
                inner = _masked(convolution(F.relu(inner)), lengths)
            text = text + inner
        return max_pool(text.transpose(1, 2), lengths)


def _convolution(features: int, num_filters: int) -> nn.Conv1d:
    return nn.Conv1d(features, num_filters, 3, padding=1)


def _masked(text: Tensor, lengths: Tensor) -> Tensor:
    """Put zeros at the padding of ``(B, H, L)``, as beyond the ends of the longest text."""
    return text.masked_fill(~length_mask(lengths, text.shape[2]).unsqueeze(1), 0.0)
