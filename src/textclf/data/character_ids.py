"""Character ids of many texts at once: a look-up in a table of all code points."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from textclf.text.tokenizers import CharTokenizer

__all__ = ["CharacterIds"]

Codes = tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]

_NOT_SEEN = -1
_LEFT_OUT = -2


class CharacterIds:
    """Turns texts into ids character by character.

    Args:
        tokenizer: Says how the texts are cleaned, and whether white space is left out.
        ids_of: Gives the id of each token; it is called once for each character that is new.

    Example:
        >>> from textclf.text import Vocab
        >>> encoder = CharacterIds(CharTokenizer(), Vocab(["好", "片"]).encode)
        >>> ids, lengths = encoder.encode(["好 片", "", "!片"])
        >>> ids.tolist(), lengths.tolist()
        ([2, 3, 1, 3], [2, 0, 2])
    """

    def __init__(
        self, tokenizer: CharTokenizer, ids_of: Callable[[Sequence[str]], npt.NDArray[np.int32]]
    ) -> None:
        self._tokenizer = tokenizer
        self._ids_of = ids_of
        self._table = np.full(sys.maxunicode + 1, _NOT_SEEN, dtype=np.int32)

    def encode(self, texts: Sequence[str]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """Return the ids of N texts, shape (T,), and how many each text has, shape (N,)."""
        return self.look_up(self.prepare(texts))

    def prepare(self, texts: Sequence[str]) -> Codes:
        """Return the codes of all characters, and how many each text has; changes nothing."""
        if self._tokenizer.lowercase or self._tokenizer.normalize is not None:
            texts = list(map(self._tokenizer.cleaned, texts))
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4")
        return codes, lengths

    def look_up(self, prepared: Codes) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """Return what :meth:`encode` does, from codes."""
        codes, lengths = prepared
        ids = self._table.take(codes)
        missing = codes[ids == _NOT_SEEN]
        if len(missing):
            self._learn(np.flatnonzero(np.bincount(missing)).tolist())
            ids = self._table.take(codes)
        kept = ids >= 0
        if not kept.all():
            before = np.concatenate([[0], np.cumsum(kept)])
            lengths = np.diff(before[np.cumsum(lengths)], prepend=0)
            ids = ids[kept]
        return ids, lengths

    def exchange(
        self,
        ids: npt.NDArray[np.int32],
        ids_of: Callable[[Sequence[str]], npt.NDArray[np.int32]],
    ) -> None:
        """Replace each id that was given so far by ``ids[id]``, and ask ``ids_of`` from now on."""
        seen = self._table >= 0
        self._table[seen] = ids[self._table[seen]]
        self._ids_of = ids_of

    def _learn(self, codes: list[int]) -> None:
        """Enter characters into the table."""
        characters = [chr(code) for code in codes]
        if not self._tokenizer.whitespace:
            spaces = [
                code for code, character in zip(codes, characters, strict=True) if character.isspace()
            ]
            self._table[spaces] = _LEFT_OUT
            characters = [character for character in characters if not character.isspace()]
        self._table[list(map(ord, characters))] = self._ids_of(characters)
