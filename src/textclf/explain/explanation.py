"""Why a text got its label: a score for each of its tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from textclf.data.inputs import truncated
from textclf.errors import must_be
from textclf.explain.answers import answers
from textclf.explain.integrated_gradients import integrated_gradients
from textclf.explain.occlusion import occlusion
from textclf.explain.rendering import Piece, html_of, pieces_of, terminal_text
from textclf.explain.spans import find_spans
from textclf.predictor import Predictor
from textclf.text.labels import Label
from textclf.training.finite import check_answers
from textclf.validation import require_choice, require_int

__all__ = ["METHODS", "Explanation", "explain"]

METHODS = ("occlusion", "integrated_gradients")
"""The names of the methods."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """How much each token speaks for a label, or against it.

    Args:
        tokens: The L tokens that the model has read.
        scores: ``(L,)``: what each adds to the log-odds of the label, log p / (1 - p), in natural
            logarithms. Below zero it speaks against the label. 0.7 doubles the odds.
        label: What is explained.
        probability: What the model gives the label.
        method: ``"occlusion"`` or ``"integrated_gradients"``.
        text: The text, unless it was given as tokens.
        spans: Where each token stands in it, ``text[begin:end]``; None if that cannot be said of all.

    Example:
        >>> why = Explanation(("good", "film"), np.array([2.0, -0.5]), "pos", 0.9, "occlusion")
        >>> why.top(1)
        [('good', 2.0)]
        >>> print(why.to_html())
        <div ...>pos, p = 0.900 (occlusion)...
    """

    tokens: tuple[str, ...]
    scores: npt.NDArray[np.float64]
    label: Label
    probability: float
    method: str
    text: str | None = None
    spans: tuple[tuple[int, int], ...] | None = None

    def top(self, count: int = 10) -> list[tuple[str, float]]:
        """Return the tokens that matter most, for or against, with their scores.

        Args:
            count: How many.
        """
        count = require_int("count", count, at_least=0)
        order = np.argsort(-np.abs(self.scores), kind="stable")[:count]
        return [(self.tokens[place], float(self.scores[place])) for place in order]

    def to_terminal(self) -> str:
        """Return the text in the colours of a terminal: blue for the label, orange against it.

        The first is underlined and the second in italics, where the terminal can do so. Control
        characters of the text itself are made harmless.
        """
        return terminal_text(self._head(), self._pieces())

    def to_html(self) -> str:
        """Return a ``<div>`` for any page: blue and a line for the label, orange and dots against it.

        It needs no style sheet, script or other file, and everything in the text is escaped. The score
        of a token shows when the mouse rests on it.
        """
        return html_of(self._head(), self._pieces())

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as strings, numbers and lists, ready for JSON."""
        return {
            "label": self.label,
            "probability": self.probability,
            "method": self.method,
            "tokens": list(self.tokens),
            "scores": self.scores.tolist(),
            "spans": None if self.spans is None else [list(span) for span in self.spans],
        }

    def _head(self) -> str:
        return f"{self.label}, p = {self.probability:.3f} ({self.method.replace('_', ' ')}):"

    def _pieces(self) -> list[Piece]:
        return pieces_of(self.tokens, self.scores.tolist(), self.text, self.spans)


def explain(
    predictor: Predictor,
    text: str | Sequence[str],
    *,
    label: Label | None = None,
    method: str = "occlusion",
    span: int | None = None,
    steps: int = 32,
) -> Explanation:
    """Say which tokens of a text speak for a label, and which against it.

    Args:
        predictor: The model that is asked, with all it needs.
        text: A string, or a list of tokens.
        label: What to explain; None for the most probable label.
        method: ``"occlusion"`` deletes each token and sees what the answer loses; it works for every
            model. ``"integrated_gradients"`` adds up the gradient on the way from nothing to the text;
            its scores sum to what the whole text adds, and a long text takes no longer for each token.
        span: Of occlusion: tokens that are deleted together; see
            :func:`~textclf.explain.occlusion.occlusion`.
        steps: Of integrated gradients: points on the way.

    Returns:
        The tokens with their scores.

    Raises:
        ArgumentError: An argument cannot be used, or the model has no gradients of this kind.
        UnseenLabelError: The model does not know the label.
        NonFiniteLossError: The model answers NaN or infinity.

    References:
        See :mod:`textclf.explain.occlusion` and :mod:`textclf.explain.integrated_gradients`.

    Example:
        >>> from textclf import TextEncoder, Trainer, create_model
        >>> texts, labels = ["a good film", "a bad film"] * 8, ["pos", "neg"] * 8
        >>> encoder = TextEncoder.build(texts, labels)
        >>> model = create_model("fasttext", vocab_size=encoder.vocab_size, num_classes=2)
        >>> history = Trainer(model, progress=False).fit(encoder.encode(texts, labels))
        >>> why = explain(Predictor(encoder, model), "What a good film")
        >>> why.label, why.top(1)[0][0], why.spans
        ('pos', 'good', ((0, 4), (5, 6), (7, 11), (12, 16)))
    """
    require_choice("method", method, METHODS)
    require_int("steps", steps, at_least=1)
    if span is not None:
        require_int("span", span, at_least=1)
    if not isinstance(predictor, Predictor):
        raise must_be("predictor", "a Predictor", type(predictor).__name__)
    tokens = predictor.tokenize([text])[0]
    ids = predictor.encode([tokens])[0]
    logits = answers(predictor, [ids]).numpy()
    shares = predictor.target.probabilities(logits)
    check_answers(logits, shares)
    column = int(logits.argmax()) if label is None else predictor.labels[label]
    if method == "occlusion":
        scores = occlusion(predictor, ids, column, span=span)
    else:
        scores = integrated_gradients(predictor, ids, column, steps=steps)
    return Explanation(
        tuple(tokens),
        scores,
        predictor.classes[column],
        float(shares[0, column]),
        method,
        text if isinstance(text, str) else None,
        _spans(predictor, text) if isinstance(text, str) else None,
    )


def _spans(predictor: Predictor, text: str) -> tuple[tuple[int, int], ...] | None:
    """Find the tokens that the predictor reads: all, or those that truncation keeps."""
    reader = predictor.encoder
    spans = find_spans(text, reader.tokenizer(text))
    if spans is None:
        return None
    return tuple(truncated(spans, reader.max_length if predictor.windows is None else None, reader.keep))
