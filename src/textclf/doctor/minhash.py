"""Near-duplicate texts among many: shingles, MinHash signatures, and bands of them.

A shingle is three words in a row. The share of shingles that two texts have in common (their Jaccard
similarity) is the chance that the least hash of both is the same; 64 such hashes are a signature. Texts
that agree in all four hashes of one of 16 bands are candidates, and their true similarity is then computed.

References:
    Broder, On the resemblance and containment of documents, 1997.
    Indyk and Motwani, Approximate nearest neighbors, 1998.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

__all__ = ["MIN_WORDS", "SIMILARITY", "near_pairs", "shingle_words", "shingles", "signatures"]

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint32]

SIMILARITY = 0.8
"""Texts with at least this share of shingles in common are near-duplicates."""
MIN_WORDS = 5
"""Texts with fewer words are not compared: short ones are alike by chance."""

_SHINGLE = 3
_HASHES, _BAND = 64, 4
_AT_ONCE = 1 << 20  # tokens
_MULTIPLIERS = [np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9)]


def shingle_words(tokens: Sequence[str]) -> tuple[npt.NDArray[np.int32], int]:
    """Number the words of a vocabulary as they count for shingles: in lower case, no signs, no addresses.

    Args:
        tokens: The vocabulary.

    Returns:
        For each token its number, -1 for one that does not count, and the id of the sign ``@``, after
        which a name does not count, or -1.

    Example:
        >>> shingle_words(["Good", "good", "!", "http://a.b", "@"])
        (array([ 0,  0, -1, -1, -1], dtype=int32), 4)
    """
    numbers: dict[str, int] = {}
    found = np.full(len(tokens), -1, dtype=np.int32)
    for i, token in enumerate(tokens):
        if not token.startswith(("http:", "https:", "www.")) and any(map(str.isalnum, token)):
            found[i] = numbers.setdefault(token.lower(), len(numbers))
    return found, next((i for i, token in enumerate(tokens) if token == "@"), -1)


def shingles(
    ids: npt.NDArray[np.int32], offsets: Ints, rows: Ints, words: npt.NDArray[np.int32], at: int
) -> tuple[Hashes, Ints]:
    """Return the different shingles of some texts, hashed to 32 bits.

    Args:
        ids: Token ids of all texts, shape (T,).
        offsets: Where each text begins, shape (N + 1,).
        rows: Which texts, shape (R,).
        words: From :func:`shingle_words`.
        at: From the same.

    Returns:
        The hashes, and where those of each row begin, shape (R + 1,). A row of fewer than
        :data:`MIN_WORDS` words has none.
    """
    flat, lengths = _gathered(ids, offsets, rows)
    numbers = words[flat]
    if at >= 0:
        numbers[1:][flat[:-1] == at] = -1
    owner = np.repeat(np.arange(len(rows)), lengths)[numbers >= 0]
    numbers = numbers[numbers >= 0].astype(np.uint64)
    enough = np.bincount(owner, minlength=len(rows)) >= MIN_WORDS
    whole = owner[_SHINGLE - 1 :] == owner[: 1 - _SHINGLE] if len(owner) >= _SHINGLE else np.zeros(0, bool)
    whole = whole & enough[owner[: len(whole)]]
    mixed = np.zeros(len(whole), dtype=np.uint64)
    for place, multiplier in enumerate(_MULTIPLIERS):
        mixed += (numbers[place : place + len(whole)] + np.uint64(1)) * multiplier
        mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    keyed = owner[: len(whole)][whole].astype(np.uint64) << np.uint64(32) | mixed[whole] >> np.uint64(32)
    keyed = np.unique(keyed)
    counts = np.bincount((keyed >> np.uint64(32)).astype(np.int64), minlength=len(rows))
    return keyed.astype(np.uint32), np.concatenate([[0], np.cumsum(counts)])


def signatures(hashes: Hashes, offsets: Ints) -> npt.NDArray[np.uint16]:
    """Return the MinHash signature of each text, shape (R, 64); each must have a shingle."""
    random = np.random.default_rng(0)
    factors = random.integers(1 << 31, 1 << 32, _HASHES, dtype=np.uint32) | np.uint32(1)
    shifts = random.integers(1 << 32, size=_HASHES, dtype=np.uint32)
    found = np.empty((len(offsets) - 1, _HASHES), dtype=np.uint16)
    for i, (factor, shift) in enumerate(zip(factors, shifts, strict=True)):
        mixed = hashes * factor
        mixed ^= mixed >> np.uint32(15)
        least = np.minimum.reduceat(mixed * np.uint32(0x2C1B3C6D) + shift, offsets[:-1])
        found[:, i] = least * np.uint32(0x9E3779B1) >> np.uint32(16)
    return found


def near_pairs(
    ids: npt.NDArray[np.int32], offsets: Ints, rows: Ints, tokens: Sequence[str]
) -> tuple[Ints, Ints, npt.NDArray[np.float64]]:
    """Find pairs of near-duplicates among some texts.

    Of many texts that are all alike, each is paired with the first one and with the one before it,
    so that their number stays in proportion to that of the texts.

    Args:
        ids: Token ids of all texts, shape (T,).
        offsets: Where each text begins, shape (N + 1,).
        rows: Which texts to compare, rising, shape (R,).
        tokens: The token of each id.

    Returns:
        The earlier rows, the later rows, and the similarity of each pair, from 0.8 to 1.

    Example:
        >>> tokens = "the film was not good at all today".split()
        >>> ids = np.array([*range(8), *range(8), *range(7, -1, -1)], dtype=np.int32)
        >>> near_pairs(ids, np.array([0, 8, 16, 24]), np.arange(3), tokens)
        (array([0]), array([1]), array([1.]))
    """
    words, at = shingle_words(tokens)
    kept, found = [np.zeros(0, np.int64)], [np.zeros((0, _HASHES), np.uint16)]
    for part in _parts(offsets[rows + 1] - offsets[rows], _AT_ONCE):
        hashes, starts = shingles(ids, offsets, rows[part], words, at)
        some = np.diff(starts) > 0
        if some.any():
            kept.append(rows[part][some])
            found.append(signatures(hashes, np.append(starts[:-1][some], len(hashes))))
    usable, signed = np.concatenate(kept), np.concatenate(found)
    first, second = _candidates(signed)
    first, second = usable[first], usable[second]
    similar = np.zeros(len(first))
    sizes = offsets[first + 1] - offsets[first] + offsets[second + 1] - offsets[second]
    for part in _parts(sizes, _AT_ONCE):
        one = shingles(ids, offsets, first[part], words, at)
        other = shingles(ids, offsets, second[part], words, at)
        similar[part] = _jaccard(one, other)
    good = similar >= SIMILARITY
    return first[good], second[good], similar[good]


def _candidates(signed: npt.NDArray[np.uint16]) -> tuple[Ints, Ints]:
    """Return pairs that agree in a band and, by their whole signatures, may be similar enough."""
    keys: list[Ints] = [np.zeros(0, np.int64)]
    bands = np.ascontiguousarray(signed).view(np.uint64)
    for column in bands.T:
        order = np.argsort(column, kind="stable")
        same = column[order][1:] == column[order][:-1]
        starts = np.where(np.concatenate([[True], ~same]), np.arange(len(order)), 0)
        first = np.maximum.accumulate(starts)[1:][same]
        second = np.flatnonzero(same) + 1
        for earlier in (first, second - 1):
            pairs = order[earlier] * len(signed) + order[second]
            agree = [
                (signed[order[earlier[part]]] == signed[order[second[part]]]).mean(axis=1)
                for part in np.array_split(np.arange(len(second)), len(second) // 100_000 + 1)
            ]
            keys.append(pairs[np.concatenate(agree) >= SIMILARITY - 0.2])
    return np.divmod(np.unique(np.concatenate(keys)), max(len(signed), 1))


def _jaccard(one: tuple[Hashes, Ints], other: tuple[Hashes, Ints]) -> npt.NDArray[np.float64]:
    """Return the share of shingles that each two texts have in common."""
    both = []
    for hashes, offsets in (one, other):
        owner = np.repeat(np.arange(len(offsets) - 1, dtype=np.uint64), np.diff(offsets))
        both.append(owner << np.uint64(32) | hashes)
    keyed = np.sort(np.concatenate(both))
    twice = keyed[1:][keyed[1:] == keyed[:-1]] >> np.uint64(32)
    shared = np.bincount(twice.astype(np.int64), minlength=len(one[1]) - 1)
    result: npt.NDArray[np.float64] = shared / (np.diff(one[1]) + np.diff(other[1]) - shared)
    return result


def _gathered(ids: npt.NDArray[np.int32], offsets: Ints, rows: Ints) -> tuple[npt.NDArray[np.int32], Ints]:
    """Return the ids of some rows, one after another, and the length of each."""
    lengths = offsets[rows + 1] - offsets[rows]
    ends = np.cumsum(lengths)
    places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(offsets[rows] - ends + lengths, lengths)
    return ids[places], lengths


def _parts(sizes: Ints, most: int) -> list[slice]:
    """Cut a range so that each part has no more than ``most``, or a single item."""
    group = np.cumsum(sizes) // most
    bounds = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), len(sizes)]
    return [slice(a, b) for a, b in pairwise(bounds) if a < b]
