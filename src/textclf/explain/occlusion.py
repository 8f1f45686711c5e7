"""Occlusion: a token is worth what the answer loses without it."""

from __future__ import annotations

from itertools import chain

import numpy as np
import numpy.typing as npt

from textclf.explain.answers import answers, log_odds
from textclf.predictor import Predictor

__all__ = ["occlusion"]

_TOKENS_IN_ALL = 2**20


def occlusion(
    predictor: Predictor, ids: npt.NDArray[np.int32], column: int, *, span: int | None = None
) -> npt.NDArray[np.float64]:
    """Delete each token in turn, and return how much the log-odds of a class fall.

    The whole model is asked, whatever it is made of: for a text of L tokens, L + 1 times. Where two
    tokens say the same, either can go, and neither scores much.

    Args:
        predictor: What is asked.
        ids: The text, ``(L,)``.
        column: The class.
        span: Tokens that are deleted together, each of which gets an equal part. None deletes one by
            one, and in a text of more than 1,024 tokens as many together as keep the work near a
            million tokens.

    Returns:
        The scores, ``(L,)``.

    References:
        Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, 2014; Li, Monroe and
        Jurafsky, Understanding Neural Networks through Representation Erasure, 2016.

    Example:
        >>> from textclf import TextEncoder, create_model
        >>> encoder = TextEncoder.build(["a good film", "a bad film"], ["pos", "neg"])
        >>> predictor = Predictor(encoder, create_model("dan", vocab_size=6, num_classes=2))
        >>> occlusion(predictor, predictor.encode(["a good film"])[0], 1).shape
        (3,)
    """
    length = len(ids)
    if length == 0:
        return np.zeros(0)
    if span is None:
        span = -(-(length**2) // _TOKENS_IN_ALL)
    starts = np.arange(0, length, span)
    without = (np.delete(ids, slice(start, start + span)) for start in starts)
    logits = answers(predictor, chain([ids], without))
    found = log_odds(logits, column, multi_label=predictor.labels.multi_label).numpy()
    sizes = np.diff(starts, append=length)
    return np.repeat((found[0] - found[1:]) / sizes, sizes)
