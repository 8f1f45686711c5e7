from __future__ import annotations

import inspect
import json
from typing import Required, get_origin, get_type_hints

import pytest
import torch
from torch import Tensor

from textclf.errors import UnknownOptionError
from textclf.layers import mean_pool
from textclf.models import MODELS, TextCNN, TextModel, TextOptions, model_from_config, records_options

SIZES = {"vocab_size": 6, "num_classes": 2}
IDS, LENGTHS = torch.tensor([[5, 3, 2], [4, 0, 0]]), torch.tensor([3, 1])


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget after each test what it registered."""
    monkeypatch.setattr(MODELS, "_factories", dict(MODELS._factories))


def assert_made_again(model: TextModel) -> None:
    MODELS.register("mine")(type(model))
    again = model_from_config("mine", json.loads(json.dumps(model.config)))
    assert again.config == model.config
    again.load_state_dict(model.state_dict())
    assert torch.equal(again.eval()(IDS, LENGTHS), model.eval()(IDS, LENGTHS))


class Scaled(TextCNN):
    """Has an option more than its parent, and another default of one."""

    @records_options
    def __init__(self, *, scale: float = 2.0, dropout: float = 0.1, **options) -> None:
        super().__init__(dropout=dropout, **options)
        self.scale = scale

    def features(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        return self.scale * super().features(embedded, lengths)


def test_the_options_for_a_type_checker_are_those_of_a_text_model():
    stated = get_type_hints(TextModel.__init__)
    del stated["return"]
    assert get_type_hints(TextOptions) == stated
    required = {n for n, p in inspect.signature(TextModel).parameters.items() if p.default is p.empty}
    marked = get_type_hints(TextOptions, include_extras=True).items()
    assert {name for name, kind in marked if get_origin(kind) is Required} == required


class TestSignature:
    def test_has_the_options_of_the_parent_in_the_place_of_the_rest(self):
        own, parent = inspect.signature(Scaled).parameters, inspect.signature(TextCNN).parameters
        assert set(own) == {*parent, "scale"}
        assert own["kernel_widths"].default == (3, 4, 5)
        assert own["dropout"].default == 0.1
        assert list(own)[:2] == ["vocab_size", "num_classes"]

    def test_keeps_positional_arguments_first(self):
        class Fixed(TextModel):
            @records_options
            def __init__(self, vocab_size, num_classes=2, **options):
                super().__init__(vocab_size=vocab_size, num_classes=num_classes, **options)

        class Wider(Fixed):
            @records_options
            def __init__(self, **options):
                super().__init__(**options)

        assert list(inspect.signature(Fixed).parameters)[:2] == ["vocab_size", "num_classes"]
        kinds = {p.kind for p in inspect.signature(Wider).parameters.values()}
        assert kinds == {inspect.Parameter.KEYWORD_ONLY}
        assert Fixed(6, embed_dim=3).config["embed_dim"] == 3

    def test_of_a_class_without_an_init_of_its_own(self):
        class Plain(TextCNN):
            def features(self, embedded, lengths):
                return super().features(embedded, lengths) + 1

        assert inspect.signature(Plain) == inspect.signature(TextCNN)
        assert_made_again(Plain(**SIZES, num_filters=5))


class TestConfig:
    def test_has_every_option_through_all_classes(self):
        model = Scaled(**SIZES, num_filters=5, embed_dim=4)
        assert set(model.config) == set(inspect.signature(Scaled).parameters)
        expected = {
            "num_filters": 5,
            "embed_dim": 4,
            "scale": 2.0,
            "dropout": 0.1,
            "embedding_dropout": 0.2,
        }
        assert {name: model.config[name] for name in expected} == expected
        assert_made_again(model)

    def test_leaves_out_what_a_class_has_chosen_for_its_parent(self):
        class Alone(TextCNN):
            @records_options
            def __init__(self, **options):
                super().__init__(ngrams=2, **options)

        class Narrow(TextCNN):
            @records_options
            def __init__(self, **options):
                super().__init__(**{"num_filters": 5, **options})

        assert "ngrams" not in Alone(**SIZES).config
        assert_made_again(Alone(**SIZES))
        assert Narrow(**SIZES, num_filters=7).config["num_filters"] == 7
        MODELS._factories.pop("mine")
        assert_made_again(Narrow(**SIZES))

    def test_of_a_class_that_hands_on_nothing(self):
        class Bare(TextModel):
            @records_options
            def __init__(self, *, vocab_size, num_classes):
                super().__init__(vocab_size=vocab_size, num_classes=num_classes)
                self.add_classifier(100)

            def features(self, embedded, lengths):
                return mean_pool(embedded, lengths)

        assert Bare(**SIZES).config == SIZES
        assert_made_again(Bare(**SIZES))

    def test_a_class_that_does_not_record_has_none(self):
        class Silent(TextCNN):
            def __init__(self, width):
                super().__init__(**SIZES, kernel_widths=[width])

        assert not hasattr(Silent(3), "config")


@pytest.mark.parametrize(("wrong", "near"), [("scal", "scale"), ("kernel_width", "kernel_widths")])
def test_a_misspelt_option_has_near_matches_of_every_class(wrong, near):
    with pytest.raises(UnknownOptionError, match=f"`{wrong}` must be an option of Scaled.*'{near}'"):
        Scaled(**SIZES, **{wrong: 1})
    with pytest.raises(UnknownOptionError, match="option of Scaled.*Did you mean 'token_dropout'"):
        Scaled(**SIZES, token_dropuot=0.1)
