"""What every model that labels tokens promises, tested over the list of them."""

from __future__ import annotations

import copy
import json

import pytest
import torch
from torch import Tensor, nn

from textclf.errors import ArgumentError, UnknownOptionError
from textclf.models import TokenModel, create_model, list_models, model_from_config, model_name

V, D = 30, 16
TEXTS = [[5, 9, 2, 7, 11, 3, 29], [8], [], [4, 6, 4], [1, 1, 1, 1], [17, 0, 1, 21, 28], [25, 26]]
PLACES = [2, 6, 4, 0, 5, 1, 3]  # another order
VARIANTS: list[tuple[str, dict[str, object]]] = [
    ("rnn_tagger", {"cell": "gru", "bidirectional": True, "num_layers": 2}),
    ("rnn_tagger", {"cell": "rnn", "nonlinearity": "relu", "window": 3}),
    ("rnn_tagger", {"cell": "lstm_by_hand", "initial_state": "gaussian", "window": 5}),
    ("rnn_tagger", {"cell": "gru_by_hand", "bidirectional": True}),
    ("joint_rnn", {"cell": "lstm", "window": 1}),
    ("joint_rnn", {"num_classes": {"a": 2, "b": 3, "c": 4}}),
]
EVERY = pytest.mark.parametrize("name", list_models(tokens=True))
EVERY_CASE = pytest.mark.parametrize(
    ("name", "options"),
    [pytest.param(name, {}, id=name) for name in list_models(tokens=True)]
    + [pytest.param(name, o, id=f"{name} {' '.join(map(str, o.values()))}") for name, o in VARIANTS],
)


