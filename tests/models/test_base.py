from __future__ import annotations

import copy
import inspect
import json

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from textclf.errors import ArgumentError, UnknownNameError, UnknownOptionError
from textclf.layers import mean_pool
from textclf.models import (
    MLP,
    MODELS,
    Classifier,
    TextCNN,
    TextModel,
    TextRNN,
    create_model,
    list_models,
    model_from_config,
    model_name,
    records_options,
)

IDS, LENGTHS = torch.tensor([[5, 3, 2], [4, 0, 0]]), torch.tensor([3, 1])


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget after each test what it registered."""
    monkeypatch.setattr(MODELS, "_factories", dict(MODELS._factories))


def vectors(rows: int = 6, columns: int = 4) -> Tensor:
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(0))


class Averager(TextModel):
    """Names the options it has: ``embedding_mode`` is none of them."""

    @records_options
    def __init__(self, *, vocab_size, num_classes, embedding=None, embed_dim=None, dropout=0.0):
        super().__init__(
            vocab_size=vocab_size,
            num_classes=num_classes,
            embedding=embedding,
            embed_dim=embed_dim,
            dropout=dropout,
        )
        self.add_classifier(self.embedding.output_dim)

    def features(self, embedded, lengths):
        return mean_pool(embedded, lengths)


class Deep(TextModel):
    """Passes on all options that it does not know."""

    @records_options
    def __init__(self, *, depth=1, shape=(2, 3), **options):
        super().__init__(**options)
        size = self.embedding.output_dim
        self.stack = nn.Sequential(*(nn.Linear(size, size) for _ in range(depth)))
        self.add_classifier(size)

    def features(self, embedded, lengths):
        return self.stack(mean_pool(embedded, lengths))


class Fixed(TextModel):
    """Has no option for vectors, and takes its sizes by position."""

    @records_options
    def __init__(self, vocab_size, num_classes):
        super().__init__(vocab_size=vocab_size, num_classes=num_classes, embed_dim=4)
        self.add_classifier(4)

    def features(self, embedded, lengths):
        return mean_pool(embedded, lengths)


def assert_made_again(model: TextModel) -> None:
    """Through JSON and back: another model of the same class that takes the weights."""
    config = json.loads(json.dumps(model.config))
    again = model_from_config(model_name(model), config)
    assert type(again) is type(model)
    assert again.config == model.config
    again.load_state_dict(model.state_dict())
    assert torch.equal(again.eval()(IDS, LENGTHS), model.eval()(IDS, LENGTHS))


class TestCreateModel:
    def test_makes_every_model_of_the_list(self):
        assert {"textcnn", "textrnn", "bilstm", "mlp", "dan"} <= set(list_models())
        for name in list_models():
            model = create_model(name, vocab_size=6, num_classes=2)
            assert isinstance(model, Classifier)
            assert (model.vocab_size, model.num_classes) == (6, 2)

    def test_the_list_is_in_order(self):
        assert list_models() == sorted(list_models())

    @pytest.mark.parametrize(
        ("name", "near"),
        [
            ("TextCNN", "'textcnn'"),
            ("texcnn", "'textcnn'"),
            ("bi-lstm", "'bilstm' or 'lstm'"),
            ("MLP", "'mlp'"),
        ],
    )
    def test_unknown_name_has_near_matches(self, name, near):
        with pytest.raises(
            UnknownNameError, match=rf"`model` must be .* Received: '{name}'. Did you mean {near}"
        ):
            create_model(name, vocab_size=6, num_classes=2)

    @pytest.mark.parametrize("name", ["zebra", "", None, 3])
    def test_name_like_no_other_lists_them_all(self, name):
        with pytest.raises(UnknownNameError, match=f"Known: {', '.join(MODELS.names())}"):
            create_model(name, vocab_size=6, num_classes=2)

    def test_misspelt_option_has_near_matches(self):
        with pytest.raises(
            UnknownOptionError, match=r"option of model 'textcnn'.*Did you mean 'kernel_widths'\?"
        ):
            create_model("textcnn", vocab_size=6, num_classes=2, kernal_widths=(3,))

    @pytest.mark.parametrize(
        ("made", "owner", "wrong", "near"),
        [
            (TextCNN, "TextCNN", "kernal_widths", "kernel_widths"),
            (TextRNN, "TextRNN", "bidirectionnal", "bidirectional"),
            (MLP, "MLP", "activasion", "activation"),
        ],
    )
    def test_misspelt_option_of_the_class_itself(self, made, owner, wrong, near):
        with pytest.raises(
            UnknownOptionError, match=rf"`{wrong}` must be an option of {owner}\..*'{near}'\?"
        ):
            made(vocab_size=6, num_classes=2, **{wrong: 1})

    def test_embedding_reaches_the_model(self):
        model = create_model("dan", vocab_size=6, num_classes=2, embedding=vectors(), embedding_std=None)
        assert torch.equal(model.embedding.channels[0].weight[1:], vectors()[1:])
        assert model.embedding.mode == "non-static"

    @pytest.mark.parametrize("bad", [0, -0.1, float("nan"), "0.1", True])
    def test_embedding_std(self, bad):
        with pytest.raises(
            ArgumentError, match="`embedding_std` must be a finite number above 0. Received: "
        ):
            create_model("mlp", vocab_size=6, num_classes=2, embedding_std=bad)

    @pytest.mark.parametrize("missing", ["vocab_size", "num_classes"])
    def test_sizes_must_be_given(self, missing):
        sizes = {"vocab_size": 6, "num_classes": 2}
        del sizes[missing]
        with pytest.raises(TypeError, match=missing):
            create_model("mlp", **sizes)

    @pytest.mark.parametrize(
        ("name", "options"),
        [
            ("textrnn", {"hidden_dim": np.uint8(5), "num_layers": np.int64(2), "cell": "gru"}),
            ("mlp", {"hidden_dim": np.int16(5), "max_length": np.int64(7)}),
            ("textcnn", {"kernel_widths": list(np.array([2, 3])), "num_filters": np.int64(4)}),
        ],
    )
    def test_numbers_of_numpy_are_numbers(self, name, options):
        sizes = {"vocab_size": np.int64(6), "num_classes": np.int32(2), "embed_dim": np.int64(4)}
        model = create_model(name, **sizes, **options, dropout=np.float32(0.5))
        assert type(model.vocab_size) is type(model.num_classes) is int
        assert type(model.embedding.embed_dim) is int
        assert_made_again(model)


class TestConfig:
    @pytest.mark.parametrize("made", [TextCNN, TextRNN, MLP])
    def test_has_every_option_with_what_was_resolved(self, made):
        config = made(vocab_size=6, num_classes=2).config
        options = inspect.signature(made).parameters
        expected = {name: option.default for name, option in options.items()}
        expected |= {"vocab_size": 6, "num_classes": 2, "embed_dim": 100, "embedding_mode": "random"}
        expected = {k: list(v) if isinstance(v, tuple) else v for k, v in expected.items()}
        assert config == expected

    def test_has_the_shape_of_the_vectors_and_their_mode(self):
        config = create_model("dan", vocab_size=6, num_classes=2, embedding=vectors()).config
        assert config["embedding"] == [6, 4]
        assert config["embed_dim"] == 4
        assert config["embedding_mode"] == "non-static"

    def test_is_not_the_list_that_the_caller_gave(self):
        widths = [2, 3]
        model = create_model("textcnn", vocab_size=6, num_classes=2, kernel_widths=widths)
        widths.append(99)
        assert model.config["kernel_widths"] == [2, 3]

    def test_making_a_model_again_leaves_the_config_as_it_is(self):
        config = create_model("dan", vocab_size=6, num_classes=2, embedding=vectors()).config
        before = copy.deepcopy(config)
        model_from_config("mlp", config)
        assert config == before

    @pytest.mark.parametrize(
        ("changes", "error", "message"),
        [
            ({"hiden_dim": 5}, UnknownOptionError, "Did you mean 'hidden_dim'"),
            ({"hidden_dim": "5"}, ArgumentError, "`hidden_dim` must be an integer of at least 1"),
            ({"embedding": [7, 4]}, ArgumentError, "`embedding` must be of 6 rows"),
            ({"embedding": [6, -4]}, ArgumentError, "`embedding` must be an integer of at least 1"),
            ({"embedding": [6]}, ArgumentError, "`embedding` must be a tensor of shape"),
            ({"embedding": "vectors"}, ArgumentError, "`embedding` must be an integer of at least 1"),
        ],
    )
    def test_one_that_was_tampered_with(self, changes, error, message):
        config = create_model("mlp", vocab_size=6, num_classes=2, embedding=vectors()).config
        with pytest.raises(error, match=message):
            model_from_config("mlp", {**config, **changes})

    def test_of_an_unknown_model(self):
        with pytest.raises(UnknownNameError, match="Did you mean 'mlp'"):
            model_from_config("mlpp", {})


class TestModelName:
    def test_is_the_name_of_the_class_and_not_the_alias(self):
        assert model_name(create_model("bilstm", vocab_size=6, num_classes=2)) == "textrnn"
        assert model_name(create_model("dan", vocab_size=6, num_classes=2)) == "mlp"
        assert model_name(TextCNN(vocab_size=6, num_classes=2)) == "textcnn"

    @pytest.mark.parametrize("model", [nn.Linear(2, 2), Averager(vocab_size=6, num_classes=2)])
    def test_refuses_a_class_that_is_not_registered(self, model):
        kind = type(model).__name__
        with pytest.raises(
            ArgumentError, match=f"`model` must be of a registered class.* Received: '{kind}'"
        ):
            model_name(model)

    def test_a_subclass_does_not_pass_for_its_parent(self):
        class Mine(TextCNN):
            """Another architecture under the same options."""

        with pytest.raises(ArgumentError, match="Decorate the class with @MODELS.register"):
            model_name(Mine(vocab_size=6, num_classes=2))


class TestModelOfOnesOwn:
    def test_is_made_by_name(self):
        MODELS.register("my-averager")(Averager)
        assert "my-averager" in list_models()
        model = create_model("my-averager", vocab_size=6, num_classes=2, embed_dim=4).eval()
        assert type(model) is Averager
        assert model_name(model) == "my-averager"
        expected = model.classifier(model.embedding(IDS, LENGTHS).sum(dim=1) / LENGTHS[:, None])
        assert torch.allclose(model(IDS, LENGTHS), expected, atol=1e-6)

    @pytest.mark.parametrize("options", [{}, {"embed_dim": 5}, {"embedding": vectors()}, {"dropout": 0.3}])
    def test_is_made_again_from_its_config(self, options):
        MODELS.register("my-averager")(Averager)
        assert_made_again(create_model("my-averager", vocab_size=6, num_classes=3, **options))

    @pytest.mark.parametrize("mode", ["static", "non-static", "multichannel", "auto"])
    def test_may_pass_on_the_options_it_does_not_know(self, mode):
        MODELS.register("my-deep")(Deep)
        model = create_model(
            "my-deep", vocab_size=6, num_classes=2, depth=2, embedding=vectors(), embedding_mode=mode
        )
        assert model.config["depth"] == 2
        assert model.config["shape"] == [2, 3]
        assert "options" not in model.config
        assert_made_again(model)

    def test_option_that_neither_knows_has_near_matches(self):
        MODELS.register("my-deep")(Deep)
        with pytest.raises(
            UnknownOptionError, match=r"`token_dropuot` must be .* Did you mean 'token_dropout'"
        ):
            create_model("my-deep", vocab_size=6, num_classes=2, token_dropuot=0.1)

    def test_may_have_no_option_for_vectors(self):
        MODELS.register("my-fixed")(Fixed)
        assert_made_again(create_model("my-fixed", vocab_size=6, num_classes=2))
        with pytest.raises(UnknownOptionError, match="`embedding` must be an option of model 'my-fixed'"):
            create_model("my-fixed", vocab_size=6, num_classes=2, embedding=vectors())

    def test_may_take_positional_arguments(self):
        MODELS.register("my-fixed")(Fixed)
        model = Fixed(6, 2)
        assert model.config == {"vocab_size": 6, "num_classes": 2}
        assert_made_again(model)

    def test_may_extend_a_model_of_the_zoo(self):
        @MODELS.register("my-cnn")
        class Mine(TextCNN):
            """TextCNN whose features are scaled."""

            @records_options
            def __init__(self, *, scale=2.0, **options):
                super().__init__(**{"num_filters": 5, **options})
                self.scale = scale

            def features(self, embedded, lengths):
                return self.scale * super().features(embedded, lengths)

        model = create_model("my-cnn", vocab_size=6, num_classes=2, scale=3.0, kernel_widths=(2,))
        assert model_name(model) == "my-cnn"
        assert model.config["scale"] == 3.0
        assert model.config["kernel_widths"] == [2]
        assert_made_again(model)

    def test_a_taken_name_is_refused(self):
        with pytest.raises(ArgumentError, match="free in the model registry. Received: 'textcnn'"):
            MODELS.register("textcnn")(Averager)
        assert MODELS.get("textcnn") is TextCNN

    def test_the_registry_forgets_between_the_tests(self):
        assert not [name for name in list_models() if name.startswith("my-")]

    def test_checks_its_input_too(self):
        with pytest.raises(ArgumentError, match="`token_ids` must be from 0 to 5"):
            Averager(vocab_size=6, num_classes=2)(torch.tensor([[6]]), torch.tensor([1]))

    def test_learns(self):
        torch.manual_seed(0)
        model = Averager(vocab_size=6, num_classes=2, embed_dim=4)
        stepper = torch.optim.Adam(model.parameters(), lr=0.1)
        for _ in range(50):
            stepper.zero_grad()
            loss = nn.functional.cross_entropy(model(IDS, LENGTHS), torch.tensor([0, 1]))
            loss.backward()
            stepper.step()
        assert loss.item() < 0.05


class TestClassifier:
    def test_says_nothing_of_its_call(self):
        class Bare(Classifier):
            """Forgets to write ``forward``."""

        with pytest.raises(NotImplementedError, match="Bare must say how, in `forward`"):
            Bare(vocab_size=6, num_classes=2)(IDS, LENGTHS)


class TestTextModel:
    def test_says_nothing_of_features(self):
        class Bare(TextModel):
            """Forgets to write ``features``."""

        model = Bare(vocab_size=6, num_classes=2)
        with pytest.raises(NotImplementedError, match="Bare must say how, in `features`"):
            model(IDS, LENGTHS)

    def test_misspelt_option(self):
        with pytest.raises(UnknownOptionError, match="option of TextModel.*Did you mean 'embed_dim'"):
            TextModel(vocab_size=6, num_classes=2, embed_dims=3)

    def test_dropout_falls_on_the_features(self):
        torch.manual_seed(0)
        model = Averager(vocab_size=6, num_classes=2, embed_dim=400, dropout=0.5)
        seen = []
        model.classifier.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
        model(IDS, LENGTHS)
        assert seen[0].eq(0).float().mean().item() == pytest.approx(0.5, abs=0.06)
