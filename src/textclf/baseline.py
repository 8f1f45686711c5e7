"""The linear baseline that every network should be held against."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from textclf.data.labelled_texts import LabelledTexts
from textclf.metrics import MultiLabelReport, Report
from textclf.text import LabelMap

__all__ = ["LinearBaseline"]


class LinearBaseline:
    """TF-IDF of 1- and 2-grams with logistic regression, as scikit-learn has them.

    Nothing of it is tuned; on small data it is hard to beat all the same. Where a text may have several
    labels, each has a regression of its own (one against the rest).

    Args:
        tokenizer: Takes a text apart; give it the network's own, so that both see the same tokens.
        ngrams: Shortest and longest n-gram.
        regularization: C of the logistic regression, the inverse strength.

    References:
        Wang and Manning, Baselines and Bigrams: Simple, Good Sentiment and Topic Classification, 2012.

    Example:
        >>> texts = LabelledTexts(["good film", "bad film", "good", "bad"], ["+", "-", "+", "-"])
        >>> LinearBaseline(str.split).fit(texts).predict(["a good one"])
        ['+']
    """

    def __init__(
        self,
        tokenizer: Callable[[str], list[str]],
        *,
        ngrams: tuple[int, int] = (1, 2),
        regularization: float = 10.0,
    ) -> None:
        self.tokenizer = tokenizer
        self.ngrams = ngrams
        self.regularization = regularization
        self._pipeline: Any = None

    def fit(self, train: LabelledTexts) -> LinearBaseline:
        """Learn from labelled texts; return the baseline itself."""
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.multiclass import OneVsRestClassifier
        from sklearn.pipeline import make_pipeline

        features = TfidfVectorizer(analyzer=self._ngrams_of, sublinear_tf=True, min_df=1, dtype=np.float32)
        model = LogisticRegression(C=self.regularization, max_iter=1000)
        self.labels = LabelMap.build(train.labels)
        if self.labels.multi_label:
            model = OneVsRestClassifier(model)
        self._pipeline = make_pipeline(features, model)
        with warnings.catch_warnings():  # it says so where a label is on every text
            warnings.filterwarnings("ignore", "Label .* is present in all training examples")
            self._pipeline.fit(train.texts, self.labels.encode(train.labels))
        return self

    def predict(self, texts: Sequence[str]) -> list[Any]:
        """Return the label of each text, in order, or a tuple of labels where it may have several."""
        if self.labels.multi_label:
            return self.labels.decode(self.predict_proba(texts) >= 0.5)
        return self.labels.decode(self._pipeline.predict(texts))

    def predict_proba(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Return the probabilities ``(N, C)``, in the order of ``labels.names``."""
        probabilities: npt.NDArray[np.float64] = self._pipeline.predict_proba(texts).astype(np.float64)
        if not self.labels.multi_label:
            probabilities /= probabilities.sum(axis=1, keepdims=True)  # 32-bit sums are not quite one
        return probabilities

    def evaluate(self, data: LabelledTexts) -> Any:
        """Return the report on labelled texts, of the kind that their labels ask for."""
        kind = MultiLabelReport if self.labels.multi_label else Report
        return kind.from_predictions(
            self.labels.encode(data.labels), self.predict_proba(data.texts), label_names=self.labels.names
        )

    def _ngrams_of(self, text: str) -> list[str]:
        tokens = self.tokenizer(text)
        shortest, longest = self.ngrams
        return [
            " ".join(tokens[start : start + size])
            for size in range(shortest, longest + 1)
            for start in range(len(tokens) - size + 1)
        ]
