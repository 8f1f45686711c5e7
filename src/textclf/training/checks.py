"""What is looked at before any work begins: do the data fit the model, and can they be learnt from?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import nn

from textclf.data.batches import IGNORED_LABEL
from textclf.data.corpus import EncodedCorpus
from textclf.errors import DataError, UnknownNameError, must_be, near_matches
from textclf.training.callbacks import Callback
from textclf.training.targets import LOSSES

__all__ = ["check_callbacks", "check_corpus", "check_labelled", "check_loss", "check_training_data"]


def check_loss(loss: object, *, others: bool) -> None:
    """Raise unless a loss is None, a name, or a function and no other setting of the loss is given.

    Raises:
        ArgumentError: It is something else.
        UnknownNameError: No loss has that name; with the near matches.
    """
    if isinstance(loss, str) and loss not in LOSSES:
        cure = near_matches(loss, LOSSES)
        raise UnknownNameError(f"`loss` must be a known name. Received: {loss!r}. {cure}")
    if loss is not None and not isinstance(loss, str | Mapping) and not callable(loss):
        raise must_be("loss", "a function of logits and labels, or a name", loss)
    if callable(loss) and others:
        raise must_be("loss", "None with class_weight or label_smoothing, which it would ignore", loss)


def check_callbacks(callbacks: object) -> None:
    """Raise unless it is a list of callbacks.

    Raises:
        ArgumentError: It is something else.
    """
    if not isinstance(callbacks, Sequence) or not all(isinstance(c, Callback) for c in callbacks):
        raise must_be("callbacks", "a list of textclf.training.Callback", callbacks)


def check_corpus(name: str, model: nn.Module, corpus: EncodedCorpus) -> None:
    """Raise if the corpus has ids that the model has no row for; its labels are not looked at.

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


def check_labelled(name: str, model: nn.Module, corpus: EncodedCorpus) -> npt.NDArray[Any]:
    """Return the labels of the corpus, or raise if they are not classes of the model.

    Raises:
        ArgumentError: A label, or the number of their names, does not fit the model.
        DataError: There are none.
    """
    check_corpus(name, model, corpus)
    if corpus.labels is None:
        raise DataError(f"`{name}` must have labels. Received: none. Give them to encoder.encode.")
    _check_heads(name, model, corpus)
    num_classes = getattr(model, "num_classes", None)
    if isinstance(num_classes, int) and corpus.heads is None:
        cure = "Make the model with num_classes=len(encoder.labels)."
        if corpus.multi_label and corpus.labels.shape[1] != num_classes:
            expected = f"labelled with {num_classes} classes, those of the model"
            raise must_be(name, expected, corpus.labels.shape[1], cure)
        largest = int(corpus.labels.max()) if corpus.labels.size and not corpus.multi_label else -1
        if largest >= num_classes:
            expected = f"labelled from 0 to {num_classes - 1}, the classes of the model"
            raise must_be(name, expected, largest, cure)
        if corpus.label_names is not None and len(corpus.label_names) != num_classes:
            expected = f"of {num_classes} named classes, as the model is"
            raise must_be(name, expected, corpus.label_names, cure)
    return corpus.labels


def _check_heads(name: str, model: nn.Module, corpus: EncodedCorpus) -> None:
    """Raise unless the corpus has the heads of the model, of the same sizes and in the same order."""
    heads = getattr(model, "heads", None)
    its = None if corpus.heads is None else {head: len(names) for head, names in corpus.heads.items()}
    if (heads is None) != (its is None) or list((heads or {}).items()) != list((its or {}).items()):
        cure = "textclf.data.joint_corpus and the model name the heads, in one order."
        raise must_be(name, f"labelled for the heads of the model, {heads}", its, cure)


def check_training_data(model: nn.Module, train: EncodedCorpus, valid: EncodedCorpus | None) -> None:
    """Raise on data that cannot be trained on or validated with.

    Raises:
        ArgumentError: Ids or labels that the model has no row for, or two corpora that were not
            labelled alike.
        DataError: No texts, no labels, or training labels of one class only.
    """
    for name, corpus in (("train", train), ("valid", valid)):
        if corpus is not None:
            check_labelled(name, model, corpus)
            if corpus.num_tokens == 0:
                raise DataError(
                    f"`{name}` must have texts with tokens. Received: {len(corpus)} texts and no token. "
                    "Check which column holds the text."
                )
    labels = check_labelled("train", model, train)
    if train.multi_label:
        _check_differences(labels)
    else:
        for head, column in zip(train.heads or [""], labels.T if train.heads else [labels], strict=True):
            _check_classes(head, column)
    if valid is not None:
        cure = "Encode both with the same TextEncoder."
        kinds = (_kind(train), _kind(valid))
        if kinds[0] != kinds[1]:
            raise must_be("valid", f"labelled like `train`, with {kinds[0]}", kinds[1], cure)
        names: tuple[Any, Any] = (train.label_names or train.heads, valid.label_names or valid.heads)
        if None not in names and names[0] != names[1]:
            raise must_be("valid", f"labelled like `train`, with {names[0]}", names[1], cure)


def _check_classes(head: str, labels: npt.NDArray[Any]) -> None:
    """Raise if the labels are of one class only."""
    classes = np.unique(labels[labels != IGNORED_LABEL])
    if len(classes) < 2:
        of = f" of {head!r}" if head else ""
        raise DataError(
            f"`train` must have at least two classes{of}. Received: {len(classes)}. "
            "There is nothing to tell apart: check which column holds the labels."
        )


def _check_differences(labels: npt.NDArray[np.bool_]) -> None:
    """Raise if no label is on some of the texts, and not on others."""
    if not (labels.any(axis=0) & ~labels.all(axis=0)).any():
        raise DataError(
            "`train` must have a label that some texts have and others have not. Received: "
            f"{labels.shape[1]} labels, each on all {len(labels)} texts or on none. "
            "There is nothing to tell apart: check which column holds the labels."
        )


def _kind(corpus: EncodedCorpus) -> str:
    if corpus.multi_label:
        return "several labels a text"
    return "one label a token" if corpus.token_labels else "one label a text"
