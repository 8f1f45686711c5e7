"""The vocabulary: which tokens a model knows, and the number of each."""

from __future__ import annotations

import os
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise, repeat
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from textclf.errors import DataError, must_be
from textclf.text.ids import checked_ids, integer_row
from textclf.text.tokens import checked_tokens, token_rows
from textclf.text.vocab_file import read_tokens, write_tokens
from textclf.validation import require_int

__all__ = ["PAD", "PAD_ID", "UNK", "UNK_ID", "Vocab"]

PAD = "<pad>"
UNK = "<unk>"
PAD_ID = 0
UNK_ID = 1

_SPECIALS = (PAD, UNK)


class Vocab:
    """The tokens that a model knows, each with its id, its count, and a place for padding and unknowns.

    Id 0 is :data:`PAD` and id 1 is :data:`UNK`. A text can never produce padding: a token of
    the text that happens to be spelt ``<pad>`` or ``<unk>`` is not taken into the vocabulary,
    and is encoded as unknown.

    Args:
        tokens: The tokens in the order of their ids, from id 2 on, without the two special ones.
        counts: How often each was seen; 0 for each if it is not known.

    Raises:
        ArgumentError: A token is not a string, occurs twice or is a special token; or the counts
            are not one integer of at least 0 for each token.

    Example:
        >>> vocab = Vocab(["good", "film"])
        >>> len(vocab), vocab["film"], vocab["zebra"]
        (4, 3, 1)
        >>> list(vocab)
        ['<pad>', '<unk>', 'good', 'film']
        >>> len(Vocab([]))
        2
    """

    def __init__(self, tokens: Sequence[str], counts: Sequence[int] | None = None) -> None:
        known = [_plain(token) for token in checked_tokens("tokens", tokens)]
        ids = {token: number for number, token in enumerate(known, len(_SPECIALS))}
        if len(ids) < len(known):
            twice = next(token for token, count in Counter(known).items() if count > 1)
            raise must_be("tokens", "all different", twice)
        for special in _SPECIALS:
            if special in ids:
                raise must_be("tokens", "given without the special tokens", special, "Leave it out.")
        self._ids = ids
        self._tokens = (*_SPECIALS, *known)
        places = range(len(known))
        self._counts = (0, 0, *([0] * len(known) if counts is None else _checked_counts(counts, places)))

    @classmethod
    def build(
        cls, tokenized: Iterable[Iterable[str]], *, min_freq: int = 1, max_size: int | None = None
    ) -> Vocab:
        """Count the tokens of a corpus and number them by frequency, then alphabetically.

        Equally frequent tokens stand in the order of their code points, so that the same corpus
        gives the same ids in every run.

        Args:
            tokenized: The texts, each a sequence of tokens. It is read once.
            min_freq: How often a token must occur to be taken in.
            max_size: The largest number of ids, the two special ones included; None for no limit.

        Returns:
            The vocabulary.

        Raises:
            ArgumentError: ``min_freq`` is below 1 or above the count of every token, ``max_size`` is
                below 2, or something is not a token.
            DataError: The corpus has no tokens.

        Example:
            >>> vocab = Vocab.build([["a", "good", "film"], ["a", "bad", "film"]], max_size=5)
            >>> vocab.tokens
            ('<pad>', '<unk>', 'a', 'film', 'bad')
            >>> vocab.counts
            (0, 0, 2, 2, 1)
        """
        cls.check_limits(min_freq, max_size)
        counts = Counter(chain.from_iterable(token_rows(tokenized)))
        return cls.from_counts(counts, min_freq=min_freq, max_size=max_size)

    @classmethod
    def from_counts(
        cls, counts: Mapping[str, int], *, min_freq: int = 1, max_size: int | None = None
    ) -> Vocab:
        """Number tokens that are counted already, as :meth:`build` does.

        Args:
            counts: How often each token occurs; those with 0 are left out.
            min_freq: How often a token must occur to be taken in.
            max_size: The largest number of ids, the two special ones included; None for no limit.

        Returns:
            The vocabulary.

        Raises:
            ArgumentError: ``min_freq`` is below 1 or above every count, ``max_size`` is below 2, or
                the counts are not integers of at least 0 for strings.
            DataError: No token occurs.

        Example:
            >>> Vocab.from_counts({"film": 2, "a": 2, "good": 1}, min_freq=2).tokens
            ('<pad>', '<unk>', 'a', 'film')
        """
        cls.check_limits(min_freq, max_size)
        if not isinstance(counts, Mapping):
            raise must_be("counts", "a dictionary from tokens to counts", counts)
        tokens = checked_tokens("counts", list(counts))
        numbers = dict(zip(tokens, _checked_counts(counts.values(), tokens), strict=True))
        for special in _SPECIALS:
            numbers.pop(special, None)
        commonest = max(numbers.values(), default=0)
        if not commonest:
            raise DataError(
                "no tokens were found in the texts, so there is nothing to build a vocabulary from. "
                "Check that the texts are not empty and that the tokenizer suits them."
            )
        if commonest < min_freq:
            raise must_be("min_freq", f"at most {commonest}, the count of the commonest token", min_freq)
        # A sort leaves equals in their order: here, equally frequent tokens in that of their letters.
        frequent = sorted((token, count) for token, count in numbers.items() if count >= min_freq)
        frequent.sort(key=itemgetter(1), reverse=True)
        kept = frequent if max_size is None else frequent[: max_size - len(_SPECIALS)]
        return cls([token for token, _ in kept], [count for _, count in kept])

    @staticmethod
    def check_limits(min_freq: int, max_size: int | None) -> None:
        """Raise unless these can be the limits of a vocabulary, whatever the texts.

        Raises:
            ArgumentError: ``min_freq`` is no integer of at least 1, or ``max_size`` none of at least
                2, the number of special tokens.

        Example:
            >>> Vocab.check_limits(min_freq=1, max_size=None)
        """
        require_int("min_freq", min_freq, at_least=1)
        if max_size is not None:
            require_int("max_size", max_size, at_least=len(_SPECIALS))

    @property
    def tokens(self) -> tuple[str, ...]:
        """All tokens in the order of their ids, the two special ones included."""
        return self._tokens

    @property
    def counts(self) -> tuple[int, ...]:
        """The count of each token in the order of the ids; 0 for the special ones and where not known."""
        return self._counts

    def __len__(self) -> int:
        return len(self._tokens)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tokens)

    def __contains__(self, token: object) -> bool:
        return isinstance(token, str) and (token in self._ids or token in _SPECIALS)

    def __getitem__(self, token: str) -> int:
        """Return the id of a token: that of the unknown token if it is not in the vocabulary.

        Here, and not in :meth:`encode`, ``"<pad>"`` means the padding token itself.
        """
        if not isinstance(token, str):
            raise must_be("token", "a string", token, "Use `vocab.tokens[id]` for the way back.")
        return PAD_ID if token == PAD else self._ids.get(token, UNK_ID)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Vocab):
            return NotImplemented
        return self._tokens == other._tokens and self._counts == other._counts

    def __hash__(self) -> int:
        return hash((self._tokens, self._counts))

    def __repr__(self) -> str:
        return f"Vocab({len(self)} tokens)"

    def encode(self, tokens: Iterable[str]) -> npt.NDArray[np.int32]:
        """Turn the tokens of one text into ids.

        Args:
            tokens: The tokens of the text.

        Returns:
            The ids, int32 of shape ``(L,)``.

        Raises:
            ArgumentError: ``tokens`` is a string, or holds something else than strings.

        Example:
            >>> Vocab(["good", "film"]).encode(["good", "grief", "<pad>"])
            array([2, 1, 1], dtype=int32)
        """
        checked = checked_tokens("tokens", tokens)
        found = map(self._ids.get, checked, repeat(UNK_ID))
        return np.fromiter(found, dtype=np.int32, count=len(checked))

    def encode_batch(
        self, tokenized: Iterable[Iterable[str]]
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """Turn the tokens of many texts into one flat array of ids and the place of each text in it.

        Args:
            tokenized: The N texts, each a sequence of tokens. It is read once.

        Returns:
            The ids, int32 of shape ``(T,)``, and the offsets, int64 of shape ``(N + 1,)``: text i
            is ``ids[offsets[i]:offsets[i + 1]]``.

        Raises:
            ArgumentError: Something is not a token; with the index of its text.

        Example:
            >>> ids, offsets = Vocab(["good", "film"]).encode_batch([["good"], [], ["a", "film"]])
            >>> ids.tolist(), offsets.tolist()
            ([2, 1, 3], [0, 1, 1, 3])
        """
        get = self._ids.get
        unknown = repeat(UNK_ID)
        flat = array("i")
        offsets = array("q", [0])
        for tokens in token_rows(tokenized):
            flat.extend(map(get, tokens, unknown))
            offsets.append(len(flat))
        return np.array(flat, dtype=np.int32), np.array(offsets, dtype=np.int64)

    def decode(self, ids: npt.ArrayLike) -> list[str]:
        """Turn the ids of one text back into tokens.

        Args:
            ids: The ids, integers of shape ``(L,)``. Padding is not left out.

        Returns:
            The tokens, ``"<unk>"`` for what was not known.

        Raises:
            ArgumentError: The ids are not integers in one row, or one is not in the vocabulary.

        Example:
            >>> Vocab(["good", "film"]).decode([2, 1, 0])
            ['good', '<unk>', '<pad>']
        """
        return [self._tokens[number] for number in checked_ids(ids, len(self), "tokens").tolist()]

    def decode_batch(self, ids: npt.ArrayLike, offsets: npt.ArrayLike) -> list[list[str]]:
        """Turn what :meth:`encode_batch` returned back into tokens.

        Args:
            ids: The ids of all texts, integers of shape ``(T,)``.
            offsets: Where each text begins and the last one ends, integers of shape ``(N + 1,)``.

        Returns:
            The tokens of each of the N texts.

        Raises:
            ArgumentError: An id is not in the vocabulary, or the offsets do not fit the ids.

        Example:
            >>> Vocab(["good", "film"]).decode_batch([2, 1, 3], [0, 1, 1, 3])
            [['good'], [], ['<unk>', 'film']]
        """
        flat = self.decode(ids)
        places = integer_row("offsets", offsets)
        steps = np.diff(places)
        if not len(places) or places[0] != 0 or places[-1] != len(flat) or (steps < 0).any():
            raise must_be("offsets", f"rising from 0 to {len(flat)}, the number of ids", places.tolist())
        bounds = places.tolist()
        return [flat[start:end] for start, end in pairwise(bounds)]

    def oov_rate(self, tokenized: Iterable[Iterable[str]]) -> float:
        """Return the share of the tokens that are not in the vocabulary.

        Args:
            tokenized: The texts, each a sequence of tokens. It is read once.

        Returns:
            Unknown tokens over all tokens, in [0, 1].

        Raises:
            ArgumentError: Something is not a token; with the index of its text.
            DataError: There are no tokens.

        Example:
            >>> Vocab(["good", "film"]).oov_rate([["good", "film"], ["a", "film"]])
            0.25
        """
        total = known = 0
        for tokens in token_rows(tokenized):
            total += len(tokens)
            known += sum(map(self._ids.__contains__, tokens))
        if not total:
            raise DataError("no tokens were found in the texts, so there is no share of unknown ones.")
        return (total - known) / total

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the vocabulary to a text file, whole or not at all.

        :mod:`textclf.text.vocab_file` says in what format. The special tokens are not written, so that
        line n of the file holds the token with id n.

        Args:
            path: The file to make or replace.

        Example:
            >>> import tempfile
            >>> vocab = Vocab(["good", "film"], [7, 5])
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     vocab.save(f"{folder}/vocab.txt")
            ...     Vocab.load(f"{folder}/vocab.txt") == vocab
            True
        """
        write_tokens(path, self._tokens[len(_SPECIALS) :], self._counts[len(_SPECIALS) :])

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Vocab:
        """Read a vocabulary that :meth:`save` wrote.

        Args:
            path: The file.

        Returns:
            A vocabulary equal to the saved one.

        Raises:
            DataError: The file is not a whole vocabulary file; with the line at fault.
            FileNotFoundError: The file is not there.
        """
        tokens, counts = read_tokens(path)
        for number, token in enumerate(tokens):
            if token in _SPECIALS:
                raise DataError(f"the token {token!r} is a special one.", path=path, line=number + 2)
        return cls(tokens, counts)


def _plain(token: str) -> str:
    """Return a token as a plain str, so that numpy's strings do not live on in the vocabulary."""
    return token if type(token) is str else str.__str__(token)


def _checked_counts(counts: Collection[int], names: Collection[object]) -> list[int]:
    """Return the counts as Python integers; the names are for the errors."""
    if len(counts) != len(names):
        raise must_be("counts", f"one for each of the {len(names)} tokens", f"{len(counts)} counts")
    if set(map(type, counts)) == {int} and min(counts) >= 0:
        return list(counts)
    named = zip(names, counts, strict=True)
    return [require_int(f"counts[{name!r}]", count, at_least=0) for name, count in named]
