"""How parameters and their gradients are spread, recorded while a model is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from textclf.training import Callback
from textclf.validation import require_int

if TYPE_CHECKING:
    from textclf.training.state import StepResult
    from textclf.training.trainer import Trainer

__all__ = ["Histogram", "Histograms"]

_BINS = 60


class Histogram(NamedTuple):
    """How the numbers of one tensor were spread at one step: ``counts`` between ``edges``, one more."""

    step: int
    counts: NDArray[np.int64]
    edges: NDArray[np.float64]


class Histograms(Callback):
    """Keeps the histogram of every trained parameter and of its gradient, every few steps.

    The gradient is what the step was made with: clipped, if gradients are clipped. Numbers that are not
    finite are not counted.

    Args:
        every: Steps between two records.

    Attributes:
        parameters: By the parameter's name, one :class:`Histogram` each time.
        gradients: Likewise of the gradients.

    Example:
        >>> from textclf import EncodedCorpus, Trainer, create_model
        >>> train = EncodedCorpus.from_lists([[2, 3], [4, 5], [2], [5]], [0, 1, 0, 1])
        >>> kept = Histograms()
        >>> model = create_model("mlp", vocab_size=6, num_classes=2)
        >>> _ = Trainer(model, epochs=3, callbacks=[kept], progress=False).fit(train)
        >>> [len(found) for found in kept.gradients.values()][0]
        3
    """

    def __init__(self, *, every: int = 1) -> None:
        self.every = require_int("every", every, at_least=1)
        self.parameters: dict[str, list[Histogram]] = {}
        self.gradients: dict[str, list[Histogram]] = {}

    def on_step_end(self, trainer: Trainer, result: StepResult) -> None:
        """Record, if it is time."""
        step = trainer.state.step
        if step % self.every:
            return
        for name, parameter in trainer.model.named_parameters():
            if parameter.requires_grad:
                self.parameters.setdefault(name, []).append(_histogram(step, parameter))
                if parameter.grad is not None:
                    self.gradients.setdefault(name, []).append(_histogram(step, parameter.grad))


def _histogram(step: int, tensor: Tensor) -> Histogram:
    if tensor.is_sparse:
        tensor = tensor.coalesce().values()
    values = tensor.detach().float().cpu().numpy().ravel()
    counts, edges = np.histogram(values[np.isfinite(values)].astype(np.float64), bins=_BINS)
    return Histogram(step, counts, edges)
