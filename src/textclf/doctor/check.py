"""The examination of data before training."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from typing import Any

from textclf.doctor import copies, labels, noise, texts, words
from textclf.doctor.checks import DATA_CHECKS
from textclf.doctor.data_set import read_data_set
from textclf.findings import Findings, run_checks
from textclf.validation import require_int

__all__ = ["CHECK_MODULES", "check_data"]

CHECK_MODULES = (copies, labels, noise, texts, words)
"""The modules that register the checks of this library."""


def check_data(
    train: Any,
    valid: Any = None,
    test: Any = None,
    *,
    embedding: str | os.PathLike[str] | None = None,
    max_length: int | None = None,
    tokenizer: str | Callable[[str], list[str]] = "word",
    silence: Collection[str] = (),
    progress: bool = False,
) -> Findings:
    """Say what is wrong with labelled texts before a model is trained on them.

    Texts go by once and are not kept. What is kept takes some 200 bytes a row, beside the token ids,
    which go to a temporary file when they are many. Whatever looks at a sample says so in the result's
    remarks.

    Args:
        train: The training texts: :class:`LabelledTexts <textclf.data.labelled_texts.LabelledTexts>`;
            the path of a file whose format is recognised; a
            :class:`LabelledFile <textclf.data.readers.LabelledFile>`, where columns or encoding must be
            said; or a table.
        valid: The validation texts.
        test: The test texts.
        embedding: The file of word vectors that training will use.
        max_length: The length in tokens to which training will cut texts.
        tokenizer: The tokenizer of the training, by name or as what takes a string and returns tokens.
        silence: Codes of findings that are not wanted.
        progress: Whether to show a progress bar.

    Returns:
        The findings, the gravest first.

    Raises:
        ArgumentError: An argument cannot be used.
        DataError: A file cannot be read, or a split has no rows.

    Example:
        >>> from textclf.data import LabelledTexts
        >>> texts = [f"film number {i} was {w}" for i in range(50) for w in ("good", "bad")]
        >>> train = LabelledTexts(texts, ["pos", "neg"] * 50)
        >>> test = LabelledTexts(["film number 3 was good"], ["pos"])
        >>> found = check_data(train, test=test, silence=["unrelated-labels", "noisy-labels"])
        >>> print(found[0].seen)
        1 of 1 texts of test (100.0 %) stand in train too.
    """
    if max_length is not None:
        require_int("max_length", max_length, at_least=1)
    given = [("train", train), ("valid", valid), ("test", test)]
    data = read_data_set(
        [(name, source) for name, source in given if name == "train" or source is not None],
        tokenizer=tokenizer,
        max_length=max_length,
        embedding=embedding,
        progress=progress,
    )
    return run_checks(DATA_CHECKS, data, silence=silence, remarks=data.remarks)
