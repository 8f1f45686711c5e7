"""What stands in the rows of words that a vector file does not know."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from textclf.embedding.rows import NeededRows

__all__ = ["UNKNOWN_SCHEMES", "fill_missing"]

UNKNOWN_SCHEMES = ("gaussian", "mean", "subword", "uniform", "zero")

_CHUNK = 8192  # rows drawn together


def fill_missing(needed: NeededRows, *, scheme: str, unknown_id: int, seed: int) -> None:
    """Fill the rows without a vector, and that of the unknown word.

    Random numbers have mean zero and the standard deviation of all numbers of the found vectors.
    The unknown word gets the mean of the found vectors, or zeros where the scheme is ``"zero"``.

    Args:
        needed: The matrix, with at least one found vector.
        scheme: One of ``UNKNOWN_SCHEMES``; ``"subword"`` leaves the rows as they are.
        unknown_id: The id of the unknown word.
        seed: Of the random numbers.
    """
    if scheme == "zero":
        return
    mean, spread = needed.mean_and_spread()
    needed.matrix[unknown_id] = mean
    missing = needed.missing_ids()
    if scheme == "mean":
        needed.matrix[missing] = mean
    if scheme not in ("gaussian", "uniform"):
        return
    rng = np.random.default_rng(seed)
    for start in range(0, len(missing), _CHUNK):
        ids = missing[start : start + _CHUNK]
        needed.matrix[ids] = _draw(rng, scheme, spread, (len(ids), needed.matrix.shape[1]))


def _draw(
    rng: np.random.Generator, scheme: str, spread: float, shape: tuple[int, int]
) -> npt.NDArray[np.float32]:
    if scheme == "gaussian":
        return rng.standard_normal(shape, dtype=np.float32) * np.float32(spread)
    width = np.float32(spread * 12**0.5)  # of an interval whose standard deviation is `spread`
    return (rng.random(shape, dtype=np.float32) - np.float32(0.5)) * width
