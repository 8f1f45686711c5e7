"""Is an attribution better than chance? Delete what it calls important, and see what is left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from textclf.data.inputs import checked_texts
from textclf.errors import DataError
from textclf.explain.answers import answers
from textclf.explain.explanation import Explanation, explain
from textclf.metrics import bootstrap_mean_interval
from textclf.predictor import Predictor
from textclf.validation import require_bool, require_int

__all__ = ["DeletionTest", "deletion_test"]


@dataclass(frozen=True, eq=False)
class DeletionTest:
    """What is left of the probability of a label while the tokens of its text are deleted.

    Args:
        shares: ``(P,)`` of the tokens that are deleted, from 0 to 1.
        curve: ``(P,)``, the mean probability with the highest-scored tokens deleted first.
        random_curve: ``(P,)``, the same in random order.
        areas: ``(N,)``, the area under the curve of each text.
        random_areas: ``(N,)``, the same in random order, the mean over the orders.
        difference: How much smaller the area is than at random, the mean over the texts: above zero
            the attribution is better than chance.
        interval: 95 % bootstrap interval of the difference, over the texts.
    """

    shares: npt.NDArray[np.float64]
    curve: npt.NDArray[np.float64]
    random_curve: npt.NDArray[np.float64]
    areas: npt.NDArray[np.float64]
    random_areas: npt.NDArray[np.float64]
    difference: float
    interval: tuple[float, float]

    def __str__(self) -> str:
        low, high = self.interval
        return (
            f"area under deletion {self.areas.mean():.4f}, in random order {self.random_areas.mean():.4f}; "
            f"difference {self.difference:.4f} (95% interval {low:.4f} to {high:.4f}), n {len(self.areas)}"
        )


def deletion_test(
    predictor: Predictor,
    texts: Iterable[str | Sequence[str]],
    *,
    method: str = "occlusion",
    steps: int = 32,
    points: int = 10,
    orders: int = 5,
    seed: int = 0,
    progress: bool = False,
) -> DeletionTest:
    """Delete the highest-scored tokens step by step, and compare with random orders.

    For each text, the probability of the label that is predicted for the whole text is followed while a
    tenth of the tokens after another goes. A faithful attribution names the tokens that the answer
    hangs on, so that it falls early and the area under the curve is small. The fall at the first steps
    is what is also called comprehensiveness.

    Args:
        predictor: The model that is asked.
        texts: Strings or lists of tokens; those without any token do not count.
        method: That of :func:`~textclf.explain.explanation.explain`.
        steps: Of integrated gradients.
        points: Steps in which all tokens go.
        orders: Random orders a text.
        seed: Of the random orders and the interval.
        progress: Whether to show a progress bar.

    Returns:
        The curves, the areas and their difference.

    Raises:
        ArgumentError: An argument cannot be used.
        DataError: No text has a token.

    References:
        Petsiuk, Das and Saenko, RISE: Randomized Input Sampling for Explanation of Black-box Models,
        2018 (deletion); DeYoung et al., ERASER: A Benchmark to Evaluate Rationalized NLP Models, 2020
        (comprehensiveness).

    Example:
        >>> from textclf import TextEncoder, Trainer, create_model
        >>> texts, labels = ["a good film", "a bad film"] * 8, ["pos", "neg"] * 8
        >>> encoder = TextEncoder.build(texts, labels)
        >>> model = create_model("fasttext", vocab_size=encoder.vocab_size, num_classes=2)
        >>> history = Trainer(model, progress=False).fit(encoder.encode(texts, labels))
        >>> deletion_test(Predictor(encoder, model), texts).interval[0] > 0
        True
    """
    require_int("points", points, at_least=1)
    require_int("orders", orders, at_least=1)
    require_int("seed", seed, at_least=0)
    require_bool("progress", progress)
    curves: list[npt.NDArray[np.float64]] = []
    for index, text in enumerate(tqdm(checked_texts(texts), desc="deleting", disable=not progress)):
        why = explain(predictor, text, method=method, steps=steps)
        if why.tokens:
            random = np.random.default_rng([seed, index])
            shuffled = [random.permutation(len(why.tokens)) for _ in range(orders)]
            ranked = np.argsort(-why.scores, kind="stable")
            curves.append(_curves(predictor, why, [ranked, *shuffled], points))
    if not curves:
        raise DataError("`texts` must have a text with a token. Received: none.")
    found = np.stack(curves)  # (N, 1 + orders, P)
    areas = (found[:, :, 1:] + found[:, :, :-1]).mean(axis=2) / 2
    random_areas = areas[:, 1:].mean(axis=1)
    gains = random_areas - areas[:, 0]
    return DeletionTest(
        np.linspace(0, 1, points + 1),
        found[:, 0].mean(axis=0),
        found[:, 1:].mean(axis=(0, 1)),
        areas[:, 0],
        random_areas,
        float(gains.mean()),
        bootstrap_mean_interval(gains, seed=seed),
    )


def _curves(
    predictor: Predictor, why: Explanation, orders: Sequence[npt.NDArray[np.intp]], points: int
) -> npt.NDArray[np.float64]:
    """Return the probability of the label while tokens go in each of some orders, ``(orders, P)``."""
    ids = predictor.encode([why.tokens])[0]
    column = predictor.labels[why.label]
    counts = np.round(np.linspace(0, len(ids), points + 1)).astype(int)
    left = [np.delete(ids, order[:count]) for count in counts for order in orders]
    logits = answers(predictor, chain(left)).numpy()
    shares = predictor.target.probabilities(logits)[:, column]
    return shares.reshape(points + 1, len(orders)).T
