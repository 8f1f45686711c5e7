"""What every model of the zoo is, and the registry that makes one by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from textclf.errors import must_be
from textclf.layers.embedding import TokenEmbedding
from textclf.layers.ngrams import LabelledBatch, NgramScores
from textclf.models.options import records_options
from textclf.registry import Registry
from textclf.validation import require_int, require_number, require_share

__all__ = [
    "MODELS",
    "Classifier",
    "TextModel",
    "check_batch",
    "create_model",
    "list_models",
    "model_from_config",
    "model_name",
]


class Classifier(nn.Module):
    """A model of the zoo: token ids and lengths in, logits out.

    A class of its own needs :meth:`forward`. It may have a method ``start_from(texts, class_weight)``,
    which the Trainer calls before the first step with batches of ``token_ids (B, L)``, ``lengths (B,)``
    and ``labels (B,)`` on the CPU, to be gone through as often as it likes. Where a text may have several
    labels, these are booleans ``(B, C)``.

    Args:
        vocab_size: V, the number of token ids.
        num_classes: C, at least 2.

    Attributes:
        config: The options that make the same architecture again, ready for JSON; of ``embedding`` the
            shape alone.
        learns_at_start: Whether ``start_from`` is all the training that the model needs.
        reads_at_most: How many tokens of a text the model looks at, from the first; None for all.
        labels_tokens: Whether the logits are of tokens, ``(B, L, C)``.
        heads: Of a model of several heads, the number of classes of each by its name; it then gives
            logits by these names, and ``num_classes`` is the sum.

    Example:
        >>> class Biases(Classifier):
        ...     @records_options
        ...     def __init__(self, *, vocab_size, num_classes):
        ...         super().__init__(vocab_size=vocab_size, num_classes=num_classes)
        ...         self.bias = nn.Parameter(torch.zeros(num_classes))
        ...
        ...     def forward(self, token_ids, lengths):
        ...         return self.bias.expand(len(lengths), -1)
        >>> Biases(vocab_size=10, num_classes=3).config
        {'vocab_size': 10, 'num_classes': 3}
    """

    config: dict[str, Any]
    learns_at_start: bool = False
    reads_at_most: int | None = None
    labels_tokens: bool = False
    heads: dict[str, int] | None = None

    def __init__(self, *, vocab_size: int, num_classes: int) -> None:
        super().__init__()
        self.vocab_size = require_int("vocab_size", vocab_size, at_least=2)
        self.num_classes = require_int("num_classes", num_classes, at_least=2)

    def resolved_options(self) -> dict[str, Any]:
        """Return what became of options that could be left open, for ``config``."""
        return {}

    def forward(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        """Give ``logits (B, C)`` for ``token_ids (B, L)`` and ``lengths (B,)``."""
        raise NotImplementedError(f"{type(self).__name__} must say how, in `forward`.")


class TextModel(Classifier):
    """A neural text classifier: embedding, features, dropout, one linear layer; no softmax.

    A model of the zoo says how embedded tokens become features, in :meth:`features`; the rest is here.

    Args:
        vocab_size: V, the number of token ids.
        num_classes: C, at least 2.
        embedding: ``(V, D)`` pretrained vectors, or None for random ones.
        embed_dim: D; by default that of ``embedding``, or 100 without.
        embedding_mode: ``"random"``, ``"static"``, ``"non-static"``, ``"multichannel"``, or
            ``"auto"``: non-static with vectors and random without.
        embedding_std: Standard deviation of the embedding at the start: random vectors are drawn with
            it and pretrained ones scaled to it; None leaves pretrained ones as they are.
        embedding_dropout: Share of the embedded features set to zero in training.
        token_dropout: Share of the tokens set to zero in training.
        dropout: Share of the text's features, and of the n-grams, set to zero in training.
        ngrams: Longest n-gram of the linear path beside the network; 0 for the network alone.

    Shape:
        ``token_ids (B, L)`` int64, ``lengths (B,)`` int64 -> ``logits (B, C)``.

    Raises:
        ArgumentError: A size, share or mode that cannot be used; on a call, ids, lengths or shapes that
            do not go together (out of range on a CPU only: a GPU would have to be waited for).

    Example:
        >>> from textclf.layers import mean_pool
        >>> class Averager(TextModel):
        ...     @records_options
        ...     def __init__(self, **options):
        ...         super().__init__(**options)
        ...         self.add_classifier(self.embedding.output_dim)
        ...
        ...     def features(self, embedded, lengths):
        ...         return mean_pool(embedded, lengths)
        >>> Averager(vocab_size=10, num_classes=2, embed_dim=8).config["embed_dim"]
        8
    """

    @records_options
    def __init__(
        self,
        *,
        vocab_size: int,
        num_classes: int,
        embedding: Tensor | None = None,
        embed_dim: int | None = None,
        embedding_mode: str = "auto",
        embedding_std: float | None = 0.1,
        embedding_dropout: float = 0.2,
        token_dropout: float = 0.0,
        dropout: float = 0.5,
        ngrams: int = 2,
    ) -> None:
        super().__init__(vocab_size=vocab_size, num_classes=num_classes)
        if embed_dim is not None:
            embed_dim = require_int("embed_dim", embed_dim, at_least=1)
        if embedding_std is not None:
            embedding_std = require_number("embedding_std", embedding_std, above=0)
        self.embedding = TokenEmbedding(
            self.vocab_size,
            embed_dim=embed_dim,
            vectors=embedding,
            mode=embedding_mode,
            std=embedding_std,
            dropout=require_share("embedding_dropout", embedding_dropout),
            token_dropout=require_share("token_dropout", token_dropout),
        )
        dropout = require_share("dropout", dropout)
        self.dropout = nn.Dropout(dropout)
        self.ngrams: NgramScores | None = None
        if require_int("ngrams", ngrams, at_least=0) > 0:
            self.ngrams = NgramScores(self.vocab_size, self.num_classes, longest=ngrams, dropout=dropout)

    def resolved_options(self) -> dict[str, Any]:
        """Return the size and the mode of the embedding."""
        return {"embed_dim": self.embedding.embed_dim, "embedding_mode": self.embedding.mode}

    def features(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Turn ``embedded (B, L, D)``, zeros at padding, into ``features (B, H)``."""
        raise NotImplementedError(f"{type(self).__name__} must say how, in `features`.")

    def token_features(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        """Turn ``token_ids (B, L)`` into ``features (B, H)``; a model with a shorter way replaces it."""
        return self.features(self.embedding(token_ids, lengths), lengths)

    def add_classifier(self, feature_dim: int) -> None:
        """Add the last linear layer; a model calls it at the end of its ``__init__``."""
        self.classifier = nn.Linear(feature_dim, self.num_classes)

    def forward(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        """Give ``logits (B, C)`` for ``token_ids (B, L)`` and ``lengths (B,)``."""
        check_batch(token_ids, lengths)
        if token_ids.shape[1] == 0:  # every text is empty, and the layers need a position to look at
            token_ids = nn.functional.pad(token_ids, (0, 1))
        features = self.token_features(token_ids, lengths)
        logits: Tensor = self.classifier(self.dropout(features))
        return logits if self.ngrams is None else logits + self.ngrams(token_ids, lengths)

    def start_from(self, texts: Iterable[LabelledBatch], *, class_weight: Tensor | None = None) -> None:
        """Begin the linear path at what the training data say; the Trainer calls it before it starts.

        A path that has begun is left as it is, so that a second fit goes on from the first.

        Args:
            texts: Batches of ``token_ids (B, L)``, ``lengths (B,)`` and ``labels (B,)`` on the CPU; gone
                through several times, so not a generator.
            class_weight: ``(C,)`` weights of the classes, or of the presence of each label, or None.
        """
        if self.ngrams is not None and not bool(self.ngrams.started):
            self.ngrams.start_from(texts, class_weight=class_weight)


def check_batch(token_ids: Tensor, lengths: Tensor) -> None:
    """Raise unless these are ``token_ids (B, L)`` and ``lengths (B,)`` that go together.

    Raises:
        ArgumentError: A type or shape is another, or, on a CPU, a length is not from 0 to L.

    Example:
        >>> check_batch(torch.tensor([[5, 7, 0]]), torch.tensor([2]))
    """
    for name, tensor in (("token_ids", token_ids), ("lengths", lengths)):
        if not isinstance(tensor, Tensor) or tensor.dtype not in (torch.int64, torch.int32):
            received = tensor.dtype if isinstance(tensor, Tensor) else type(tensor).__name__
            raise must_be(name, "a tensor of int64", received, "Make batches with BatchLoader.")
    if token_ids.dim() != 2 or lengths.shape != token_ids.shape[:1]:
        raise must_be(
            "token_ids",
            "of shape (B, L), with `lengths` of shape (B,)",
            (tuple(token_ids.shape), tuple(lengths.shape)),
            "Make batches with BatchLoader, or add the batch dimension with unsqueeze(0).",
        )
    # Elsewhere than on a CPU, a look at the values would wait for all that is being computed; and while a
    # model is compiled or exported there are none.
    if torch.compiler.is_compiling() or lengths.device.type != "cpu":
        return
    if bool(((lengths < 0) | (lengths > token_ids.shape[1])).any()):
        raise must_be(
            "lengths", f"from 0 to {token_ids.shape[1]}, the width of `token_ids`", lengths.tolist()
        )


MODELS: Registry[Classifier] = Registry("model")


def create_model(
    name: str,
    *,
    vocab_size: int,
    num_classes: int | Mapping[str, int],
    embedding: Tensor | None = None,
    **options: Any,
) -> Classifier:
    """Make a model of the zoo by name.

    Args:
        name: One of :func:`list_models`, or of those that label tokens.
        vocab_size: V, the number of token ids.
        num_classes: C, at least 2; for a model of several heads, that of each by its name.
        embedding: ``(V, D)`` pretrained vectors, or None for random ones.
        options: The options of that model.

    Returns:
        The model, called as ``model(token_ids (B, L), lengths (B,)) -> logits (B, C)``.

    Raises:
        UnknownNameError: No model of that name; with the near matches.
        UnknownOptionError: No such option; with the near matches.
        ArgumentError: An option's value cannot be used.

    Example:
        >>> model = create_model("textcnn", vocab_size=100, num_classes=2)
        >>> model(torch.tensor([[5, 7]]), torch.tensor([2])).shape
        torch.Size([1, 2])
    """
    if embedding is not None:  # a model without this option can still be made by name
        options["embedding"] = embedding
    return MODELS.create(name, vocab_size=vocab_size, num_classes=num_classes, **options)


def list_models(*, tokens: bool = False) -> list[str]:
    """Return the names that :func:`create_model` knows, in alphabetical order.

    Args:
        tokens: Those of models that label tokens, instead of those that label texts.

    Example:
        >>> "bilstm" in list_models()
        True
        >>> list_models(tokens=True)
        ['joint_rnn', 'rnn_tagger']
    """
    return [name for name in MODELS if getattr(MODELS.get(name), "labels_tokens", False) == tokens]


def model_name(model: nn.Module) -> str:
    """Return the name under which a model's class is registered.

    Raises:
        ArgumentError: The class is not registered.

    Example:
        >>> model_name(create_model("dan", vocab_size=9, num_classes=2))
        'mlp'
    """
    for name in MODELS:
        if MODELS.get(name) is type(model):
            return name
    raise must_be(
        "model",
        "of a registered class, so that it can be made again when it is loaded",
        type(model).__name__,
        "Decorate the class with @MODELS.register('a-name').",
    )


def model_from_config(name: str, config: dict[str, Any]) -> Classifier:
    """Make the architecture that ``config`` describes, with weights still to be loaded.

    Args:
        name: The name of the model's class, as :func:`model_name` gives it.
        config: The ``config`` of such a model, which may have been to JSON and back.

    Returns:
        The model; its vectors, if it had any given, are zeros.

    Raises:
        UnknownNameError: No model of that name.
        UnknownOptionError: The configuration has an option that the model does not take.
        ArgumentError: An option's value cannot be used.

    Example:
        >>> model = create_model("mlp", vocab_size=9, num_classes=3)
        >>> model_from_config("mlp", model.config).config == model.config
        True
    """
    options = dict(config)
    if options.get("embedding") is not None:
        options["embedding"] = torch.zeros(
            [require_int("embedding", size, at_least=1) for size in options["embedding"]],
            device="cpu",  # even where the rest is made on the meta device: their values are looked at
        )
    return MODELS.create(name, **options)
