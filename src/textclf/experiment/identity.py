"""What a setting is made of, in a form that is equal where the setting is, and only there.

A run that was done is known again by this description, so it holds whatever changes the result: every
parameter, the code of the user's own functions and classes, the versions of the libraries, the texts.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import os
import sys
import types
from collections.abc import Iterator, Mapping, Set
from typing import Any

import numpy as np

from textclf.data.labelled_texts import LabelledTexts
from textclf.errors import must_be

__all__ = ["described", "digest"]

_PLAIN = bool | int | float | str | None


def digest(value: Any) -> str:
    """Return 32 hexadecimal digits that stand for a value's description.

    Example:
        >>> digest({"a": 1}) == digest({"a": 1}), digest({"a": 1}) == digest({"a": 1.0})
        (True, False)
    """
    return _hashed(json.dumps(described(value), sort_keys=True).encode())


def described(value: Any) -> Any:
    """Return what a value is made of, as strings, numbers, lists and dictionaries.

    Of a function or class of the user's own it holds the code, with the functions and plain constants of
    the same module that it uses; of one from a library, the version. Of the name of a file it also holds
    the file's size and time.

    Raises:
        ArgumentError: It holds something whose content cannot be told.

    Example:
        >>> described([1, "a", {"b": None}])
        [1, 'a', {'dict': [['b', None]]}]
        >>> described(lambda x: x + 1) == described(lambda x: x + 2)
        False
    """
    return _described(value, frozenset())


def _described(value: Any, inside: frozenset[int]) -> Any:
    if isinstance(value, str | os.PathLike):
        return _text_or_file(os.fspath(value))
    if isinstance(value, _PLAIN):
        return value
    if id(value) in inside:
        return "cycle"
    inside |= {id(value)}

    def inner(part: Any) -> Any:
        return _described(part, inside)

    if isinstance(value, list | tuple):
        return [inner(part) for part in value]
    if isinstance(value, Mapping):
        return {"dict": sorted(([inner(k), inner(v)] for k, v in value.items()), key=json.dumps)}
    if isinstance(value, Set):
        return {"set": sorted((inner(part) for part in value), key=json.dumps)}
    if isinstance(value, LabelledTexts):
        return {"texts": _of_texts(value)}
    if isinstance(value, np.generic | np.ndarray) and value.dtype != object:
        return {"array": [str(value.dtype), list(value.shape), _hashed(np.asarray(value).tobytes())]}
    if isinstance(value, type):
        return _of_class(value, inside)
    if isinstance(value, functools.partial):
        return {"partial": [inner(value.func), inner(value.args), inner(value.keywords)]}
    if isinstance(value, types.MethodType):
        return {"method": [inner(value.__func__), inner(value.__self__)]}
    if isinstance(value, types.FunctionType):
        return _of_function(value, inside)
    if isinstance(value, types.BuiltinFunctionType | types.ModuleType | np.ufunc):
        return {"builtin": getattr(value, "__qualname__", value.__name__)}
    return {"object": inner(type(value)), "content": _of_object(value, inner)}


def _of_object(value: Any, inner: Any) -> Any:
    if hasattr(value, "get_params"):
        return inner(value.get_params(deep=False))
    if dataclasses.is_dataclass(value):
        return inner({f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.compare})
    if _version(type(value).__module__) is None and hasattr(value, "__dict__"):
        return inner(vars(value))
    import joblib

    try:
        return joblib.hash(value)
    except Exception as error:
        cure = "Pass it as a parameter of an estimator, or make it in a function of your own."
        raise must_be("setup", "made of values whose content can be told", value, cure) from error


def _of_class(kind: type, inside: frozenset[int]) -> Any:
    name = f"{kind.__module__}.{kind.__qualname__}"
    if (version := _version(kind.__module__)) is not None:
        return {"class": name, "version": version}
    inner = [_described(base, inside) for base in kind.__bases__]
    body = [[key, _described(_unwrapped(part), inside)] for key, part in sorted(vars(kind).items())
            if not key.startswith("__") or isinstance(part, types.FunctionType)]  # fmt: skip
    body = [[key, part] for key, part in body if part is not None]
    return {"class": name, "bases": inner, "body": body}


def _unwrapped(part: Any) -> Any:
    """Return what a class's body holds under a name, or None for what is no code and no plain value."""
    if isinstance(part, staticmethod | classmethod):
        return part.__func__
    if isinstance(part, property):
        return part.fget
    return part if isinstance(part, types.FunctionType | type | tuple | list | dict | _PLAIN) else None


def _of_function(function: types.FunctionType, inside: frozenset[int]) -> Any:
    name = f"{function.__module__}.{function.__qualname__}"
    version = _version(function.__module__)
    if version is not None and "<" not in name and function.__closure__ is None:
        return {"function": name, "version": version}
    used = {
        key: _described(value, inside)
        for key in sorted(set(_names(function.__code__)))
        if _is_own(value := function.__globals__.get(key), function.__module__)
    }
    cells = [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
    held = [function.__defaults__, function.__kwdefaults__, cells]
    return {
        "function": name,
        "code": _hashed(_of_code(function.__code__).encode()),
        "held": _described(held, inside),
        "used": used,
    }


def _is_own(value: Any, module: str) -> bool:
    """Say whether a global name of a function is a part of the user's setting."""
    if isinstance(value, types.FunctionType | type):
        return value.__module__ == module
    return value is not None and isinstance(value, list | tuple | dict | _PLAIN)


def _is_filled(cell: types.CellType) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True


def _of_code(code: types.CodeType) -> str:
    """Return what code does, whatever the lines and the file that it stands in."""
    constants = [
        _of_code(part) if isinstance(part, types.CodeType) else repr(_ordered(part))
        for part in code.co_consts
    ]
    names = [code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_argcount]
    return repr([code.co_code.hex(), constants, names, sys.version_info[:2]])


def _ordered(constant: Any) -> Any:
    return sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for part in code.co_consts:
        if isinstance(part, types.CodeType):
            yield from _names(part)


def _version(module: str) -> str | None:
    """Return the version of a library, or None for what is the user's own."""
    top = module.partition(".")[0]
    if top == "textclf":
        return ""  # its version is in every key
    version = getattr(sys.modules.get(top), "__version__", None)
    if version is None and top in sys.stdlib_module_names:
        return ""
    return version if isinstance(version, str) and top != "__main__" else None


def _text_or_file(text: str | bytes) -> Any:
    name = os.fsdecode(text)
    try:
        found = os.stat(name) if os.path.isfile(name) else None  # noqa: PTH116, PTH113
    except (OSError, ValueError):
        found = None
    return name if found is None else {"file": [name, found.st_size, found.st_mtime_ns]}


def _of_texts(data: LabelledTexts) -> str:
    return _hashed(json.dumps([data.texts, data.labels]).encode())


def _hashed(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