@pytest.fixture(autouse=True)
def both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let batches of these texts go the way of many tokens, and most single texts that of few."""
    monkeypatch.setattr("textclf.layers.scans._FEWEST", {"RNN_TANH": 4, "LSTM": 4, "GRU": 4})


def made(name: str, *, seed: int = 0, **options) -> TokenModel:
    torch.manual_seed(seed)
    sizes = {"inside": 2, "tag": 5} if name == "joint_rnn" else 3
    return create_model(name, **{"vocab_size": V, "num_classes": sizes, "embed_dim": D, **options}).eval()


def batch(texts: list[list[int]], *, extra: int = 0, fill: int = 0) -> tuple[Tensor, Tensor]:
    width = max(map(len, texts)) + extra
    rows = [text + [fill] * (width - len(text)) for text in texts]
    return torch.tensor(rows, dtype=torch.int64).view(len(texts), width), torch.tensor([*map(len, texts)])


def every_head(answer: Tensor | dict[str, Tensor]) -> Tensor:
    return answer if isinstance(answer, Tensor) else torch.cat([*answer.values()], dim=-1)


def logits(model: TokenModel, texts: list[list[int]], **padding) -> list[Tensor]:
    """Return the logits of the real tokens of each text."""
    with torch.no_grad():
        rows = every_head(model(*batch(texts, **padding)))
    assert rows.isfinite().all()
    return [row[: len(text)] for row, text in zip(rows, texts, strict=True)]


def close(one: list[Tensor], other: list[Tensor]) -> bool:
    return all(torch.allclose(a, b, rtol=0, atol=1e-5) for a, b in zip(one, other, strict=True))


def loss_of(model: TokenModel, texts: list[list[int]], **padding) -> Tensor:
    """Cross-entropy of the real tokens, whose labels follow from the token and its place."""
    ids, lengths = batch(texts, **padding)
    answers = model(ids, lengths)
    places = torch.arange(ids.shape[1])
    labels = torch.where(places < lengths.unsqueeze(1), (ids + places) % 2, -100)
    heads = [answers] if isinstance(answers, Tensor) else [*answers.values()]
    return torch.stack(
        [nn.functional.cross_entropy(its.flatten(0, 1), labels.flatten()) for its in heads]
    ).sum()


@EVERY_CASE
class TestEveryModel:
    def test_a_token_is_answered_by_its_text_alone(self, name, options):
        model = made(name, **options)
        together = logits(model, TEXTS)
        assert [len(rows) for rows in together] == [len(text) for text in TEXTS]
        assert close([logits(model, [text])[0] for text in TEXTS], together)
        assert close(logits(model, TEXTS, extra=9), together)
        assert close(logits(model, TEXTS, extra=2, fill=7), together)
        assert close(
            [logits(model, [TEXTS[p] for p in PLACES])[i] for i in range(7)], [together[p] for p in PLACES]
        )

    def test_what_was_read_before_matters(self, name, options):
        one, other = logits(made(name, **options), [[5, 9, 2, 7], [6, 9, 2, 7]])
        assert (one[2] - other[2]).abs().max() > 1e-6

    def test_no_text_and_no_token(self, name, options):
        model = made(name, **options)
        classes = model.num_classes
        for count, width in ((0, 0), (0, 4), (3, 0), (2, 3)):
            ids, lengths = (
                torch.zeros(count, width, dtype=torch.int64),
                torch.zeros(count, dtype=torch.int64),
            )
            assert every_head(model(ids, lengths)).shape == (count, width, classes)

    def test_every_parameter_gets_a_finite_gradient_that_padding_does_not_change(self, name, options):
        model = made(name, **options).double().train()
        for layer in model.modules():
            if isinstance(layer, nn.Dropout):
                layer.p = 0.0
        found = []
        for padding in ({}, {"extra": 6, "fill": 7}):
            model.zero_grad()
            loss_of(model, TEXTS, **padding).backward()
            found.append({n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None})
        assert {*found[0]} == {n for n, p in model.named_parameters() if p.requires_grad}
        for its, gradient in found[0].items():
            assert gradient.isfinite().all(), its
            assert gradient.abs().max() > 1e-10, its
            assert torch.allclose(gradient, found[1][its], atol=1e-8), its
        assert model.embedding.channels[0].weight.grad[0].eq(0).all()

    def test_same_seed_same_weights_and_back_from_json(self, name, options):
        one, two = made(name, seed=3, **options), made(name, seed=3, **options)
        assert close(logits(one, TEXTS), logits(two, TEXTS))
        config = json.loads(json.dumps(one.config, allow_nan=False))
        again = model_from_config(model_name(one), config).eval()
        assert again.config == one.config == config
        again.load_state_dict(one.state_dict())
        assert close(logits(again, TEXTS), logits(one, TEXTS))
        assert close(logits(copy.deepcopy(one), TEXTS), logits(one, TEXTS))

    def test_learns_by_heart(self, name, options):
        model = made(name, **{"dropout": 0.0, "embedding_dropout": 0.0, **options}).train()
        stepper = torch.optim.Adam(model.parameters(), lr=0.02)
        texts = [text for text in TEXTS if text]
        for _ in range(120):
            stepper.zero_grad()
            loss = loss_of(model, texts)
            loss.backward()
            stepper.step()
        assert loss.item() < 0.1


@EVERY
class TestBadInput:
    @pytest.mark.parametrize("bad", [2, 0, -1, 1.0, True])
    def test_window(self, name, bad):
        with pytest.raises(ArgumentError, match="`window` must be (odd|an integer of at least 1)"):
            made(name, window=bad)

    def test_linear_path(self, name):
        with pytest.raises(
            ArgumentError, match="`ngrams` must be 0 for a model that labels tokens. Rec.*: 2"
        ):
            made(name, ngrams=2)

    def test_misspelt_option(self, name):
        with pytest.raises(UnknownOptionError, match="Did you mean 'window'"):
            made(name, windw=3)

    def test_shapes_and_ids(self, name):
        with pytest.raises(ArgumentError, match=r"of shape \(B, L\)"):
            made(name)(torch.ones(3, dtype=torch.int64), torch.tensor([3]))
        with pytest.raises(ArgumentError, match="`token_ids` must be from 0 to 29"):
            made(name)(torch.tensor([[V]]), torch.tensor([1]))


def test_models_of_tokens_are_listed_by_themselves():
    assert {"rnn_tagger", "joint_rnn"} == {*list_models(tokens=True)}
    assert not {*list_models()} & {*list_models(tokens=True)}


def test_a_window_is_the_token_between_its_neighbours():
    model = made("rnn_tagger", window=3, embed_dim=1)
    embedded = torch.tensor([[[1.0], [2.0], [3.0]]])
    assert model._windows(embedded).tolist() == [[[0, 1, 2], [1, 2, 3], [2, 3, 0]]]
