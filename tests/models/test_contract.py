"""What every model promises, tested over the list of models: a new model is tested by being there.

A model whose options change how it treats padding has those options in ``VARIANTS``.
"""

from __future__ import annotations

import copy
import itertools
import json
import math
import random

import pytest
import torch
from torch import Tensor, nn

from textclf.errors import ArgumentError, UnknownOptionError
from textclf.layers import NgramScores
from textclf.models import Classifier, TextModel, create_model, list_models, model_from_config, model_name

V, D = 30, 16
MODES = ("random", "static", "non-static", "multichannel")
LINEAR = ["fasttext"]  # models without an embedding
NEURAL = [name for name in list_models() if name not in LINEAR]
NETWORK_ALONE = {"dropout": 0.0, "embedding_dropout": 0.0, "ngrams": 0}
VARIANTS: list[tuple[str, dict[str, object]]] = [
    ("textcnn", {"kernel_widths": [1, 2, 4, 9], "num_filters": [3, 4, 5, 6]}),
    ("textcnn", {"ngrams": 0}),
    ("textcnn", {"ngrams": 4}),
    ("mlp", {"max_length": 4}),
    ("mlp", {"max_length": 4, "activation": "gelu"}),
    ("textrnn", {"pooling": "last"}),
    ("textrnn", {"pooling": "mean", "num_layers": 2}),
    ("textrnn", {"pooling": "attention", "bidirectional": True, "num_layers": 2}),
    ("textrnn", {"pooling": "last", "bidirectional": True, "num_layers": 2, "cell": "gru"}),
    ("textrnn", {"pooling": "mean", "cell": "rnn", "nonlinearity": "relu", "bidirectional": True}),
    ("textrnn", {"cell": "lstm_by_hand", "bidirectional": True, "pooling": "last"}),
    ("textrnn", {"cell": "gru_by_hand", "num_layers": 2, "initial_state": "gaussian"}),
    ("textrnn", {"cell": "lstm", "bidirectional": True, "initial_state": "xavier_tanh", "pooling": "mean"}),
    ("textrnn", {"cell": "rnn", "initial_state": "gaussian_x10", "pooling": "last"}),
    ("dpcnn", {"num_filters": 8, "num_blocks": 1}),
    ("rcnn", {"cell": "rnn", "hidden_dim": 5}),
    ("transformer", {"positions": "sinusoidal", "max_length": 4}),
    ("transformer", {"pooling": "cls", "num_layers": 1}),
    ("transformer", {"pooling": "attention", "max_length": 4, "ngrams": 0}),
    ("fasttext", {"ngrams": 1}),
    ("fasttext", {"ngrams": 3, "buckets": 64}),
]
EVERY_NEURAL = pytest.mark.parametrize("name", NEURAL)
EVERY = pytest.mark.parametrize("name", list_models())
EVERY_VARIANT = pytest.mark.parametrize(
    ("name", "options"),
    [pytest.param(name, {}, id=name) for name in list_models()]
    + [pytest.param(name, o, id=f"{name} {' '.join(map(str, o.values()))}") for name, o in VARIANTS],
)
EVERY_CASE = pytest.mark.parametrize(
    ("name", "options", "mode"),
    [pytest.param(name, {}, mode, id=f"{name} {mode}") for name in NEURAL for mode in MODES]
    + [pytest.param(name, {}, None, id=name) for name in LINEAR]
    + [
        pytest.param(
            name, o, None if name in LINEAR else mode, id=f"{name} {' '.join(map(str, o.values()))}"
        )
        for (name, o), mode in zip(VARIANTS, itertools.cycle(MODES), strict=False)
    ],
)

