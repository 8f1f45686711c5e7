"""Encoders and encoded corpora kept from run to run, under a digest of all that they depend on.

The name of an entry is a digest of the content of the texts, not of a name or date: of the file's
bytes and how it is read, of the encoder's settings, tokens and labels, and of the code that makes
tokens and ids. What changes any of these misses the entry, and a new one is made beside it. The
cache never deletes an entry: the folder, or any folder in it, may be deleted at any time.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import importlib.metadata
import inspect
import json
import os
import platform
import unicodedata
import warnings
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from textclf.atomic import new_folder, write_text
from textclf.data.corpus import EncodedCorpus
from textclf.data.encoder import TextEncoder
from textclf.data.labelled_texts import LabelledTexts
from textclf.data.readers import LabelledFile
from textclf.errors import ArgumentError, DataError, OutputExistsError, must_be
from textclf.registry import check_options
from textclf.text.tokenizer_config import create_tokenizer, tokenizer_config
from textclf.text.tokenizers import Tokenizer

__all__ = ["Source", "cached_corpus", "cached_encoder"]

Source: TypeAlias = LabelledFile | LabelledTexts
"""Labelled texts whose content can be told from that of others."""

_DIGESTS = "digests.json"
_CONTENT = "content"
_TOGETHER = 4096

T = TypeVar("T")


def cached_encoder(folder: str | os.PathLike[str], source: Source, **options: Any) -> TextEncoder:
    """Build an encoder, or load the one that was built from the same texts in the same way.

    Args:
        folder: The cache; made if it is not there.
        source: A file of labelled texts, or texts in memory.
        **options: Those of :meth:`TextEncoder.build_pairs
            <textclf.data.encoder.TextEncoder.build_pairs>`: ``tokenizer``, ``min_freq`` and so on.

    Returns:
        The encoder.

    Raises:
        ArgumentError: An argument cannot be used; a tokenizer that is a function of your own, for one,
            whose content cannot be told.
        DataError: The texts cannot be read, or have no tokens.
        UnknownOptionError: There is no such option; with the near matches.

    Example:
        >>> import tempfile
        >>> texts = LabelledTexts(["a good film", "a bad film"], ["pos", "neg"])
        >>> with tempfile.TemporaryDirectory() as cache:
        ...     built = cached_encoder(cache, texts, min_freq=2)
        ...     loaded = cached_encoder(cache, texts, min_freq=2)
        >>> loaded.vocab.tokens == built.vocab.tokens == ("<pad>", "<unk>", "a", "film")
        True
    """
    check_options(TextEncoder.build_pairs, options, "cached_encoder")
    bound = inspect.signature(TextEncoder.build_pairs).bind(source, **options)
    bound.apply_defaults()
    settings = {k: v for k, v in bound.arguments.items() if k not in ("pairs", "progress")}
    settings["tokenizer"] = _described(create_tokenizer(settings["tokenizer"]))

    def make(path: Path) -> None:
        TextEncoder.build_pairs(source, **options).save(path)

    return _entry(Path(folder), "encoder", source, settings, make, TextEncoder.load)


def cached_corpus(
    folder: str | os.PathLike[str], source: Source, encoder: TextEncoder, *, progress: bool = False
) -> EncodedCorpus:
    """Encode labelled texts, or open what was encoded from the same texts by the same encoder.

    The ids, labels and offsets stay in the files of the cache, memory-mapped.

    Args:
        folder: The cache; made if it is not there.
        source: A file of labelled texts, or texts in memory.
        encoder: With labels.
        progress: Whether to show a progress bar while texts are encoded.

    Returns:
        The corpus, in the order of the texts.

    Raises:
        ArgumentError: An argument cannot be used; an encoder whose tokenizer is a function of your
            own, for one, whose content cannot be told.
        DataError: The texts cannot be read, or the encoder has no labels.
        UnseenLabelError: A label is not one that the encoder was built with.

    Example:
        >>> import tempfile
        >>> texts = LabelledTexts(["a good film", "a bad film"], ["pos", "neg"])
        >>> with tempfile.TemporaryDirectory() as cache:
        ...     encoder = cached_encoder(cache, texts)
        ...     encoded = cached_corpus(cache, texts, encoder)
        ...     opened = cached_corpus(cache, texts, encoder)
        >>> opened.ids.tolist() == encoded.ids.tolist() == [2, 5, 3, 2, 4, 3]
        True
    """
    if not isinstance(encoder, TextEncoder):
        raise must_be("encoder", "a TextEncoder", encoder, "cached_encoder() makes one.")
    names = None if encoder.labels is None else encoder.labels.names
    tokens = hashlib.sha256(json.dumps([encoder.vocab.tokens, names]).encode()).hexdigest()
    settings = {**encoder.config(), "tokenizer": _described(encoder.tokenizer), "tokens": tokens}

    def make(path: Path) -> None:
        encoder.encode_pairs(source, progress=progress).save(path)

    return _entry(Path(folder), "corpus", source, settings, make, EncodedCorpus.load)


def _entry(
    cache: Path,
    kind: str,
    source: Source,
    settings: dict[str, Any],
    make: Callable[[Path], None],
    load: Callable[[Path], T],
) -> T:
    """Load the entry of a source and settings, having made it if it is not there or is damaged."""
    content = _content_of(source)
    whole = json.dumps([content, settings, _code()], sort_keys=True)
    path = cache / f"{kind}-{hashlib.sha256(whole.encode()).hexdigest()[:32]}"
    damaged = False
    if path.exists():
        try:
            _check(path)
            return load(path / _CONTENT)
        except (DataError, ArgumentError) as error:
            damaged = True
            warnings.warn(f"The cache entry is damaged and is made again. {error}", stacklevel=3)
    try:
        with new_folder(path, overwrite=damaged) as new:
            make(new / _CONTENT)
            if _content_of(source) != content:
                raise DataError("the texts must stay as they are while they are read.")
            write_text(new / _DIGESTS, json.dumps(_digests(new), indent=1) + "\n")
    except OutputExistsError:  # another process has made it meanwhile
        _check(path)
    return load(path / _CONTENT)


def _check(path: Path) -> None:
    """Raise unless the files of an entry are, to the last bit, those that were written."""
    try:
        written = json.loads((path / _DIGESTS).read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(f"its digests cannot be read: {error}.", path=path) from None
    found = _digests(path)
    if written != found:
        known = written if isinstance(written, dict) else {}
        others = sorted(k for k in known.keys() | found.keys() if known.get(k) != found.get(k))
        raise DataError(f"not as it was written: {', '.join(others)}.", path=path)


def _digests(path: Path) -> dict[str, str]:
    """Return the digest of each file of an entry, by its path in the entry."""
    files = [file for file in sorted((path / _CONTENT).rglob("*")) if file.is_file()]
    return {file.relative_to(path).as_posix(): _digest_of_file(file) for file in files}


def _digest_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest_of_source(path: Path) -> str | dict[str, str]:
    """Return the digest of a file, or of each file of a folder."""
    if path.is_dir():
        files = [file for file in sorted(path.rglob("*")) if file.is_file()]
        return {file.relative_to(path).as_posix(): _digest_of_file(file) for file in files}
    return _digest_of_file(path)


def _content_of(source: Source) -> dict[str, Any]:
    """Say what the texts and labels are, so that others differ."""
    if isinstance(source, LabelledFile):
        next(iter(source))  # says in words what is wrong with the file, if there is none or it is empty
        options = {k: v for k, v in dataclasses.asdict(source).items() if k not in ("path", "quarantine")}
        return {**options, "file": _digest_of_source(Path(source.path))}
    if not isinstance(source, LabelledTexts):
        raise must_be("source", "a LabelledFile, or LabelledTexts", source)
    digest = hashlib.sha256()
    pairs = iter(source)
    while some := list(islice(pairs, _TOGETHER)):
        digest.update(json.dumps(some).encode())
    return {"texts": digest.hexdigest()}


def _described(tokenizer: Tokenizer) -> dict[str, Any]:
    """Say what a tokenizer does, so that others differ."""
    config = tokenizer_config(tokenizer)
    if config["name"] == "custom":
        raise must_be(
            "tokenizer",
            "a registered one for a cache",
            tokenizer,
            "What a function of your own does cannot be told from its name: encode without a cache.",
        )
    if config["name"] == "jieba":
        config["version"] = importlib.metadata.version("jieba")  # its dictionary is another in each
    return config


@functools.cache
def _code() -> dict[str, str]:
    """Say what code makes tokens and ids; a digest of it, so that no number need be kept up."""
    package = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for file in sorted([*package.glob("text/*.py"), *package.glob("data/*.py")]):
        digest.update(file.read_bytes())
    return {
        "textclf": digest.hexdigest(),
        "python": ".".join(platform.python_version_tuple()[:2]),  # names of HTML entities, for one
        "unicode": unicodedata.unidata_version,
    }
