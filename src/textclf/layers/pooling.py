"""From one vector a token to one vector a text, with padding left out."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from textclf.errors import must_be
from textclf.layers.masking import length_mask

__all__ = ["POOLINGS", "AttentionPooling", "create_pooling", "last_pool", "max_pool", "mean_pool"]


def last_pool(states: Tensor, lengths: Tensor) -> Tensor:
    """Take the vector of each text's last real token.

    Args:
        states: ``(B, L, H)``.
        lengths: ``(B,)``; a text of length 0 gives zeros.

    Returns:
        ``(B, H)``.

    Example:
        >>> last_pool(torch.tensor([[[1.0], [2.0], [9.0]]]), torch.tensor([2])).tolist()
        [[2.0]]
    """
    index = (lengths - 1).clamp(min=0).view(-1, 1, 1).expand(-1, 1, states.shape[2])
    return states.gather(1, index).squeeze(1).masked_fill((lengths == 0).unsqueeze(1), 0.0)


def max_pool(states: Tensor, lengths: Tensor) -> Tensor:
    """Take the largest value of each feature over a text's real tokens.

    Args:
        states: ``(B, L, H)``.
        lengths: ``(B,)``; a text of length 0 gives zeros.

    Returns:
        ``(B, H)``.

    Example:
        >>> max_pool(torch.tensor([[[1.0], [-2.0], [9.0]]]), torch.tensor([2])).tolist()
        [[1.0]]
    """
    padding = ~length_mask(lengths, states.shape[1]).unsqueeze(2)
    largest = states.masked_fill(padding, -torch.inf).max(dim=1).values
    return largest.masked_fill((lengths == 0).unsqueeze(1), 0.0)


def mean_pool(states: Tensor, lengths: Tensor) -> Tensor:
    """Average each feature over a text's real tokens.

    Args:
        states: ``(B, L, H)``; padding may hold anything finite.
        lengths: ``(B,)``; a text of length 0 gives zeros.

    Returns:
        ``(B, H)``.

    Example:
        >>> mean_pool(torch.tensor([[[1.0], [3.0], [9.0]]]), torch.tensor([2])).tolist()
        [[2.0]]
    """
    weights = length_mask(lengths, states.shape[1]).to(states.dtype)
    weights = weights / lengths.clamp(min=1).unsqueeze(1)
    return torch.bmm(weights.unsqueeze(1), states).squeeze(1)


class AttentionPooling(nn.Module):
    """Average the tokens by weights that are learnt from the tokens themselves.

    The weight of a token is the softmax, over the real tokens, of ``v . tanh(W h + b)``.

    Args:
        features: H, the size of each token's vector.

    Shape:
        ``states (B, L, H)``, with anything finite at padding, ``lengths (B,)`` -> ``(B, H)``; a text of
        length 0 gives zeros.

    References:
        Yang et al., Hierarchical Attention Networks for Document Classification, 2016.

    Example:
        >>> AttentionPooling(4)(torch.zeros(2, 3, 4), torch.tensor([3, 0])).shape
        torch.Size([2, 4])
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.project = nn.Linear(features, features)
        self.score = nn.Linear(features, 1, bias=False)

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        """Pool ``(B, L, H)`` to ``(B, H)``."""
        mask = length_mask(lengths, states.shape[1])
        scores = self.score(torch.tanh(self.project(states))).squeeze(2)
        # A finite floor, so that a row with no real token has a softmax without NaN.
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
        weights = torch.softmax(scores, dim=1) * mask
        return torch.bmm(weights.unsqueeze(1).to(states.dtype), states).squeeze(1)


class _Pooling(nn.Module):
    """A pooling function as a module."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        return _FUNCTIONS[self.name](states, lengths)

    def extra_repr(self) -> str:
        return self.name


_FUNCTIONS = {"last": last_pool, "max": max_pool, "mean": mean_pool}
POOLINGS = (*_FUNCTIONS, "attention")


def create_pooling(name: str, features: int) -> nn.Module:
    """Make a pooling layer by name.

    Args:
        name: ``"last"``, ``"max"``, ``"mean"`` or ``"attention"``.
        features: H, the size of each token's vector.

    Returns:
        A module called as ``pooling(states (B, L, H), lengths (B,)) -> (B, H)``.

    Raises:
        ArgumentError: The name is another.

    Example:
        >>> create_pooling("mean", 2)
        _Pooling(mean)
    """
    if name not in POOLINGS:
        raise must_be("pooling", f"one of {', '.join(POOLINGS)}", name)
    return AttentionPooling(features) if name == "attention" else _Pooling(name)
