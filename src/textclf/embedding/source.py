"""Vector files: opening them, compressed or not, and telling their formats apart by content."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from tqdm import tqdm

from textclf.errors import DataError, must_be

__all__ = [
    "BUFFER",
    "LONGEST_WORD",
    "NUMERAL",
    "Readable",
    "VectorFile",
    "checked_dim",
    "inspect_file",
    "known_dim",
    "open_content",
    "read_exactly",
]

NUMERAL = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
"""A number in a text file; NaN and infinity are words as well, so they are not among them."""

BUFFER = 1 << 20  # bytes read and looked at together
LONGEST_WORD = 1 << 16  # bytes; more without an end means that the file is not what it says
_SAMPLE = 1 << 18  # bytes that tell the format: more than one row, however wide
_MAX_DIM = 1 << 16
_VALUE = re.compile(NUMERAL.pattern + rb"|[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_HEADER = re.compile(rb"[ \t]*(\d{1,12})[ \t]+(\d{1,9})[ \t\r]*(?:\n|$)")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_FASTTEXT_MAGIC = (793712314).to_bytes(4, "little")
_PICKLE = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))
_OTHER_KINDS = {
    rb"PK\x03\x04": "is a zip archive. Unpack it and give the file inside",
    rb"BZh[1-9]1AY&SY": "is compressed with bzip2. Unpack it, or compress it with gzip",
    rb"\xfd7zXZ\x00": "is compressed with xz. Unpack it, or compress it with gzip",
    rb"7z\xbc\xaf": "is a 7z archive. Unpack it and give the file inside",
    rb"\x28\xb5\x2f\xfd": "is compressed with zstd. Unpack it, or compress it with gzip",
    rb"\x93NUMPY": "is a NumPy array without words. Give the .kv file that it belongs to",
}


class Readable(Protocol):
    """Anything that bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """Return the next ``size`` bytes, fewer only at the end."""


@dataclass(frozen=True)
class VectorFile:
    """What the beginning of a vector file tells.

    Attributes:
        path: Where the file is.
        format: ``"word2vec_text"``, ``"word2vec_binary"``, ``"glove_text"``, ``"fasttext_bin"`` or
            ``"gensim_kv"``.
        compressed: Whether the content is gzip-compressed.
        dim: Numbers per vector; None for gensim's format, where it stands inside.
        rows: Rows that the header promises; None where there is no header.
        start: The byte of the (uncompressed) content at which the first row begins.
    """

    path: Path
    format: str
    compressed: bool
    dim: int | None = None
    rows: int | None = None
    start: int = 0


def inspect_file(path: str | os.PathLike[str]) -> VectorFile:
    """Read the beginning of a file and tell its format.

    Args:
        path: The file; its name does not matter.

    Returns:
        What the beginning says.

    Raises:
        ArgumentError: ``path`` is not a path.
        FileNotFoundError: There is no such file.
        DataError: It is a folder, empty, damaged or not of a known format.
    """
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise must_be("path", "the path of a vector file", path)
    place = Path(path)
    if place.is_dir():
        raise DataError("this is a folder. Give the path of a file in it.", path=place)
    if not place.exists():
        raise FileNotFoundError(f"`path` must be a file that exists. Received: {str(place)!r}.")
    with place.open("rb") as raw:
        compressed = raw.read(2) == b"\x1f\x8b"
    with open_content(VectorFile(place, "", compressed)) as stream:
        head = stream.read(_SAMPLE)
    if not head:
        raise DataError("the file is empty. Fetch the vector file again.", path=place)
    return _recognise(place, compressed, head)


@contextlib.contextmanager
def open_content(file: VectorFile, *, progress: bool = False) -> Iterator[io.BufferedIOBase]:
    """Open the uncompressed content of a vector file, from its first byte.

    Args:
        file: The file.
        progress: Show how much of the file was read.

    Yields:
        A buffered stream of bytes.

    Raises:
        DataError: While the block reads: the compressed data end too early or are damaged.
    """
    with (
        file.path.open("rb", buffering=0) as raw,
        tqdm(
            desc=file.path.name,
            total=file.path.stat().st_size,
            unit="B",
            unit_scale=True,
            disable=not progress,
        ) as bar,
    ):
        stream = io.BufferedReader(_Counted(raw, bar), BUFFER)
        if not file.compressed:
            yield stream
            return
        try:
            yield io.BufferedReader(cast(Any, gzip.GzipFile(fileobj=stream)), BUFFER)
        except EOFError:
            raise DataError(
                "the compressed data end too early: the file was cut short. Fetch it again.", path=file.path
            ) from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise DataError(
                f"the compressed data are damaged ({error}). Fetch the file again.", path=file.path
            ) from None


