from __future__ import annotations

import pytest
import torch

from textclf.data import TextEncoder, addition_corpus
from textclf.device import seed_everything
from textclf.errors import ArgumentError
from textclf.models import RNNTagger
from textclf.training import Trainer


def tagger(**options) -> RNNTagger:
    seed_everything(0)
    return RNNTagger(
        **{"vocab_size": 20, "num_classes": 3, "embed_dim": 8, "hidden_dim": 6, **options}
    ).eval()


def test_one_direction_sees_only_what_came_before():
    ids, lengths = torch.tensor([[5, 6, 7], [5, 6, 8]]), torch.tensor([3, 3])
    one, other = tagger()(ids, lengths)
    assert torch.allclose(one[:2], other[:2])
    one, other = tagger(bidirectional=True)(ids, lengths)
    assert not torch.allclose(one[:2], other[:2])


def test_states_are_those_of_the_recurrence():
    model = tagger(initial_state="gaussian", carry_state=True)
    assert (model.recurrence.state.initial, model.recurrence.state.carried) == ("gaussian", True)
    with pytest.raises(ArgumentError, match="`carry_state` must be False with two directions"):
        tagger(carry_state=True, bidirectional=True)


@pytest.mark.parametrize("option", ["hidden_dim", "num_layers"])
def test_sizes(option):
    with pytest.raises(ArgumentError, match=f"`{option}` must be an integer of at least 1"):
        tagger(**{option: 0})


def test_adds_numbers():
    data = addition_corpus(2000, length=10)
    encoder, train = TextEncoder.build_and_encode(
        data.tokens, token_labels=data.labels, tokenizer="whitespace"
    )
    held_out = addition_corpus(200, length=10, seed=1)
    test = encoder.encode(held_out.tokens, token_labels=held_out.labels)
    seed_everything(0)
    model = RNNTagger(
        vocab_size=encoder.vocab_size,
        num_classes=10,
        cell="gru",
        num_layers=2,
        dropout=0.0,
        embedding_dropout=0.0,
        embedding_std=1.0,
    )
    trainer = Trainer(model, epochs=6, learning_rate=0.01, monitor="sequence_accuracy", progress=False)
    history = trainer.fit(train, test)
    assert trainer.state.step <= 200
    assert history["valid_sequence_accuracy"][-1] == 1.0
    report = trainer.evaluate(test)
    assert (report.accuracy, report.sequence_accuracy) == (1.0, 1.0)
