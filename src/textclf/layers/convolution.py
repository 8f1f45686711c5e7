"""Convolution over tokens and max-pooling over time, blind to padding."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from textclf.layers.masking import length_mask

__all__ = ["ConvMaxPool"]


class ConvMaxPool(nn.Module):
    """Filters of several widths slide over a text; each keeps its largest response.

    Every window is centred on a real token, and zeros stand beyond the ends of the text, so a text
    shorter than the widest filter works and padding changes nothing.

    Args:
        features: D, the size of each token's vector.
        kernel_widths: Widths of the filters in tokens.
        num_filters: Number of filters of each width.

    Shape:
        ``embedded (B, L, D)`` (zeros at padding), ``lengths (B,)`` ->
        ``(B, sum(num_filters))``; a text of length 0 gives zeros.

    References:
        Collobert et al., Natural Language Processing (Almost) from Scratch, 2011;
        Kim, Convolutional Neural Networks for Sentence Classification, 2014.

    Example:
        >>> layer = ConvMaxPool(4, kernel_widths=(2, 3), num_filters=(5, 6))
        >>> layer(torch.zeros(2, 1, 4), torch.tensor([1, 0])).shape
        torch.Size([2, 11])
    """

    def __init__(self, features: int, *, kernel_widths: Sequence[int], num_filters: Sequence[int]) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Conv1d(features, count, width, padding=width // 2)
            for width, count in zip(kernel_widths, num_filters, strict=True)
        )

    def forward(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Convolve ``(B, L, D)`` and pool to ``(B, sum(num_filters))``."""
        width = embedded.shape[1]
        padding = ~length_mask(lengths, width).unsqueeze(1)  # (B, 1, L)
        channels_first = embedded.transpose(1, 2)  # (B, D, L)
        pooled = []
        for convolution in self.convolutions:
            # An even width gives L + 1 windows; the last one is centred beyond the text.
            responses = convolution(channels_first)[:, :, :width]  # (B, filters, L)
            responses = responses.masked_fill(padding, -torch.inf)
            pooled.append(responses.max(dim=2).values)
        # ReLU rises with its input, so it may follow the maximum, where it has L times less to do.
        return torch.relu(torch.cat(pooled, dim=1))
