from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from textclf.errors import ArgumentError, UnknownOptionError
from textclf.layers import length_mask
from textclf.models import TextRNN, create_model

SIZES = {"vocab_size": 20, "num_classes": 3, "embed_dim": 4}
IDS = torch.tensor([[5, 3, 2, 9, 0], [4, 7, 0, 0, 0], [8, 0, 0, 0, 0]])
LENGTHS = torch.tensor([4, 2, 1])
CELLS = ["rnn", "lstm", "gru"]


def made(**options) -> TextRNN:
    torch.manual_seed(0)
    return TextRNN(**{**SIZES, "hidden_dim": 6, **options}).eval()


def last_states(model: TextRNN, cell: str) -> torch.Tensor:
    """The last state of each direction, from torch's packed sequences."""
    found = []
    for own, backward in ((model.recurrence.forward_layers[0], False),) + (
        ((model.recurrence.backward_layers[0], True),) if model.recurrence.bidirectional else ()
    ):
        network = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[cell](4, 6, batch_first=True)
        network.load_state_dict(own.state_dict())
        embedded = model.embedding(IDS, LENGTHS)
        if backward:
            embedded = torch.stack(
                [torch.cat([row[:n].flip(0), row[n:]]) for row, n in zip(embedded, LENGTHS, strict=True)]
            )
        _, last = network(pack_padded_sequence(embedded, LENGTHS, batch_first=True))
        found.append((last[0] if cell == "lstm" else last)[0])
    return torch.cat(found, dim=1)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("bidirectional", [False, True])
class TestPooling:
    def test_last_is_the_last_state_of_each_direction(self, cell, bidirectional):
        model = made(cell=cell, bidirectional=bidirectional, pooling="last")
        expected = model.classifier(last_states(model, cell))
        assert torch.allclose(model(IDS, LENGTHS), expected, atol=1e-5)

    @pytest.mark.parametrize("pooling", ["max", "mean"])
    def test_over_the_states_of_the_real_tokens(self, cell, bidirectional, pooling):
        model = made(cell=cell, bidirectional=bidirectional, pooling=pooling)
        states = model.recurrence(model.embedding(IDS, LENGTHS), LENGTHS)
        both = torch.cat([part for part in states if part is not None], dim=2)
        rows = [row[:n] for row, n in zip(both, LENGTHS, strict=True)]
        pooled = torch.stack([row.amax(0) if pooling == "max" else row.mean(0) for row in rows])
        assert torch.allclose(model(IDS, LENGTHS), model.classifier(pooled), atol=1e-5)

    @pytest.mark.parametrize("pooling", ["last", "max", "mean", "attention"])
    def test_empty_text_gets_the_bias(self, cell, bidirectional, pooling):
        model = made(cell=cell, bidirectional=bidirectional, pooling=pooling)
        logits = model(torch.zeros(1, 3, dtype=torch.int64), torch.tensor([0]))
        assert torch.allclose(logits[0], model.classifier.bias)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("pooling", ["last", "max", "mean", "attention"])
