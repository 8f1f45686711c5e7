"""Neural text classification on PyTorch: from labelled text to a classifier that can be trusted."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textclf import metrics
    from textclf.classifier import TextClassifier, TextEnsemble
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
    from textclf.tagger import Tagger
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
    "Tagger",
    "TextCNN",
    "TextClassifier",
    "TextEncoder",
    "TextEnsemble",
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


_ROOMS = {
    "classifier": "TextClassifier TextEnsemble",
    "data": "AdditionCorpus DocstringCorpus EncodedCorpus LabelledTexts TextEncoder"
    " addition_corpus docstring_corpus read_labelled",
    "device": "resolve_device seed_everything",
    "embedding": "EmbeddingLoader",
    "errors": "TextclfError",
    "init": "initialize_",
    "metrics": "",
    "models": "MLP TextCNN TextRNN create_model list_models",
    "predictor": "Predictor",
    "tagger": "Tagger",
    "text": "CharTokenizer JiebaTokenizer LabelMap Vocab WhitespaceTokenizer WordTokenizer"
    " create_tokenizer",
    "training": "Callback History Trainer",
    "windows": "Windows",
}
_HOMES = {name: room for room, names in _ROOMS.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for, since PyTorch and scikit-learn take seconds to load."""
    if name in _ROOMS:
        return importlib.import_module(f"textclf.{name}")
    if name in _HOMES:
        value = globals()[name] = getattr(importlib.import_module(f"textclf.{_HOMES[name]}"), name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOMS, *__all__})
