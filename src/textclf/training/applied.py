"""What a Trainer is asked when its model is trained, or to validate it on the way."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

from textclf.data.corpus import EncodedCorpus
from textclf.training.checks import check_labelled
from textclf.training.distributed import Processes
from textclf.training.heads import target_of_corpus
from textclf.training.inference import predict_logits, report_of
from textclf.training.targets import Target

__all__ = ["Applied"]


class Applied:
    """The half of a :class:`~textclf.training.trainer.Trainer` that measures its model and predicts.

    Attributes:
        model: What is trained.
        averaged: A running average of its weights, which answers in its place; None without one.
        target: The kind of the labels that it was trained on.
        custom_loss: The loss as it was given, which may say what kind labels are of.
        batch_size: Texts a batch in training; without gradients there is room for twice as many.
        device, precision: Where to compute, and in what numbers.
        processes: The processes of the run, which share the work.
    """

    model: nn.Module
    averaged: AveragedModel | None = None
    target: Target
    custom_loss: Any
    batch_size: int
    device: torch.device
    precision: torch.dtype
    processes: Processes

    def evaluate(self, corpus: EncodedCorpus) -> Any:
        """Measure the model on labelled texts.

        Args:
            corpus: The texts.

        Returns:
            The :class:`~textclf.metrics.Report`, from counts over all texts, or
            :class:`~textclf.metrics.MultiLabelReport` if a text may have several labels,
            :class:`~textclf.metrics.TaggingReport` if tokens have labels, and
            :class:`~textclf.metrics.JointReport` if there are several heads. Its ``loss`` is the plain mean
            cross-entropy, without class weights or smoothing.

        Raises:
            ArgumentError: Ids or labels that the model has no row for.
            DataError: The corpus has no labels.
            NonFiniteLossError: The model answers with NaN or infinity.
        """
        labels = check_labelled("corpus", self.model, corpus)
        return report_of(
            labels,
            self.predict_logits(corpus),
            corpus.label_names,
            target=self._target_of(corpus),
            offsets=corpus.offsets if corpus.token_labels else None,
        )

    def predict(self, corpus: EncodedCorpus) -> npt.NDArray[Any]:
        """Return the class id of each text ``(N,)``, or of each token ``(T,)``, in order.

        Where a text may have several labels, booleans ``(N, C)``: those with a probability of 0.5 or more.
        Of several heads, one column a head. A corpus without labels is answered as the training data.
        """
        return self._target_of(corpus).predictions(self.predict_logits(corpus))

    def predict_proba(self, corpus: EncodedCorpus) -> npt.NDArray[np.float64]:
        """Return the probability of each class, ``(N, C)``, or ``(T, C)`` of tokens, in order.

        The classes of several heads stand side by side, and the probabilities of each head sum to one.
        """
        return self._target_of(corpus).probabilities(self.predict_logits(corpus))

    def _target_of(self, corpus: EncodedCorpus) -> Target:
        """Return the kind of the labels of the corpus, or, if it has none, of the training data."""
        return self.target if corpus.labels is None else target_of_corpus(corpus, self.custom_loss)

    def predict_logits(self, corpus: EncodedCorpus) -> npt.NDArray[np.float32]:
        """Return the logits, ``(N, C)``, or ``(T, C)`` of tokens, in order."""
        model = self.model if self.averaged is None else self.averaged.module
        self.processes.join(self.device)
        return predict_logits(
            model.to(self.device),
            corpus,
            device=self.device,
            precision=self.precision,
            batch_size=2 * self.batch_size,
            processes=self.processes,
        )
