"""From files to batches: readers, encoded corpora, and the loader that pads them."""

from textclf.data.addition import AdditionCorpus, addition_corpus
from textclf.data.batches import IGNORED_LABEL, Batch, BatchLoader
from textclf.data.buffer import MEMORY_MAP_ABOVE
from textclf.data.cache import cached_corpus, cached_encoder
from textclf.data.corpus import EncodedCorpus
from textclf.data.docstrings import DocstringCorpus, docstring_corpus
from textclf.data.encoder import TextEncoder
from textclf.data.file_format import FileFormat
from textclf.data.heads import head_of, joint_corpus
from textclf.data.labelled_texts import LabelledTexts
from textclf.data.readers import LabelledFile, TextFile, read_labelled, read_texts
from textclf.data.recognition import recognise_format

__all__ = [
    "IGNORED_LABEL",
    "MEMORY_MAP_ABOVE",
    "AdditionCorpus",
    "Batch",
    "BatchLoader",
    "DocstringCorpus",
    "EncodedCorpus",
    "FileFormat",
    "LabelledFile",
    "LabelledTexts",
    "TextEncoder",
    "TextFile",
    "addition_corpus",
    "cached_corpus",
    "cached_encoder",
    "docstring_corpus",
    "head_of",
    "joint_corpus",
    "read_labelled",
    "read_texts",
    "recognise_format",
]
