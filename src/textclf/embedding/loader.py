"""From a file of pretrained word vectors to the embedding matrix of one vocabulary."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Container, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from textclf.embedding.coverage import Coverage
from textclf.embedding.fasttext import dictionary_words, read_fasttext
from textclf.embedding.filling import UNKNOWN_SCHEMES, fill_missing
from textclf.embedding.formats import binary_records, binary_rows, text_records, text_rows
from textclf.embedding.gensim_kv import kv_rows, read_kv
from textclf.embedding.rows import NeededRows, Rows, word_bytes
from textclf.embedding.source import VectorFile, inspect_file, open_content
from textclf.errors import DataError, must_be
from textclf.registry import checked_options
from textclf.text.vocab import PAD_ID, UNK_ID, Vocab
from textclf.validation import require_bool, require_choice, require_int

__all__ = ["EmbeddingLoader"]

_READERS: dict[str, Callable[[VectorFile, io.BufferedIOBase, Container[bytes]], Iterator[Rows]]] = {
    "gensim_kv": kv_rows,
    "glove_text": text_rows,
    "word2vec_binary": binary_rows,
    "word2vec_text": text_rows,
}
_SHOWN = 20  # missing words in the report
_SAMPLE = 5  # words of each side in the message that nothing was found


class EmbeddingLoader:
    r"""Loads pretrained word vectors for the words of a vocabulary.

    The file may be word2vec binary or text, GloVe text (which has no header), fastText ``.vec`` or
    ``.bin``, or gensim's ``.kv``, each plain or gzip-compressed. It is recognised by its content;
    its name does not matter. The file is read once from beginning to end and only the rows that
    the vocabulary needs are kept, so the memory taken is that of the result and some 100 MB,
    whatever the size of the file. (Two kinds take more: a ``.kv`` whose vectors stand inside its
    pickle, as gensim saves up to ten million numbers, is held while its rows are picked; and for
    fastText's ``.bin``, each character n-gram of the vocabulary's words takes some 30 bytes.)

    Rules, where files leave something open:

    - Text files end lines at ``\n`` and separate columns by single spaces, nothing else. The word
      is everything before the last D numbers. Every line must have D numbers; blank lines and
      spaces at the end of a line do not count. Two kinds of damage cannot be seen: a cut within the
      very last number, and, in a file without a header, one between two lines.
    - If a word stands in several rows, the first one counts. The report says how many were passed
      over; only words that the vocabulary needs are looked at.
    - A word that is not in the file takes the vector of its lower-case form if that is there.
      Its own row wins, wherever it stands.
    - Words are compared as bytes, so rows whose word is not valid UTF-8 are passed over.
    - A value of a needed row that is not a finite number is an error, never a vector.
    - Padding is zero. The unknown word is the mean of the found vectors, or zero if ``unknown`` is
      ``"zero"``; rows of the file called ``<pad>`` or ``<unk>`` are not used.
    - A pickle is never unpickled: of a ``.kv``, only plain data are read, and one that names a
      function or class that word vectors do not need is refused.

    Args:
        path: The file.
        unknown: What a word gets that has no vector. ``"gaussian"`` and ``"uniform"``: random
            numbers with mean zero and the standard deviation of the found vectors; ``"mean"``: the
            mean of the found vectors; ``"zero"``; or ``"subword"``: the mean of the vectors of the
            word's character n-grams, for fastText's ``.bin`` alone (zero if it has none).
        lowercase_fallback: Whether to look for the lower-case form of words that are not there.
        seed: Of the random numbers.
        progress: Show a progress bar while the file is read.

    Raises:
        ArgumentError: An argument is out of its range, or ``"subword"`` for another kind of file.
        FileNotFoundError: There is no such file.
        DataError: The file is a folder, empty, damaged or not of a known format.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "vectors.txt"
        ...     _ = path.write_text("good 1 0\nfilm 0 3\n")
        ...     vectors, coverage = EmbeddingLoader(path, unknown="zero").load(Vocab(["Film", "zebra"]))
        >>> vectors
        tensor([[0., 0.],
                [0., 0.],
                [0., 3.],
                [0., 0.]])
        >>> coverage.types_found, coverage.found_by_lowercase, coverage.missing
        (1, 1, (('zebra', 1),))
    """

    @checked_options
    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        unknown: str = "gaussian",
        lowercase_fallback: bool = True,
        seed: int = 0,
        progress: bool = False,
    ) -> None:
        self.unknown = require_choice("unknown", unknown, UNKNOWN_SCHEMES)
        self.lowercase_fallback = require_bool("lowercase_fallback", lowercase_fallback)
        self.seed = require_int("seed", seed, at_least=0)
        self.progress = require_bool("progress", progress)
        self._file = inspect_file(path)
        self._dim = self._file.dim
        if unknown == "subword" and self.format != "fasttext_bin":
            raise must_be(
                "unknown",
                f"'gaussian', 'uniform', 'mean' or 'zero' for a file of format {self.format!r}",
                unknown,
                "Only fastText's .bin has the character n-grams that 'subword' needs.",
            )

    @property
    def path(self) -> Path:
        """The file."""
        return self._file.path

    @property
    def format(self) -> str:
        """The format of the file, as :meth:`detect` names it."""
        return self._file.format

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""
        if self._dim is None:
            with open_content(self._file) as stream:
                self._dim = read_kv(self._file, stream, frozenset()).dim
        return self._dim

    @staticmethod
    def detect(path: str | os.PathLike[str]) -> str:
        r"""Tell the format of a vector file by its content.

        Args:
            path: The file, plain or gzip-compressed.

        Returns:
            ``"word2vec_binary"``, ``"word2vec_text"`` (fastText's ``.vec`` too), ``"glove_text"``,
            ``"fasttext_bin"`` or ``"gensim_kv"``.

        Raises:
            ArgumentError: ``path`` is not a path.
            FileNotFoundError: There is no such file.
            DataError: It is a folder, empty, damaged or not of a known format.

        Example:
            >>> import tempfile
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     path = Path(folder) / "vectors"
            ...     _ = path.write_text("2 3\ngood 1 0 2\nfilm 0 3 1\n")
            ...     EmbeddingLoader.detect(path)
            'word2vec_text'
        """
        return inspect_file(path).format

    def load(self, vocab: Vocab) -> tuple[torch.Tensor, Coverage]:
        """Read the vectors of a vocabulary's words.

        Args:
            vocab: The V words, the special ones included.

        Returns:
            The embedding matrix, float32 of shape ``(V, D)`` with row i for the word of id i, and
            how much of the vocabulary the file knows.

        Raises:
            ArgumentError: ``vocab`` is not a vocabulary, or has no words.
            DataError: The file is damaged or cut short, its header is wrong, a needed row has
                a value that is not a finite number, or no word of the vocabulary is in it.
        """
        if not isinstance(vocab, Vocab):
            raise must_be("vocab", "a Vocab", vocab)
        first = 1 + max(PAD_ID, UNK_ID)
        if len(vocab) <= first:
            raise must_be("vocab", "a vocabulary with at least one word", vocab)
        needed = NeededRows(vocab.tokens, first=first, lowercase_fallback=self.lowercase_fallback)
        composed = self._read(needed)
        if not needed.found.any():
            raise self._nothing_found(vocab.tokens[first:])
        self._check_finite(needed)
        fill_missing(needed, scheme=self.unknown, unknown_id=UNK_ID, seed=self.seed)
        return torch.from_numpy(needed.matrix), _coverage(vocab, needed, composed)

    def _read(self, needed: NeededRows) -> int:
        """Fill the needed rows and return how many were put together from n-grams."""
        with open_content(self._file, progress=self.progress) as stream:
            if self.format == "fasttext_bin":
                return read_fasttext(self._file, stream, needed, compose=self.unknown == "subword")
            with np.errstate(over="ignore", invalid="ignore"):  # _check_finite names the word instead
                for rows in _READERS[self.format](self._file, stream, needed.wanted):
                    needed.place(rows)
        return 0

    def _check_finite(self, needed: NeededRows) -> None:
        number = needed.first_not_finite()
        if number is None:
            return
        row = int(needed.origin[number])
        in_lines = self.format in ("glove_text", "word2vec_text")
        place = "" if in_lines or row == 0 else f" in row {row:,}"
        raise DataError(
            f"the vector of {needed.tokens[number]!r}{place} has a value that is NaN, infinite or too "
            "large for 32 bits. Correct the row, or take it out.",
            path=self.path,
            line=row if in_lines else None,
        )

    def _nothing_found(self, words: tuple[str, ...]) -> DataError:
        ours = ", ".join(map(repr, words[:_SAMPLE]))
        theirs = ", ".join(repr(word.decode("utf-8", "replace")) for word in self._first_words())
        return DataError(
            f"none of the {len(words):,} words of the vocabulary is in the file. The vocabulary begins "
            f"with {ours}, the file with {theirs}. Check that both are of one language and one spelling, "
            "that both are words or both characters, and that the file is in UTF-8.",
            path=self.path,
        )

    def _first_words(self) -> list[bytes]:
        """Return some words of the file; their vectors are not looked at, nor need they be good."""
        with open_content(self._file) as stream:
            if self.format == "gensim_kv":
                words = (w for w in read_kv(self._file, stream, _Everything()).words if isinstance(w, str))
                return [word_bytes(word) for word in islice(words, _SAMPLE)]
            if self.format == "fasttext_bin":
                return list(islice(dictionary_words(self._file, stream, _Everything()), _SAMPLE))
            read = binary_records if self.format == "word2vec_binary" else text_records
            records = chain.from_iterable(read(self._file, stream, _Everything()))
            return [word for word, _, _ in islice(records, _SAMPLE)]


class _Everything(Container[bytes]):
    """Contains every word."""

    def __contains__(self, word: object) -> bool:
        return True


def _coverage(vocab: Vocab, needed: NeededRows, composed: int) -> Coverage:
    counts: Any = vocab.counts if any(vocab.counts) else [1] * len(vocab)
    missing = needed.missing_ids().tolist()
    most = sorted(missing, key=lambda i: (-counts[i], i))[:_SHOWN]
    tokens = sum(counts[needed.first :])
    return Coverage(
        types=len(vocab) - needed.first,
        types_found=len(vocab) - needed.first - len(missing),
        tokens=tokens,
        tokens_found=tokens - sum(counts[i] for i in missing),
        found_by_lowercase=int(needed.lowered.sum()),
        repeated=needed.repeated,
        missing=tuple((vocab.tokens[i], counts[i]) for i in most),
        composed=composed,
    )
