"""From text to numbers and back: tokenizers, the vocabulary and the labels."""

from __future__ import annotations

from textclf.text.jieba_words import JiebaTokenizer
from textclf.text.labels import Label, LabelMap
from textclf.text.tokenizer_config import (
    create_tokenizer,
    list_tokenizers,
    tokenizer_config,
    tokenizer_from_config,
)
from textclf.text.tokenizers import (
    TOKENIZERS,
    CharTokenizer,
    PieceTokenizer,
    Tokenizer,
    WhitespaceTokenizer,
    WordTokenizer,
    works_by_pieces,
)
from textclf.text.vocab import PAD, PAD_ID, UNK, UNK_ID, Vocab

__all__ = [
    "PAD",
    "PAD_ID",
    "TOKENIZERS",
    "UNK",
    "UNK_ID",
    "CharTokenizer",
    "JiebaTokenizer",
    "Label",
    "LabelMap",
    "PieceTokenizer",
    "Tokenizer",
    "Vocab",
    "WhitespaceTokenizer",
    "WordTokenizer",
    "create_tokenizer",
    "list_tokenizers",
    "tokenizer_config",
    "tokenizer_from_config",
    "works_by_pieces",
]
