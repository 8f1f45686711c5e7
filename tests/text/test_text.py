from __future__ import annotations

import importlib

import pytest

import textclf.text

MODULES = [
    "cleaning",
    "cuts",
    "ids",
    "jieba_words",
    "labels",
    "plain_labels",
    "tokenizer_config",
    "tokenizers",
    "vocab",
    "vocab_file",
    "words",
]


def test_all_names_are_there_and_sorted():
    assert len(set(textclf.text.__all__)) == len(textclf.text.__all__)
    for name in textclf.text.__all__:
        assert hasattr(textclf.text, name)


@pytest.mark.parametrize("module", ["jieba_words", "labels", "tokenizer_config", "tokenizers", "vocab"])
def test_what_a_public_module_offers_is_offered_here(module):
    for name in importlib.import_module(f"textclf.text.{module}").__all__:
        assert name in textclf.text.__all__


@pytest.mark.parametrize("module", MODULES)
def test_every_module_says_what_it_offers(module):
    loaded = importlib.import_module(f"textclf.text.{module}")
    for name in loaded.__all__:
        assert getattr(loaded, name).__doc__ or name.isupper() or name in ("Label", "Form")