class TestManyTexts:
    """In training, many texts go another way than few: by their distinct tokens."""

    TIMES = 40

    def test_the_logits_are_those_of_few(self, cell, bidirectional, pooling, monkeypatch):
        model = made(cell=cell, bidirectional=bidirectional, pooling=pooling)
        found = []
        distinct = model.embedding.distinct
        monkeypatch.setattr(
            model.embedding, "distinct", lambda *batch: found.append(distinct(*batch)) or found[-1]
        )
        ids = torch.cat([IDS, torch.full((1, 5), 11)])  # and an empty text, whose tokens are padding
        lengths = torch.cat([LENGTHS, torch.tensor([0])])
        many = ids.repeat(self.TIMES, 1), lengths.repeat(self.TIMES)
        together = model(*many)
        assert [len(vectors) for vectors, _ in found] == [8]  # 7 tokens and padding
        assert torch.allclose(together, model(ids, lengths).repeat(self.TIMES, 1), atol=1e-6)
        with torch.no_grad():
            assert torch.allclose(together, model(*many), atol=1e-6)
        assert len(found) == 1

    def test_padding_changes_neither_logits_nor_gradients(self, cell, bidirectional, pooling):
        model = made(cell=cell, bidirectional=bidirectional, pooling=pooling)
        found = []
        for extra in (0, 30):
            model.zero_grad()
            ids = nn.functional.pad(IDS, (0, extra), value=9).repeat(self.TIMES, 1)
            logits = model(ids, LENGTHS.repeat(self.TIMES))
            logits.square().mean().backward()
            found.append([logits, *(value.grad for value in model.parameters() if value.grad is not None)])
        for one, other in zip(*found, strict=True):
            assert torch.allclose(one, other, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("rnn", {"cell": "rnn"}),
        ("lstm", {"cell": "lstm"}),
        ("gru", {"cell": "gru"}),
        ("bilstm", {"cell": "lstm", "bidirectional": True}),
        ("bigru", {"cell": "gru", "bidirectional": True}),
        ("attention_bilstm", {"cell": "lstm", "bidirectional": True, "pooling": "attention"}),
        ("textrnn", {"cell": "lstm", "bidirectional": False, "pooling": "max", "num_layers": 1}),
    ],
)
def test_other_names(name, options):
    torch.manual_seed(0)
    model = create_model(name, **SIZES, hidden_dim=6).eval()
    assert type(model) is TextRNN
    assert model.config == made(**options).config
    assert torch.equal(model(IDS, LENGTHS), made(**options)(IDS, LENGTHS))


def test_the_order_of_the_words_matters():
    model = made()
    flipped = IDS[:1, :4].flip(1)
    assert not torch.allclose(model(flipped, LENGTHS[:1]), model(IDS[:1], LENGTHS[:1]), atol=1e-4)


def test_two_directions_have_twice_the_features():
    assert made().classifier.in_features == 6
    assert made(bidirectional=True).classifier.in_features == 12


def test_number_of_layers():
    model = made(num_layers=3, bidirectional=True)
    assert len(model.recurrence.forward_layers) == len(model.recurrence.backward_layers) == 3
    assert model.recurrence.backward_layers[2].input_size == 12


def test_dropout_between_layers_acts_in_training_only():
    options = {"num_layers": 2, "dropout": 0.0, "layer_dropout": 0.5}
    model = made(**options)
    assert torch.equal(model(IDS, LENGTHS), model(IDS, LENGTHS))
    model.train()
    assert not torch.equal(model(IDS, LENGTHS), model(IDS, LENGTHS))


def test_relu_states_that_grow_leave_the_logits_of_a_short_text_alone():
    # Over padding they would grow to infinity, and infinity times the weight 0 of padding is NaN.
    model = made(cell="rnn", nonlinearity="relu", pooling="mean")
    with torch.no_grad():
        model.recurrence.forward_layers[0].weight_hh_l0.fill_(1.0)
        model.embedding.channels[0].weight[1:] = 1.0
        model.recurrence.forward_layers[0].weight_ih_l0.fill_(1.0)
    ids, lengths = torch.full((1, 2), 3), torch.tensor([2])
    alone = model(ids, lengths)
    padded = nn.functional.pad(ids, (0, 500))
    assert length_mask(lengths, 502).sum() == 2
    assert torch.isfinite(alone).all()
    assert torch.allclose(model(padded, lengths), alone, atol=1e-5)
    model(padded, lengths).sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters())


