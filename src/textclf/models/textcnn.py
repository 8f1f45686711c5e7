"""TextCNN: filters over words, and the largest response of each.

Kim, Convolutional Neural Networks for Sentence Classification, EMNLP 2014.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor
from typing_extensions import Unpack

from textclf.errors import must_be
from textclf.layers.convolution import ConvMaxPool
from textclf.layers.windows import takes_windows
from textclf.models.base import MODELS, TextModel
from textclf.models.options import TextOptions, records_options
from textclf.validation import require_int

__all__ = ["TextCNN"]


@MODELS.register("textcnn")
class TextCNN(TextModel):
    """Convolutions of several widths over the tokens, max-pooled over time.

    Args:
        kernel_widths: Widths of the filters, in tokens.
        num_filters: Filters of each width: one number for all, or one a width.
        options: Those of every :class:`~textclf.models.base.TextModel`.

    Shape:
        ``token_ids (B, L)``, ``lengths (B,)`` -> ``logits (B, C)``. A text of length 0 gets the
        bias of the last layer.

    References:
        Kim, Convolutional Neural Networks for Sentence Classification, 2014.

    Example:
        >>> import torch
        >>> model = TextCNN(vocab_size=100, num_classes=2, kernel_widths=(3, 5, 7))
        >>> model(torch.tensor([[5, 7, 0]]), torch.tensor([2])).shape
        torch.Size([1, 2])
    """

    @records_options
    def __init__(
        self,
        *,
        kernel_widths: Sequence[int] = (3, 4, 5),
        num_filters: int | Sequence[int] = 100,
        **options: Unpack[TextOptions],
    ) -> None:
        super().__init__(**options)
        if not isinstance(kernel_widths, Sequence) or not kernel_widths:
            raise must_be("kernel_widths", "at least one width, in a list", kernel_widths)
        widths = [require_int("kernel_widths", width, at_least=1) for width in kernel_widths]
        several = num_filters if isinstance(num_filters, Sequence) else [num_filters] * len(widths)
        counts = [require_int("num_filters", count, at_least=1) for count in several]
        if len(counts) != len(widths):
            raise must_be("num_filters", f"one number, or {len(widths)}, one a width", num_filters)
        self.convolution = ConvMaxPool(self.embedding.output_dim, kernel_widths=widths, num_filters=counts)
        self.add_classifier(sum(counts))

    def features(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Convolve and pool to ``(B, sum of num_filters)``."""
        pooled: Tensor = self.convolution(embedded, lengths)
        return pooled

    def token_features(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        """Embed, convolve and pool to ``(B, sum of num_filters)``; on a CPU, each distinct token once."""
        if not takes_windows(token_ids):
            return super().token_features(token_ids, lengths)
        vectors, places = self.embedding.distinct(token_ids, lengths)
        return self.convolution.pool_distinct(vectors, places, lengths)
