"""Things by name: one small registry for models, initialisers, tokenizers, optimisers and schedules."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from typing_extensions import ParamSpec

from textclf.errors import UnknownNameError, UnknownOptionError, must_be, near_matches

__all__ = ["Registry", "check_options", "checked_options"]

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
P = ParamSpec("P")


class Registry(Generic[T]):
    """Factories of one kind of thing, by name.

    Args:
        kind: What is registered, in words for error messages, such as ``"model"``.

    Example:
        >>> shapes = Registry[str]("shape")
        >>> @shapes.register("square")
        ... def square(*, side: int = 1) -> str:
        ...     return f"{side} x {side}"
        >>> shapes.create("square", side=3)
        '3 x 3'
        >>> shapes.names()
        ['square']
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._factories: dict[str, Callable[..., T]] = {}

    def register(self, name: str) -> Callable[[F], F]:
        """Register the decorated class or function under ``name``.

        Raises:
            ArgumentError: The name is empty or taken.
        """
        if not isinstance(name, str) or not name:
            raise must_be("name", "a non-empty string", name)

        def add(factory: F) -> F:
            if name in self._factories:
                raise must_be(
                    "name", f"free in the {self.kind} registry", name, "Register it under another name."
                )
            self._factories[name] = factory
            return factory

        return add

    def get(self, name: str) -> Callable[..., T]:
        """Return the factory registered under ``name``.

        Raises:
            UnknownNameError: No such name; the message has the near matches.
        """
        try:
            return self._factories[name]
        except (KeyError, TypeError):
            raise UnknownNameError(
                f"`{self.kind}` must be a registered name. Received: {name!r}. "
                f"{near_matches(str(name), self._factories)}"
            ) from None

    def create(self, name: str, /, *args: Any, **options: Any) -> T:
        """Call the factory registered under ``name``, after checking the names of its options.

        Raises:
            UnknownNameError: No such name.
            UnknownOptionError: An option that the factory does not have; with the near matches.
        """
        factory = self.get(name)
        check_options(factory, options, f"{self.kind} {name!r}")
        return factory(*args, **options)

    def names(self) -> list[str]:
        """Return the registered names in alphabetical order."""
        return sorted(self._factories)

    def __contains__(self, name: object) -> bool:
        return name in self._factories

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())


def check_options(function: Callable[..., Any], options: dict[str, Any], owner: str) -> None:
    """Raise if ``options`` has a name that ``function`` does not take.

    Raises:
        UnknownOptionError: With the near matches among the names that it does take.
    """
    parameters = inspect.signature(function).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return
    known = [n for n, p in parameters.items() if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)]
    for name in options:
        if name not in known:
            raise UnknownOptionError(
                f"`{name}` must be an option of {owner}. Received: {name}={options[name]!r}. "
                f"{near_matches(name, [n for n in known if n != 'self'])}"
            )


def checked_options(init: Callable[P, None]) -> Callable[P, None]:
    """Decorate an ``__init__`` so that a misspelt keyword argument names the near matches.

    Example:
        >>> class Point:
        ...     @checked_options
        ...     def __init__(self, *, across: int = 0) -> None: ...
        >>> try:
        ...     Point(acros=1)
        ... except UnknownOptionError as error:
        ...     print(error)
        `acros` must be an option of Point. Received: acros=1. Did you mean 'across'?
    """
    owner = init.__qualname__.rsplit(".", 2)[-2]

    @functools.wraps(init)
    def checked(*args: P.args, **kwargs: P.kwargs) -> None:
        check_options(init, kwargs, owner)
        init(*args, **kwargs)

    return checked
