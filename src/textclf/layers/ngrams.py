"""A linear path beside any network: scores of a text's words and short phrases."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from textclf.layers.masking import length_mask

__all__ = ["NgramScores"]

_MIX = 6364136223846793005  # Knuth's multiplier for 64-bit congruential generators
_TABLE = 1 << 25  # numbers in the table of phrases, at most: 128 MB
_STARTING_TEXTS = 100_000


class NgramScores(nn.Module):
    """A linear model over the distinct n-grams of a text, weighted by how rare they are.

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
        self.rarity: Tensor
        self.started: Tensor
        self.register_buffer("rarity", torch.ones(vocab_size + self.buckets))
        self.register_buffer("started", torch.tensor(False))
        nn.init.zeros_(self.table.weight)

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
        self, batches: Iterable[tuple[Tensor, Tensor, Tensor]], *, regularization: float = 10.0
    ) -> None:
        """Set the rarities from document frequencies, and the scores by logistic regression.

        Args:
            batches: Of ``token_ids (B, L)``, ``lengths (B,)`` and ``labels (B,)``; those after the
                first 100,000 texts are not looked at.
            regularization: C of the logistic regression, the inverse strength.
        """
        found, labels = self._read(batches)
        frequency = torch.bincount(torch.cat(found), minlength=len(self.rarity))
        rarity = ((1 + len(found)) / (1 + frequency)).log() + 1  # smoothed, as in scikit-learn
        rarity[frequency == 0] = 0.0  # no say, and no share in the length, for what was never seen
        self.rarity.copy_(rarity)
        scores, bias = _regression(found, rarity, labels, self.bias.shape[0], regularization)
        self.table.weight.copy_(scores)
        self.bias.copy_(bias)
        self.started.fill_(True)

    def _read(self, batches: Iterable[tuple[Tensor, Tensor, Tensor]]) -> tuple[list[Tensor], Tensor]:
        """Return the rows of each text, and the labels."""
        found: list[Tensor] = []
        labels: list[Tensor] = []
        for token_ids, lengths, its in batches:
            found += [row[row > 0] for row in self.distinct_rows(token_ids, lengths).cpu()]
            labels.append(its.cpu())
            if len(found) >= _STARTING_TEXTS:
                break
        return found, torch.cat(labels)


def _regression(
    found: list[Tensor], rarity: Tensor, labels: Tensor, num_classes: int, regularization: float
) -> tuple[Tensor, Tensor]:
    """Fit scores ``(rows, C)`` and a bias ``(C,)``; a class without texts gets the lowest bias."""
    import numpy as np
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import normalize

    columns = torch.cat(found)
    starts = np.cumsum([0, *(len(rows) for rows in found)])
    features = csr_matrix(
        (rarity[columns].numpy(), columns.numpy(), starts), shape=(len(found), len(rarity))
    )
    model = LogisticRegression(C=regularization, max_iter=200)
    model.fit(normalize(features, copy=False), labels.numpy())
    weights, bias = model.coef_, model.intercept_
    if len(weights) == 1:  # one row tells two classes apart; half for, half against
        weights, bias = np.concatenate([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
    scores = torch.zeros(len(rarity), num_classes)
    all_bias = torch.full((num_classes,), float(bias.min()))
    scores[:, model.classes_] = torch.from_numpy(weights.T).float()
    all_bias[model.classes_] = torch.from_numpy(bias).float()
    scores[0] = 0.0
    return scores, all_bias


def _mixed(number: Tensor) -> Tensor:
    """Spread what distinguishes 64-bit numbers over all their bits; products wrap around."""
    number = number * _MIX
    return (number ^ (number >> 32)) * _MIX
