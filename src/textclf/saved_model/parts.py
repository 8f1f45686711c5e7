"""The parts of a trained model, an encoder and a network: do they fit, and what are the labels?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from textclf.data.encoder import TextEncoder
from textclf.errors import ArgumentError, must_be
from textclf.models.base import Classifier
from textclf.text.labels import Label, LabelMap

__all__ = ["Heads", "labels_of_texts", "labels_of_tokens"]

Heads: TypeAlias = Mapping[str, Iterable[Label]]
"""The labels of each head by its name, in the order of their ids."""


def labels_of_texts(encoder: TextEncoder, model: Classifier) -> LabelMap:
    """Return the labels that a model gives to texts.

    Args:
        encoder: With the labels.
        model: Of one head.

    Raises:
        ArgumentError: The model does not label texts, or it was not made for this encoder.

    Example:
        >>> from textclf.models import create_model
        >>> encoder = TextEncoder.build(["a good film", "a bad film"], ["pos", "neg"])
        >>> labels_of_texts(encoder, create_model("dan", vocab_size=6, num_classes=2)).names
        ('neg', 'pos')
    """
    _check_kinds(encoder, model)
    if model.labels_tokens or model.heads is not None:
        cure = "textclf.Tagger answers for a model that labels tokens"
        cure += "." if model.labels_tokens else ", and Trainer.predict for heads that label texts."
        raise must_be("model", "one that gives a text one kind of labels", type(model).__name__, cure)
    if encoder.labels is None:
        cure = "Build it with TextEncoder.build(texts, labels)."
        raise must_be("encoder", "one with labels", encoder, cure)
    _check_sizes(model, vocab_size=len(encoder.vocab), num_classes=len(encoder.labels))
    return encoder.labels


def labels_of_tokens(encoder: TextEncoder, model: Classifier, heads: Heads | None) -> list[LabelMap]:
    """Return the labels that each head of a model gives to tokens.

    Args:
        encoder: With the labels of a model of one head.
        model: Of one head or several.
        heads: The labels of each head of a model of several.

    Raises:
        ArgumentError: The model does not label tokens, it was not made for this encoder, or the heads are
            not those of the model.

    Example:
        >>> from textclf.models import create_model
        >>> encoder = TextEncoder.build([["in", "Rome"]], token_labels=[["O", "B"]])
        >>> labels_of_tokens(encoder, create_model("rnn_tagger", vocab_size=4, num_classes=2), None)
        [LabelMap('B', 'O')]
    """
    _check_kinds(encoder, model)
    if not model.labels_tokens:
        cure = "textclf.Predictor answers for a model that labels texts"
        cure += "." if model.heads is None else ", and Trainer.predict if it has several heads."
        raise must_be("model", "one that labels tokens, such as 'rnn_tagger'", type(model).__name__, cure)
    if model.heads is not None:
        _check_sizes(model, vocab_size=len(encoder.vocab))
        return _labels_of_heads(heads, model.heads)
    if heads is not None:
        cure = "The encoder knows its labels."
        raise must_be("heads", "None for a model of one head", heads, cure)
    if encoder.labels is None or encoder.labels.multi_label:
        cure = "Build it with TextEncoder.build_and_encode(texts, token_labels=labels)."
        raise must_be("encoder", "one with the labels of tokens", encoder, cure)
    _check_sizes(model, vocab_size=len(encoder.vocab), num_classes=len(encoder.labels))
    return [encoder.labels]


def _labels_of_heads(heads: object, sizes: Mapping[str, int]) -> list[LabelMap]:
    """Return the labels of each head, or raise if they are not as the model has them."""
    if not isinstance(heads, Mapping) or [*heads] != [*sizes]:
        cure = "They are the `heads` of the joint_corpus that the model was trained on."
        received = [*heads] if isinstance(heads, Mapping) else heads
        raise must_be("heads", f"the labels of each of the heads {[*sizes]}, in this order", received, cure)
    found = []
    for head, size in sizes.items():
        name = f"heads[{head!r}]"
        try:
            labels = LabelMap(heads[head])
        except ArgumentError as error:
            expected = "a list of labels, all strings or all integers, and all different"
            raise must_be(name, expected, heads[head]) from error
        if len(labels) != size:
            raise must_be(name, f"{size} labels, as many as the head of the model gives", heads[head])
        found.append(labels)
    return found


def _check_kinds(encoder: object, model: object) -> None:
    if not isinstance(encoder, TextEncoder):
        raise must_be("encoder", "a TextEncoder", type(encoder).__name__)
    if not isinstance(model, Classifier):
        cure = "Make it with create_model, or derive its class from TextModel."
        raise must_be("model", "a textclf.models.Classifier", type(model).__name__, cure)


def _check_sizes(model: Classifier, **sizes: int) -> None:
    """Raise unless a model was made with these sizes of its encoder."""
    for name, own in sizes.items():
        if own != (its := getattr(model, name)):
            cure = "Use the encoder that the model was trained with."
            raise must_be("model", f"made with {name}={own}, as the encoder has it", its, cure)
