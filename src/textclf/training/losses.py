"""The training loss, and the weights that make rare classes count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from textclf.data.batches import IGNORED_LABEL
from textclf.data.corpus import EncodedCorpus
from textclf.errors import DataError, must_be
from textclf.validation import require_number

__all__ = ["ClassWeight", "TokenOrTextCrossEntropy", "class_weights"]

ClassWeight = str | Sequence[float] | npt.NDArray[Any] | Tensor | Mapping[str | int, float] | None


class TokenOrTextCrossEntropy(nn.Module):
    """Cross-entropy of raw logits, one label a text or one a token; padding does not count.

    The sum over the labels, each times the weight of its class, is divided by their number. torch
    divides by the sum of the weights, so that a weight does nothing in a batch of one class alone, and
    the size of the batches changes what is learnt. Without weights the two are the same.

    Args:
        weight: ``(C,)`` weight of each class.
        label_smoothing: Share of each target spread evenly over all classes.

    Shape:
        ``logits (B, C)`` with ``labels (B,)``, or ``(B, L, C)`` with ``(B, L)``, where -100 marks
        padding -> a scalar.

    References:
        Szegedy et al., Rethinking the Inception Architecture for Computer Vision, 2016 (smoothing).

    Example:
        >>> TokenOrTextCrossEntropy()(torch.zeros(1, 2), torch.tensor([1])).item()
        0.6931471824645996
    """

    weight: Tensor | None

    def __init__(self, weight: Tensor | None = None, *, label_smoothing: float = 0.0) -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.label_smoothing = label_smoothing

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Give the mean loss.

        Raises:
            ArgumentError: There is not one label for each row of logits.
        """
        if labels.shape != logits.shape[:-1]:
            raise must_be(
                "labels",
                f"one for each row of the model's logits, of shape {tuple(logits.shape[:-1])}",
                tuple(labels.shape),
                "A model of texts needs one label a text, and one of tokens one label a token.",
            )
        total = nn.functional.cross_entropy(
            logits.flatten(0, -2).float(),
            labels.flatten(),
            weight=self.weight,
            ignore_index=IGNORED_LABEL,
            reduction="sum",
            label_smoothing=self.label_smoothing,
        )
        return total / (labels != IGNORED_LABEL).sum()


def class_weights(weight: ClassWeight, corpus: EncodedCorpus, num_classes: int) -> Tensor | None:
    """Turn the ``class_weight`` of the Trainer into one number a class.

    Args:
        weight: None; ``"balanced"``, which is ``rows / (classes * rows of the class)`` as in
            scikit-learn; one number a class; or numbers by label name, 1 where none is given.
        corpus: The training data.
        num_classes: C.

    Returns:
        ``(C,)`` float32, or None.

    Raises:
        ArgumentError: The weights do not fit the classes, or one is not positive.
        DataError: ``"balanced"``, and a class has no rows.

    Example:
        >>> corpus = EncodedCorpus.from_lists([[2], [3], [4], [5]], [0, 0, 0, 1])
        >>> class_weights("balanced", corpus, 2)
        tensor([0.6667, 2.0000])
    """
    if weight is None:
        return None
    if isinstance(weight, str):
        if weight != "balanced":
            raise must_be("class_weight", "'balanced', one number a class, or None", weight)
        counts = corpus.label_counts(num_classes)
        if (counts == 0).any():
            missing = int(np.argmin(counts))
            names = corpus.label_names
            raise DataError(
                f"`class_weight` must be given as numbers where a class has no training rows. "
                f"Received: 'balanced', and no row of class {names[missing] if names else missing!r}."
            )
        return torch.tensor(counts.sum() / (num_classes * counts), dtype=torch.float32)
    if isinstance(weight, Mapping):
        names = corpus.label_names or tuple(range(num_classes))
        for name in weight:
            if name not in names:
                raise must_be("class_weight", f"keyed by labels, of {list(names)}", name)
        weight = [weight.get(name, 1.0) for name in names]
    listed = weight.tolist() if isinstance(weight, np.ndarray | Tensor) else weight
    if not isinstance(listed, Sequence) or len(listed) != num_classes:
        raise must_be("class_weight", f"of {num_classes} numbers, one a class", listed)
    values = [require_number("class_weight", value, above=0) for value in listed]
    return torch.tensor(values, dtype=torch.float32)
