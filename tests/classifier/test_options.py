from __future__ import annotations

import inspect

import pytest

from textclf import TextClassifier, list_models
from textclf.classifier.options import GROUPS, check_group, merged, unnested
from textclf.data import TextEncoder
from textclf.embedding import EmbeddingLoader
from textclf.errors import ArgumentError, UnknownNameError, UnknownOptionError
from textclf.models import create_model
from textclf.training import Trainer

OWN = list(TextClassifier().get_params(deep=False))


class TestMisspelt:
    @pytest.mark.parametrize(
        ("option", "message"),
        [
            (
                "epoch",
                "`epoch` must be an option of TextClassifier. Received: epoch=3. Did you mean 'epochs'",
            ),
            ("modle", "Did you mean 'model'"),
            ("clas_weight", "Did you mean 'class_weight'"),
            ("weight_deca", "Did you mean 'weight_decay'"),
            ("num_filters", r"one of the model options: pass model_options=\{'num_filters': 3\}"),
            ("keep", "one of the encoder options: pass encoder_options"),
            ("unknown", "one of the embedding options: pass embedding_options"),
            ("weight_decay", "one of the trainer options: pass trainer_options"),
            ("xyzzy", "Known: .*batch_size.*weight_decay"),
            ("token_labels", "`token_labels` must be an option of TextClassifier"),
        ],
    )
    def test_of_the_classifier(self, option, message):
        with pytest.raises(UnknownOptionError, match=message):
            TextClassifier(**{option: 3})

    def test_the_model_says_which_options_there_are(self):
        with pytest.raises(UnknownOptionError, match="It is one of the model options"):
            TextClassifier("bilstm", num_layers=2)
        with pytest.raises(UnknownOptionError, match="Did you mean 'num_layers'"):
            TextClassifier(model="gru", num_layer=2)

    @pytest.mark.parametrize(
        ("group", "options", "message"),
        [
            ("model_options", {"num_filter": 3}, "options of model 'textcnn'.*Did you mean 'num_filters'"),
            ("encoder_options", {"kep": "head"}, "options of TextEncoder.*Did you mean 'keep'"),
            ("embedding_options", {"unknwn": "zero"}, "of EmbeddingLoader.*Did you mean 'unknown'"),
            ("trainer_options", {"accumulat": 2}, "of Trainer.*Did you mean 'accumulate'"),
            ("model_options", {"vocab_size": 3}, "must hold options of model"),
        ],
    )
    def test_in_a_group(self, group, options, message):
        with pytest.raises(UnknownOptionError, match=message):
            check_group(group, options, "textcnn", OWN)

    def test_models_that_hand_their_options_on(self):
        with pytest.raises(UnknownOptionError, match="Did you mean 'hidden_dim'"):
            check_group("model_options", {"hiden_dim": 3}, "dan", OWN)
        assert check_group("model_options", {"max_length": 3}, "mlp", OWN) == {"max_length": 3}


class TestGroups:
    def test_none_is_no_options_and_a_group_is_copied(self):
        given = {"dropout": 0.1}
        assert check_group("model_options", None, "textcnn", OWN) == {}
        checked = check_group("model_options", given, "textcnn", OWN)
        assert checked == given
        assert checked is not given

    @pytest.mark.parametrize("options", [3, "dropout", ["dropout"]])
    def test_what_is_no_dictionary(self, options):
        with pytest.raises(ArgumentError, match="`model_options` must be a dictionary of options"):
            check_group("model_options", options, "textcnn", OWN)

    @pytest.mark.parametrize(
        ("group", "name"),
        [("trainer_options", "epochs"), ("encoder_options", "min_freq"), ("embedding_options", "seed")],
    )
    def test_no_option_has_two_places(self, group, name):
        with pytest.raises(
            ArgumentError, match=f"without '{name}', which is an argument of its own.*Pass {name}=3"
        ):
            check_group(group, {name: 3}, "textcnn", OWN)

    def test_an_unknown_model(self):
        with pytest.raises(UnknownNameError, match="`model` must be a registered name"):
            check_group("model_options", {"dropout": 0}, "texcn", OWN)


class TestEveryOptionOfTheCoreCanBeReached:
    def reached(self, group, names, model="textcnn"):
        """Return the options that are neither an argument nor accepted in the group."""
        missed = []
        for name in names:
            try:
                check_group(group, {name: None}, model, OWN)
            except ArgumentError:  # an argument of its own
                assert name in OWN
            except UnknownOptionError:
                missed.append(name)
        return missed

    @pytest.mark.parametrize(
        ("group", "function", "data"),
        [
            ("encoder_options", TextEncoder.build_and_encode, ["texts", "labels", "token_labels"]),
            ("embedding_options", EmbeddingLoader, ["path"]),
            ("trainer_options", Trainer, []),
        ],
    )
    def test_of_encoder_vectors_and_trainer(self, group, function, data):
        missed = self.reached(group, inspect.signature(function).parameters)
        assert [name for name in missed if name != "model"] == data

    @pytest.mark.parametrize("model", list_models())
    def test_of_every_model(self, model):
        names = create_model(model, vocab_size=2, num_classes=2).config
        missed = self.reached("model_options", names, model)
        assert set(missed) <= {"vocab_size", "num_classes", "embedding"}


def test_names_in_groups_come_and_go():
    params = {"epochs": 3, "model_options": {"dropout": 0.2}, "trainer_options": None}
    deep = unnested(params)
    assert deep == {**params, "model_options__dropout": 0.2}
    back = merged({name: value for name, value in deep.items() if "__" in name}, params)
    assert back == {"model_options": {"dropout": 0.2}}
    assert merged({"trainer_options__ema_decay": 0.9}, params) == {"trainer_options": {"ema_decay": 0.9}}
    assert set(GROUPS) <= set(OWN)
