"""From files to batches: readers, encoded corpora, and the loader that pads them."""

from textclf.data.addition import AdditionCorpus, addition_corpus
from textclf.data.batches import IGNORED_LABEL, Batch, BatchLoader
from textclf.data.buffer import MEMORY_MAP_ABOVE
from textclf.data.cache import cached_corpus, cached_encoder
from textclf.data.corpus import EncodedCorpus
from textclf.data.docstrings import DocstringCorpus, docstring_corpus
from textclf.data.encoder import TextEncoder
from textclf.data.readers import LabelledFile, LabelledTexts, read_labelled

__all__ = [
    "IGNORED_LABEL",
    "MEMORY_MAP_ABOVE",
    "AdditionCorpus",
    "Batch",
    "BatchLoader",
    "DocstringCorpus",
    "EncodedCorpus",
    "LabelledFile",
    "LabelledTexts",
    "TextEncoder",
    "addition_corpus",
    "cached_corpus",
    "cached_encoder",
    "docstring_corpus",
    "read_labelled",
]
