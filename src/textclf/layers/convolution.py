"""Convolution over tokens and max-pooling over time, blind to padding."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from textclf.layers.masking import length_mask
from textclf.layers.windows import max_over_windows, takes_windows

__all__ = ["ConvMaxPool"]

_FEW = 200  # tokens of a batch: for more, a convolution costs no more than one matrix product
_TOKENS = 4000  # whose products are made at a time when each token has a vector of its own


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

    @property
    def _filters(self) -> list[tuple[Tensor, Tensor]]:
        return [(its.weight, its.bias) for its in self.convolutions]  # type: ignore[misc]

    def forward(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Convolve ``(B, L, D)`` and pool to ``(B, sum(num_filters))``."""
        if not torch.is_grad_enabled():  # with a vector for each token there is then nothing to save
            few = embedded.device.type == "cpu" and not torch.compiler.is_compiling()
            few = few and embedded.shape[0] * embedded.shape[1] <= _FEW
            return self._multiplied(embedded, lengths) if few else self._convolved(embedded, lengths)
        if not takes_windows(embedded):
            return self._convolved(embedded, lengths)
        texts = max(1, _TOKENS // embedded.shape[1])
        pairs = zip(torch.split(embedded, texts), torch.split(lengths, texts), strict=True)
        return torch.cat([self._each_its_own(*pair) for pair in pairs])

    def pool_distinct(self, vectors: Tensor, places: Tensor, lengths: Tensor) -> Tensor:
        """Convolve and pool ``vectors[places]`` on a CPU, at less than the cost of doing so.

        Args:
            vectors: ``(U, D)``; the first stands for padding and is zeros.
            places: ``(B, L)`` integers from 0 to U - 1; 0 at padding.
            lengths: ``(B,)``.

        Returns:
            What :meth:`forward` gives for ``vectors[places]``, up to rounding.
        """
        pooled = []
        for weight, bias in self._filters:
            pooled.append(max_over_windows(vectors, places, lengths, weight, bias))
        return torch.relu(torch.cat(pooled, dim=1))

    def _each_its_own(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Take every token's vector for a distinct one."""
        places = torch.arange(1, embedded.shape[0] * embedded.shape[1] + 1).view(embedded.shape[:2])
        vectors = nn.functional.pad(embedded.flatten(0, 1), (0, 0, 1, 0))
        return self.pool_distinct(vectors, places, lengths)

    def _multiplied(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Multiply every window by the filters as one matrix: for short texts, twice as fast."""
        padding = ~length_mask(lengths, embedded.shape[1]).unsqueeze(2)  # (B, L, 1)
        pooled = []
        for weight, bias in self._filters:
            before = weight.shape[2] // 2
            padded = nn.functional.pad(embedded, (0, 0, before, weight.shape[2] - 1 - before))
            windows = padded.unfold(1, weight.shape[2], 1).flatten(2)  # (B, L, D * kernel width)
            responses = nn.functional.linear(windows, weight.flatten(1), bias)  # (B, L, filters)
            pooled.append(responses.masked_fill(padding, -torch.inf).amax(dim=1))
        return torch.relu(torch.cat(pooled, dim=1))

    def _convolved(self, embedded: Tensor, lengths: Tensor) -> Tensor:
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
