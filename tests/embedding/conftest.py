from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from textclf.embedding import Coverage, EmbeddingLoader
from textclf.text.vocab import Vocab

Rows = Mapping[str, Sequence[float]]
Writer = Callable[..., Path]


def _as_text(rows: Rows, *, header: bool, end: str = "\n") -> bytes:
    lines = [" ".join([word, *map(repr, np.float32(row).tolist())]) for word, row in rows.items()]
    dim = len(next(iter(rows.values())))
    first = [f"{len(rows)} {dim}"] if header else []
    return "".join(line + end for line in [*first, *lines]).encode("utf-8", "surrogatepass")


def _as_binary(rows: Rows, *, newline: bytes = b"") -> bytes:
    dim = len(next(iter(rows.values())))
    content = b"%d %d\n" % (len(rows), dim)
    for word, row in rows.items():
        content += word.encode("utf-8", "surrogatepass") + b" " + np.asarray(row, "<f4").tobytes() + newline
    return content


ENCODERS: dict[str, Callable[[Rows], bytes]] = {
    "glove_text": lambda rows: _as_text(rows, header=False),
    "word2vec_text": lambda rows: _as_text(rows, header=True),
    "word2vec_text with spaces at line ends": lambda rows: _as_text(rows, header=True, end=" \n"),
    "word2vec_text with carriage returns": lambda rows: _as_text(rows, header=True, end="\r\n"),
    "word2vec_binary": lambda rows: _as_binary(rows),
    "word2vec_binary with line ends": lambda rows: _as_binary(rows, newline=b"\n"),
}


@pytest.fixture(params=[False, True], ids=["plain", "gz"])
def compress(request: pytest.FixtureRequest) -> Callable[[bytes], bytes]:
    return gzip.compress if request.param else lambda content: content


@pytest.fixture(scope="session")
def encode() -> Callable[[str, Rows], bytes]:
    """Return the content of a vector file of the named format."""
    return lambda name, rows: ENCODERS[name](rows)


@pytest.fixture(scope="session")
def load() -> Callable[..., tuple[dict[str, list[float]], Coverage]]:
    """Return a function that loads some words and gives the row of each token, and the report."""

    def load_words(path: Path, words: Sequence[str] | Vocab, **options: object):
        options.setdefault("unknown", "zero")
        vocab = words if isinstance(words, Vocab) else Vocab(words)
        matrix, coverage = EmbeddingLoader(path, **options).load(vocab)
        return {token: matrix[i].tolist() for i, token in enumerate(vocab)}, coverage

    return load_words


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Write content to a file whose name says nothing, and return its path."""

    def write_content(content: str | bytes, name: str = "vectors") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    return write_content
