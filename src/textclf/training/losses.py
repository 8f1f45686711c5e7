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

__all__ = ["BinaryCrossEntropy", "ClassWeight", "TokenOrTextCrossEntropy", "class_weights"]

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


class BinaryCrossEntropy(nn.Module):
    """Binary cross-entropy of raw logits, where a text may have several labels: each is there or is not.

    The mean over all labels of all texts. A weight multiplies the loss of a label that is there, and not
    that of one that is not: ``pos_weight`` in torch.

    Args:
        weight: ``(C,)`` weight of the presence of each label.
        label_smoothing: Share of each target that is taken to say nothing: ``1`` becomes ``1 - s / 2``, and
            ``0`` becomes ``s / 2``.

    Shape:
        ``logits (B, C)`` with booleans ``labels (B, C)`` -> a scalar.

    Example:
        >>> BinaryCrossEntropy()(torch.zeros(1, 2), torch.tensor([[True, False]])).item()
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
            ArgumentError: There is not one boolean for each logit.
        """
        if labels.dtype != torch.bool or labels.shape != logits.shape:
            raise must_be(
                "labels",
                f"one boolean for each of the model's logits, of shape {tuple(logits.shape)}",
                f"{labels.dtype} of shape {tuple(labels.shape)}",
                "Encode a list of labels for each text, and give the model as many classes.",
            )
        wanted = labels.float() * (1 - self.label_smoothing) + self.label_smoothing / 2
        return nn.functional.binary_cross_entropy_with_logits(
            logits.float(), wanted, pos_weight=self.weight
        )


def class_weights(weight: ClassWeight, corpus: EncodedCorpus, num_classes: int) -> Tensor | None:
    """Turn the ``class_weight`` of the Trainer into one number a class.

    Args:
        weight: None; ``"balanced"``, which is ``rows / (classes * rows of the class)`` as in
            scikit-learn, or where a text may have several labels ``texts without the label / texts with
            it``, so that the two weigh as much; one number a class; or numbers by label name, 1 where
            none is given.
        corpus: The training data.
        num_classes: C.

    Returns:
        ``(C,)`` float32, or None.

    Raises:
        ArgumentError: The weights do not fit the classes, or one is not positive.
        DataError: ``"balanced"``, and a class has no rows, or a label is on every text.

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
        return _balanced(corpus, num_classes)
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


def _balanced(corpus: EncodedCorpus, num_classes: int) -> Tensor:
    counts = corpus.label_counts(num_classes)
    rest = len(corpus) - counts if corpus.multi_label else counts
    for wrong, where in ((counts == 0, "has no training rows"), (rest == 0, "is on every training row")):
        if wrong.any():
            number = int(np.argmax(wrong))
            name = number if corpus.label_names is None else corpus.label_names[number]
            raise DataError(
                f"`class_weight` must be given as numbers where a class {where}. "
                f"Received: 'balanced', and no row {'of' if counts[number] == 0 else 'without'} "
                f"class {name!r}."
            )
    weights = rest / counts if corpus.multi_label else counts.sum() / (num_classes * counts)
    return torch.tensor(weights, dtype=torch.float32)
