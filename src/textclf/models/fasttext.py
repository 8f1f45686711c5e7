"""fastText: a bag of hashed n-grams and a linear classifier.

Joulin et al., Bag of Tricks for Efficient Text Classification, EACL 2017.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from textclf.errors import must_be
from textclf.layers.masking import length_mask
from textclf.layers.ngram_regression import FittedScores
from textclf.layers.ngrams import LabelledBatch, NgramScores
from textclf.models.base import MODELS, Classifier, check_batch
from textclf.models.options import records_options
from textclf.validation import require_int

__all__ = ["FastText"]


@MODELS.register("fasttext")
class FastText(Classifier):
    """A linear classifier over the distinct words and n-grams of a text, trained in seconds.

    Longer n-grams share ``buckets`` rows of a table by hashing, as in fastText. Two things differ from
    the paper. Each n-gram has a score for each class in place of a vector, since a linear layer over a
    mean of vectors adds nothing but a bound on the rank. And training starts from the counts of the data
    (naive Bayes) and weights rare n-grams higher, so that two passes of stochastic gradient descent do:
    ``start_from`` makes them, and no epoch of the Trainer follows. The details are those of
    :class:`textclf.layers.NgramScores`.

    Args:
        vocab_size: V, the number of token ids.
        num_classes: C, at least 2.
        ngrams: Longest n-gram, in tokens.
        buckets: Rows for n-grams of two and more tokens, a power of two. By default 1,048,576, or fewer if
            there are so many classes that the table would exceed 32 MB.
        weighting: ``"tf-idf"`` weights n-grams by how rare they are, ``"naive_bayes"`` by how much they
            tell one class from the rest: better on many long texts, such as IMDB, and worse on few or
            short ones.

    Shape:
        ``token_ids (B, L)``, ``lengths (B,)`` -> ``logits (B, C)``. A text of length 0 gets the bias.

    References:
        Joulin, Grave, Bojanowski and Mikolov, Bag of Tricks for Efficient Text Classification, 2017; Wang
        and Manning, Baselines and Bigrams: Simple, Good Sentiment and Topic Classification, 2012.

    Example:
        >>> import torch
        >>> model = FastText(vocab_size=100, num_classes=2)
        >>> model(torch.tensor([[5, 7, 0]]), torch.tensor([2])).shape
        torch.Size([1, 2])
    """

    learns_at_start = True

    @records_options
    def __init__(
        self,
        *,
        vocab_size: int,
        num_classes: int,
        ngrams: int = 2,
        buckets: int | None = None,
        weighting: str = "tf-idf",
    ) -> None:
        require_int("ngrams", ngrams, at_least=1)
        if buckets is not None:
            buckets = require_int("buckets", buckets, at_least=1)
            if buckets & (buckets - 1):
                raise must_be("buckets", "a power of two", buckets, f"Use {1 << buckets.bit_length()}.")
        super().__init__(vocab_size=vocab_size, num_classes=num_classes)
        self.scores = NgramScores(
            self.vocab_size,
            self.num_classes,
            longest=ngrams,
            buckets=buckets,
            most_buckets=1 << 20,
            dropout=0.0,
            weighting=weighting,
        )

    def forward(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        """Score ``(B, L)`` ids; give ``(B, C)``."""
        check_batch(token_ids, lengths)
        # Elsewhere, a look at the values would wait for all that is being computed; nor can it be traced.
        if token_ids.is_cpu and not torch.compiler.is_compiling():
            real = token_ids[length_mask(lengths, token_ids.shape[1])]
            if bool(((real < 0) | (real >= self.vocab_size)).any()):
                raise must_be(
                    "token_ids",
                    f"from 0 to {self.vocab_size - 1}",
                    [int(real.min()), int(real.max())],
                    "Encode the text with the vocabulary that the model was made for.",
                )
        logits: Tensor = self.scores(token_ids, lengths)
        return logits

    def start_from(
        self, texts: Iterable[LabelledBatch], *, class_weight: Tensor | None = None
    ) -> FittedScores:
        """Train on labelled texts; the Trainer calls it. Another call starts afresh.

        Args:
            texts: Batches of ``token_ids (B, L)``, ``lengths (B,)`` and ``labels (B,)`` on the CPU; gone
                through several times, so not a generator.
            class_weight: ``(C,)`` weights of the classes, or of the presence of each label, or None.

        Returns:
            What was learnt, with the loss and accuracy of the last pass.
        """
        return self.scores.start_from(texts, class_weight=class_weight)