class TestOptions:
    def test_misspelt(self):
        with pytest.raises(
            UnknownOptionError, match=r"`poolling` must be an option of TextRNN.*'pooling'\?"
        ):
            made(poolling="max")

    def test_misspelt_by_another_name(self):
        with pytest.raises(UnknownOptionError, match=r"`hiddendim` must be .* Did you mean 'hidden_dim'"):
            create_model("bilstm", **SIZES, hiddendim=3)

    @pytest.mark.parametrize("bad", ["LSTM", "", None])
    def test_cell(self, bad):
        with pytest.raises(
            ArgumentError, match="`cell` must be one of rnn, lstm, gru, lstm_by_hand, gru_by_hand. Rec"
        ):
            made(cell=bad)

    def test_nonlinearity(self):
        with pytest.raises(
            ArgumentError, match="`nonlinearity` must be 'tanh' or 'relu'. Received: 'gelu'"
        ):
            made(cell="rnn", nonlinearity="gelu")
        with pytest.raises(ArgumentError, match="`nonlinearity` must be 'tanh' for the cell 'lstm'"):
            made(nonlinearity="relu")

    @pytest.mark.parametrize("bad", ["avg", "", None])
    def test_pooling(self, bad):
        with pytest.raises(ArgumentError, match="`pooling` must be one of last, max, mean, attention. Rec"):
            made(pooling=bad)

    @pytest.mark.parametrize("bad", [1, 0, "yes", None])
    def test_bidirectional(self, bad):
        with pytest.raises(ArgumentError, match="`bidirectional` must be True or False. Received: "):
            made(bidirectional=bad)

    @pytest.mark.parametrize("option", ["hidden_dim", "num_layers"])
    @pytest.mark.parametrize("bad", [0, -1, 2.0, "3", None, True])
    def test_sizes(self, option, bad):
        with pytest.raises(ArgumentError, match=f"`{option}` must be an integer of at least 1. Received: "):
            made(**{option: bad})

    @pytest.mark.parametrize("bad", [1, -0.1, "0.5", None, True])
    def test_layer_dropout(self, bad):
        with pytest.raises(
            ArgumentError, match="`layer_dropout` must be a finite number of at least 0 and below"
        ):
            made(layer_dropout=bad)

    @pytest.mark.parametrize("bad", ["zero", "", None])
    def test_initial_state(self, bad):
        with pytest.raises(ArgumentError, match="`initial_state` must be one of 'zeros', .* Received: "):
            made(initial_state=bad)

    def test_carry_state(self):
        with pytest.raises(ArgumentError, match="`carry_state` must be True or False. Received: 1"):
            made(carry_state=1)
        with pytest.raises(ArgumentError, match="`carry_state` must be False with two directions"):
            made(carry_state=True, bidirectional=True)


class TestState:
    @pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "lstm_by_hand"])
    def test_is_made_again_with_the_state_it_was_trained_with(self, cell):
        model = made(cell=cell, initial_state="gaussian")
        torch.manual_seed(5)
        again = TextRNN(**model.config).eval()
        assert not torch.allclose(again(IDS, LENGTHS), model(IDS, LENGTHS))
        again.load_state_dict(model.state_dict())
        assert torch.equal(again(IDS, LENGTHS), model(IDS, LENGTHS))

    def test_carried_in_training_and_not_in_evaluation(self):
        model = made(carry_state=True, dropout=0.0, embedding_dropout=0.0)
        assert torch.equal(model(IDS, LENGTHS), model(IDS, LENGTHS))
        model.train()
        first = model(IDS, LENGTHS)
        assert not torch.allclose(model(IDS, LENGTHS), first, atol=1e-4)
        model.recurrence.reset_state()
        assert torch.allclose(model(IDS, LENGTHS), first, atol=1e-6)

    @pytest.mark.parametrize(("own", "torchs"), [("lstm_by_hand", "lstm"), ("gru_by_hand", "gru")])
    def test_a_network_by_hand_with_the_weights_of_torchs_answers_the_same(self, own, torchs):
        by_hand = made(cell=own, bidirectional=True, num_layers=2)
        model = made(cell=torchs, bidirectional=True, num_layers=2)
        assert torch.allclose(by_hand(IDS, LENGTHS), model(IDS, LENGTHS), atol=1e-5)  # the same seed
        by_hand.load_state_dict(model.state_dict())
        assert torch.allclose(by_hand(IDS, LENGTHS), model(IDS, LENGTHS), atol=1e-5)
