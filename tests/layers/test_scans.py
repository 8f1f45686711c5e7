from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from textclf.layers.masking import length_mask
from textclf.layers.scans import gains_by_scan, scan

D, H, U = 4, 3, 6
KINDS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
EVERY = pytest.mark.parametrize("cell", KINDS)
BOTH = pytest.mark.parametrize("directions", [1, 2])
LENGTHS = torch.tensor([5, 1, 7, 0, 2, 7])  # ragged, one text of one token and one of none


def drawn(lengths: Tensor = LENGTHS, extra: int = 0) -> tuple[Tensor, Tensor]:
    """Vectors, and places with 0 at padding."""
    made = torch.Generator().manual_seed(0)
    places = torch.randint(1, U, (len(lengths), 7), generator=made)
    places = nn.functional.pad(places, (0, extra))
    places = places.masked_fill(~length_mask(lengths, 7 + extra), 0)
    return torch.randn(U, D, generator=made).requires_grad_(), places


def networks_of(cell: str, directions: int) -> list[nn.RNNBase]:
    torch.manual_seed(1)
    return [KINDS[cell](D, H, batch_first=True) for _ in range(directions)]


def by_torch(networks: list[nn.RNNBase], vectors: Tensor, places: Tensor, lengths: Tensor) -> Tensor:
    """The states of torch's own packed sequences, zeros at padding, in 64 bits."""
    cell = {"RNN_TANH": "rnn", "LSTM": "lstm", "GRU": "gru"}[networks[0].mode]
    twin = KINDS[cell](D, H, batch_first=True, bidirectional=len(networks) == 2).double()
    values = {}
    for network, suffix in zip(networks, ("", "_reverse"), strict=False):
        values.update({f"{name}{suffix}": value.double() for name, value in network.named_parameters()})
    real = lengths > 0
    packed = pack_padded_sequence(
        vectors.double()[places[real]], lengths[real], batch_first=True, enforce_sorted=False
    )
    run = torch.func.functional_call(twin, values, (packed,))[0]
    padded = pad_packed_sequence(run, batch_first=True, total_length=places.shape[1])[0]
    return padded.new_zeros(*places.shape, padded.shape[2]).index_put((real.nonzero()[:, 0],), padded)


def joined(states: list[Tensor], lengths: Tensor) -> Tensor:
    """Both directions side by side, zeros at padding."""
    both = torch.cat(states, dim=2)
    return both * length_mask(lengths, both.shape[1]).unsqueeze(2)


@EVERY
@BOTH
class TestScan:
    def test_states_are_those_of_torch(self, cell, directions):
        networks, (vectors, places) = networks_of(cell, directions), drawn(extra=2)
        states = scan(networks, vectors, places, LENGTHS)
        assert [one.shape for one in states] == [(6, 9, H)] * directions
        expected = by_torch(networks, vectors, places, LENGTHS)
        assert expected.any()
        assert torch.allclose(joined(states, LENGTHS), expected.float(), rtol=0, atol=1e-5)

    def test_gradients_are_those_of_torch(self, cell, directions):
        networks, (vectors, places) = networks_of(cell, directions), drawn(extra=2)
        learnt = [vectors, *(value for network in networks for value in network.parameters())]
        own = joined(scan(networks, vectors, places, LENGTHS), LENGTHS)
        theirs = by_torch(networks, vectors, places, LENGTHS)
        found = torch.autograd.grad(own.square().sum(), learnt)
        expected = torch.autograd.grad(theirs.square().sum(), learnt)
        for one, other in zip(found, expected, strict=True):
            assert other.any()
            assert torch.allclose(one, other, rtol=1e-5, atol=1e-5)

    def test_padding_changes_nothing(self, cell, directions):
        networks, (vectors, places) = networks_of(cell, directions), drawn()
        states = torch.cat(scan(networks, vectors, places, LENGTHS), dim=2)
        wider = torch.cat(scan(networks, *drawn(extra=9), LENGTHS), dim=2)
        other = places.masked_fill(~length_mask(LENGTHS, 7), U - 1)
        refilled = torch.cat(scan(networks, vectors, other, LENGTHS), dim=2)
        real = length_mask(LENGTHS, 7)
        assert torch.equal(wider[:, :7][real], states[real])
        assert torch.equal(refilled[real], states[real])
        assert torch.isfinite(wider).all()

    def test_vectors_at_padding_alone_get_no_gradient(self, cell, directions):
        networks, (vectors, places) = networks_of(cell, directions), drawn(extra=3)
        joined(scan(networks, vectors, places, LENGTHS), LENGTHS).square().sum().backward()
        assert not vectors.grad[0].any()
        assert vectors.grad[1:].any(dim=1).all()

    def test_gradients_are_the_same_twice(self, cell, directions):
        networks, (vectors, places) = networks_of(cell, directions), drawn()
        learnt = [vectors, *(value for network in networks for value in network.parameters())]
        found = [
            torch.autograd.grad(torch.cat(scan(networks, vectors, places, LENGTHS)).sum(), learnt)
            for _ in range(2)
        ]
        assert all(torch.equal(one, other) for one, other in zip(*found, strict=True))

    def test_under_autocast_the_states_have_32_bits(self, cell, directions):
        networks, (vectors, places) = networks_of(cell, directions), drawn()
        expected = torch.cat(scan(networks, vectors, places, LENGTHS))
        expected.sum().backward()
        grad, vectors.grad = vectors.grad, None
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states = torch.cat(scan(networks, vectors, places, LENGTHS))
        states.sum().backward()
        assert torch.equal(states, expected)
        assert torch.equal(vectors.grad, grad)

    def test_vectors_of_16_bits(self, cell, directions):
        networks, (vectors, places) = networks_of(cell, directions), drawn()
        rounded = vectors.detach().bfloat16()
        states = torch.cat(scan(networks, rounded, places, LENGTHS))
        assert torch.equal(states, torch.cat(scan(networks, rounded.float(), places, LENGTHS)))


class TestGains:
    @EVERY
    def test_with_many_texts_in_training(self, cell):
        assert gains_by_scan(networks_of(cell, 2), 64)
        assert gains_by_scan([network.double() for network in networks_of(cell, 2)], 64)

    @EVERY
    @BOTH
    def test_not_with_few_texts(self, cell, directions):
        assert not gains_by_scan(networks_of(cell, directions), 8)
        assert not gains_by_scan(networks_of(cell, directions), 0)

    @EVERY
    def test_not_without_gradients(self, cell):
        with torch.no_grad():
            assert not gains_by_scan(networks_of(cell, 2), 64)

    @EVERY
    def test_not_on_another_device(self, cell):
        assert not gains_by_scan([network.to("meta") for network in networks_of(cell, 2)], 64)

    @EVERY
    def test_not_in_16_bits(self, cell):
        assert not gains_by_scan([network.bfloat16() for network in networks_of(cell, 2)], 64)

    @EVERY
    def test_not_while_compiled(self, cell, monkeypatch):
        monkeypatch.setattr("torch.compiler.is_compiling", lambda: True)
        assert not gains_by_scan(networks_of(cell, 2), 64)

    def test_not_with_states_of_a_relu(self):
        assert not gains_by_scan([nn.RNN(D, H, nonlinearity="relu")] * 2, 64)
