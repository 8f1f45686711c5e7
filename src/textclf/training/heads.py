"""Several heads on one input: their losses, weighted, and their answers, each by the name of its head.

A model of several heads says in ``heads`` how many classes each has, and gives logits by these names. The
Trainer goes on with one tensor, all of them side by side; the labels have one column a head. So a step, an
evaluation, a prediction and a checkpoint are those of one head, and :class:`JointTarget` is the one place
that takes things apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from textclf.data.corpus import EncodedCorpus
from textclf.data.heads import head_of
from textclf.errors import must_be
from textclf.metrics import JointReport
from textclf.text.labels import Label
from textclf.training.losses import ClassWeight, TokenOrTextCrossEntropy, class_weights
from textclf.training.targets import LOSSES, OneLabel, Target, target_of
from textclf.validation import require_number

__all__ = ["JointLoss", "JointTarget", "side_by_side", "target_of_corpus"]

Floats = npt.NDArray[np.floating[Any]]


def side_by_side(logits: Tensor | Mapping[str, Tensor], heads: Mapping[str, int] | None) -> Tensor:
    """Put the logits of several heads side by side, in the order of ``heads``; leave those of one.

    Args:
        logits: ``(..., C)``, or by the name of the head ``(..., C of the head)``.
        heads: The number of classes of each head by its name, or None.

    Returns:
        ``(..., C)``, where C is the sum over the heads.

    Raises:
        ArgumentError: The heads are others, or of other sizes.

    Example:
        >>> logits = {"inside": torch.zeros(1, 2), "tag": torch.zeros(1, 5)}
        >>> side_by_side(logits, {"inside": 2, "tag": 5}).shape
        torch.Size([1, 7])
    """
    if isinstance(logits, Tensor):
        return logits
    found = {name: its.shape[-1] for name, its in logits.items()}
    if heads is None or found != dict(heads):
        cure = "A model of several heads says in `heads` how many classes each has."
        raise must_be("model", f"one that gives the logits of its heads {heads}", found, cure)
    return torch.cat([logits[name] for name in heads], dim=-1)


class JointLoss(nn.Module):
    """The weighted sum of the cross-entropy of each head.

    Args:
        sizes: The number of classes of each head.
        shares: The weight of the loss of each head.
        weights: ``(C,)`` weights of the classes of each head, or None.
        label_smoothing: Of every head.

    Shape:
        ``logits (..., C)``, those of the heads side by side, and ``labels (..., heads)``, -100 at padding
        -> a scalar.

    Example:
        >>> loss = JointLoss([2, 2], [0.3, 0.7])
        >>> round(loss(torch.zeros(1, 4), torch.tensor([[0, 1]])).item(), 4)
        0.6931
    """

    def __init__(
        self,
        sizes: Sequence[int],
        shares: Sequence[float],
        *,
        weights: Sequence[Tensor | None] | None = None,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        self.sizes, self.shares = list(sizes), list(shares)
        weights = [None] * len(self.sizes) if weights is None else weights
        self.losses = nn.ModuleList(
            TokenOrTextCrossEntropy(its, label_smoothing=label_smoothing) for its in weights
        )

    @property
    def weight(self) -> list[Any]:
        """The weights of the classes of each head, as a checkpoint holds them against another run's."""
        return [None if its.weight is None else its.weight.tolist() for its in self.losses]  # type: ignore[operator]

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Give the weighted sum of the mean losses."""
        if labels.shape != (*logits.shape[:-1], len(self.sizes)):
            expected = f"one for each head and row of logits, of shape {tuple(logits.shape[:-1])}"
            raise must_be("labels", expected, tuple(labels.shape))
        heads = zip(torch.split(logits, self.sizes, dim=-1), labels.unbind(dim=-1), strict=True)
        parts = [loss(*head) for loss, head in zip(self.losses, heads, strict=True)]
        return torch.stack([share * part for share, part in zip(self.shares, parts, strict=True)]).sum()


class JointTarget:
    """Labels of several heads, one column a head; each head is learnt and measured as if alone.

    Args:
        heads: The names of the classes of each head by its name.
        shares: The weight of the loss of each head by its name; None gives all the same, of sum 1.

    Raises:
        ArgumentError: The weights are not those of the heads, or one is not positive.

    Example:
        >>> target = JointTarget({"mood": ("bad", "good"), "topic": ("art", "law", "war")})
        >>> target.predictions(np.array([[0.0, 1.0, 0.0, 2.0, 0.0]])).tolist()
        [[1, 1]]
    """

    def __init__(
        self, heads: Mapping[str, Sequence[Label]], shares: Mapping[str, float] | None = None
    ) -> None:
        self.heads = dict(heads)
        self.sizes = [len(names) for names in self.heads.values()]
        self.shares = _checked_shares(list(self.heads), shares)
        self._one = OneLabel()

    def class_weights(self, weight: Any, corpus: EncodedCorpus) -> list[Tensor | None]:
        """Return the weights of the classes of each head, ``(C,)``, or None.

        Args:
            weight: None; ``"balanced"``, for every head; or what a head of its own may have, by the name
                of the head.
            corpus: The training data, of these heads.

        Raises:
            ArgumentError: It is something else, or does not fit a head.
        """
        given: Mapping[str, ClassWeight] = (
            dict.fromkeys(self.heads, weight) if weight is None or isinstance(weight, str) else weight
        )
        if not isinstance(given, Mapping) or set(given) - set(self.heads):
            expected = f"'balanced', or weights by the name of the head, of {list(self.heads)}"
            raise must_be("class_weight", expected, weight)
        return [
            class_weights(given.get(head), head_of(corpus, head), size)
            for head, size in zip(self.heads, self.sizes, strict=True)
        ]

    def loss(self, weight: Any, label_smoothing: float) -> nn.Module:
        """Return the weighted sum of the losses of the heads."""
        return JointLoss(self.sizes, self.shares, weights=weight, label_smoothing=label_smoothing)

    def count(self, labels: Tensor) -> int:
        """Return how many labels are not padding, of all heads together."""
        return self._one.count(labels)

    def correct(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return how many labels have the largest logit of their head."""
        heads = zip(torch.split(logits, self.sizes, dim=-1), labels.unbind(dim=-1), strict=True)
        return torch.stack([self._one.correct(*head) for head in heads]).sum()

    def probabilities(self, logits: Floats) -> npt.NDArray[np.float64]:
        """Return the softmax of each head, ``(N, C)``, side by side."""
        return np.concatenate([self._one.probabilities(its) for its in self.split(logits)], axis=1)

    def predictions(self, logits: Floats) -> npt.NDArray[Any]:
        """Return the class of each head with the largest logit, ``(N, heads)``."""
        return np.stack([self._one.predictions(its) for its in self.split(logits)], axis=1)

    def counted(self, labels: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """Say which rows are not padding."""
        return np.asarray(self._one.counted(labels).all(axis=1))

    def mean_loss(self, labels: npt.NDArray[Any], logits: Floats) -> float:
        """Return the weighted sum of the cross-entropies of the heads."""
        losses = self._losses(labels, self.split(logits))
        return sum(share * loss for share, loss in zip(self.shares, losses, strict=True))

    def report(
        self,
        labels: npt.NDArray[Any],
        probabilities: Floats,
        *,
        label_names: Sequence[Label] | None = None,
        loss: float | None = None,
        offsets: npt.NDArray[np.int64] | None = None,
    ) -> JointReport:
        """Return a :class:`~textclf.metrics.JointReport`, with the report of each head."""
        parts = self.split(probabilities)
        with np.errstate(divide="ignore"):
            losses = self._losses(labels, [np.log(its) for its in parts])
        reports = {
            head: self._one.report(
                labels[:, column],
                parts[column],
                label_names=names,
                loss=losses[column],
                offsets=offsets,
            )
            for column, (head, names) in enumerate(self.heads.items())
        }
        return JointReport(reports, float("nan") if loss is None else loss)

    def split(self, logits: Floats) -> list[Floats]:
        """Take logits or probabilities ``(N, C)`` apart, ``(N, C of the head)`` each."""
        return np.split(logits, np.cumsum(self.sizes)[:-1], axis=1)

    def _losses(self, labels: npt.NDArray[Any], logits: Sequence[Floats]) -> list[float]:
        return [self._one.mean_loss(labels[:, column], its) for column, its in enumerate(logits)]


def target_of_corpus(corpus: EncodedCorpus, loss: object = None) -> Target:
    """Return the kind of the labels of a corpus.

    Args:
        corpus: With labels.
        loss: The ``loss`` of the Trainer.

    Raises:
        ArgumentError: The loss is for another kind of labels.

    Example:
        >>> corpus = EncodedCorpus([5, 6], [0, 1, 2], [[True, False], [True, True]])
        >>> target_of_corpus(corpus, "binary_cross_entropy").predictions(np.array([[0.5, -2.0]]))
        array([[ True, False]])
    """
    shares = loss if isinstance(loss, Mapping) else None
    if corpus.heads is not None:
        if isinstance(loss, str):
            raise must_be("loss", "the weight of the loss of each head by its name, or None", loss)
        return JointTarget(corpus.heads, shares)
    if shares is not None:
        cure = "textclf.data.joint_corpus makes a corpus of several heads."
        raise must_be("loss", "no weights of heads for a corpus of one head", dict(shares), cure)
    target = target_of(corpus.multi_label)
    if isinstance(loss, str) and LOSSES[loss] is not target:
        kinds = ("one label a text or token", "several labels a text")
        fitting = next(name for name, its in LOSSES.items() if its is target)
        raise must_be("loss", f"{fitting!r} for {kinds[corpus.multi_label]}", loss)
    return target


def _checked_shares(heads: Sequence[str], shares: Mapping[str, float] | None) -> list[float]:
    """Return the weight of the loss of each head, in their order."""
    if shares is None:
        return [1 / len(heads)] * len(heads)
    if set(shares) != set(heads):
        expected = f"a weight for each of the heads {list(heads)}"
        raise must_be("loss", expected, dict(shares), "Name every head, and no other.")
    return [require_number(f"loss[{head!r}]", shares[head], above=0) for head in heads]
