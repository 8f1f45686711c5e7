from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from textclf.layers import mean_pool
from textclf.models import create_model, list_models
from textclf.training.watch.mates import LOST_IN, answers, kept_state, mates, some_texts, spread_of
from textclf.training.watch.order import repeated_texts

CODES = ("depends-on-padding", "depends-on-batch")


class Own(nn.Module):
    """A model of a user's, whose way to put tokens together is given."""

    num_classes = 2

    def __init__(self, pool, vocab_size=200):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 16)
        self.classifier = nn.Linear(16, 2)
        self.pool = pool

    def forward(self, token_ids, lengths):
        return self.classifier(self.pool(self.embedding(token_ids), lengths))


def over_padding(x, lengths):
    return x.mean(dim=1)


def last_position(x, lengths):
    return x[:, -1]


def over_texts(x, lengths):
    return mean_pool(x, lengths) - mean_pool(x, lengths).mean(dim=0)


def squeezed(x, lengths):
    return mean_pool(x, lengths).squeeze()


def found(trainer):
    return [its for its in trainer.history.findings if its.code in CODES]


@pytest.mark.parametrize(
    ("pool", "code"),
    [
        (over_padding, "depends-on-padding"),
        (last_position, "depends-on-padding"),
        (over_texts, "depends-on-batch"),
        (squeezed, "depends-on-batch"),
    ],
)
def test_a_fault_is_found_in_the_first_epoch_and_the_cure_removes_it(train_on, data, pool, code):
    [finding] = found(train_on(Own(pool), data.train, epochs=1))
    assert finding.code == code
    assert finding.severity == ("warning" if code == "depends-on-padding" else "stop")
    assert "mean_pool(x, lengths)" in finding.cure or "dimension 0" in finding.cure
    assert found(train_on(Own(mean_pool), data.train, epochs=1)) == []


@pytest.mark.parametrize("name", [*list_models(), "rnn_tagger"])
def test_the_models_of_the_zoo_have_neither(data, name):
    torch.manual_seed(0)
    model = create_model(name, vocab_size=data.vocab_size, num_classes=3)
    trainer = SimpleNamespace(model=model, train_data=data.train, device=torch.device("cpu"))
    with torch.no_grad():
        figures = {**mates(trainer), **repeated_texts(trainer)}
    assert figures["padding"] < 1e-3
    assert figures["batch"] < 1e-3
    assert figures["change"] == figures["carrying"] == 0
    assert model.training


def test_texts_are_different_and_of_unlike_length(data):
    trainer = SimpleNamespace(train_data=data.train.subset([0, 0, 1, 2]), device=torch.device("cpu"))
    token_ids, lengths = some_texts(trainer, 8)
    assert token_ids.shape == (3, int(lengths.max()))
    assert len(set(map(tuple, token_ids.tolist()))) == 3
    for rows in ([], [0], [0, 0]):
        trainer.train_data = data.train.subset(rows)
        assert some_texts(trainer, 8) is None


def test_what_a_model_keeps_is_put_back():
    model = nn.Sequential(nn.BatchNorm1d(2))
    before = model[0].running_mean
    with kept_state(model):
        model.hidden = torch.ones(1)
        model[0].running_mean = torch.ones(2)
    assert not hasattr(model, "hidden")
    assert model[0].running_mean is before
    assert len(model.state_dict()) == 5


def test_the_layer_is_named_from_which_on_texts_are_the_same():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding, self.hidden, self.last = nn.Embedding(9, 4), nn.Linear(4, 4), nn.Linear(4, 2)

        def forward(self, token_ids, lengths):
            return self.last(0 * self.hidden(self.embedding(token_ids).sum(dim=1)))

    model, texts = Own(), (torch.tensor([[2, 3], [4, 5]]), torch.tensor([2, 2]))
    with torch.no_grad():
        figures = spread_of(model, *texts, answers(model, *texts))
    assert figures == {"texts": 2, "spread": 0, "size": figures["size"], f"{LOST_IN}last": 1.0}
    assert "lost" not in str(spread_of(model, *texts, torch.tensor([[0.0, 1.0], [1.0, 0.0]])))
