"""Everything a run is made of, in one safetensors file: no pickle, written whole or not at all.

Tensors go into the file as they are. All else (numbers, names, lists) goes, as JSON, into the
file's own metadata, where each tensor leaves a reference.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from textclf.atomic import write_file
from textclf.errors import DataError, MissingFileError, must_be

__all__ = ["load_tree", "load_weights", "save_tree", "save_weights"]

_TENSOR = "$tensor"
_ITEMS = "$items"


def save_tree(path: str | PathLike[str], tree: Mapping[str, Any]) -> None:
    """Write nested dictionaries and lists of tensors, numbers, strings and None to one file.

    Args:
        path: The file to make or replace.
        tree: What to write. Tuples come back as lists.

    Raises:
        ArgumentError: Something in the tree is of another type.
        OSError: The file cannot be written; the previous one stays as it was.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "a.safetensors"
        >>> save_tree(file, {"step": 3, "weights": [torch.ones(2)]})
        >>> load_tree(file)
        {'step': 3, 'weights': [tensor([1., 1.])]}
    """
    tensors: dict[str, torch.Tensor] = {}
    structure = json.dumps(_take_apart(tree, tensors, "tree"))
    _write(path, tensors, {"tree": structure})


def load_tree(path: str | PathLike[str], *, device: str | torch.device = "cpu") -> dict[str, Any]:
    """Read what :func:`save_tree` wrote.

    Raises:
        MissingFileError: No such file. It is a ``FileNotFoundError`` too.
        DataError: The file is cut, damaged or not one of these.
    """
    tensors, metadata = _read(path, device)
    try:
        tree = _put_together(json.loads(metadata["tree"]), tensors)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise DataError(f"the file must be a textclf checkpoint. {error!r}.", path=path) from error
    if not isinstance(tree, dict):
        raise DataError("the file must be a textclf checkpoint.", path=path)
    return tree


def save_weights(path: str | PathLike[str], weights: Mapping[str, torch.Tensor]) -> None:
    """Write a ``state_dict`` to a safetensors file, whole or not at all."""
    _write(path, {name: _own(value) for name, value in weights.items()})


def load_weights(
    path: str | PathLike[str], *, device: str | torch.device = "cpu"
) -> dict[str, torch.Tensor]:
    """Read a ``state_dict`` from a safetensors file.

    Raises:
        MissingFileError: No such file. It is a ``FileNotFoundError`` too.
        DataError: The file is cut, damaged or not a safetensors file.
    """
    return _read(path, device)[0]


def _write(
    path: str | PathLike[str], tensors: dict[str, torch.Tensor], metadata: dict[str, str] | None = None
) -> None:
    try:
        write_file(path, lambda temporary: save_file(tensors, temporary, metadata=metadata))
    except SafetensorError as error:  # what a full disk is to safetensors
        raise OSError(f"{path}: the file cannot be written. {error}.") from error
    except KeyError as error:  # what an unknown type is to it
        raise must_be("tree", "made of tensors of a type that safetensors has", str(error)) from error


def _read(
    path: str | PathLike[str], device: str | torch.device
) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    if not Path(path).is_file():
        raise MissingFileError("the file does not exist.", path=path)
    try:
        with safe_open(path, framework="pt", device=str(device)) as file:
            # Copies, because the tensors that are read lie in the file itself, which some systems
            # could not replace as long as they live.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
            return tensors, file.metadata() or {}
    except (SafetensorError, ValueError, OSError) as error:
        raise DataError(f"the file must be a whole safetensors file. {error}.", path=path) from error


def _own(tensor: torch.Tensor) -> torch.Tensor:
    """Copy a tensor into memory of its own: safetensors refuses tensors that share some."""
    return tensor.detach().cpu().contiguous().clone()


def _take_apart(value: Any, tensors: dict[str, torch.Tensor], place: str) -> Any:
    """Put the tensors aside and return the rest as JSON, with a reference in place of each."""
    if isinstance(value, torch.Tensor) and value.layout == torch.strided and not value.is_quantized:
        name = f"{len(tensors)} {place}"
        tensors[name] = _own(value)
        return {_TENSOR: name}
    if isinstance(value, Mapping):
        items = [
            [_checked_key(k, place), _take_apart(v, tensors, f"{place}/{k}")] for k, v in value.items()
        ]
        plain = all(isinstance(k, str) and k not in (_TENSOR, _ITEMS) for k in value)
        return dict(items) if plain else {_ITEMS: items}
    if isinstance(value, list | tuple):
        return [_take_apart(v, tensors, f"{place}/{i}") for i, v in enumerate(value)]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    kinds = "made of dense tensors, numbers, strings, None, lists and dictionaries"
    raise must_be(place, kinds, type(value).__name__)


def _checked_key(key: Any, place: str) -> Any:
    if key is None or isinstance(key, str | int | float | bool):
        return key
    raise must_be(place, "a dictionary with strings or numbers as its keys", key)


def _put_together(value: Any, tensors: dict[str, torch.Tensor]) -> Any:
    if isinstance(value, dict):
        if _TENSOR in value:
            return tensors[value[_TENSOR]]
        if _ITEMS in value:
            return {k: _put_together(v, tensors) for k, v in value[_ITEMS]}
        return {k: _put_together(v, tensors) for k, v in value.items()}
    if isinstance(value, list):
        return [_put_together(v, tensors) for v in value]
    return value
