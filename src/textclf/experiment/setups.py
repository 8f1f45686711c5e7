"""What takes part in a study: an estimator or a function, with options and a seed put into it."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Mapping
from typing import Any

from textclf.baseline import LinearBaseline
from textclf.data.labelled_texts import LabelledTexts
from textclf.errors import UnknownOptionError, must_be, near_matches
from textclf.text import create_tokenizer

__all__ = ["Baseline", "check_setup", "is_estimator", "seeded", "with_options"]

_SEEDS = ("seed", "random_state")


def is_estimator(setup: Any) -> bool:
    """Say whether a setup has ``fit`` and ``predict``; otherwise it is a function.

    Example:
        >>> is_estimator(Baseline()), is_estimator(lambda data, seed: {})
        (True, False)
    """
    return not isinstance(setup, type) and hasattr(setup, "fit") and hasattr(setup, "predict")


def check_setup(name: str, setup: Any) -> None:
    """Raise unless a setup can take part.

    Raises:
        ArgumentError: It is neither an estimator nor a function of data and seed.
    """
    if is_estimator(setup):
        return
    expected = "an estimator with fit and predict, or a function of data and seed"
    if isinstance(setup, type):
        raise must_be(f"setups[{name!r}]", expected, setup, f"Make one: {setup.__name__}().")
    if not callable(setup):
        raise must_be(f"setups[{name!r}]", expected, setup)
    try:
        inspect.signature(setup).bind("data", 0)
    except TypeError as error:
        raise must_be(f"setups[{name!r}]", expected, setup, f"It has {error}.") from None
    except ValueError:  # a builtin that does not tell its arguments
        return


def with_options(setup: Any, options: Mapping[str, Any]) -> Any:
    """Return a setup with some of its parameters set: of an estimator, or arguments of a function.

    Raises:
        UnknownOptionError: It has no such parameter.

    Example:
        >>> with_options(lambda data, seed, length: {"length": length}, {"length": 5})(None, 0)
        {'length': 5}
    """
    if not is_estimator(setup):
        _check_arguments(setup, options)
        return functools.partial(setup, **options)
    made = _copied(setup)
    if hasattr(made, "set_params"):
        return made.set_params(**options)
    for name, value in options.items():
        if not hasattr(made, name):
            raise UnknownOptionError(
                f"`{name}` must be an attribute of {type(made).__name__}. Received: {name}={value!r}. "
                f"{near_matches(name, vars(made))}"
            )
        setattr(made, name, value)
    return made


def seeded(estimator: Any, seed: int) -> Any:
    """Return a fresh copy of an estimator, with the seed in each of its parameters that takes one.

    Members of an ensemble that were given seeds of their own, such as 0, 1 and 2, stay apart: with seed 0
    they have these, with seed 1 they have 3, 4 and 5.

    Example:
        >>> from sklearn.ensemble import VotingClassifier
        >>> from sklearn.linear_model import SGDClassifier
        >>> seeded(SGDClassifier(), 3).random_state
        3
        >>> members = [(f"{i}", SGDClassifier(random_state=i)) for i in range(3)]
        >>> [member.random_state for _, member in seeded(VotingClassifier(members), 1).estimators]
        [3, 4, 5]
    """
    made = _copied(estimator)
    if hasattr(made, "get_params"):
        given = {
            name: value
            for name, value in made.get_params(deep=True).items()
            if name.rpartition("__")[2] in _SEEDS
        }
        return made.set_params(**_seeds_apart(given, seed)) if given else made
    for name in _SEEDS:
        if hasattr(made, name):
            setattr(made, name, seed)
    return made


def _seeds_apart(given: Mapping[str, Any], seed: int) -> dict[str, int]:
    """Return the seed for each parameter, or, where they were given several seeds, as many others."""
    own = {value for value in given.values() if isinstance(value, int)}
    count = max(own) - min(own) + 1 if own else 1
    first = min(own, default=0)
    return {
        name: seed * count + (value - first if isinstance(value, int) else 0)
        for name, value in given.items()
    }


class Baseline:
    """TF-IDF and logistic regression (:class:`~textclf.baseline.LinearBaseline`), as an estimator.

    It has no random numbers, so one run stands for all seeds.

    Args:
        tokenizer: A name or a function; the networks' own.
    """

    def __init__(self, tokenizer: Any = "word") -> None:
        self.tokenizer = tokenizer

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the tokenizer, by name."""
        return {"tokenizer": self.tokenizer}

    def fit(self, texts: list[str], labels: list[str]) -> Baseline:
        """Learn from texts and their labels."""
        self._model = LinearBaseline(create_tokenizer(self.tokenizer)).fit(LabelledTexts(texts, labels))
        self.classes_ = self._model.labels.names
        return self

    def predict(self, texts: list[str]) -> list[Any]:
        """Return the label of each text."""
        return self._model.predict(texts)

    def predict_proba(self, texts: list[str]) -> Any:
        """Return the probabilities ``(N, C)``."""
        return self._model.predict_proba(texts)


def _check_arguments(function: Any, options: Mapping[str, Any]) -> None:
    parameters = inspect.signature(function).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return
    known = [p.name for p in parameters if p.kind is not p.POSITIONAL_ONLY][2:]
    for name, value in options.items():
        if name not in known:
            raise UnknownOptionError(
                f"`{name}` must be an argument of the setup. Received: {name}={value!r}. "
                f"{near_matches(name, known)}"
            )


def _copied(estimator: Any) -> Any:
    if hasattr(estimator, "get_params") and hasattr(estimator, "set_params"):
        from sklearn.base import clone

        return clone(estimator)
    return copy.deepcopy(estimator)
