"""Neural text classification on PyTorch: from labelled text to a classifier that can be trusted."""

from typing import TYPE_CHECKING, Any

from textclf import metrics
from textclf.data import (
    AdditionCorpus,
    DocstringCorpus,
    EncodedCorpus,
    LabelledTexts,
    TextEncoder,
    addition_corpus,
    docstring_corpus,
    read_labelled,
)
from textclf.device import resolve_device, seed_everything
from textclf.embedding import EmbeddingLoader
from textclf.errors import TextclfError
from textclf.init import initialize_
from textclf.models import MLP, TextCNN, TextRNN, create_model, list_models
from textclf.predictor import Predictor
from textclf.text import (
    CharTokenizer,
    JiebaTokenizer,
    LabelMap,
    Vocab,
    WhitespaceTokenizer,
    WordTokenizer,
    create_tokenizer,
)
from textclf.training import Callback, History, Trainer
from textclf.windows import Windows

if TYPE_CHECKING:
    from textclf.classifier import TextClassifier

__all__ = [
    "MLP",
    "AdditionCorpus",
    "Callback",
    "CharTokenizer",
    "DocstringCorpus",
    "EmbeddingLoader",
    "EncodedCorpus",
    "History",
    "JiebaTokenizer",
    "LabelMap",
    "LabelledTexts",
    "Predictor",
    "TextCNN",
    "TextClassifier",
    "TextEncoder",
    "TextRNN",
    "TextclfError",
    "Trainer",
    "Vocab",
    "WhitespaceTokenizer",
    "Windows",
    "WordTokenizer",
    "addition_corpus",
    "create_model",
    "create_tokenizer",
    "docstring_corpus",
    "initialize_",
    "list_models",
    "metrics",
    "read_labelled",
    "resolve_device",
    "seed_everything",
]


def __getattr__(name: str) -> Any:
    """Import TextClassifier when it is asked for, since its base classes are scikit-learn's."""
    if name == "TextClassifier":
        from textclf.classifier import TextClassifier

        return TextClassifier
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
