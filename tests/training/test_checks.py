from __future__ import annotations

import pytest
from torch import nn

from textclf.data import EncodedCorpus
from textclf.errors import ArgumentError, DataError, UnknownNameError
from textclf.training import Callback
from textclf.training.checks import (
    check_callbacks,
    check_corpus,
    check_labelled,
    check_loss,
    check_training_data,
)


class Sized(nn.Module):
    def __init__(self, vocab_size=10, num_classes=3):
        super().__init__()
        self.vocab_size, self.num_classes = vocab_size, num_classes


def corpus(texts=((2, 9), (3,), (4,)), labels=(0, 1, 2), **options):
    return EncodedCorpus.from_lists(texts, labels, **options)


class TestCheckCorpus:
    def test_ids_within_the_vocabulary(self):
        check_corpus("train", Sized(), corpus())
        check_corpus("train", Sized(), EncodedCorpus.from_lists([]))

    def test_ids_outside(self):
        with pytest.raises(ArgumentError, match="above the corpus's largest id, 9. Received: 9"):
            check_corpus("train", Sized(vocab_size=9), corpus())

    def test_labels_are_not_looked_at(self):
        check_corpus("train", Sized(num_classes=2), corpus())

    def test_a_model_that_does_not_tell_its_sizes(self):
        check_corpus("train", nn.Linear(1, 1), corpus())

    @pytest.mark.parametrize(("given", "kind"), [([[2]], "list"), (None, "NoneType"), ("text", "str")])
    def test_no_corpus(self, given, kind):
        with pytest.raises(ArgumentError, match=f"`train` must be an EncodedCorpus. Received: '{kind}'"):
            check_corpus("train", Sized(), given)


class TestCheckLabelled:
    def test_the_labels_are_returned(self):
        assert check_labelled("train", Sized(), corpus()).tolist() == [0, 1, 2]

    def test_no_labels(self):
        with pytest.raises(DataError, match="`valid` must have labels. Received: none"):
            check_labelled("valid", Sized(), corpus(labels=None))

    def test_labels_outside(self):
        with pytest.raises(ArgumentError, match="`valid` must be labelled from 0 to 1, .* Received: 2"):
            check_labelled("valid", Sized(num_classes=2), corpus())

    def test_other_names_than_classes(self):
        with pytest.raises(ArgumentError, match="`valid` must be of 4 named classes, as the model is"):
            check_labelled("valid", Sized(num_classes=4), corpus(label_names=["a", "b", "c"]))

    def test_a_model_that_does_not_tell_its_sizes(self):
        check_labelled("valid", nn.Linear(1, 1), corpus(label_names=["a", "b", "c"]))

    def test_no_texts(self):
        assert check_labelled("valid", Sized(), EncodedCorpus.from_lists([], [])).shape == (0,)


class TestCheckTrainingData:
    def test_good_data(self):
        check_training_data(Sized(), corpus(), None)
        check_training_data(Sized(), corpus(), corpus([[2]], [1]))

    def test_one_empty_text_among_others(self):
        check_training_data(Sized(), corpus([[], [2]], [0, 1]), corpus([[], [2]], [0, 1]))

    @pytest.mark.parametrize("texts", [[], [[]], [[], []]])
    @pytest.mark.parametrize("which", ["train", "valid"])
    def test_no_tokens(self, texts, which):
        given = {"train": corpus(), "valid": corpus(), which: corpus(texts, [1] * len(texts))}
        with pytest.raises(
            DataError, match=f"`{which}` must have texts with tokens. .*: {len(texts)} texts"
        ):
            check_training_data(Sized(), given["train"], given["valid"])

    @pytest.mark.parametrize("labels", [[0, 0, 0], [2, 2, 2]])
    def test_one_class(self, labels):
        with pytest.raises(DataError, match="`train` must have at least two classes. Received: 1"):
            check_training_data(Sized(), corpus(labels=labels), None)

    def test_one_class_to_validate_with(self):
        check_training_data(Sized(), corpus(), corpus(labels=[1, 1, 1]))

    def test_one_class_of_tokens(self):
        tagged = corpus([[2, 3], [4]], [[1, 1], [1]], token_labels=True)
        with pytest.raises(DataError, match="`train` must have at least two classes"):
            check_training_data(Sized(), tagged, None)

    def test_labels_of_texts_and_of_tokens(self):
        tagged = corpus([[2, 3], [4]], [[1, 0], [1]], token_labels=True)
        check_training_data(Sized(), tagged, tagged)
        with pytest.raises(ArgumentError, match="with one label a text. Received: 'one label a token'"):
            check_training_data(Sized(), corpus(), tagged)
        with pytest.raises(ArgumentError, match="with one label a token. Received: 'one label a text'"):
            check_training_data(Sized(), tagged, corpus())

    def test_names_in_another_order(self):
        train, valid = corpus(label_names=["a", "b", "c"]), corpus(label_names=["c", "b", "a"])
        with pytest.raises(
            ArgumentError, match=r"`valid` must be labelled like `train`, with \('a', 'b', 'c'\)"
        ):
            check_training_data(Sized(), train, valid)
        check_training_data(Sized(), train, train)
        check_training_data(Sized(), train, corpus())


class TestSettings:
    def test_losses(self):
        check_loss(None, others=True)
        check_loss(len, others=False)
        with pytest.raises(ArgumentError, match="`loss` must be a function of logits and labels"):
            check_loss(3, others=False)
        check_loss("cross_entropy", others=True)
        with pytest.raises(UnknownNameError, match="Did you mean 'binary_cross_entropy'"):
            check_loss("binary_crossentropy", others=False)
        with pytest.raises(ArgumentError, match="`loss` must be None with class_weight or label_smoothing"):
            check_loss(len, others=True)

    def test_callbacks(self):
        check_callbacks([])
        check_callbacks((Callback(),))
        for wrong in (Callback(), [print], "callback"):
            with pytest.raises(ArgumentError, match="`callbacks` must be a list of textclf.training.Call"):
                check_callbacks(wrong)
