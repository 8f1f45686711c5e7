"""What rounding the weights to 8 bits saves, and what it costs."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from textclf.errors import must_be
from textclf.predictor import Predictor
from textclf.text.labels import Label
from textclf.training.int8 import dequantized, quantized

__all__ = ["QuantizationReport", "quantize"]


@dataclass(frozen=True)
class QuantizationReport:
    """Size and accuracy of a model before and after its weights were rounded to 8 bits.

    Attributes:
        bytes_before: Of the weights.
        bytes_after: Of the rounded ones with their scales.
        accuracy_before: On the texts.
        accuracy_after: Likewise.
        changed: How many texts have another label than before.
        n: How many texts there were.

    Example:
        >>> print(QuantizationReport(4_000_000, 1_060_000, 0.91, 0.905, changed=3, n=200))
        weights   4.00 MB -> 1.06 MB (26.5 %)
        accuracy  0.9100 -> 0.9050 (-0.0050) on 200 texts, of which 3 changed their label
    """

    bytes_before: int
    bytes_after: int
    accuracy_before: float
    accuracy_after: float
    changed: int
    n: int

    def __str__(self) -> str:
        before, after = self.bytes_before / 1e6, self.bytes_after / 1e6
        difference = self.accuracy_after - self.accuracy_before
        return (
            f"weights   {before:.2f} MB -> {after:.2f} MB ({100 * after / before:.1f} %)\n"
            f"accuracy  {self.accuracy_before:.4f} -> {self.accuracy_after:.4f} ({difference:+.4f}) "
            f"on {self.n:,} texts, of which {self.changed:,} changed their label"
        )


def quantize(
    predictor: Predictor, texts: Sequence[str | Sequence[str]], labels: Sequence[Label]
) -> tuple[Predictor, QuantizationReport]:
    """Round the weights of a model to 8-bit integers, and measure the loss on labelled texts.

    The new model computes with 32-bit numbers, as before; each is now a whole multiple of the scale of
    its row, so that the folder that :meth:`Predictor.save <textclf.predictor.Predictor.save>` writes
    needs one byte for it (:func:`textclf.training.int8.quantized`).

    Args:
        predictor: Left as it is.
        texts: Some that the model was not trained on.
        labels: Their true labels.

    Returns:
        A Predictor with the rounded weights, and the report.

    Raises:
        ArgumentError: There is no text, or not one label for each, or a weight is not finite.
        UnseenLabelError: The predictor does not know a label.

    Example:
        >>> from textclf import TextEncoder, create_model
        >>> encoder = TextEncoder.build(["good", "bad"], ["pos", "neg"])
        >>> model = create_model("dan", vocab_size=len(encoder.vocab), num_classes=2)
        >>> small, report = quantize(Predictor(encoder, model), ["good", "bad"], ["pos", "neg"])
        >>> report.n, report.bytes_after < report.bytes_before / 3
        (2, True)
    """
    if len(texts) == 0 or len(texts) != len(labels):
        raise must_be("labels", "one for each text, and at least one", f"{len(texts)} texts, {len(labels)}")
    true = predictor.labels.encode(labels)
    weights = predictor.model.state_dict()
    rounded = quantized(weights)
    model = copy.deepcopy(predictor.model)
    model.load_state_dict(dequantized(rounded))
    small = Predictor(
        predictor.encoder,
        model,
        device=predictor.device,
        batch_size=predictor.batch_size,
        windows=predictor.windows,
        temperature=predictor.temperature,
    )
    small.precision, small.int8 = predictor.precision, True
    before, after = (its.predict_logits(texts).argmax(axis=1) for its in (predictor, small))
    report = QuantizationReport(
        _size(weights),
        _size(rounded),
        accuracy_before=float((before == true).mean()),
        accuracy_after=float((after == true).mean()),
        changed=int(np.count_nonzero(before != after)),
        n=len(texts),
    )
    return small, report


def _size(weights: Mapping[str, Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in weights.values())
