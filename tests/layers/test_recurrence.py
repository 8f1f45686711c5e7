from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from textclf.errors import ArgumentError
from textclf.layers.masking import length_mask
from textclf.layers.recurrence import CELLS, Recurrence
from textclf.layers.scans import scan

D, H = 4, 3
LENGTHS = torch.tensor([5, 1, 7, 2, 7])
KINDS = [("rnn", "tanh"), ("rnn", "relu"), *((cell, "tanh") for cell in CELLS if cell != "rnn")]


def inputs(lengths: Tensor = LENGTHS, extra: int = 0) -> Tensor:
    """Random vectors, zeros at padding."""
    width = int(lengths.max()) + extra
    values = torch.randn(len(lengths), width, D, generator=torch.Generator().manual_seed(0))
    return values * length_mask(lengths, width).unsqueeze(2)


def made(cell: str, nonlinearity: str = "tanh", **options) -> Recurrence:
    torch.manual_seed(0)
    return Recurrence(D, hidden_dim=H, cell=cell, nonlinearity=nonlinearity, **options)


def torch_network(layer: Recurrence, cell: str, nonlinearity: str) -> nn.RNNBase:
    """Torch's own stacked network with the same weights."""
    depth = len(layer.forward_layers)
    options = {"num_layers": depth, "bidirectional": layer.bidirectional, "batch_first": True}
    if cell == "rnn":
        network: nn.RNNBase = nn.RNN(D, H, nonlinearity=nonlinearity, **options)
    else:
        network = (nn.LSTM if cell.startswith("lstm") else nn.GRU)(D, H, **options)
    with torch.no_grad():
        for stack, suffix in ((layer.forward_layers, ""), (layer.backward_layers, "_reverse")):
            for index, own in enumerate(stack):
                for name, value in own.named_parameters():
                    getattr(network, f"{name[:-1]}{index}{suffix}").copy_(value)
    return network


def packed_states(network: nn.RNNBase, embedded: Tensor, lengths: Tensor) -> Tensor:
    packed = pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)
    return pad_packed_sequence(network(packed)[0], batch_first=True, total_length=embedded.shape[1])[0]


def joined(states: tuple[Tensor, Tensor | None], lengths: Tensor = LENGTHS) -> Tensor:
    """Both directions side by side, zeros at padding."""
    both = torch.cat([part for part in states if part is not None], dim=2)
    return both * length_mask(lengths, both.shape[1]).unsqueeze(2)


@pytest.mark.parametrize(("cell", "nonlinearity"), KINDS)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("num_layers", [1, 3])
class TestAgainstPackedSequences:
    def test_states_are_the_same(self, cell, nonlinearity, bidirectional, num_layers):
        layer = made(cell, nonlinearity, bidirectional=bidirectional, num_layers=num_layers)
        network = torch_network(layer, cell, nonlinearity)
        embedded = inputs(extra=2)
        states = joined(layer(embedded, LENGTHS))
        assert states.shape == (5, 9, H * (1 + bidirectional))
        assert torch.allclose(states, packed_states(network, embedded, LENGTHS), atol=1e-5)

    def test_gradients_are_the_same(self, cell, nonlinearity, bidirectional, num_layers):
        layer = made(cell, nonlinearity, bidirectional=bidirectional, num_layers=num_layers)
        network = torch_network(layer, cell, nonlinearity)
        embedded, twin = inputs(extra=2).requires_grad_(), inputs(extra=2).requires_grad_()
        joined(layer(embedded, LENGTHS)).square().sum().backward()
        packed_states(network, twin, LENGTHS).square().sum().backward()
        assert twin.grad.any()
        assert torch.allclose(embedded.grad, twin.grad, atol=1e-5)
        for stack, suffix in ((layer.forward_layers, ""), (layer.backward_layers, "_reverse")):
            for index, own in enumerate(stack):
                for name, value in own.named_parameters():
                    theirs = getattr(network, f"{name[:-1]}{index}{suffix}").grad
                    assert torch.allclose(value.grad, theirs, atol=1e-4), f"{name}{suffix} of layer {index}"


