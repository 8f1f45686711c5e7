"""Why this answer: what each token of a text adds to it, shown, and tested against chance."""

from __future__ import annotations

from textclf.explain.deletion import DeletionTest, deletion_test
from textclf.explain.explanation import METHODS, Explanation, explain

__all__ = [
    "METHODS",
    "DeletionTest",
    "Explanation",
    "deletion_test",
    "explain",
]
