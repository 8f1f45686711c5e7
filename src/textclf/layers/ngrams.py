"""A linear path beside any network: scores of a text's words and short phrases, begun as Naive Bayes."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from textclf.layers.masking import length_mask

__all__ = ["NgramScores"]

_MIX = 6364136223846793005  # Knuth's multiplier for 64-bit congruential generators
_TABLE = 1 << 25  # numbers in the table of phrases, at most: 128 MB


class NgramScores(nn.Module):
    """Add up a learnt score for each distinct n-gram of a text, and divide by the root of their number.

    Single tokens have a row of their own in the table; longer n-grams share ``buckets`` rows by
    hashing. :meth:`start_from` sets the scores to the Naive Bayes log-count ratios of the training
    data, so that a network beside it starts where a good linear model ends, and learns the rest.

    Args:
        vocab_size: V, the number of token ids.
        num_classes: C.
        longest: Tokens in the longest n-gram.
        buckets: Rows for n-grams of two and more tokens, a power of two. By default 262,144, or
            fewer if there are so many classes that the table would exceed 128 MB.
        dropout: Share of the n-grams left out in training.

    Shape:
        ``token_ids (B, L)``, ``lengths (B,)`` -> ``(B, C)``; a text of length 0 gives the bias.

    References:
        Wang and Manning, Baselines and Bigrams: Simple, Good Sentiment and Topic Classification,
        2012; Cheng et al., Wide and Deep Learning for Recommender Systems, 2016; Weinberger et al.,
        Feature Hashing for Large Scale Multitask Learning, 2009.

    Example:
        >>> layer = NgramScores(10, 2)
        >>> layer.start_from([(torch.tensor([[5, 6]]), torch.tensor([2]), torch.tensor([0])),
        ...                   (torch.tensor([[5, 7]]), torch.tensor([2]), torch.tensor([1]))])
        >>> layer.eval()(torch.tensor([[7, 0]]), torch.tensor([1])).argmax().item()
        1
    """

    def __init__(
        self,
        vocab_size: int,
        num_classes: int,
        *,
        longest: int = 2,
        buckets: int | None = None,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if buckets is None:
            buckets = min(1 << 18, 1 << (_TABLE // num_classes).bit_length() - 1)
        self.vocab_size = vocab_size
        self.longest = longest
        self.buckets = buckets if longest > 1 else 0
        self.dropout = dropout
        self.table = nn.EmbeddingBag(vocab_size + self.buckets, num_classes, mode="sum", padding_idx=0)
        self.bias = nn.Parameter(torch.zeros(num_classes))
        self.started: Tensor
        self.register_buffer("started", torch.tensor(False))
        nn.init.zeros_(self.table.weight)

    def forward(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        """Score ``(B, L)`` ids; give ``(B, C)``."""
        rows = self.distinct_rows(token_ids, lengths)
        scale = (rows > 0).sum(dim=1, keepdim=True).clamp(min=1).sqrt()
        if self.training and self.dropout > 0:
            rows = rows.masked_fill(torch.rand(rows.shape, device=rows.device) < self.dropout, 0)
            scale = scale * (1 - self.dropout)
        scores: Tensor = self.table(rows) / scale + self.bias
        return scores

    def distinct_rows(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        """Return the table's row of each n-gram, ``(B, n)``: each text's own once, the rest 0."""
        mask = length_mask(lengths, token_ids.shape[1])
        ids = token_ids.long().masked_fill(~mask, 0)
        found, phrase = [ids], ids
        for size in range(2, min(self.longest, ids.shape[1]) + 1):
            phrase = _mixed(phrase[:, :-1] * _MIX + ids[:, size - 1 :])
            bucket = self.vocab_size + ((phrase >> 33) & (self.buckets - 1))
            found.append(bucket.masked_fill(~mask[:, size - 1 :], 0))
        rows = torch.cat(found, dim=1).sort(dim=1).values
        again = nn.functional.pad(rows[:, 1:] == rows[:, :-1], (1, 0))
        return rows.masked_fill(again, 0)

    @torch.no_grad()
    def start_from(
        self, batches: Iterable[tuple[Tensor, Tensor, Tensor]], *, smoothing: float = 1.0
    ) -> None:
        """Set the scores to log-count ratios, class against rest, and the bias to the log-priors.

        Args:
            batches: Of ``token_ids (B, L)``, ``lengths (B,)`` and ``labels (B,)``.
            smoothing: Added to each count.
        """
        num_rows, num_classes = self.table.weight.shape
        device = self.table.weight.device
        counts = torch.zeros(num_classes, num_rows, device=device)
        texts = torch.zeros(num_classes, device=device)
        for token_ids, lengths, labels in batches:
            rows = self.distinct_rows(token_ids, lengths)
            texts += torch.bincount(labels, minlength=num_classes)
            cells = labels.unsqueeze(1) * num_rows + rows
            counts.view(-1).index_add_(0, cells.flatten(), torch.ones(cells.numel(), device=device))
        counts[:, 0] = 0.0  # padding
        seen = counts.sum(dim=0)
        inside, outside = counts + smoothing, seen - counts + smoothing
        ratio = (inside / inside.sum(dim=1, keepdim=True)).log() - (
            outside / outside.sum(dim=1, keepdim=True)
        ).log()
        self.table.weight.copy_((ratio * (seen > 0)).T)
        self.bias.copy_((texts + smoothing).log() - (texts + smoothing).log().mean())
        self.started.fill_(True)


def _mixed(number: Tensor) -> Tensor:
    """Spread what distinguishes 64-bit numbers over all their bits; products wrap around."""
    number = number * _MIX
    return (number ^ (number >> 32)) * _MIX
