"""Word vectors trained on the user's own texts, which need no labels."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from textclf.atomic import write_file
from textclf.errors import DataError, must_be
from textclf.validation import require_bool, require_choice, require_int

__all__ = ["train_vectors"]

_LONGEST = 10_000  # words of a text that gensim reads; it drops what comes after them
_ALGORITHMS = ("cbow", "skipgram")


def train_vectors(
    tokenized_texts: Iterable[Sequence[str]],
    path: str | os.PathLike[str],
    *,
    dim: int = 100,
    epochs: int = 5,
    window: int = 5,
    min_count: int = 2,
    algorithm: str = "cbow",
    seed: int = 0,
    progress: bool = False,
) -> Path:
    """Train word2vec vectors with gensim and write them as a word2vec binary.

    One thread does the work, so that the same texts and seed give the same file, also in another
    process and whatever ``PYTHONHASHSEED`` is: gensim draws the first vectors from the seed alone.
    Another version of gensim or NumPy, or another processor, may give other vectors.

    Args:
        tokenized_texts: The texts, each a sequence of tokens. They are read ``epochs + 1`` times,
            so a generator will not do. Texts of more than 10,000 tokens are trained in pieces of
            that length, where gensim would drop the rest.
        path: The file to make or replace. It appears whole or not at all.
        dim: Numbers per vector.
        epochs: How often training goes over the texts.
        window: The largest distance between a word and the words around it that predict it.
        min_count: How often a word must occur to get a vector.
        algorithm: ``"cbow"`` or ``"skipgram"``.
        seed: Of the random numbers, from 0 to 2**32 - 1.
        progress: Show a progress bar.

    Returns:
        The path, ready for :class:`EmbeddingLoader`.

    Raises:
        ArgumentError: An argument is out of its range, the texts can be read only once or are not
            sequences of tokens, or a word has a space or line end in it, which the format cannot hold.
        DataError: No word occurs ``min_count`` times.

    References:
        Mikolov, Chen, Corrado and Dean (2013), Efficient Estimation of Word Representations in
        Vector Space.

    Example:
        >>> import tempfile
        >>> from textclf.embedding import EmbeddingLoader
        >>> texts = [["a", "good", "film"], ["a", "bad", "film"]] * 10
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = train_vectors(texts, Path(folder) / "own.bin", dim=8)
        ...     EmbeddingLoader(path).dim
        8
    """
    require_int("dim", dim, at_least=1)
    require_int("epochs", epochs, at_least=1)
    require_int("window", window, at_least=1)
    require_int("min_count", min_count, at_least=1)
    require_choice("algorithm", algorithm, _ALGORITHMS)
    require_bool("progress", progress)
    if require_int("seed", seed, at_least=0) >= 2**32:
        raise must_be("seed", "an integer from 0 to 4294967295", seed)
    target = _checked_target(path)
    if not isinstance(tokenized_texts, Iterable) or isinstance(tokenized_texts, Iterator):
        raise must_be(
            "tokenized_texts",
            "a list, or another collection that can be read more than once",
            tokenized_texts,
            "Pass list(tokenized_texts) of a generator.",
        )
    from gensim.models import Word2Vec

    model = Word2Vec(
        vector_size=dim,
        window=window,
        min_count=min_count,
        sg=int(algorithm == "skipgram"),
        seed=seed,
        workers=1,
    )
    with tqdm(desc="word vectors", unit=" texts", disable=not progress) as bar:
        texts = _Texts(tokenized_texts, bar)
        model.build_vocab(texts)
        _check_words(model.wv.index_to_key, min_count)
        model.train(texts, total_examples=model.corpus_count, epochs=epochs)
    write_file(target, lambda temporary: model.wv.save_word2vec_format(str(temporary), binary=True))
    return target


class _Texts:
    """The texts as gensim wants them, checked and cut to its length while they are read."""

    def __init__(self, texts: Iterable[Sequence[str]], bar: tqdm) -> None:
        self._texts = texts
        self._bar = bar

    def __iter__(self) -> Iterator[Sequence[str]]:
        for number, text in enumerate(self._texts):
            if isinstance(text, str | bytes) or not isinstance(text, Sequence):
                raise must_be(
                    f"tokenized_texts[{number}]", "a sequence of tokens", text, "Tokenize it first."
                )
            if not all(isinstance(token, str) for token in text):
                raise must_be(f"tokenized_texts[{number}]", "a sequence of strings", text)
            for start in range(0, len(text), _LONGEST):
                yield text[start : start + _LONGEST]
            self._bar.update()


def _checked_target(path: str | os.PathLike[str]) -> Path:
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise must_be("path", "the path of the file to write", path)
    target = Path(path)
    if target.is_dir():
        raise must_be("path", "the path of the file to write", str(path), "This is a folder.")
    if target.suffix == ".gz":
        raise must_be("path", "without .gz", str(path), "The file is written uncompressed.")
    return target


def _check_words(words: Sequence[str], min_count: int) -> None:
    """Raise if there are no words, or one that a word2vec binary cannot hold."""
    if not words:
        raise DataError(
            f"no word occurs {min_count} times in the texts, so there is nothing to train. "
            "Lower `min_count`, or give more texts."
        )
    for word in words:
        if not word or " " in word or "\n" in word or not _is_encodable(word):
            expected = "sequences of words without spaces, line ends and lone surrogates"
            raise must_be("tokenized_texts", expected, word, "Use another tokenizer.")


def _is_encodable(word: str) -> bool:
    try:
        word.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
