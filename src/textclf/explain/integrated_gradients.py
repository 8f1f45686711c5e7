"""Integrated gradients: the way from a text of which nothing is known to the text, added up."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from textclf.errors import must_be
from textclf.explain.answers import log_odds
from textclf.layers.ngrams import NgramScores
from textclf.models.base import Classifier, TextModel
from textclf.models.fasttext import FastText
from textclf.predictor import Predictor
from textclf.training.inference import evaluating

__all__ = ["integrated_gradients"]

_TOKENS_AT_ONCE = 2**14
_CURE = "Use method='occlusion', which needs nothing of a model but its answers."


def integrated_gradients(
    predictor: Predictor, ids: npt.NDArray[np.int32], column: int, *, steps: int = 32
) -> npt.NDArray[np.float64]:
    """Integrate the gradient of the log-odds of a class along the way from nothing to the text.

    The text enters a model as vectors of tokens and, in the linear path of n-grams, as a weight for
    each of its n-grams. Both are brought up together, in a straight line from zero (the vector of
    padding; no n-gram) to what they are. So the scores add up to what the log-odds gain on that way,
    whole model included. The part of an n-gram is shared out equally among its tokens.

    Args:
        predictor: What is asked; a model of the zoo, or a :class:`~textclf.models.TextModel` of your
            own that keeps its ``forward``. No windows.
        ids: The text, ``(L,)``.
        column: The class.
        steps: Points of the Gauss-Legendre quadrature.

    Returns:
        The scores, ``(L,)``.

    Raises:
        ArgumentError: The model has another way from tokens to logits, or reads by windows.

    References:
        Sundararajan, Taly and Yan, Axiomatic Attribution for Deep Networks, 2017.

    Example:
        >>> from textclf import TextEncoder, create_model
        >>> encoder = TextEncoder.build(["a good film", "a bad film"], ["pos", "neg"])
        >>> predictor = Predictor(encoder, create_model("dan", vocab_size=6, num_classes=2))
        >>> integrated_gradients(predictor, predictor.encode(["a good film"])[0], 1).shape
        (3,)
    """
    if predictor.windows is not None:
        raise must_be("method", "'occlusion' for a Predictor with windows", "integrated_gradients")
    if len(ids) == 0:
        return np.zeros(0)
    token_ids = torch.from_numpy(ids.astype(np.int64)).to(predictor.device)
    # A GPU's own recurrent networks have no gradients in evaluation mode.
    with evaluating(predictor.model), torch.backends.cudnn.flags(enabled=False):
        text = _Inputs(predictor.model, token_ids)
        temperature, several = predictor.temperature, predictor.labels.multi_label
        odds = text.scores(lambda its: log_odds(its / temperature, column, multi_label=several), steps)
        return odds.cpu().numpy()


class _Inputs:
    """What of one text enters the model as numbers: vectors of tokens, weights of n-grams, or both."""

    def __init__(self, model: Classifier, token_ids: Tensor) -> None:
        self.token_ids = token_ids
        self.lengths = torch.tensor([len(token_ids)], device=token_ids.device)
        self.network: TextModel | None = None
        self.ngrams: NgramScores | None = None
        if isinstance(model, TextModel) and type(model).forward is TextModel.forward:
            self.network, self.ngrams = model, model.ngrams
        elif isinstance(model, FastText) and type(model).forward is FastText.forward:
            self.ngrams = model.scores
        else:
            expected = "a FastText, or a TextModel without a forward of its own"
            raise must_be("model", expected, type(model).__name__, _CURE)
        with torch.no_grad():
            self.vectors = self._vectors()
            self.weights = self._weights()

    def _vectors(self) -> Tensor:
        """Return the vector of each token, ``(L, D)``; with D = 0 if there is no network."""
        if self.network is None:
            return torch.zeros(len(self.token_ids), 0, device=self.token_ids.device)
        vectors: Tensor = self.network.embedding(self.token_ids[None], self.lengths)[0]
        return vectors

    def _weights(self) -> Tensor:
        """Return the weight of each distinct n-gram, ``(n,)``, and set where the n-grams stand."""
        if self.ngrams is None:
            return torch.zeros(0, device=self.token_ids.device)
        found = self.ngrams.rows(self.token_ids[None], self.lengths)[0]
        self.rows, self.of, self.times = torch.unique(found, return_inverse=True, return_counts=True)
        return self.ngrams.weights_of(self.rows[None])[0]

    def logits(self, vectors: Tensor, weights: Tensor) -> Tensor:
        """Answer to ``(S, L, D)`` vectors and ``(S, n)`` weights of n-grams; ``(S, C)``."""
        parts: list[Tensor] = []
        if self.network is not None:
            features = self.network.features(vectors, self.lengths.expand(len(vectors)))
            parts.append(self.network.classifier(features))
        if self.ngrams is not None:
            parts.append(weights @ self.ngrams.table.weight[self.rows] + self.ngrams.bias)
        return torch.stack(parts).sum(dim=0)

    def scores(self, target: Callable[[Tensor], Tensor], steps: int) -> Tensor:
        """Return what each token adds to the target, ``(L,)`` float64."""
        places, parts = np.polynomial.legendre.leggauss(steps)
        at_once = max(1, _TOKENS_AT_ONCE // len(self.token_ids))
        of_vectors = torch.zeros_like(self.vectors, dtype=torch.float64)
        of_weights = torch.zeros_like(self.weights, dtype=torch.float64)
        for start in range(0, steps, at_once):
            share = self.vectors.new_tensor((places[start : start + at_once] + 1) / 2)
            part = of_vectors.new_tensor(parts[start : start + at_once] / 2)
            vectors = (share[:, None, None] * self.vectors).requires_grad_()
            weights = (share[:, None] * self.weights).requires_grad_()
            total = target(self.logits(vectors, weights)).sum()
            gradients = torch.autograd.grad(total, [vectors, weights], allow_unused=True)
            for into, gradient in zip((of_vectors, of_weights), gradients, strict=True):
                if gradient is not None:
                    into += torch.tensordot(part, gradient.double(), dims=1)
        scores = (of_vectors * self.vectors).sum(dim=1)
        return scores + self._shared_out(of_weights * self.weights)

    def _shared_out(self, of_ngrams: Tensor) -> Tensor:
        """Share what each distinct n-gram adds among all the tokens that it has, ``(L,)``."""
        length = len(self.token_ids)
        shared = of_ngrams.new_zeros(length)
        if self.ngrams is None:
            return shared
        of_places = (of_ngrams / self.times)[self.of]
        start = 0
        for size in range(1, min(self.ngrams.longest, length) + 1):  # in the order of NgramScores.rows
            count = length - size + 1
            for place in range(size):
                shared[place : place + count] += of_places[start : start + count] / size
            start += count
        return shared
