"""Every parameter is checked before a text is read; what is done then is tested in test_estimator."""

from __future__ import annotations

import pytest

from textclf import TextClassifier
from textclf.classifier.core import Core
from textclf.errors import (
    ArgumentError,
    DeviceError,
    UnknownNameError,
    UnknownOptionError,
)


def core(**options):
    classifier = TextClassifier(**options)
    return Core(classifier.get_params(deep=False), classifier._groups())


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"model": "texcnn"}, UnknownNameError, "Did you mean 'textcnn'"),
        ({"model": "rnn_tagger"}, ArgumentError, "`model` must be one that labels texts"),
        ({"model": None}, UnknownNameError, "`model` must be a registered name"),
        ({"tokenizer": "wrd"}, UnknownNameError, "Did you mean 'word'"),
        ({"tokenizer": 3}, ArgumentError, "`tokenizer` must be"),
        ({"embedding": "no-such-file"}, FileNotFoundError, "no-such-file"),
        (
            {"embedding_options": {"unknown": "zero"}},
            ArgumentError,
            "`embedding_options` must be empty without",
        ),
        ({"epochs": 0}, ArgumentError, "`epochs` must be an integer of at least 1"),
        ({"batch_size": 1.5}, ArgumentError, "`batch_size` must be"),
        ({"learning_rate": 0}, ArgumentError, "`learning_rate` must be"),
        ({"patience": 0}, ArgumentError, "`patience` must be"),
        ({"monitor": "acuracy"}, UnknownNameError, "Did you mean 'accuracy'"),
        ({"sampling": "smote"}, ArgumentError, "`sampling` must be one of 'oversample', 'undersample'"),
        ({"validation_share": 1.0}, ArgumentError, "`validation_share` must be"),
        ({"temperature": 0}, ArgumentError, "`temperature` must be a finite number above 0"),
        ({"temperature": "hot"}, ArgumentError, "`temperature` must be 'auto' or a number above 0"),
        ({"seed": -1}, ArgumentError, "`seed` must be"),
        ({"device": "tpu"}, ArgumentError, "`device` must be"),
        ({"device": "cpu", "precision": "fp16"}, DeviceError, "`precision` must be"),
        ({"windows": "2"}, ArgumentError, "`windows` must be a textclf.Windows"),
        (
            {"model": "mlp", "windows": 3, "model_options": {"max_length": 2, "ngrams": 0}},
            ArgumentError,
            "`windows` must be of at most 2 tokens",
        ),
        ({"progress": 1}, ArgumentError, "`progress` must be"),
        ({"model_options": {"dropout": 2}}, ArgumentError, "`dropout` must be"),
        ({"trainer_options": {"weight_decay": -1}}, ArgumentError, "`weight_decay` must be"),
        ({"trainer_options": {"loss": 3}}, ArgumentError, "`loss` must be a function"),
        (
            {"model": "fasttext", "model_options": {"dropout": 0}},
            UnknownOptionError,
            "options of model 'fasttext'",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_before_a_text_is_read(options, error, message):
    with pytest.raises(error, match=message):
        core(**options)


def test_the_smallest_model_has_vectors_where_the_real_one_has(tmp_path):
    (tmp_path / "vectors.txt").write_text("good 1 0 2\nbad 0 1 1\n")
    its = core(embedding=tmp_path / "vectors.txt", model_options={"embedding_mode": "static"})
    assert its.vectors.dim == 3
    with pytest.raises(UnknownOptionError, match="`embedding` must be an option of model 'fasttext'"):
        core(model="fasttext", embedding=tmp_path / "vectors.txt")


def test_a_model_that_learns_at_its_start_needs_no_validation_data():
    assert core(model="fasttext").validation_share is None
    assert core(model="fasttext", validation_share=0.2).validation_share == 0.2
    assert core(model="dan").validation_share == "auto"