def read_exactly(stream: Readable, size: int, path: Path, what: str) -> bytes:
    """Read ``size`` bytes, or raise because the file ends before them.

    Nothing is set aside for what is not there, so a damaged length cannot exhaust the memory.

    Raises:
        DataError: The file ends too early; ``what`` says in the message what was being read.
    """
    if size <= BUFFER:
        content = stream.read(size)
    else:
        grown = bytearray()
        while len(grown) < size:
            piece = stream.read(min(BUFFER, size - len(grown)))
            if not piece:
                break
            grown += piece
        content = bytes(grown)
    if len(content) < size:
        raise DataError(
            f"the file ends within {what}: {size:,} bytes belong there and {len(content):,} are left. "
            "It was cut short; fetch it again.",
            path=path,
        )
    return content


class _Counted(io.RawIOBase):
    """A file that tells a progress bar what is read from it."""

    def __init__(self, raw: io.FileIO, bar: Any) -> None:
        self._raw = raw
        self._bar = bar

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        count = self._raw.readinto(buffer)
        self._bar.update(count)
        return count


def _recognise(path: Path, compressed: bool, head: bytes) -> VectorFile:
    for magic, advice in _OTHER_KINDS.items():
        if re.match(magic, head):
            raise DataError(f"the file {advice}.", path=path)
    if head.startswith(_FASTTEXT_MAGIC):
        dim = int.from_bytes(head[8:12], "little", signed=True)
        return VectorFile(path, "fasttext_bin", compressed, checked_dim(path, dim))
    if head.startswith(_PICKLE):
        return VectorFile(path, "gensim_kv", compressed)
    start = len(_BYTE_ORDER_MARK) if head.startswith(_BYTE_ORDER_MARK) else 0
    header = _HEADER.match(head, start)
    if header is not None:
        rows, dim = int(header[1]), checked_dim(path, int(header[2]))
        if rows == 0:
            raise DataError("the header says that there are no rows.", path=path, line=1)
        kind = "word2vec_text" if _looks_like_text(head[header.end() :]) else "word2vec_binary"
        return VectorFile(path, kind, compressed, dim, rows, header.end())
    dim = _width_without_header(head[start:])
    if dim == 0:
        raise DataError(
            f"this is not a vector file of a known format: it begins with {head[:40]!r}. Known: word2vec "
            "binary and text, GloVe text (a word and its numbers in each line, with single spaces between "
            "them), fastText .vec and .bin, gensim .kv, each plain or .gz.",
            path=path,
        )
    return VectorFile(path, "glove_text", compressed, checked_dim(path, dim), None, start)


def checked_dim(path: Path, dim: int) -> int:
    """Return ``dim``, or raise because no vector has that many numbers.

    Raises:
        DataError: It is below 1 or above 65,536.
    """
    if not 1 <= dim <= _MAX_DIM:
        raise DataError(
            f"the file says that a vector has {dim:,} numbers; from 1 to {_MAX_DIM:,} are possible. It is "
            "damaged or not a vector file.",
            path=path,
        )
    return dim


def known_dim(file: VectorFile) -> int:
    """Return how many numbers a vector has in a file that says so at its beginning.

    Raises:
        DataError: The file does not say it there.
    """
    if file.dim is None:
        raise DataError("the file does not say how many numbers a vector has.", path=file.path)
    return file.dim


def _looks_like_text(body: bytes) -> bool:
    """Tell a text file from a binary one by what follows the header."""
    line = body.lstrip(b" \r\n").split(b"\n", 1)[0]
    fields = line.rstrip(b" \r").split(b" ")[1:]
    numbers = sum(_VALUE.fullmatch(field) is not None for field in fields)
    return not body or (not _CONTROL.search(body[:4096]) and bool(fields) and 2 * numbers >= len(fields))


def _width_without_header(head: bytes) -> int:
    """Return how many numbers follow the word in a line, 0 if these are not lines of that kind."""
    lines = head.split(b"\n")
    if len(head) == _SAMPLE:
        lines.pop()  # it may be cut
    if _CONTROL.search(head[:4096]):
        return 0
    widths = [_trailing_numbers(line) for line in lines[:10] if line.strip()]
    for numbers, fields in widths:
        if numbers == fields - 1:
            return numbers
    return widths[0][0] if widths else 0


def _trailing_numbers(line: bytes) -> tuple[int, int]:
    """Return how many numbers end the line, the first field left aside, and how many fields it has."""
    fields = line.rstrip(b" \r").split(b" ")
    count = 0
    while count < len(fields) - 1 and _VALUE.fullmatch(fields[-1 - count]):
        count += 1
    return count, len(fields)
