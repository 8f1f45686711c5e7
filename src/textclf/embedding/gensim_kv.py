"""gensim's .kv files: the words from the pickle, the vectors from it or from the file beside it.

gensim saves word vectors as a pickle, with arrays of more than ten million numbers in a ``.npy``
file (``.npz`` for a compressed ``.kv.gz``) of the same name. The pickle is never unpickled, see
:mod:`textclf.embedding.plain_pickle`. Vectors in the file beside it pass through block by block;
those inside the pickle are in memory while the rows are picked.
"""

from __future__ import annotations

import contextlib
import io
import math
import zipfile
import zlib
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from textclf.embedding.blocks import needed_rows
from textclf.embedding.plain_pickle import Made, PlainPickleReader
from textclf.embedding.rows import Rows, word_bytes
from textclf.embedding.source import VectorFile, checked_dim
from textclf.errors import DataError

__all__ = ["KeyedVectors", "kv_rows", "read_kv"]

_WORDS = ("index_to_key", "index2word", "index2entity")  # by the age of gensim
_VECTORS = ("vectors", "syn0")
_FLOATS = ("f2", "f4", "f8")
_CHUNK = 8192  # rows picked together, so that no copy of all is made
_BYTE_ORDERS = ("<", ">", "=", "|")


@dataclass(frozen=True)
class KeyedVectors:
    """What a .kv file says.

    Attributes:
        words: The word of each row, or None where it is not wanted.
        dim: Numbers per vector.
        attribute: The name under which gensim keeps the vectors.
        vectors: The vectors that stand in the pickle (rows, dim), None if they are beside it.
    """

    words: list[Any]
    dim: int
    attribute: str
    vectors: np.ndarray | None


def read_kv(file: VectorFile, stream: io.BufferedIOBase, wanted: Container[bytes]) -> KeyedVectors:
    """Read the pickle of a .kv file.

    Args:
        file: The file.
        stream: Its content, from the first byte.
        wanted: The words to keep.

    Returns:
        What it says.

    Raises:
        DataError: It is damaged, or not the plain vectors of words.
    """
    made = PlainPickleReader(stream, file.path, wanted).read()
    state = made.state if isinstance(made, Made) and isinstance(made.state, dict) else {}
    kind = made.path if isinstance(made, Made) else type(made).__name__
    words = next((state[name] for name in _WORDS if isinstance(state.get(name), list)), None)
    dim = state.get("vector_size")
    if words is None or not isinstance(dim, int):
        raise DataError(
            f"this is a pickle of {kind}, not of gensim's KeyedVectors. Save the vectors of a model as "
            "model.wv.save(path), or in word2vec's format.",
            path=file.path,
        )
    checked_dim(file.path, dim)
    if "vectors_ngrams" in state or "vectors_ngrams" in _list(state, "__numpys"):
        raise DataError(
            f"this is a pickle of {kind}, which keeps no vectors of words but their parts. Save the "
            "model with gensim.models.fasttext.save_facebook_model, or words with save_word2vec_format.",
            path=file.path,
        )
    for name in _VECTORS:
        if isinstance(state.get(name), Made):
            return KeyedVectors(words, dim, name, _array(state[name], file.path))
    name = next((name for name in _VECTORS if name in _list(state, "__numpys")), "vectors")
    return KeyedVectors(words, dim, name, None)


def kv_rows(file: VectorFile, stream: io.BufferedIOBase, wanted: Container[bytes]) -> Iterator[Rows]:
    """Yield the wanted rows of a .kv file.

    Raises:
        DataError: A file is damaged, cut short or missing, or not the plain vectors of words.
    """
    content = read_kv(file, stream, wanted)
    numbered = enumerate(content.words)
    known = [(i, word_bytes(word)) for i, word in numbered if isinstance(word, str)]
    rows = np.array([i for i, word in known if word in wanted], dtype=np.int64)
    names = [word for _, word in known if word in wanted]
    if content.vectors is not None:
        _check_shape(content.vectors.shape, content, file.path)
        for start in range(0, len(rows), _CHUNK):
            part = slice(start, start + _CHUNK)
            yield Rows(names[part], (rows[part] + 1).tolist(), content.vectors[rows[part]])
        return
    with _open_beside(file.path, content.attribute) as (beside, path):
        shape, dtype = _array_header(beside, path)
        _check_shape(shape, content, path)
        for part, block in needed_rows(beside, rows, shape=(shape[0], shape[1]), dtype=dtype, path=path):
            yield Rows(names[part], (rows[part] + 1).tolist(), block)


def _list(state: dict[Any, Any], name: str) -> list[Any]:
    value = state.get(name)
    return value if isinstance(value, list) else []


def _array(made: Made, path: Path) -> np.ndarray:
    """Return the array that numpy's part of the pickle describes."""
    try:
        _, shape, kind, column_order, content = made.state
        if isinstance(content, Made):  # the bytes of protocol 2, which are _codecs.encode(text, "latin1")
            content = content.arguments[0].encode("latin-1")
        code, order = kind.arguments[0], kind.state[1]
        if code in _FLOATS and order in _BYTE_ORDERS and not column_order and isinstance(content, bytes):
            dtype = np.dtype(code).newbyteorder(order)
            if math.prod(shape) * dtype.itemsize == len(content):
                return np.frombuffer(content, dtype=dtype).reshape(shape)
    except (TypeError, ValueError, AttributeError, IndexError):
        pass
    raise DataError("the vectors in the pickle are not a whole array of floating-point numbers.", path=path)


def _check_shape(shape: tuple[int, ...], content: KeyedVectors, path: Path) -> None:
    if len(shape) != 2 or shape[1] != content.dim or shape[0] < len(content.words):
        raise DataError(
            f"the vectors are of shape {shape}, and there are {len(content.words):,} words of "
            f"{content.dim:,} numbers: the file is damaged or belongs to another .kv file.",
            path=path,
        )


@contextlib.contextmanager
def _open_beside(path: Path, attribute: str) -> Iterator[tuple[IO[bytes], Path]]:
    """Open the array that gensim saved beside a .kv file."""
    places = [path.with_name(f"{path.name}.{attribute}.{ending}") for ending in ("npy", "npz")]
    places.append(path.with_name(f"{path.name.removesuffix('.gz')}.{attribute}.npy"))
    place = next((place for place in places if place.is_file()), None)
    if place is None:
        raise DataError(
            f"the vectors are in a file of their own, {places[0].name}, which is not there. "
            "Put it beside this file.",
            path=path,
        )
    if place.suffix == ".npy":
        with place.open("rb") as stream:
            yield stream, place
        return
    try:
        with zipfile.ZipFile(place) as archive, archive.open("val.npy") as stream:
            yield stream, place
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError) as error:
        raise DataError(
            f"this is not an array as gensim saves it ({error}). Fetch it again.", path=place
        ) from None


def _array_header(stream: IO[bytes], path: Path) -> tuple[tuple[int, ...], np.dtype]:
    """Read the header of a .npy file, which is plain text."""
    try:
        if np.lib.format.read_magic(stream) == (1, 0):
            shape, column_order, dtype = np.lib.format.read_array_header_1_0(stream)
        else:
            shape, column_order, dtype = np.lib.format.read_array_header_2_0(stream)
    except ValueError as error:
        raise DataError(f"this is not a NumPy array ({error}). Fetch it again.", path=path) from None
    if dtype.kind != "f" or column_order:
        raise DataError(f"the array must hold floating-point numbers in row order, not {dtype}.", path=path)
    return shape, dtype
