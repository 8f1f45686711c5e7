"""Which positions of a padded batch hold a real token."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["length_mask", "reverse_within_lengths"]


def length_mask(lengths: Tensor, width: int) -> Tensor:
    """Mark the real tokens of a batch.

    Args:
        lengths: ``(B,)`` number of real tokens of each text.
        width: L, the padded length.

    Returns:
        ``(B, L)`` boolean, true at a real token.

    Example:
        >>> length_mask(torch.tensor([1, 3]), 3).int()
        tensor([[1, 0, 0],
                [1, 1, 1]], dtype=torch.int32)
    """
    return torch.arange(width, device=lengths.device) < lengths.unsqueeze(1)


def reverse_within_lengths(sequence: Tensor, lengths: Tensor) -> Tensor:
    """Reverse each row's real positions and leave its padding at the end.

    Applied twice, it gives back the input. It lets the backward direction of a recurrent network
    begin at the last real token, whatever the padding.

    Args:
        sequence: ``(B, L, H)``.
        lengths: ``(B,)``.

    Returns:
        ``(B, L, H)``.

    Example:
        >>> row = torch.tensor([[[1.0], [2.0], [0.0]]])
        >>> reverse_within_lengths(row, torch.tensor([2])).flatten().tolist()
        [2.0, 1.0, 0.0]
    """
    position = torch.arange(sequence.shape[1], device=sequence.device)
    mirrored = lengths.unsqueeze(1) - 1 - position
    index = torch.where(mirrored >= 0, mirrored, position)
    return sequence.gather(1, index.unsqueeze(2).expand_as(sequence))