@pytest.mark.parametrize(("cell", "nonlinearity"), KINDS)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("num_layers", [1, 2])
class TestPlaces:
    """Distinct vectors with their places are the vectors that stand there."""

    VECTORS = torch.randn(6, D, generator=torch.Generator().manual_seed(1))
    VECTORS[0] = 0.0
    PLACES = torch.tensor([[1, 2, 1, 3, 5], [4, 0, 0, 0, 0], [0, 0, 0, 0, 0], [2, 2, 0, 0, 0]])
    COUNTS = torch.tensor([5, 1, 0, 2])

    @pytest.mark.parametrize("times", [1, 30])  # few texts and many
    def test_give_the_same_states_and_gradients(
        self, cell, nonlinearity, bidirectional, num_layers, times, monkeypatch
    ):
        calls = []
        monkeypatch.setattr(
            "textclf.layers.recurrence.scan", lambda *given: calls.append(0) or scan(*given)
        )
        layer = made(cell, nonlinearity, bidirectional=bidirectional, num_layers=num_layers)
        places, lengths = self.PLACES.repeat(times, 1), self.COUNTS.repeat(times)
        found = []
        for given in ((self.VECTORS, lengths, places), (self.VECTORS[places], lengths)):
            layer.zero_grad()
            states = joined(layer(*given), lengths)
            states.square().mean().backward()
            found.append([states, *(value.grad for value in layer.parameters())])
        for one, other in zip(*found, strict=True):
            assert other.any()
            assert torch.allclose(one, other, atol=1e-6)
        by_scan = times > 1 and nonlinearity == "tanh" and not cell.endswith("by_hand")
        assert len(calls) == by_scan


@pytest.mark.parametrize(("cell", "nonlinearity"), KINDS)
class TestEveryKind:
    def test_the_backward_states_end_at_the_first_token(self, cell, nonlinearity):
        layer = made(cell, nonlinearity, bidirectional=True)
        one = torch.randn(1, 4, D)
        _, backward = layer(one, torch.tensor([4]))
        expected = layer.backward_layers[0](one.flip(1))[0]
        assert torch.allclose(backward[:, 0], expected[:, -1], atol=1e-6)
        assert torch.allclose(backward[:, -1], expected[:, 0], atol=1e-6)

    def test_one_direction_has_no_backward_states(self, cell, nonlinearity):
        layer = made(cell, nonlinearity)
        forward, backward = layer(inputs(), LENGTHS)
        assert forward.shape == (5, 7, H)
        assert backward is None
        assert len(layer.backward_layers) == 0

    def test_an_empty_text_is_finite_and_changes_no_other(self, cell, nonlinearity):
        layer = made(cell, nonlinearity, bidirectional=True, num_layers=2)
        lengths = torch.tensor([3, 0, 2])
        embedded = inputs(lengths)
        states = joined(layer(embedded, lengths), lengths)
        rest = joined(layer(embedded[[0, 2]], lengths[[0, 2]]), lengths[[0, 2]])
        assert torch.isfinite(torch.cat(layer(embedded, lengths), dim=2)).all()
        assert torch.allclose(states[[0, 2]], rest, atol=1e-6)

    def test_states_stay_finite_over_much_padding(self, cell, nonlinearity):
        layer = made(cell, nonlinearity, bidirectional=True)
        for stack in (layer.forward_layers, layer.backward_layers):
            stack[0].weight_hh_l0.data.fill_(1.0)  # each step of ReLU is three times the one before
        lengths = torch.tensor([2])
        embedded = torch.ones(1, 200, D)
        embedded[:, 2:] = 0.0
        states = torch.cat(layer(embedded, lengths), dim=2)
        assert torch.isfinite(states).all()
        joined(layer(embedded, lengths), lengths).sum().backward()
        for parameter in layer.parameters():
            assert torch.isfinite(parameter.grad).all()


