"""TextCNN: filters over words, and the largest response of each.

Kim, Convolutional Neural Networks for Sentence Classification, EMNLP 2014.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from textclf.errors import must_be
from textclf.layers.convolution import ConvMaxPool
from textclf.layers.windows import takes_windows
from textclf.models.base import MODELS, TextModel, records_options
from textclf.validation import require_int

__all__ = ["TextCNN"]


@MODELS.register("textcnn")
class TextCNN(TextModel):
    """Convolutions of several widths over the tokens, max-pooled over time.

    Args:
        vocab_size: V, the number of token ids.
        num_classes: C, at least 2.
        embedding: ``(V, D)`` pretrained vectors, or None for random ones.
        embed_dim: D; by default that of ``embedding``, or 100 without.
        embedding_mode: ``"random"``, ``"static"``, ``"non-static"``, ``"multichannel"``, or
            ``"auto"``: non-static with vectors and random without.
        kernel_widths: Widths of the filters, in tokens.
        num_filters: Filters of each width: one number for all, or one a width.
        embedding_std: Standard deviation of the embedding at the start: random vectors are drawn with
            it and pretrained ones scaled to it; None leaves pretrained ones as they are.
        embedding_dropout: Share of the embedded features set to zero in training.
        token_dropout: Share of the tokens set to zero in training.
        dropout: Share of the pooled features, and of the n-grams, set to zero in training.
        ngrams: Longest n-gram of the linear path beside the network; 0 for the network alone.

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
        vocab_size: int,
        num_classes: int,
        embedding: Tensor | None = None,
        embed_dim: int | None = None,
        embedding_mode: str = "auto",
        embedding_std: float | None = 0.1,
        kernel_widths: Sequence[int] = (3, 4, 5),
        num_filters: int | Sequence[int] = 100,
        embedding_dropout: float = 0.2,
        token_dropout: float = 0.0,
        dropout: float = 0.5,
        ngrams: int = 2,
    ) -> None:
        super().__init__(
            vocab_size=vocab_size,
            num_classes=num_classes,
            embedding=embedding,
            embed_dim=embed_dim,
            embedding_mode=embedding_mode,
            embedding_std=embedding_std,
            embedding_dropout=embedding_dropout,
            token_dropout=token_dropout,
            dropout=dropout,
            ngrams=ngrams,
        )
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
