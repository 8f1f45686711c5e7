"""Which option belongs to which part of the core, and what to say of one that belongs to none."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Self, TypeVar

from sklearn.base import BaseEstimator

from textclf.data.encoder import TextEncoder
from textclf.embedding import EmbeddingLoader
from textclf.errors import UnknownOptionError, must_be, near_matches
from textclf.models import MODELS, create_model
from textclf.training import Trainer

__all__ = ["GROUPS", "OptionGroups", "check_group", "merged", "names_its_options", "unnested"]

F = TypeVar("F", bound=Callable[..., None])

GROUPS = ("model_options", "encoder_options", "embedding_options", "trainer_options")
"""The arguments of a TextClassifier that hold options of one part of the core."""

_DATA = ("self", "texts", "labels", "token_labels", "path", "model")
_SIZES = ("vocab_size", "num_classes", "embedding")
_OWNERS: dict[str, tuple[str, Callable[..., Any]]] = {
    "encoder_options": ("TextEncoder", TextEncoder.build_and_encode),
    "embedding_options": ("EmbeddingLoader", EmbeddingLoader.__init__),
    "trainer_options": ("Trainer", Trainer.__init__),
}


def names_its_options(init: F) -> F:
    """Decorate the ``__init__`` of an estimator so that a wrong option names what was meant.

    An option of a part of the core is sent to the argument that holds those of that part.
    """
    own = [name for name in inspect.signature(init).parameters if name != "self"]

    @functools.wraps(init)
    def checked(self: Any, *args: Any, **options: Any) -> None:
        for name in options:
            if name not in own:
                model = args[0] if args else options.get("model", "textcnn")
                raise _unknown(name, options[name], own, model)
        init(self, *args, **options)

    return checked  # type: ignore[return-value]


def check_group(group: str, options: object, model: str, own: list[str]) -> dict[str, Any]:
    """Return a group of options as a dictionary, or raise unless each can be in it.

    Args:
        group: One of :data:`GROUPS`.
        options: What was given for it; None is no options.
        model: The name of the model.
        own: The estimator's own parameters, which have no second place.

    Raises:
        ArgumentError: It is no dictionary, or an option is an argument of the estimator itself.
        UnknownOptionError: An option does not exist; with the near matches.
    """
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        raise must_be(group, "a dictionary of options", options)
    known = _known(group, model, own)
    for name, value in options.items():
        if name in known:
            continue
        if name in own:
            expected = f"without {name!r}, which is an argument of its own"
            raise must_be(group, expected, options, f"Pass {name}={value!r}.")
        owner = f"model {model!r}" if group == "model_options" else _OWNERS[group][0]
        raise UnknownOptionError(
            f"`{group}` must hold options of {owner}. Received: {name}={value!r}. "
            f"{near_matches(str(name), known)}"
        )
    return dict(options)


def unnested(params: Mapping[str, Any]) -> dict[str, Any]:
    """Add the options of each group by their own names, as ``model_options__dropout``.

    Example:
        >>> unnested({"epochs": 3, "model_options": {"dropout": 0.2}})
        {'epochs': 3, 'model_options': {'dropout': 0.2}, 'model_options__dropout': 0.2}
    """
    inner = {
        f"{group}__{name}": value
        for group in GROUPS
        if isinstance(params.get(group), Mapping)
        for name, value in params[group].items()
    }
    return {**params, **inner}


def merged(given: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
    """Put options given as ``model_options__dropout`` into a copy of the group that they are of.

    Args:
        given: Parameters to set.
        present: The parameters of the estimator as they are.

    Example:
        >>> merged({"model_options__dropout": 0.1}, {"model_options": {"ngrams": 0}})
        {'model_options': {'ngrams': 0, 'dropout': 0.1}}
    """
    result = {name: value for name, value in given.items() if name.partition("__")[0] not in GROUPS}
    for name, value in given.items():
        group, _, option = name.partition("__")
        if group in GROUPS and not option:
            result[group] = value
    for name, value in given.items():
        group, _, option = name.partition("__")
        if group in GROUPS and option:
            result[group] = {**(result.get(group, present[group]) or {}), option: value}
    return result


class OptionGroups(BaseEstimator):  # type: ignore[misc]
    """An estimator of scikit-learn whose parameters :data:`GROUPS` hold options of parts of the core."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name.

        Args:
            deep: Also name each option of a group, as ``model_options__num_filters``.
        """
        params: dict[str, Any] = super().get_params(deep=False)
        return unnested(params) if deep else params

    def set_params(self, **params: Any) -> Self:
        """Change parameters; one option of a group as ``model_options__num_filters=50``.

        Raises:
            UnknownOptionError: No such parameter; with the near matches.
        """
        given = merged(params, self.get_params(deep=False))
        type(self)(**given)
        for name, value in given.items():
            setattr(self, name, value)
        return self

    def _groups(self) -> dict[str, dict[str, Any]]:
        """Return the groups of options, having checked each.

        Raises:
            ArgumentError: A group is no dictionary, or holds an argument of the estimator itself.
            UnknownOptionError: An option does not exist; with the near matches.
        """
        own = self.get_params(deep=False)
        return {group: check_group(group, own[group], own["model"], list(own)) for group in GROUPS}


def _known(group: str, model: str, own: list[str]) -> list[str]:
    """List the options that a group may hold; an argument of the estimator itself is none of them."""
    if group == "model_options":  # a model may have a `max_length` too, which is not that of the encoder
        own, parameters = [], inspect.signature(MODELS.get(model)).parameters
        names = list(parameters)
        if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):  # it hands them on to another
            names = list(create_model(model, vocab_size=2, num_classes=2).config)
    else:
        names = list(inspect.signature(_OWNERS[group][1]).parameters)
    return [name for name in names if name not in (*_DATA, *_SIZES, *own)]


def _unknown(name: str, value: object, own: list[str], model: str) -> UnknownOptionError:
    known = {group: _known(group, model, own) for group in GROUPS}
    for group, names in known.items():
        if name in names:
            cure = f"It is one of the {group.replace('_', ' ')}: pass {group}={{{name!r}: {value!r}}}."
            break
    else:
        cure = near_matches(name, {*own, *(inner for names in known.values() for inner in names)})
    return UnknownOptionError(
        f"`{name}` must be an option of TextClassifier. Received: {name}={value!r}. {cure}"
    )
