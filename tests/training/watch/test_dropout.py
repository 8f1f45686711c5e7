from __future__ import annotations

import re

import pytest
from torch import nn

from textclf.training.watch.dropout import heavy_dropout


def found(trainer):
    return [its for its in trainer.history.findings if its.code == "heavy-dropout"]


def drop(share, option="p"):
    def change(model):
        setattr(model.dropout if option == "p" else model.embedding, option, share)

    return change


@pytest.mark.parametrize("name", ["mlp", "textcnn"])
def test_dropout_of_nearly_everything_is_found_and_the_cure_removes_it(run, name):
    [finding] = found(run(name, change=drop(0.95), epochs=1))
    assert finding.severity == "warning"
    assert "dropout.p is 0.95: in training, a step sees 5.0 %" in finding.seen
    assert re.search(r"the last epoch got \d+\.\d % of the training rows", finding.seen)
    assert "Pass dropout=0.2 " in finding.cure
    assert "model.get_submodule('dropout').p = 0.2" in finding.cure
    assert found(run(name, change=drop(0.2), epochs=1)) == []


def test_dropout_of_whole_tokens_has_a_cure_of_its_own(run):
    [finding] = found(run("mlp", change=drop(0.9, "token_dropout"), epochs=1))
    assert finding.cure.startswith("Pass token_dropout=0.1 ")


def test_usual_dropout_is_not_found(run):
    assert found(run("textcnn", change=drop(0.5), epochs=1)) == []


def test_it_is_a_note_where_the_model_has_learnt(run):
    trainer = run("textcnn", change=drop(0.95), epochs=1)
    record = trainer.callbacks[-1].record
    record.experiments["train-score"]["accuracy"] = 0.97
    [finding] = heavy_dropout(record)
    assert finding.severity == "note"


def test_it_leads_what_follows_from_it(run):
    trainer = run("textcnn", change=drop(0.99), epochs=4)
    followed = [its for its in trainer.history.findings if "heavy-dropout" in its.cause]
    assert followed
    assert {its.severity for its in followed} == {"note"}


def test_layers_of_torch_that_hold_a_share_count(train_on, data):
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(data.vocab_size, 16, padding_idx=0)
            self.lstm = nn.LSTM(16, 16, num_layers=2, dropout=0.9, batch_first=True)
            self.classifier = nn.Linear(16, 2)

        def forward(self, token_ids, lengths):
            return self.classifier(self.lstm(self.embedding(token_ids))[0][:, -1])

    [finding] = found(train_on(Own(), data.train, data.valid, epochs=1))
    assert "model.get_submodule('lstm').dropout = 0.2" in finding.cure
