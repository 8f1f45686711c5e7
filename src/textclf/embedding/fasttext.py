"""fastText's own .bin format: words and character n-grams, read as a stream.

The vector of a word is the mean of its own row and the rows of its n-grams; that of a word that is
not in the dictionary is the mean of its n-grams alone. gensim computes which n-grams a word has;
the matrix, which is most of the file, passes through block by block and is never in memory whole.

References:
    Bojanowski, Grave, Joulin and Mikolov (2017), Enriching Word Vectors with Subword Information.
"""

from __future__ import annotations

import array
import dataclasses
import io
import struct
from collections.abc import Container, Iterator

import numpy as np
import torch

from textclf.embedding.blocks import needed_rows
from textclf.embedding.records import Records
from textclf.embedding.rows import NeededRows
from textclf.embedding.source import Readable, VectorFile, read_exactly
from textclf.errors import DataError

__all__ = ["dictionary_words", "read_fasttext"]

_END_OF_SENTENCE = "</s>"  # the one word that fastText gives no n-grams
_SUPERVISED = 3
_BEGINNING = struct.Struct("<2i12id3i2q")
_MATRIX = struct.Struct("<?2q")
_ENTRY = struct.calcsize("<qb")  # after each word: its count, and whether it is a word or a label


@dataclasses.dataclass(frozen=True)
class _Model:
    dim: int
    buckets: int
    shortest: int
    longest: int
    entries: int
    words: int


def read_fasttext(file: VectorFile, stream: io.BufferedIOBase, needed: NeededRows, *, compose: bool) -> int:
    """Fill the needed rows from a fastText model.

    Args:
        file: The model.
        stream: Its content, from the first byte.
        needed: The matrix to fill.
        compose: Whether to put together vectors for words that are not in the dictionary.

    Returns:
        How many vectors were put together.

    Raises:
        DataError: The file is damaged, cut short, quantised or pruned.
    """
    model = _read_beginning(file, stream)
    needed.allocate(model.dim)
    entries = _entries(file, stream, model)
    for word in _words(entries, model, needed.wanted):
        needed.claim(*word)
    parts, counts = _parts(needed, model, compose)
    _add_up(file, _Chained(entries.rest, stream), needed.matrix, parts, counts, model)
    return int(np.count_nonzero(counts[~needed.found])) if compose else 0


def dictionary_words(
    file: VectorFile, stream: io.BufferedIOBase, wanted: Container[bytes]
) -> Iterator[bytes]:
    """Yield the wanted words of a fastText model in their order.

    Raises:
        DataError: The file is damaged, cut short, quantised or pruned.
    """
    model = _read_beginning(file, stream)
    for word, _ in _words(_entries(file, stream, model), model, wanted):
        yield word


class _Chained:
    """Bytes that were read already, and the stream that goes on after them."""

    def __init__(self, first: bytes, stream: Readable) -> None:
        self._first = first
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        piece, self._first = self._first[:size], self._first[size:]
        return piece if len(piece) == size else piece + self._stream.read(size - len(piece))


def _read_beginning(file: VectorFile, stream: Readable) -> _Model:
    content = read_exactly(stream, _BEGINNING.size, file.path, "the model's settings")
    values = _BEGINNING.unpack(content)
    version, dim = values[1:3]
    kind, buckets, shortest, longest = values[9:13]
    entries, words, pruned = values[15], values[16], values[19]
    if version not in (11, 12):
        raise DataError(
            f"the file is of fastText's format version {version}; 11 and 12 are known.", path=file.path
        )
    if pruned > 0:
        raise _quantised(file)
    if version == 11 and kind == _SUPERVISED:
        longest = 0  # such models have no character n-grams
    if not 1 <= words <= entries or buckets < 0 or shortest < 0 or words + buckets >= 2**31:
        raise DataError(
            f"the settings are impossible ({entries:,} entries, {words:,} words, {buckets:,} n-gram rows): "
            "the file is damaged. Fetch it again.",
            path=file.path,
        )
    return _Model(dim, buckets, shortest, longest, entries, words)


def _quantised(file: VectorFile) -> DataError:
    return DataError(
        "this is a quantised fastText model (.ftz), which keeps no exact vectors. "
        "Give the .bin or .vec file.",
        path=file.path,
    )


def _entries(file: VectorFile, stream: io.BufferedIOBase, model: _Model) -> Records:
    dictionary = dataclasses.replace(file, start=_BEGINNING.size)
    return Records(dictionary, stream, terminator=b"\0", size=_ENTRY, count=model.entries)


def _words(entries: Records, model: _Model, wanted: Container[bytes]) -> Iterator[tuple[bytes, int]]:
    """Yield the wanted words and their numbers; the entries behind the words are labels."""
    for found in entries.find(wanted):
        for word, number, _ in found:
            if number <= model.words:
                yield word, number


def _ngram_rows(word: str, model: _Model) -> list[int]:
    """Return the rows of the matrix that belong to the character n-grams of a word."""
    from gensim.models.fasttext import ft_ngram_hashes

    if word == _END_OF_SENTENCE or not model.buckets or model.longest < 1 or not _is_encodable(word):
        return []
    hashes = ft_ngram_hashes(word, model.shortest, model.longest, model.buckets)
    return [model.words + number for number in hashes]


def _is_encodable(word: str) -> bool:
    try:
        word.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _parts(needed: NeededRows, model: _Model, compose: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that make up each vector, one id after the other, and how many each id has."""
    parts = array.array("i")
    counts = np.zeros(len(needed.tokens), dtype=np.int32)
    for i in range(needed.first, len(needed.tokens)):
        token = needed.tokens[i]
        if needed.origin[i]:
            parts.append(int(needed.origin[i]) - 1)
            rows = _ngram_rows(token.lower() if needed.lowered[i] else token, model)
            counts[i] = 1 + len(rows)
            parts.extend(rows)
        elif compose:
            rows = _ngram_rows(token, model)
            counts[i] = len(rows)
            parts.extend(rows)
    return np.frombuffer(parts, dtype=np.int32) if parts else np.zeros(0, np.int32), counts


def _add_up(
    file: VectorFile,
    stream: Readable,
    matrix: np.ndarray,
    parts: np.ndarray,
    counts: np.ndarray,
    model: _Model,
) -> None:
    """Set each row of ``matrix`` to the mean of its parts, in one pass over the file's matrix."""
    content = read_exactly(stream, _MATRIX.size, file.path, "the head of the matrix")
    quantised, rows, columns = _MATRIX.unpack(content)
    if quantised:
        raise _quantised(file)
    if (rows, columns) != (model.words + model.buckets, model.dim):
        raise DataError(
            f"the matrix is {rows:,} x {columns:,}, and the settings say {model.words + model.buckets:,} x "
            f"{model.dim:,}: the file is damaged. Fetch it again.",
            path=file.path,
        )
    order = np.argsort(parts, kind="stable")
    owners = np.repeat(np.arange(len(counts), dtype=np.int32), counts)[order]
    target = torch.from_numpy(matrix)
    blocks = needed_rows(stream, parts[order], shape=(rows, columns), dtype=np.dtype("<f4"), path=file.path)
    for part, block in blocks:
        target.index_add_(0, torch.from_numpy(owners[part].astype(np.int64)), torch.from_numpy(block))
    np.divide(matrix, np.maximum(counts, 1)[:, None], out=matrix, casting="same_kind")
