"""The options that every network has, stated once, and how a model keeps those it was made with."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Concatenate, Required, TypeVar, cast

import numpy as np
from torch import Tensor
from typing_extensions import ParamSpec, TypedDict

from textclf.registry import check_options

if TYPE_CHECKING:
    from textclf.models.base import Classifier

__all__ = ["TextOptions", "records_options"]

M = TypeVar("M", bound="Classifier")
P = ParamSpec("P")


class TextOptions(TypedDict, total=False):
    """The options of a :class:`~textclf.models.TextModel`, which says what they mean, for a type checker.

    A model hands them on as ``**options: Unpack[TextOptions]``. One whose default is another names it.
    """

    vocab_size: Required[int]
    num_classes: Required[int]
    embedding: Tensor | None
    embed_dim: int | None
    embedding_mode: str
    embedding_std: float | None
    embedding_dropout: float
    token_dropout: float
    dropout: float
    ngrams: int


def records_options(
    init: Callable[Concatenate[M, P], None],
) -> Callable[Concatenate[M, P], None]:
    """Decorate a model's ``__init__``: check the names of the options and keep them in ``config``.

    Where it takes ``**options``, these are the options of the parent class: they stand in the signature
    of the model, with their defaults, and are handed on by ``super().__init__(**options)``. A misspelt
    option raises with the near matches. Of the vectors only the shape is kept: after loading, they are
    among the weights.

    Example:
        >>> from textclf.models import create_model
        >>> from torch import zeros
        >>> model = create_model("mlp", vocab_size=3, num_classes=2, embedding=zeros(3, 8))
        >>> model.config["embedding"], model.config["embedding_mode"], model.config["hidden_dim"]
        ([3, 8], 'non-static', 100)
    """
    return cast(Callable[Concatenate[M, P], None], _ToBeRecorded(init))


class _ToBeRecorded:
    """Stands for an ``__init__`` until its class, and so the parent of that, is known."""

    def __init__(self, init: Callable[..., None]) -> None:
        self._init = init

    def __set_name__(self, owner: type[Classifier], name: str) -> None:
        setattr(owner, name, _recording(self._init, owner))


def _recording(init: Callable[..., None], owner: type[Classifier]) -> Callable[..., None]:
    own = inspect.signature(init)
    hands_on = [name for name, p in own.parameters.items() if p.kind is p.VAR_KEYWORD]

    @functools.wraps(init)
    def recorded(self: Classifier, /, *args: Any, **options: Any) -> None:
        check_options(recorded, options, owner.__name__)
        init(self, *args, **options)
        bound = own.bind(self, *args, **options)
        bound.apply_defaults()
        config = dict(list(bound.arguments.items())[1:])
        of_parent, received = vars(self).pop("_options_of_parent", ({}, {}))
        for name in hands_on:
            given = config.pop(name)
            # What this class itself has chosen for its parent, it will choose again.
            config.update({k: v for k, v in of_parent.items() if k not in config and k not in received})
            config.update(given)
        if type(self).__init__ is recorded:
            config.update((k, v) for k, v in self.resolved_options().items() if k in config)
            self.config = {name: _plain(value) for name, value in config.items()}
        else:  # a class derived from this one goes on
            vars(self)["_options_of_parent"] = config, options

    recorded.__signature__ = _with_options_of_parent(own, owner)  # type: ignore[attr-defined]
    return recorded


def _with_options_of_parent(own: inspect.Signature, owner: Any) -> inspect.Signature:
    """Put the options of the parent class in the place of ``**options``; the required ones come first."""
    parameters = dict(own.parameters)
    for name, parameter in own.parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            del parameters[name]
            inherited = list(inspect.signature(super(owner, owner).__init__).parameters.values())[1:]
            for option in inherited:
                if option.kind in (option.POSITIONAL_OR_KEYWORD, option.KEYWORD_ONLY):
                    option = option.replace(kind=option.KEYWORD_ONLY)
                parameters.setdefault(option.name, option)
    return own.replace(
        parameters=sorted(parameters.values(), key=lambda p: (p.kind, p.default is not p.empty))
    )


def _plain(value: Any) -> Any:
    """Return the value of an option as JSON has it, and of vectors the shape."""
    if isinstance(value, Tensor):
        return list(value.shape)
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value