@pytest.mark.parametrize(("cell", "nonlinearity"), KINDS)
def test_on_a_cpu_states_are_of_32_bits_under_autocast_too(cell, nonlinearity):
    layer = made(cell, nonlinearity, bidirectional=True, num_layers=2)
    expected = joined(layer(inputs(), LENGTHS))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        states = joined(layer(inputs(), LENGTHS))
        from_rounded = joined(layer(inputs().bfloat16(), LENGTHS))
    assert states.dtype == from_rounded.dtype == torch.float32
    assert torch.equal(states, expected)
    assert torch.allclose(from_rounded, expected, atol=0.03)


def test_dropout_acts_between_layers_in_training_only():
    layer = made("gru", num_layers=2, dropout=0.5)
    first, second = layer(inputs(), LENGTHS)[0], layer(inputs(), LENGTHS)[0]
    assert not torch.equal(first, second)
    layer.eval()
    plain = made("gru", num_layers=2)
    assert torch.equal(layer(inputs(), LENGTHS)[0], plain(inputs(), LENGTHS)[0])


def test_dropout_leaves_the_top_layer_alone():
    layer = made("gru", num_layers=1, dropout=0.5)
    assert torch.equal(layer(inputs(), LENGTHS)[0], made("gru")(inputs(), LENGTHS)[0])


@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_forget_gates_of_an_lstm_start_with_a_bias_of_one(bidirectional):
    layer = made("lstm", bidirectional=bidirectional, num_layers=2)
    for network in [*layer.forward_layers, *layer.backward_layers]:
        bias = network.bias_ih_l0 + network.bias_hh_l0
        assert bias[H : 2 * H].tolist() == [1.0] * H
        assert not bias[:H].eq(1.0).any()
        assert not bias[2 * H :].eq(1.0).any()


def test_relu_and_tanh_differ():
    tanh, relu = made("rnn", "tanh"), made("rnn", "relu")
    assert joined(tanh(inputs(), LENGTHS)).min() < 0
    assert joined(relu(inputs(), LENGTHS)).min() == 0


class TestArguments:
    @pytest.mark.parametrize("cell", ["LSTM", "", None, "transformer"])
    def test_refuses_another_cell(self, cell):
        with pytest.raises(ArgumentError, match="`cell` must be one of rnn, lstm, gru, lstm_by_hand"):
            Recurrence(D, hidden_dim=H, cell=cell)

    @pytest.mark.parametrize("nonlinearity", ["gelu", "", None])
    @pytest.mark.parametrize("cell", CELLS)
    def test_refuses_another_nonlinearity(self, cell, nonlinearity):
        with pytest.raises(ArgumentError, match="`nonlinearity` must be 'tanh' or 'relu'. Received: "):
            Recurrence(D, hidden_dim=H, cell=cell, nonlinearity=nonlinearity)

    @pytest.mark.parametrize("cell", ["lstm", "gru"])
    def test_refuses_relu_in_a_gated_cell(self, cell):
        with pytest.raises(ArgumentError, match=f"must be 'tanh' for the cell '{cell}'.* Use cell='rnn'"):
            Recurrence(D, hidden_dim=H, cell=cell, nonlinearity="relu")


