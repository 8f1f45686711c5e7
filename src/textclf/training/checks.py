"""What is looked at before any work begins: do the data fit the model, and can they be learnt from?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from torch import nn

from textclf.data.batches import IGNORED_LABEL
from textclf.data.corpus import EncodedCorpus
from textclf.errors import DataError, must_be

__all__ = ["check_corpus", "check_labelled", "check_training_data"]


def check_corpus(name: str, model: nn.Module, corpus: EncodedCorpus) -> None:
    """Raise if the corpus has ids or labels that the model has no row for.

    Out of range, they would end in an unreadable failure deep inside a step. A model tells its sizes
    by attributes ``vocab_size`` and ``num_classes``; one without them is not checked.

    Raises:
        ArgumentError: With the name of the argument and the id.
    """
    if not isinstance(corpus, EncodedCorpus):
        raise must_be(name, "an EncodedCorpus", type(corpus).__name__, "Make it with TextEncoder.encode.")
    vocab_size = getattr(model, "vocab_size", None)
    if isinstance(vocab_size, int):
        corpus.check_ids(vocab_size)
    num_classes = getattr(model, "num_classes", None)
    if isinstance(num_classes, int) and corpus.labels is not None and corpus.labels.size:
        largest = int(corpus.labels.max())
        if largest >= num_classes:
            raise must_be(
                name,
                f"labelled from 0 to {num_classes - 1}, the classes of the model",
                largest,
                "Make the model with num_classes=len(encoder.labels).",
            )


def check_labelled(name: str, corpus: EncodedCorpus) -> npt.NDArray[np.int64]:
    """Return the labels of the corpus, or raise if it has none.

    Raises:
        DataError: It has none.
    """
    if corpus.labels is None:
        raise DataError(f"`{name}` must have labels. Received: none. Give them to encoder.encode.")
    return corpus.labels


def check_training_data(model: nn.Module, train: EncodedCorpus, valid: EncodedCorpus | None) -> None:
    """Raise on data that cannot be trained on or validated with.

    Raises:
        ArgumentError: Ids or labels that the model has no row for.
        DataError: No texts, no labels, or training labels of one class only.
    """
    for name, corpus in (("train", train), ("valid", valid)):
        if corpus is not None:
            check_corpus(name, model, corpus)
            check_labelled(name, corpus)
            if corpus.num_tokens == 0:
                raise DataError(
                    f"`{name}` must have texts with tokens. Received: {len(corpus)} texts and no token. "
                    "Check which column holds the text."
                )
    labels = check_labelled("train", train)
    classes = np.unique(labels[labels != IGNORED_LABEL])
    if len(classes) < 2:
        raise DataError(
            f"`train` must have at least two classes. Received: {len(classes)}. "
            "There is nothing to tell apart: check which column holds the labels."
        )
