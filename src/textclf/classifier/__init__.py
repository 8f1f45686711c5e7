"""TextClassifier: raw texts and labels in, a trained classifier out, as scikit-learn has it."""

from textclf.classifier.ensemble import TextEnsemble
from textclf.classifier.estimator import TextClassifier

__all__ = ["TextClassifier", "TextEnsemble"]
