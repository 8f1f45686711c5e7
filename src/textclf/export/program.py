"""A model as one graph that takes batches of any size and texts of any length."""

from __future__ import annotations

import copy
import warnings

import torch
from torch import Tensor, nn

from textclf.errors import must_be
from textclf.export.plain import make_plain_
from textclf.layers.ngrams import NgramScores
from textclf.models.base import Classifier
from textclf.models.dpcnn import DPCNN

__all__ = ["LogitsProgram", "traced"]


class LogitsProgram(nn.Module):
    """What is exported: logits divided by the temperature, so that their softmax is what to report.

    Args:
        model: Its plain copy shares no weights with it.
        temperature: As that of a :class:`~textclf.predictor.Predictor`.

    Shape:
        ``token_ids (B, L)``, ``lengths (B,)`` -> ``(B, C)``, for any L, 0 among them.
    """

    def __init__(self, model: Classifier, *, temperature: float) -> None:
        super().__init__()
        # No layer can be traced with fewer tokens than this; padding changes no answer.
        self.fewest = max([1, *map(_fewest, model.modules())])
        self.model = make_plain_(copy.deepcopy(model).cpu().eval())
        self.temperature = temperature
        self.requires_grad_(False)  # a program is run, not trained

    def forward(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        """Give ``(B, C)`` for ``token_ids (B, L)`` and ``lengths (B,)``, both int64."""
        logits: Tensor = self.model(nn.functional.pad(token_ids, (0, self.fewest)), lengths)
        return logits / self.temperature


def _fewest(layer: nn.Module) -> int:
    if isinstance(layer, NgramScores):
        return layer.longest
    return 2 ** len(layer.blocks) if isinstance(layer, DPCNN) else 1  # of which halving leaves two


def traced(model: Classifier, *, temperature: float = 1.0) -> torch.export.ExportedProgram:
    """Trace a model into a graph of plain operations, for any number and length of texts.

    Args:
        model: Of the zoo, or one of your own that torch can trace.
        temperature: What the logits are divided by.

    Returns:
        The program, called as ``program.module()(token_ids (B, L), lengths (B,))``.

    Raises:
        ArgumentError: Torch cannot trace the model, or not for every size.

    Example:
        >>> from textclf import create_model
        >>> program = traced(create_model("dan", vocab_size=9, num_classes=3)).module()
        >>> program(torch.tensor([[5, 7, 2]]), torch.tensor([3])).shape
        torch.Size([1, 3])
    """
    texts = (torch.ones(3, 7, dtype=torch.int64), torch.tensor([7, 3, 0]))
    batch, length = torch.export.Dim("batch", min=1), torch.export.Dim("length", min=0)
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of torch, about its own insides
            return torch.export.export(
                LogitsProgram(model, temperature=temperature),
                texts,
                dynamic_shapes=((batch, length), (batch,)),
                strict=False,
            )
    except Exception as error:  # whatever stands in the way, it is the model that has it
        why = str(error).strip().partition("\n")[0]
        raise must_be(
            "model",
            "one that torch.export can trace for any number and length of texts",
            type(model).__name__,
            f"torch says: {why}",
        ) from error
