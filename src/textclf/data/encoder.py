"""From texts and labels to an encoded corpus: tokenizer, vocabulary and label map in one."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from textclf.data.arrays import parts
from textclf.data.buffer import MEMORY_MAP_ABOVE, IdBuffer
from textclf.data.corpus import EncodedCorpus
from textclf.data.encoder_folder import FORMAT, read_encoder, write_encoder
from textclf.data.encoding import GivenTexts, TextIds, read_ids
from textclf.data.inputs import checked_texts, checked_truncation, tokens_of, truncated
from textclf.data.numbering import Numbering
from textclf.data.pairs import texts_of
from textclf.data.text_ids import TextReader
from textclf.errors import DataError, must_be
from textclf.text.labels import Label, LabelMap
from textclf.text.plain_labels import is_several, label_rows, plain_labels
from textclf.text.tokenizer_config import create_tokenizer, tokenizer_config
from textclf.text.tokenizers import Tokenizer
from textclf.text.vocab import Vocab
from textclf.validation import require_bool

__all__ = ["TextEncoder"]

T = TypeVar("T")


class TextEncoder:
    """Turns texts into token ids and labels into class ids, always in the same way.

    A text is a string, which the tokenizer takes apart, or a list of tokens, which is taken as it
    is. A text without tokens has length 0.

    Args:
        tokenizer: A tokenizer's name, or what takes a string and returns its tokens.
        vocab: The known tokens.
        labels: The known labels, or ``None`` if there are none.
        max_length: Longest length in tokens, 1 or more; longer texts are truncated. ``None`` keeps
            all.
        keep: Which tokens of a long text to keep: the first (``"head"``), the last (``"tail"``), or
            the first half, rounded up, and the rest from the end (``"both"``).

    Raises:
        ArgumentError: An argument cannot be used.
        UnknownNameError: There is no tokenizer of this name.

    Example:
        >>> encoder = TextEncoder.build(["a good film", "a bad film"], ["pos", "neg"])
        >>> corpus = encoder.encode(["a good thing"], ["pos"])
        >>> corpus[0].tolist(), corpus.labels.tolist(), corpus.label_names
        ([2, 5, 1], [1], ('neg', 'pos'))
    """

    def __init__(
        self,
        tokenizer: str | Callable[[str], list[str]],
        vocab: Vocab,
        labels: LabelMap | None = None,
        *,
        max_length: int | None = None,
        keep: str = "head",
    ) -> None:
        if not isinstance(vocab, Vocab):
            raise must_be("vocab", "a Vocab", vocab, "TextEncoder.build() makes one from texts.")
        if labels is not None and not isinstance(labels, LabelMap):
            raise must_be("labels", "a LabelMap or None", labels, "LabelMap.build() makes one from labels.")
        self.tokenizer: Tokenizer = create_tokenizer(tokenizer)
        self.vocab = vocab
        self.labels = labels
        self.max_length, self.keep = checked_truncation(max_length, keep)
        self._idle_readers: list[TextReader] = []

    @classmethod
    def build(
        cls,
        texts: Iterable[str | Sequence[str]],
        labels: Iterable[Any] | None = None,
        *,
        token_labels: Iterable[Iterable[Label]] | None = None,
        tokenizer: str | Callable[[str], list[str]] = "word",
        min_freq: int = 1,
        max_size: int | None = None,
        max_length: int | None = None,
        keep: str = "head",
        progress: bool = False,
    ) -> TextEncoder:
        """Build the vocabulary and the label map from training data.

        Only tokens that truncation keeps are counted, so that the vocabulary has no token that
        training never sees.

        Args:
            texts: The training texts.
            labels: The label of each, for classification, or a list of labels for each.
            token_labels: The labels of the tokens of each, for tagging.
            tokenizer: A tokenizer's name, or what takes a string and returns its tokens.
            min_freq: How often a token must occur to be in the vocabulary.
            max_size: Largest size of the vocabulary, with its two special tokens.
            max_length: Longest length in tokens; ``None`` keeps all.
            keep: Which tokens of a long text to keep: ``"head"``, ``"tail"`` or ``"both"``.
            progress: Whether to show a progress bar.

        Returns:
            The encoder.

        Raises:
            ArgumentError: An argument cannot be used.
            DataError: The texts have no tokens, or there are no labels.

        Example:
            >>> TextEncoder.build(["a b", "a"], tokenizer="whitespace").vocab.tokens
            ('<pad>', '<unk>', 'a', 'b')
        """
        Vocab.check_limits(min_freq, max_size)
        given = GivenTexts.checked(texts, labels, token_labels)
        encoder = cls(tokenizer, Vocab([]), given.label_map(), max_length=max_length, keep=keep)
        numbering = Numbering()
        reader = TextReader(encoder.tokenizer, numbering.encode)
        shown = _shown(given.texts, progress, "counting tokens")
        count = 0
        for batch in reader.batches(shown, max_length=max_length, keep=keep):
            numbering.add(batch.ids)
            count += len(batch.texts)
        given.check_count(count)
        encoder.vocab = Vocab.from_counts(numbering.counts(), min_freq=min_freq, max_size=max_size)
        return encoder

    @classmethod
    def build_and_encode(
        cls,
        texts: Iterable[str | Sequence[str]],
        labels: Iterable[Any] | None = None,
        *,
        token_labels: Iterable[Iterable[Label]] | None = None,
        tokenizer: str | Callable[[str], list[str]] = "word",
        min_freq: int = 1,
        max_size: int | None = None,
        max_length: int | None = None,
        keep: str = "head",
        progress: bool = False,
        memory_map_above: int = MEMORY_MAP_ABOVE,
    ) -> tuple[TextEncoder, EncodedCorpus]:
        """Build an encoder from training data and encode the same data, reading the texts once.

        The result is that of :meth:`build` and then :meth:`encode`, in half the time.

        Args:
            texts: The training texts; they are read once, so a generator will do.
            labels: The label of each, for classification, or a list of labels for each.
            token_labels: The labels of the tokens of each, for tagging.
            tokenizer: A tokenizer's name, or what takes a string and returns its tokens.
            min_freq: How often a token must occur to be in the vocabulary.
            max_size: Largest size of the vocabulary, with its two special tokens.
            max_length: Longest length in tokens; ``None`` keeps all.
            keep: Which tokens of a long text to keep: ``"head"``, ``"tail"`` or ``"both"``.
            progress: Whether to show a progress bar.
            memory_map_above: Bytes of ids above which they go to a temporary file.

        Returns:
            The encoder and the corpus.

        Raises:
            ArgumentError: An argument cannot be used.
            DataError: The texts have no tokens, or there are no labels.

        Example:
            >>> texts = ["a good film", "a bad film"]
            >>> encoder, corpus = TextEncoder.build_and_encode(texts, ["pos", "neg"], min_freq=2)
            >>> encoder.vocab.decode(corpus[0]), corpus.labels.tolist()
            (['a', '<unk>', 'film'], [1, 0])
        """
        Vocab.check_limits(min_freq, max_size)
        given = GivenTexts.checked(texts, labels, token_labels)
        encoder = cls(tokenizer, Vocab([]), given.label_map(), max_length=max_length, keep=keep)
        numbering = Numbering()
        reader = TextReader(encoder.tokenizer, numbering.encode)
        found = encoder._read(given, reader, progress, memory_map_above)
        for part in parts(len(found.ids)):
            numbering.add(found.ids[part])
        encoder.vocab = Vocab.from_counts(numbering.counts(), min_freq=min_freq, max_size=max_size)
        ids = encoder.vocab.encode(numbering.tokens)
        for part in parts(len(found.ids)):
            found.ids[part] = ids[found.ids[part]]
        reader.exchange(ids, encoder.vocab.encode)
        encoder._idle_readers.append(reader)
        return encoder, found.corpus(encoder.labels, tagging=given.tagging)

    @classmethod
    def build_pairs(
        cls,
        pairs: Iterable[tuple[str | Sequence[str], Any]],
        *,
        tokenizer: str | Callable[[str], list[str]] = "word",
        min_freq: int = 1,
        max_size: int | None = None,
        max_length: int | None = None,
        keep: str = "head",
        progress: bool = False,
    ) -> TextEncoder:
        """Build the vocabulary and the label map from pairs, such as those of a file.

        Args:
            pairs: Each a training text and its label, or a list of its labels; read once, so a generator
                will do, in memory that does not grow with their number.
            tokenizer: As in :meth:`build`, like all other arguments.
            min_freq: How often a token must occur.
            max_size: Largest size of the vocabulary.
            max_length: Longest length in tokens.
            keep: Which tokens of a long text to keep.
            progress: Whether to show a progress bar.

        Returns:
            The encoder.

        Raises:
            ArgumentError: An argument, a text or a label cannot be used; with its index.
            DataError: The texts have no tokens.

        Example:
            >>> TextEncoder.build_pairs([("a film", "pos"), ("a bore", "neg")]).labels.names
            ('neg', 'pos')
        """
        names: set[Label] = set()
        several: list[bool] = []

        def take(first: int, labels: Sequence[Any]) -> None:
            like = next(iter(names), None)
            if not several:
                several.append(is_several(labels[0]))
            if several[0]:
                for row in label_rows(labels, first=first, like=like, known=names):
                    names.update(row)
            else:
                names.update(plain_labels(labels, first=first, like=like, known=names))

        encoder = cls.build(
            texts_of(pairs, take),
            tokenizer=tokenizer,
            min_freq=min_freq,
            max_size=max_size,
            max_length=max_length,
            keep=keep,
            progress=progress,
        )
        known = LabelMap.build([names] if any(several) else names)
        return cls(encoder.tokenizer, encoder.vocab, known, max_length=max_length, keep=keep)

    @property
    def vocab_size(self) -> int:
        """Number of token ids, ``<pad>`` and ``<unk>`` among them: what a model must be made with.

        Example:
            >>> TextEncoder("char", Vocab(["a"])).vocab_size
            3
        """
        return len(self.vocab)

    @property
    def num_classes(self) -> int:
        """Number of labels: what a model must be made with.

        Raises:
            DataError: The encoder has no labels.

        Example:
            >>> TextEncoder("char", Vocab(["a"]), LabelMap(["neg", "pos"])).num_classes
            2
        """
        if self.labels is None:
            raise DataError("`encoder` must have labels. Received: none. Build it with texts and labels.")
        return len(self.labels)

    def encode(
        self,
        texts: Iterable[str | Sequence[str]],
        labels: Iterable[Any] | None = None,
        *,
        token_labels: Iterable[Iterable[Label]] | None = None,
        progress: bool = False,
        memory_map_above: int = MEMORY_MAP_ABOVE,
    ) -> EncodedCorpus:
        """Encode texts, and their labels if they have any.

        Args:
            texts: The texts, in any number; they are read once, so a generator will do.
            labels: The label of each text, or a list of labels for each.
            token_labels: For tagging: the labels of the tokens of each text. The texts must then be
                lists of tokens, and are truncated together with their labels.
            progress: Whether to show a progress bar.
            memory_map_above: Bytes of ids, or of where texts begin, above which they go to a temporary
                file.

        Returns:
            The corpus, in the order of the texts.

        Raises:
            ArgumentError: A text is neither a string nor a list of tokens, or the labels do not fit
                the texts; with the index.
            UnseenLabelError: A label is not one that the encoder was built with.

        Example:
            >>> encoder = TextEncoder.build(["a good film"])
            >>> encoder.encode(["a film", "", ["film"]]).lengths.tolist()
            [2, 0, 1]
        """
        given = GivenTexts.checked(texts, labels, token_labels)
        if given.labels is not None and self.labels is None:
            cure = "Build the encoder with labels, or pass it a LabelMap."
            raise must_be(given.name, "None for an encoder without labels", given.labels, cure)
        with self._reader() as reader:
            found = self._read(given, reader, progress, memory_map_above)
        return found.corpus(self.labels, tagging=given.tagging)

    def encode_one(self, text: str | Sequence[str]) -> tuple[npt.NDArray[np.int32], int]:
        """Encode one text, without what only many texts need.

        Args:
            text: A string or a list of tokens.

        Returns:
            The ids ``(L,)``, and the number of tokens before truncation.

        Raises:
            ArgumentError: The text is neither a string nor a list of tokens.

        Example:
            >>> ids, tokens = TextEncoder.build(["a good film"], max_length=2).encode_one("a good film")
            >>> len(ids), tokens
            (2, 3)
        """
        tokens = tokens_of(self.tokenizer, 0, text)
        return self.vocab.encode(truncated(tokens, self.max_length, self.keep)), len(tokens)

    @contextmanager
    def _reader(self) -> Iterator[TextReader]:
        """Lend what earlier calls have learnt about pieces of text to one call at a time."""
        try:
            reader = self._idle_readers.pop()
        except IndexError:
            reader = TextReader(self.tokenizer, self.vocab.encode)
        if reader.tokenizer is not self.tokenizer or reader.ids_of != self.vocab.encode:
            reader = TextReader(self.tokenizer, self.vocab.encode)
        yield reader
        self._idle_readers[:] = [reader]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_idle_readers": []}

    def _read(
        self, given: GivenTexts, reader: TextReader, progress: bool, memory_map_above: int
    ) -> TextIds:
        return read_ids(
            dataclasses.replace(given, texts=_shown(given.texts, progress, "encoding")),
            reader,
            self.labels,
            max_length=self.max_length,
            keep=self.keep,
            memory_map_above=memory_map_above,
        )

    def encode_pairs(
        self,
        pairs: Iterable[tuple[str | Sequence[str], Any]],
        *,
        progress: bool = False,
        memory_map_above: int = MEMORY_MAP_ABOVE,
    ) -> EncodedCorpus:
        """Encode texts that come each with its label, such as those of a file.

        Args:
            pairs: Each a text and its label, or a list of its labels; read once, so a generator will do,
                in memory that does not grow with their number.
            progress: Whether to show a progress bar.
            memory_map_above: Bytes of ids, of where texts begin, or of labels, above which they go to
                a temporary file.

        Returns:
            The corpus, in the order of the pairs.

        Raises:
            ArgumentError: A text or a label cannot be used; with its index.
            DataError: The encoder has no labels.
            UnseenLabelError: A label is not one that the encoder was built with.

        Example:
            >>> encoder = TextEncoder.build_pairs([("a film", "pos"), ("a bore", "neg")])
            >>> encoder.encode_pairs([("a bore", "neg")]).labels.tolist()
            [0]
        """
        if self.labels is None:
            raise DataError("`encoder` must have labels. Received: none. Build it with labels.")
        label_map = self.labels
        kind = np.bool_ if label_map.multi_label else np.int64
        ids = IdBuffer(kind, memory_map_above=memory_map_above)
        texts = texts_of(pairs, lambda first, labels: ids.extend(label_map.encode(labels, first=first)))
        corpus = self.encode(texts, progress=progress, memory_map_above=memory_map_above)
        found = ids.finish().reshape((-1, len(label_map)) if label_map.multi_label else -1)
        return corpus.with_labels(found, label_map.names)

    def tokenize(self, texts: Iterable[str | Sequence[str]]) -> list[list[str]]:
        """Return the tokens that :meth:`encode` turns into ids, after truncation.

        Example:
            >>> TextEncoder("whitespace", Vocab(["a"]), max_length=2).tokenize(["a b c", ["d"]])
            [['a', 'b'], ['d']]
        """
        return [
            list(truncated(tokens_of(self.tokenizer, index, text), self.max_length, self.keep))
            for index, text in enumerate(checked_texts(texts))
        ]

    def config(self) -> dict[str, Any]:
        """Return what :meth:`save` writes to ``encoder.json``.

        Example:
            >>> TextEncoder("char", Vocab(["a"]), max_length=8).config()["max_length"]
            8
        """
        return {
            "format": FORMAT,
            "tokenizer": tokenizer_config(self.tokenizer),
            "max_length": self.max_length,
            "keep": self.keep,
            "vocab_size": len(self.vocab),
            "num_classes": None if self.labels is None else len(self.labels),
        }

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write the encoder to ``vocab.txt``, ``labels.json`` and ``encoder.json``.

        A tokenizer that is a function of your own cannot be written; pass it to :meth:`load`.

        Args:
            folder: Made if it is not there; other files in it are left alone.
            overwrite: Whether to replace an encoder that is there.

        Raises:
            OutputExistsError: There is an encoder and ``overwrite`` is false.
        """
        write_encoder(folder, self.config(), self.vocab, self.labels, overwrite=overwrite)

    @classmethod
    def load(
        cls, folder: str | os.PathLike[str], *, tokenizer: Callable[[str], list[str]] | None = None
    ) -> TextEncoder:
        """Read an encoder that :meth:`save` wrote.

        Args:
            folder: Where it is.
            tokenizer: The tokenizer, if the encoder was made with a function of your own.

        Returns:
            The encoder.

        Raises:
            MissingFileError: A file is not there. It is a ``FileNotFoundError`` too.
            DataError: A file does not hold what :meth:`save` writes.
            ArgumentError: ``tokenizer`` is missing, or given and not needed.

        Example:
            >>> import tempfile
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     TextEncoder.build(["a film"], ["pos"]).save(folder)
            ...     TextEncoder.load(folder).labels.names
            ('pos',)
        """
        saved = read_encoder(folder, tokenizer=tokenizer)
        return cls(saved.tokenizer, saved.vocab, saved.labels, max_length=saved.max_length, keep=saved.keep)

    def __repr__(self) -> str:
        classes = "no labels" if self.labels is None else f"{len(self.labels)} classes"
        return f"TextEncoder({self.tokenizer!r}, {len(self.vocab)} tokens, {classes})"


def _shown(texts: Iterable[T], progress: bool, what: str) -> Iterable[T]:
    if not require_bool("progress", progress):  # even a bar that is not shown takes a while to make
        return texts
    bar: Iterable[T] = tqdm(texts, desc=what, unit="text")
    return bar
