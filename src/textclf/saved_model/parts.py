"""The parts of a trained model, an encoder and a network: can the one read what the other gives?"""

from __future__ import annotations

from textclf.data.encoder import TextEncoder
from textclf.errors import must_be
from textclf.models.base import Classifier

__all__ = ["check_kinds", "check_sizes"]


def check_kinds(encoder: object, model: object) -> None:
    """Raise unless these are an encoder and a model of the zoo, or one of the same kind.

    Raises:
        ArgumentError: One of them is something else.
    """
    if not isinstance(encoder, TextEncoder):
        raise must_be("encoder", "a TextEncoder", type(encoder).__name__)
    if not isinstance(model, Classifier):
        cure = "Make it with create_model, or derive its class from TextModel."
        raise must_be("model", "a textclf.models.Classifier", type(model).__name__, cure)


def check_sizes(model: Classifier, **sizes: int) -> None:
    """Raise unless a model was made with the sizes of its encoder.

    Args:
        model: The model.
        sizes: Those of the encoder, by the name of the model's option.

    Raises:
        ArgumentError: A size is another.

    Example:
        >>> from textclf.models import create_model
        >>> check_sizes(create_model("dan", vocab_size=10, num_classes=2), vocab_size=10)
    """
    for name, own in sizes.items():
        if own != (its := getattr(model, name)):
            cure = "Use the encoder that the model was trained with."
            raise must_be("model", f"made with {name}={own}, as the encoder has it", its, cure)