@pytest.mark.parametrize(("cell", "nonlinearity"), KINDS)
class TestState:
    """Where the network begins, and where it ends."""

    def test_a_random_start_is_what_torchs_network_is_given(self, cell, nonlinearity):
        layer = made(cell, nonlinearity, bidirectional=True, num_layers=2, initial_state="gaussian")
        network = torch_network(layer, cell, nonlinearity)
        begin = layer.state.begin(len(LENGTHS)).flatten(0, 1).transpose(0, 1)  # (parts, 4, B, H)
        given = tuple(part.contiguous() for part in begin)
        embedded = inputs(extra=2)
        packed = pack_padded_sequence(embedded, LENGTHS, batch_first=True, enforce_sorted=False)
        states = network(packed, given if len(given) == 2 else given[0])[0]
        expected = pad_packed_sequence(states, batch_first=True, total_length=embedded.shape[1])[0]
        found = joined(layer(embedded, LENGTHS))
        assert torch.allclose(found, expected, atol=1e-5)
        plain = joined(made(cell, nonlinearity, bidirectional=True, num_layers=2)(embedded, LENGTHS))
        assert not torch.allclose(found, plain, atol=1e-2)

    def test_the_weights_are_those_without_a_random_start(self, cell, nonlinearity):
        plain, random = made(cell, nonlinearity), made(cell, nonlinearity, initial_state="gaussian")
        for one, other in zip(plain.parameters(), random.parameters(), strict=True):
            assert torch.equal(one, other)

    @pytest.mark.parametrize("num_layers", [1, 2])
    @pytest.mark.parametrize("initial_state", ["zeros", "gaussian"])
    def test_two_batches_with_the_state_carried_are_one_long_text(
        self, cell, nonlinearity, num_layers, initial_state
    ):
        options = {"num_layers": num_layers, "initial_state": initial_state}
        layer = made(cell, nonlinearity, carry_state=True, **options)
        rows = inputs(torch.tensor([7, 7, 7]))
        cuts = torch.tensor([4, 1, 0])  # the first batch has so much of each text, and the second the rest
        first, _ = layer(rows[:, :4], cuts)
        rest = torch.stack([row.roll(-int(cut), dims=0) for row, cut in zip(rows, cuts, strict=True)])
        second, _ = layer(rest, 7 - cuts)
        whole, _ = made(cell, nonlinearity, **options)(rows, torch.tensor([7, 7, 7]))
        for row, cut in enumerate(cuts.tolist()):
            both = torch.cat([first[row, :cut], second[row, : 7 - cut]])
            assert torch.allclose(both, whole[row], atol=1e-5)

    def test_no_gradient_goes_back_to_the_batch_before(self, cell, nonlinearity):
        layer = made(cell, nonlinearity, carry_state=True)
        before = inputs().requires_grad_()
        layer(before, LENGTHS)
        layer(inputs(), LENGTHS)[0].sum().backward()
        assert before.grad is None

    def test_reset_and_evaluation_begin_anew(self, cell, nonlinearity):
        layer = made(cell, nonlinearity, carry_state=True)
        first, second = layer(inputs(), LENGTHS)[0], layer(inputs(), LENGTHS)[0]
        assert not torch.allclose(first, second, atol=1e-3)
        evaluated = layer.eval()(inputs(), LENGTHS)[0]
        layer.train().reset_state()
        again = layer(inputs(), LENGTHS)[0]
        assert torch.allclose(again, first, atol=1e-6)
        assert torch.allclose(evaluated, first, atol=1e-6)

    def test_no_text_at_all(self, cell, nonlinearity):
        layer = made(cell, nonlinearity, initial_state="gaussian", carry_state=True)
        states, _ = layer(torch.zeros(0, 3, D), torch.zeros(0, dtype=torch.int64))
        assert states.shape == (0, 3, H)


def test_two_directions_carry_no_state():
    with pytest.raises(ArgumentError, match="`carry_state` must be False with two directions"):
        made("gru", bidirectional=True, carry_state=True)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"hidden_dim": 0}, "`hidden_dim` must be an integer of at least 1. Received: 0"),
        ({"hidden_dim": 2.0}, "`hidden_dim` must be an integer of at least 1"),
        ({"num_layers": 0}, "`num_layers` must be an integer of at least 1. Received: 0"),
        ({"num_layers": True}, "`num_layers` must be an integer of at least 1"),
        ({"bidirectional": 1}, "`bidirectional` must be True or False. Received: 1"),
    ],
)
def test_sizes_that_cannot_be_used(bad, message):
    with pytest.raises(ArgumentError, match=message):
        Recurrence(D, **{"hidden_dim": H, **bad})


def test_the_size_of_all_directions():
    assert made("gru").output_dim == H
    assert made("lstm", bidirectional=True, num_layers=2).output_dim == 2 * H
