"""A model applied to a whole corpus: order in, order out."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from textclf.data.arrays import token_positions
from textclf.data.batches import Batch, BatchLoader
from textclf.data.corpus import EncodedCorpus
from textclf.device import one_thread
from textclf.errors import must_be
from textclf.text.labels import Label
from textclf.training.checks import check_corpus
from textclf.training.distributed import Processes
from textclf.training.finite import check_answers
from textclf.training.heads import side_by_side
from textclf.training.targets import Target, target_of

__all__ = ["evaluating", "predict_logits", "predict_one", "report_of"]

_ALONE = Processes()
_FEW_TOKENS = 64  # so few are done in one thread before several are at work
_FIRST = np.zeros(1, dtype=np.int64)


def predict_logits(
    model: nn.Module,
    corpus: EncodedCorpus,
    *,
    device: str | torch.device = "cpu",
    precision: torch.dtype = torch.float32,
    batch_size: int = 128,
    processes: Processes = _ALONE,
) -> npt.NDArray[np.float32]:
    """Apply a model in evaluation mode to every text of a corpus.

    Args:
        model: Called as ``model(token_ids (B, L), lengths (B,))``; it is put back in the mode it was in.
        corpus: The texts; its labels are not looked at.
        device: Where the model is.
        precision: The type in which products are computed.
        batch_size: Texts a batch; it changes the speed alone.
        processes: Share the batches among these; each gets all the logits.

    Returns:
        The logits in the order of the corpus: ``(N, C)``, or ``(T, C)``, one row a token and aligned
        with ``corpus.ids``, from a model that labels tokens.

    Raises:
        ArgumentError: An id of the corpus is outside the model's vocabulary.

    Example:
        >>> from textclf.models import create_model
        >>> model = create_model("dan", vocab_size=10, num_classes=3)
        >>> predict_logits(model, EncodedCorpus.from_lists([[2, 3], [4]])).shape
        (2, 3)
    """
    check_corpus("corpus", model, corpus)
    if len(corpus) == 0:
        return np.zeros((0, getattr(model, "num_classes", 0)), dtype=np.float32)
    result: npt.NDArray[np.float32] = np.empty((0, 0), dtype=np.float32)
    batches = BatchLoader(corpus, batch_size=batch_size).epoch(0)
    with evaluating(model), torch.inference_mode():
        for batch in itertools.islice(batches, processes.rank, None, processes.count):
            values = _answers(model, batch, device, precision)
            rows: Any = batch.indices
            if values.ndim == 3:  # (B, L, C): keep the real tokens
                rows = token_positions(corpus.offsets, batch.indices)
                values = values[np.arange(values.shape[1]) < batch.lengths.numpy()[:, None]]
            if result.size == 0:
                total = corpus.num_tokens if rows is not batch.indices else len(corpus)
                result = np.zeros((total, values.shape[1]), dtype=np.float32)
            result[rows] = values
    return _joined(result, processes)


def predict_one(
    model: nn.Module,
    token_ids: npt.NDArray[np.int32],
    *,
    device: str | torch.device = "cpu",
    precision: torch.dtype = torch.float32,
) -> npt.NDArray[np.float32]:
    """Apply a model to one text, without what only many texts need.

    Args:
        model: As for :func:`predict_logits`, but in evaluation mode already.
        token_ids: The ids ``(L,)``, each one of the model's vocabulary, as its encoder gives them.
        device: Where the model is.
        precision: The type in which products are computed.

    Returns:
        The logits ``(1, C)``.

    Example:
        >>> from textclf.models import create_model
        >>> model = create_model("dan", vocab_size=10, num_classes=3).eval()
        >>> predict_one(model, np.array([2, 3], dtype=np.int32)).shape
        (1, 3)
    """
    ids = torch.from_numpy(token_ids.astype(np.int64)).unsqueeze(0)
    batch = Batch(ids, torch.tensor([len(token_ids)]), None, _FIRST)
    threads = one_thread() if len(token_ids) <= _FEW_TOKENS else contextlib.nullcontext()
    with threads, torch.inference_mode():
        return _answers(model, batch, device, precision)


def _answers(
    model: nn.Module, batch: Batch, device: str | torch.device, precision: torch.dtype
) -> npt.NDArray[np.float32]:
    """Give the logits of a batch, ``(B, C)``, or ``(B, L, C)`` of tokens, on the CPU."""
    moved = batch.to(device)
    kind, lower = torch.device(device).type, precision != torch.float32
    cast: Any = contextlib.nullcontext()  # to say so to autocast takes longer than to ask whether to
    if lower or torch.is_autocast_enabled(kind):
        cast = torch.autocast(kind, dtype=precision, enabled=lower)
    with cast:
        answers = model(moved.token_ids, moved.lengths)
    logits = side_by_side(answers, getattr(model, "heads", None))
    values: npt.NDArray[np.float32] = logits.float().cpu().numpy()
    return values


def report_of(
    labels: npt.NDArray[Any],
    logits: npt.NDArray[np.float32],
    label_names: Sequence[Label] | None = None,
    *,
    target: Target | None = None,
    offsets: npt.NDArray[np.int64] | None = None,
) -> Any:
    """Compare logits ``(N, C)`` with labels ``(N,)``, of which -100 does not count, or booleans ``(N, C)``.

    Args:
        labels: One row a text or token; of several heads, one column a head.
        logits: What a model answers.
        label_names: The names of the classes.
        target: The kind of the labels; by default one a row, or several if they are booleans.
        offsets: Where texts begin, if the labels are of tokens.

    Returns:
        The report of that kind of labels. Its ``loss`` is the plain mean cross-entropy, without class
        weights or smoothing.

    Raises:
        ArgumentError: There is not one label for each row of logits.
        NonFiniteLossError: The logits are not finite.

    Example:
        >>> logits = np.array([[2.0, 0.0], [0.0, 2.0]], dtype=np.float32)
        >>> report_of(np.array([0, 0]), logits).accuracy
        0.5
    """
    if len(logits) != len(labels):
        raise must_be("corpus", f"labelled as the model answers, {len(logits)} times", len(labels))
    target = target_of(labels.dtype == np.bool_) if target is None else target
    kept = target.counted(labels)
    labels, logits = labels[kept], logits[kept]
    probabilities = target.probabilities(logits)
    check_answers(logits, probabilities)
    return target.report(
        labels,
        probabilities,
        label_names=label_names,
        loss=target.mean_loss(labels, logits),
        offsets=offsets,
    )


@contextlib.contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put a model in evaluation mode within the block; to say so to each layer takes a while.

    Example:
        >>> model = nn.Dropout(0.9)
        >>> with evaluating(model):
        ...     model.training
        False
        >>> model.training
        True
    """
    trained = [module for module in model.modules() if module.training]
    if trained:
        model.eval()
    try:
        yield
    finally:
        for module in trained:
            module.training = True


def _joined(part: npt.NDArray[np.float32], processes: Processes) -> npt.NDArray[np.float32]:
    """Put together what each process has filled in, and left 0 elsewhere."""
    if processes.count == 1:
        return part
    shape = tuple(processes.gather(part.shape)[0])  # the first always has a batch
    whole = part if part.shape == shape else np.zeros(shape, dtype=np.float32)
    processes.add_up(whole)
    return whole
