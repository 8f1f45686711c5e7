"""The files of a saved encoder: its vocabulary, its labels and what else it was made with."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from textclf.atomic import write_text
from textclf.data.inputs import checked_truncation
from textclf.errors import (
    ArgumentError,
    DataError,
    MissingFileError,
    OutputExistsError,
    UnknownNameError,
    UnknownOptionError,
)
from textclf.text.labels import LabelMap
from textclf.text.tokenizer_config import tokenizer_from_config
from textclf.text.tokenizers import Tokenizer
from textclf.text.vocab import Vocab

__all__ = ["FORMAT", "SavedEncoder", "read_encoder", "write_encoder"]

FORMAT = 1
"""The number of this layout."""

_CONFIG_FILE = "encoder.json"
_VOCAB_FILE = "vocab.txt"
_LABELS_FILE = "labels.json"
_ENTRIES = {"tokenizer", "max_length", "keep", "vocab_size", "num_classes"}


class SavedEncoder(NamedTuple):
    """What a :class:`~textclf.data.encoder.TextEncoder` is made of."""

    tokenizer: Tokenizer
    vocab: Vocab
    labels: LabelMap | None
    max_length: int | None
    keep: str


def write_encoder(
    folder: str | os.PathLike[str],
    config: Mapping[str, Any],
    vocab: Vocab,
    labels: LabelMap | None,
    *,
    overwrite: bool = False,
) -> None:
    """Write an encoder to ``vocab.txt``, ``labels.json`` and ``encoder.json``.

    Args:
        folder: Made if it is not there; other files in it are left alone.
        config: What :meth:`TextEncoder.config <textclf.data.encoder.TextEncoder.config>` returns.
        vocab: The known tokens.
        labels: The known labels, or None.
        overwrite: Whether to replace an encoder that is there.

    Raises:
        OutputExistsError: There is an encoder and ``overwrite`` is false.
    """
    folder = Path(folder)
    if (folder / _CONFIG_FILE).exists() and not overwrite:
        raise OutputExistsError(
            f"`folder` must hold no encoder. Received: {str(folder)!r}, which has {_CONFIG_FILE}. "
            "Choose another folder, or pass overwrite=True to replace it."
        )
    content = json.dumps(config, ensure_ascii=False, indent=1)
    vocab.save(folder / _VOCAB_FILE)
    if labels is not None:
        labels.save(folder / _LABELS_FILE)
    write_text(folder / _CONFIG_FILE, f"{content}\n")
    if labels is None:
        (folder / _LABELS_FILE).unlink(missing_ok=True)


def read_encoder(
    folder: str | os.PathLike[str], *, tokenizer: Callable[[str], list[str]] | None = None
) -> SavedEncoder:
    """Read what :func:`write_encoder` wrote.

    Args:
        folder: Where it is.
        tokenizer: The tokenizer, if the encoder was made with a function of the caller's own.

    Raises:
        MissingFileError: A file is not there. It is a ``FileNotFoundError`` too.
        DataError: A file does not hold what was written.
        ArgumentError: ``tokenizer`` is missing, or given and not needed.
    """
    path = Path(folder) / _CONFIG_FILE
    config = _read_config(path)
    try:
        vocab = Vocab.load(Path(folder) / _VOCAB_FILE)
        labels = None if config["num_classes"] is None else LabelMap.load(Path(folder) / _LABELS_FILE)
    except FileNotFoundError as error:
        raise MissingFileError("the file is missing from the saved encoder.", path=error.filename) from None
    for name, found in [("vocab_size", vocab), ("num_classes", labels)]:
        if found is not None and len(found) != config[name]:
            raise DataError(
                f"`{name}` is {config[name]} here and {len(found)} in the file beside it. "
                "They come from different encoders; save the encoder again.",
                path=path,
            )
    try:
        max_length, keep = checked_truncation(config["max_length"], config["keep"])
        known = tokenizer_from_config(config["tokenizer"], custom=tokenizer)
    except (UnknownNameError, UnknownOptionError, ArgumentError) as error:
        if tokenizer is not None or config["tokenizer"] == {"name": "custom"}:
            raise
        raise DataError(str(error), path=path) from None
    return SavedEncoder(known, vocab, labels, max_length, keep)


def _read_config(path: Path) -> dict[str, Any]:
    """Read ``encoder.json`` and check that it has all its entries."""
    try:
        config = json.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        cure = "Check the folder; TextEncoder.save() makes one."
        raise MissingFileError(f"there is no saved encoder here. {cure}", path=path) from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"the file is not JSON in UTF-8: {error}.", path=path) from None
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        found = config.get("format") if isinstance(config, dict) else config
        raise DataError(
            f"`format` must be {FORMAT}. Received: {found!r}. Upgrade textclf if it is higher.", path=path
        )
    if missing := sorted(_ENTRIES - set(config)):
        raise DataError(f"entries are missing: {', '.join(missing)}. Save the encoder again.", path=path)
    return config