# Of many lengths, 0 and 1 among them; one of unknown words alone, one with a pad id and an unknown inside.
TEXTS = [
    [5, 9, 2, 7, 11, 3, 29],
    [8],
    [],
    [4, 6, 4],
    [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [1, 1, 1, 1],
    [17, 0, 1, 21, 28],
    [25, 26],
]
PLACES = [2, 7, 4, 0, 5, 1, 6, 3]  # another order


@pytest.fixture(autouse=True)
def both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let batches of these texts go the way of many tokens, and most single texts that of few."""
    monkeypatch.setattr("textclf.layers.windows._FEWEST", 12)
    monkeypatch.setattr("textclf.layers.scans._FEWEST", {"RNN_TANH": 4, "LSTM": 4, "GRU": 4})


def vectors(seed: int = 0) -> Tensor:
    return torch.randn(V, D, generator=torch.Generator().manual_seed(seed))


def made(
    name: str, mode: str | None = "random", *, seed: int = 0, num_classes: int = 3, **options
) -> Classifier:
    torch.manual_seed(seed)
    if name not in LINEAR:
        given = {"embed_dim": D} if mode == "random" else {"embedding": vectors()}
        options = {"embedding_mode": mode, **given, **options}
    model = create_model(name, vocab_size=V, num_classes=num_classes, **options)
    for layer in model.modules():
        if isinstance(layer, NgramScores):  # all its scores start at zero, which would hide what it does
            nn.init.normal_(layer.table.weight[1:], std=0.1)
    return model.eval()


def batch(texts: list[list[int]], *, extra: int = 0, garbage: bool = False) -> tuple[Tensor, Tensor]:
    """Pad to the longest text and ``extra`` places more, with zeros or with garbage."""
    width = max(map(len, texts)) + extra
    junk = random.Random(0)
    fill = [*range(V), -1, -100, V, 10**9] if garbage else [0]
    rows = [text + junk.choices(fill, k=width - len(text)) for text in texts]
    lengths = torch.tensor([len(text) for text in texts])
    return torch.tensor(rows, dtype=torch.int64).view(len(texts), width), lengths


@torch.no_grad()
def logits(model: Classifier, texts: list[list[int]], **padding) -> Tensor:
    return model(*batch(texts, **padding))


def close(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one, other, rtol=0, atol=1e-5)


def labels(num_classes: int, count: int = len(TEXTS)) -> Tensor:
    return torch.arange(count) % num_classes


@EVERY_CASE
class TestPadding:
    """Promise 1: a row's logits are those of its text alone."""

    def test_each_text_alone_or_in_a_batch(self, name, options, mode):
        model = made(name, mode, **options)
        together = logits(model, TEXTS)
        assert together.shape == (len(TEXTS), 3)
        alone = torch.cat([logits(model, [text]) for text in TEXTS])
        assert close(together, alone)

    def test_more_padding(self, name, options, mode):
        model = made(name, mode, **options)
        assert close(logits(model, TEXTS, extra=40), logits(model, TEXTS))

    def test_another_order(self, name, options, mode):
        model = made(name, mode, **options)
        shuffled = logits(model, [TEXTS[place] for place in PLACES])
        assert close(shuffled, logits(model, TEXTS)[PLACES])

    def test_garbage_at_padding(self, name, options, mode):
        model = made(name, mode, **options)
        filled = batch(TEXTS, extra=5, garbage=True)
        before = filled[0].clone()
        with torch.no_grad():
            assert close(model(*filled), logits(model, TEXTS))
        assert torch.equal(filled[0], before)

    def test_different_texts_get_different_logits(self, name, options, mode):
        # Without this, a model that answered the same to everything would pass all of the above.
        rows = logits(made(name, mode, **options), TEXTS)
        distances = torch.cdist(rows, rows) + torch.eye(len(TEXTS))
        assert distances.min() > 1e-4


@EVERY_VARIANT
class TestShortAndOddTexts:
    """Promise 2: every text has an answer."""

    @pytest.mark.parametrize("text", [[7], [1], [1, 1, 1], [7, 8], [0], [0, 0, 0], [3] * 300])
    def test_has_finite_logits(self, name, options, text):
        assert torch.isfinite(logits(made(name, **options), [text])).all()

    def test_empty_text_has_one_answer_whatever_its_mates(self, name, options):
        model = made(name, **options)
        alone = logits(model, [[]])
        assert alone.shape == (1, 3)
        assert torch.isfinite(alone).all()
        assert close(logits(model, [[]], extra=1), alone)
        assert close(logits(model, [[]], extra=9, garbage=True), alone)
        assert close(logits(model, [[], [], []]), alone.expand(3, 3))
        for mates in ([[5]], [[5] * 20, [1]], TEXTS):
            assert close(logits(model, [*mates, []])[-1:], alone)

    def test_no_text_at_all(self, name, options):
        model = made(name, **options)
        for width in (0, 4):
            ids = torch.zeros(0, width, dtype=torch.int64)
            assert model(ids, torch.zeros(0, dtype=torch.int64)).shape == (0, 3)

    def test_ids_of_32_bits(self, name, options):
        model = made(name, **options)
        ids, lengths = batch(TEXTS)
        with torch.no_grad():
            assert torch.equal(model(ids.int(), lengths.int()), model(ids, lengths))


@EVERY_CASE
class TestGradients:
    """Promise 3: every trainable parameter learns, the padding row and static vectors do not."""

    def test_every_trainable_parameter_gets_a_finite_gradient(self, name, options, mode):
        # In double precision, so that rounding cannot pass for a gradient.
        model = made(name, mode, **options).double().train()
        nn.functional.cross_entropy(model(*batch(TEXTS, extra=3)), labels(3)).backward()
        for parameter_name, parameter in model.named_parameters():
            if parameter.requires_grad:
                assert parameter.grad is not None, parameter_name
                assert torch.isfinite(parameter.grad).all(), parameter_name
                assert parameter.grad.abs().max() > 1e-10, parameter_name
            else:
                assert parameter.grad is None, parameter_name

    @pytest.mark.parametrize(
        "optimizer",
        [
            lambda its: torch.optim.AdamW(its, lr=0.1, weight_decay=0.5),
            lambda its: torch.optim.Adam(its, lr=0.1, weight_decay=0.5, amsgrad=True),
            lambda its: torch.optim.SGD(its, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.5),
        ],
        ids=["adamw", "adam", "sgd"],
    )
    def test_after_some_steps(self, name, options, mode, optimizer):
        model = made(name, mode, **options).train()
        before = copy.deepcopy(model.state_dict())
        stepper = optimizer(model.parameters())
        for _ in range(3):
            stepper.zero_grad()
            nn.functional.cross_entropy(model(*batch(TEXTS, extra=3, garbage=True)), labels(3)).backward()
            stepper.step()
        channels = model.embedding.channels if isinstance(model, TextModel) else [model.scores.table]
        for channel in channels:
            assert channel.weight[0].eq(0.0).all()
        for parameter_name, parameter in model.named_parameters():
            assert torch.equal(parameter, before[parameter_name]) != parameter.requires_grad, parameter_name
        if mode in ("static", "multichannel"):
            assert not model.embedding.channels[0].weight.requires_grad

    def test_gradients_do_not_depend_on_padding(self, name, options, mode):
        model = made(name, mode, **options)
        found = []
        for padding in ({}, {"extra": 30, "garbage": True}):
            model.zero_grad()
            nn.functional.cross_entropy(model(*batch(TEXTS, **padding)), labels(3)).backward()
            found.append([p.grad.clone() for p in model.parameters() if p.grad is not None])
        for one, other in zip(*found, strict=True):
            assert close(one, other)


@EVERY
class TestTraining:
    """Promise 4, first part: it learns."""

    @pytest.mark.parametrize("num_classes", [2, 7])
    def test_overfits_eight_examples(self, name, num_classes):
        options = {} if name in LINEAR else NETWORK_ALONE
        model = made(name, num_classes=num_classes, **options).train()
        texts = [text or [27] for text in TEXTS]
        targets = labels(num_classes)
        stepper = torch.optim.Adam(model.parameters(), lr=0.1 if name in LINEAR else 0.02)
        for _ in range(80):
            stepper.zero_grad()
            loss = nn.functional.cross_entropy(model(*batch(texts)), targets)
            loss.backward()
            stepper.step()
        assert loss.item() < 0.05
        assert logits(model.eval(), texts).argmax(dim=1).tolist() == targets.tolist()

    @pytest.mark.parametrize("text", [[5, 9, 2], [7], [], [1, 1]])
    def test_a_batch_of_one_in_training(self, name, text):
        model = made(name).train()
        loss = nn.functional.cross_entropy(model(*batch([text])), torch.tensor([1]))
        loss.backward()
        assert math.isfinite(loss.item())
        gradients = [p.grad for p in model.parameters() if p.grad is not None]
        assert all(torch.isfinite(gradient).all() for gradient in gradients)
        assert any(gradient.any() for gradient in gradients)


@EVERY_CASE
class TestWeights:
    """Promise 4, second part: a model can be made again."""

    def test_same_seed_same_weights(self, name, options, mode):
        one, two, other = (made(name, mode, seed=seed, **options).state_dict() for seed in (3, 3, 4))
        assert list(one) == list(two)
        assert all(torch.equal(one[key], two[key]) for key in one)
        assert not all(torch.equal(one[key], other[key]) for key in one)

    def test_state_dict_round_trip(self, name, options, mode):
        model, other = (made(name, mode, seed=seed, **options) for seed in (0, 1))
        assert not close(logits(other, TEXTS), logits(model, TEXTS))
        other.load_state_dict({key: value.clone() for key, value in model.state_dict().items()})
        assert torch.equal(logits(other, TEXTS), logits(model, TEXTS))

    def test_config_round_trip_through_json(self, name, options, mode):
        model = made(name, mode, **options)
        config = json.loads(json.dumps(model.config, allow_nan=False))
        torch.manual_seed(9)
        again = model_from_config(model_name(model), config).eval()
        assert type(again) is type(model)
        assert again.config == model.config == config
        if mode is not None:
            assert again.embedding.mode == mode
        assert [p.requires_grad for p in again.parameters()] == [
            p.requires_grad for p in model.parameters()
        ]
        again.load_state_dict(model.state_dict())
        assert torch.equal(logits(again, TEXTS), logits(model, TEXTS))

    def test_deep_copy_is_a_model_of_its_own(self, name, options, mode):
        model = made(name, mode, **options)
        before = logits(model, TEXTS)
        twin = copy.deepcopy(model)
        assert twin.config == model.config
        assert torch.equal(logits(twin, TEXTS), before)
        with torch.no_grad():
            for parameter in twin.parameters():
                parameter.fill_(0.5)
        assert torch.equal(logits(model, TEXTS), before)


@EVERY
class TestBadInput:
    @pytest.mark.parametrize("bad", [V, 10**9, -1])
    def test_ids_out_of_range(self, name, bad):
        with pytest.raises(
            ArgumentError, match=rf"`token_ids` must be from 0 to 29\. Received: .*{bad}.*Enc"
        ):
            made(name)(torch.tensor([[5, bad, 2]]), torch.tensor([3]))

    @pytest.mark.parametrize(
        ("shape", "count"), [((4,), 4), ((2, 3), 3), ((2, 3), 1), ((2, 3, 1), 2), ((), 1), ((0, 3), 1)]
    )
    def test_shapes_that_do_not_go_together(self, name, shape, count):
        ids, lengths = torch.ones(shape, dtype=torch.int64), torch.ones(count, dtype=torch.int64)
        with pytest.raises(
            ArgumentError, match=r"of shape \(B, L\), with `lengths` of shape \(B,\). Received"
        ):
            made(name)(ids, lengths)

    def test_lengths_of_two_dimensions(self, name):
        with pytest.raises(ArgumentError, match=r"with `lengths` of shape \(B,\).*\(\(2, 3\), \(2, 1\)\)"):
            made(name)(torch.ones(2, 3, dtype=torch.int64), torch.ones(2, 1, dtype=torch.int64))

    @pytest.mark.parametrize("bad", [4, -1])
    def test_lengths_that_the_texts_cannot_have(self, name, bad):
        with pytest.raises(
            ArgumentError, match=rf"`lengths` must be from 0 to 3, .* Received: \[3, {bad}\]"
        ):
            made(name)(torch.ones(2, 3, dtype=torch.int64), torch.tensor([3, bad]))

    @pytest.mark.parametrize("bad", [torch.ones(1, 2), torch.ones(1, 2).bool(), [[1, 2]], None])
    def test_ids_that_are_no_integers(self, name, bad):
        with pytest.raises(ArgumentError, match="`token_ids` must be a tensor of int64. Received: "):
            made(name)(bad, torch.tensor([2]))

    @pytest.mark.parametrize("bad", [torch.tensor([2.0]), [2], 2])
    def test_lengths_that_are_no_integers(self, name, bad):
        with pytest.raises(ArgumentError, match="`lengths` must be a tensor of int64. Received: "):
            made(name)(torch.ones(1, 2, dtype=torch.int64), bad)

    def test_misspelt_option(self, name):
        with pytest.raises(
            UnknownOptionError, match=r"`ngrmas` must be an option of .*Did you mean 'ngrams'"
        ):
            made(name, ngrmas=1)

    @pytest.mark.parametrize("bad", [0, 1, -5, 10.0, "10", None, True])
    @pytest.mark.parametrize("size", ["vocab_size", "num_classes"])
    def test_sizes(self, name, size, bad):
        with pytest.raises(ArgumentError, match=f"`{size}` must be an integer of at least 2. Received: "):
            create_model(name, **{"vocab_size": V, "num_classes": 2, size: bad})


@EVERY_NEURAL
class TestNetworks:
    """What only networks have: dropout, an embedding, products to round."""

    @pytest.mark.parametrize("option", ["dropout", "embedding_dropout", "token_dropout"])
    def test_each_dropout_acts_in_training_and_only_there(self, name, option):
        off = {"dropout": 0.0, "embedding_dropout": 0.0, "token_dropout": 0.0}
        model, plain = made(name, **{**off, option: 0.5}), made(name, **off)
        assert close(logits(model, TEXTS), logits(plain, TEXTS))
        model.train()
        torch.manual_seed(1)
        first, second = logits(model, TEXTS), logits(model, TEXTS)
        assert not close(first, second)
        plain.train()
        assert close(logits(plain, TEXTS), logits(plain, TEXTS))

    def test_bfloat16_gives_nearly_the_same(self, name):
        model = made(name)
        exact = logits(model, TEXTS)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rounded = logits(model, TEXTS)
            loss = nn.functional.cross_entropy(model(*batch(TEXTS)), labels(3))
        assert not torch.equal(rounded.float(), exact)
        assert torch.allclose(rounded.float(), exact, atol=0.03)
        loss.backward()
        assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)

    @pytest.mark.parametrize("option", ["dropout", "embedding_dropout", "token_dropout"])
    @pytest.mark.parametrize("bad", [1, 1.0, -0.1, math.nan, "0.5", None, True])
    def test_dropout_out_of_range(self, name, option, bad):
        with pytest.raises(
            ArgumentError, match=f"`{option}` must be a finite number of at least 0 and below 1"
        ):
            made(name, **{option: bad})

    @pytest.mark.parametrize("bad", [0, -5, 10.0, "10", True])
    def test_embed_dim(self, name, bad):
        with pytest.raises(ArgumentError, match="`embed_dim` must be an integer of at least 1. Received: "):
            create_model(name, vocab_size=V, num_classes=2, embed_dim=bad)

    @pytest.mark.parametrize(
        ("bad", "message"),
        [
            (torch.zeros(V), r"a tensor of shape \(vocab_size, embed_dim\)"),
            (torch.zeros(V - 1, D), "of 30 rows, one for each token of the vocabulary"),
            (torch.full((V, D), math.nan), "finite"),
            (torch.zeros(V, D).numpy(), r"a tensor of shape \(vocab_size, embed_dim\)"),
        ],
    )
    def test_embedding(self, name, bad, message):
        with pytest.raises(ArgumentError, match=f"`embedding` must be {message}"):
            create_model(name, vocab_size=V, num_classes=2, embedding=bad)

    def test_embedding_mode(self, name):
        with pytest.raises(ArgumentError, match="`embedding_mode` must be 'auto' or one of random, static"):
            create_model(name, vocab_size=V, num_classes=2, embedding_mode="frozen")
        with pytest.raises(ArgumentError, match="`embedding` must be given for embedding_mode='static'"):
            create_model(name, vocab_size=V, num_classes=2, embedding_mode="static")
