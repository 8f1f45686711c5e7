"""What a model answers to many forms of one text, and the number that is explained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from textclf.data.corpus import EncodedCorpus
from textclf.predictor import Predictor

__all__ = ["answers", "log_odds"]

_TOKENS_AT_ONCE = 2**17


def answers(predictor: Predictor, texts: Iterable[npt.NDArray[np.int32]]) -> Tensor:
    """Ask for as many texts at a time as fit into memory, however long they are.

    Args:
        predictor: What is asked.
        texts: The ids of each, the longest first; one or more, read once.

    Returns:
        The logits over the temperature, ``(N, C)`` float64 on the CPU.

    Example:
        >>> from textclf import TextEncoder, create_model
        >>> encoder = TextEncoder.build(["a good film", "a bad film"], ["pos", "neg"])
        >>> predictor = Predictor(encoder, create_model("dan", vocab_size=6, num_classes=2))
        >>> answers(predictor, predictor.encode(["a good film", "bad"])).shape
        torch.Size([2, 2])
    """
    logits = torch.cat([torch.from_numpy(predictor.logits(part)).double() for part in _parts(texts)])
    return logits / predictor.temperature


def _parts(texts: Iterable[npt.NDArray[np.int32]]) -> Iterator[EncodedCorpus]:
    remaining = iter(texts)
    for first in remaining:
        others = _TOKENS_AT_ONCE // (len(first) + 1)
        yield EncodedCorpus.from_lists([first, *islice(remaining, others)])


def log_odds(logits: Tensor, column: int, *, multi_label: bool = False) -> Tensor:
    """Return how much more likely one class is than all others together, as a natural logarithm.

    Where a text may have several labels, it is how much more likely this one is there than not: its logit.

    A probability hardly moves where it is near 1, whatever is taken from the text; its log-odds,
    log p / (1 - p), do. With two classes they are the difference of the logits.

    Args:
        logits: ``(N, C)``, of two or more classes.
        column: The class.
        multi_label: Whether a text may have several labels.

    Returns:
        ``(N,)``.

    Example:
        >>> shares = torch.tensor([[0.8, 0.1, 0.1]])
        >>> round(log_odds(shares.log(), 0).exp().item(), 4)  # 0.8 / 0.2
        4.0
    """
    if multi_label:
        return logits[:, column]
    others = torch.cat([logits[:, :column], logits[:, column + 1 :]], dim=1)
    return logits[:, column] - others.logsumexp(dim=1)
