"""A linear path beside any network: scores of a text's words and short phrases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import torch
from torch import Tensor, nn

from textclf.layers.masking import length_mask
from textclf.layers.ngram_regression import WEIGHTINGS, FittedScores, fit_scores
from textclf.validation import require_choice

__all__ = ["LabelledBatch", "NgramScores"]

_MIX = 6364136223846793005  # Knuth's multiplier for 64-bit congruential generators
_TABLE = 1 << 23  # numbers in the table of phrases, at most: 32 MB

LabelledBatch: TypeAlias = tuple[Tensor, Tensor, Tensor]
"""``token_ids (B, L)``, ``lengths (B,)`` and ``labels (B,)``, or booleans ``(B, C)``."""


class NgramScores(nn.Module):
    """A linear model over the distinct n-grams of a text, each with a weight.

    Each n-gram has a score for each class. A text's scores are their sum, weighted by inverse
    document frequency and divided by the length of the vector of those weights: TF-IDF with each
    n-gram counted once. Single tokens have a row of their own in the table; longer n-grams share
    ``buckets`` rows by hashing. :meth:`start_from` sets the scores to those of a logistic regression
    on the training data, so that a network beside it starts where a good linear model ends, and
    learns what that leaves over.

    Args:
        vocab_size: V, the number of token ids.
        num_classes: C.
        longest: Tokens in the longest n-gram.
        buckets: Rows for n-grams of two and more tokens, a power of two; None makes it the largest up
            to ``most_buckets`` with which the table takes 32 MB or less.
        most_buckets: Bound of what None means.
        dropout: Share of the n-grams left out in training.
        weighting: ``"tf-idf"``, by how rare an n-gram is, or ``"naive_bayes"``, by how much it tells one
            class from the rest: its largest absolute log-count ratio.

    Shape:
        ``token_ids (B, L)``, ``lengths (B,)`` -> ``(B, C)``; a text of length 0 gives the bias.

    References:
        Wang and Manning, Baselines and Bigrams: Simple, Good Sentiment and Topic Classification,
        2012; Cheng et al., Wide and Deep Learning for Recommender Systems, 2016; Weinberger et al.,
        Feature Hashing for Large Scale Multitask Learning, 2009.

    Example:
        >>> layer = NgramScores(10, 2)
        >>> texts = [(torch.tensor([[5, 6]]), torch.tensor([2]), torch.tensor([0])),
        ...          (torch.tensor([[5, 7]]), torch.tensor([2]), torch.tensor([1]))]
        >>> layer.start_from(texts).accuracy
        1.0
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
        most_buckets: int = 1 << 18,
        dropout: float = 0.5,
        weighting: str = "tf-idf",
    ) -> None:
        super().__init__()
        self.weighting = require_choice("weighting", weighting, WEIGHTINGS)
        if buckets is None:
            buckets = min(most_buckets, 1 << (_TABLE // num_classes).bit_length() - 1)
        self.vocab_size = vocab_size
        self.longest = longest
        self.buckets = buckets if longest > 1 else 0
        self.dropout = dropout
        zeros = torch.zeros(vocab_size + self.buckets, num_classes)
        self.table = nn.EmbeddingBag.from_pretrained(zeros, freeze=False, mode="sum", padding_idx=0)
        self.bias = nn.Parameter(torch.zeros(num_classes))
        self.rarity: Tensor
        self.started: Tensor
        self.register_buffer("rarity", torch.ones(vocab_size + self.buckets))
        self.register_buffer("started", torch.tensor(False))

    def forward(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        """Score ``(B, L)`` ids; give ``(B, C)``."""
        rows = self.distinct_rows(token_ids, lengths)
        weights = self.weights_of(rows)
        if self.training:
            weights = nn.functional.dropout(weights, self.dropout)
        scores: Tensor = self.table(rows, per_sample_weights=weights) + self.bias
        return scores

    def weights_of(self, rows: Tensor) -> Tensor:
        """Return the weight of each n-gram, ``(B, n)``: a vector of length 1 a text, 0 at row 0."""
        return nn.functional.normalize(self.rarity[rows] * (rows > 0), dim=1)

    def rows(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        """Return the table's row of each n-gram, ``(B, n)``, and 0 where there is none."""
        if token_ids.shape[1] == 0:  # every text is empty, and the table needs a row to look up
            token_ids = nn.functional.pad(token_ids, (0, 1))
        mask = length_mask(lengths, token_ids.shape[1])
        ids = token_ids.long().masked_fill(~mask, 0)
        found, phrase = [ids], ids
        for size in range(2, min(self.longest, ids.shape[1]) + 1):
            phrase = _mixed(phrase[:, :-1] * _MIX + ids[:, size - 1 :])
            bucket = self.vocab_size + ((phrase >> 33) & (self.buckets - 1))
            found.append(bucket.masked_fill(~mask[:, size - 1 :], 0))
        return torch.cat(found, dim=1)

    def distinct_rows(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        """Return the rows ``(B, n)`` in rising order, each text's own once, the rest 0."""
        rows = self.rows(token_ids, lengths).sort(dim=1).values
        again = nn.functional.pad(rows[:, 1:] == rows[:, :-1], (1, 0))
        return rows.masked_fill(again, 0)

    @torch.no_grad()
    def start_from(
        self, texts: Iterable[LabelledBatch], *, class_weight: Tensor | None = None
    ) -> FittedScores:
        """Set the weights, the scores and the bias by a logistic regression on labelled texts.

        Args:
            texts: Batches of ``token_ids (B, L)``, ``lengths (B,)`` and ``labels (B,)``, on the CPU; gone
                through several times, so not a generator.
            class_weight: ``(C,)`` weights of the classes, or of the presence of each label, or None.

        Returns:
            What was set, with the loss and accuracy of the last pass.
        """
        sizes = len(self.rarity), len(self.bias)
        fitted = fit_scores(_Rows(self, texts), *sizes, class_weight, weighting=self.weighting)
        rows = fitted.rows.to(self.rarity.device)
        self.table.weight.zero_()[rows] = fitted.scores.to(rows.device)
        self.rarity.zero_()[rows] = fitted.rarity.to(rows.device)
        self.bias.copy_(fitted.bias)
        self.started.fill_(True)
        return fitted


class _Rows:
    """Batches of token ids as batches of rows."""

    def __init__(self, layer: NgramScores, texts: Iterable[LabelledBatch]) -> None:
        self._layer = layer
        self._texts = texts

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for token_ids, lengths, labels in self._texts:
            yield self._layer.rows(token_ids, lengths), labels


def _mixed(number: Tensor) -> Tensor:
    """Spread what distinguishes 64-bit numbers over all their bits; products wrap around."""
    number = number * _MIX
    return (number ^ (number >> 32)) * _MIX
