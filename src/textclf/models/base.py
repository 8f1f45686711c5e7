"""What every model of the zoo is, and the registry that makes one by name."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Concatenate, TypeVar

import torch
from torch import Tensor, nn
from typing_extensions import ParamSpec

from textclf.errors import must_be
from textclf.layers.embedding import TokenEmbedding
from textclf.registry import Registry, check_options
from textclf.validation import require_int, require_share

__all__ = [
    "MODELS",
    "TextModel",
    "create_model",
    "list_models",
    "model_from_config",
    "model_name",
    "records_options",
]

M = TypeVar("M", bound="TextModel")
P = ParamSpec("P")


class TextModel(nn.Module):
    """A text classifier: embedding, features, dropout, one linear layer; no softmax.

    A model of the zoo says how embedded tokens become features, in :meth:`features`; the rest is here.

    Args:
        vocab_size: V, the number of token ids.
        num_classes: C, at least 2.
        embedding: ``(V, D)`` pretrained vectors.
        embed_dim: D, by default that of ``embedding``, or 100 without.
        embedding_mode: ``"auto"``, ``"random"``, ``"static"``, ``"non-static"`` or ``"multichannel"``.
        embedding_dropout: Share of the embedded features set to zero in training.
        token_dropout: Share of the tokens set to zero in training.
        dropout: Share of the text's features set to zero in training.

    Shape:
        ``token_ids (B, L)`` int64, ``lengths (B,)`` int64 -> ``logits (B, C)``.

    Attributes:
        config: The options that make the same architecture again, ready for JSON.

    Example:
        >>> from textclf.layers import mean_pool
        >>> class Averager(TextModel):
        ...     @records_options
        ...     def __init__(self, *, vocab_size, num_classes, embedding=None, embed_dim=8):
        ...         super().__init__(
        ...             vocab_size=vocab_size,
        ...             num_classes=num_classes,
        ...             embedding=embedding,
        ...             embed_dim=embed_dim,
        ...         )
        ...         self.add_classifier(self.embedding.output_dim)
        ...
        ...     def features(self, embedded, lengths):
        ...         return mean_pool(embedded, lengths)
        >>> Averager(vocab_size=10, num_classes=2).config["embed_dim"]
        8
    """

    config: dict[str, Any]

    def __init__(
        self,
        *,
        vocab_size: int,
        num_classes: int,
        embedding: Tensor | None = None,
        embed_dim: int | None = None,
        embedding_mode: str = "auto",
        embedding_dropout: float = 0.0,
        token_dropout: float = 0.0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        require_int("vocab_size", vocab_size, at_least=2)
        require_int("num_classes", num_classes, at_least=2)
        if embed_dim is not None:
            require_int("embed_dim", embed_dim, at_least=1)
        require_share("embedding_dropout", embedding_dropout)
        require_share("token_dropout", token_dropout)
        require_share("dropout", dropout)
        self.vocab_size = vocab_size
        self.num_classes = num_classes
        self.embedding = TokenEmbedding(
            vocab_size,
            embed_dim=embed_dim,
            vectors=embedding,
            mode=embedding_mode,
            dropout=embedding_dropout,
            token_dropout=token_dropout,
        )
        self.dropout = nn.Dropout(dropout)

    def features(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Turn ``embedded (B, L, D)``, zeros at padding, into ``features (B, H)``."""
        raise NotImplementedError

    def add_classifier(self, feature_dim: int) -> None:
        """Add the last linear layer; a model calls it at the end of its ``__init__``."""
        self.classifier = nn.Linear(feature_dim, self.num_classes)

    def forward(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        """Give ``logits (B, C)`` for ``token_ids (B, L)`` and ``lengths (B,)``."""
        if token_ids.dim() != 2 or lengths.shape != token_ids.shape[:1]:
            raise must_be(
                "token_ids",
                "of shape (B, L), with `lengths` of shape (B,)",
                (tuple(token_ids.shape), tuple(lengths.shape)),
                "Make batches with BatchLoader, or add the batch dimension with unsqueeze(0).",
            )
        embedded = self.embedding(token_ids, lengths)
        logits: Tensor = self.classifier(self.dropout(self.features(embedded, lengths)))
        return logits


MODELS: Registry[TextModel] = Registry("model")


def records_options(
    init: Callable[Concatenate[M, P], None],
) -> Callable[Concatenate[M, P], None]:
    """Decorate a model's ``__init__``: check the names of the options and keep them in ``config``.

    A misspelt option raises with the near matches. The vectors themselves are not kept: after
    loading, they are among the weights.
    """
    owner = init.__qualname__.rsplit(".", 2)[-2]
    signature = inspect.signature(init)

    @functools.wraps(init)
    def recorded(self: M, /, *args: P.args, **options: P.kwargs) -> None:
        check_options(init, options, owner)
        init(self, *args, **options)
        bound = signature.bind(self, *args, **options)
        bound.apply_defaults()
        config = {k: v for k, v in bound.arguments.items() if k not in ("self", "embedding")}
        config = {k: list(v) if isinstance(v, tuple) else v for k, v in config.items()}
        config["embed_dim"] = self.embedding.embed_dim
        config["embedding_mode"] = self.embedding.mode
        self.config = config

    return recorded


def create_model(
    name: str, *, vocab_size: int, num_classes: int, embedding: Tensor | None = None, **options: Any
) -> TextModel:
    """Make a model of the zoo by name.

    Args:
        name: One of :func:`list_models`.
        vocab_size: V, the number of token ids.
        num_classes: C, at least 2.
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
    return MODELS.create(
        name, vocab_size=vocab_size, num_classes=num_classes, embedding=embedding, **options
    )


def list_models() -> list[str]:
    """Return the names that :func:`create_model` knows, in alphabetical order.

    Example:
        >>> "bilstm" in list_models()
        True
    """
    return MODELS.names()


def model_name(model: nn.Module) -> str:
    """Return the name under which a model's class is registered.

    Raises:
        ArgumentError: The class is not registered.
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


def model_from_config(name: str, config: dict[str, Any]) -> TextModel:
    """Make the architecture that ``config`` describes, with weights still to be loaded.

    Example:
        >>> model = create_model("mlp", vocab_size=9, num_classes=3)
        >>> model_from_config("mlp", model.config).config == model.config
        True
    """
    vectors = None
    if config.get("embedding_mode") != "random":
        vectors = torch.zeros(config["vocab_size"], config["embed_dim"])
    return MODELS.create(name, **{**config, "embedding": vectors})
