"""A scheme applied to the parameters of a module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple, TypeAlias, TypeVar

import torch
from torch import Tensor, nn

from textclf.errors import must_be, near_matches
from textclf.init.schemes import INITIALIZERS, Initializer
from textclf.validation import require_int

__all__ = ["Rule", "initialize_"]

Rule: TypeAlias = str | Sequence[Any] | None
"""The name of a scheme, ``(name, options)``, or None to leave a parameter as it is."""

M = TypeVar("M", bound=nn.Module)

GATED = (nn.RNNBase, nn.RNNCellBase)
LOOKUPS = (nn.Embedding, nn.EmbeddingBag)
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
NORMS = (
    nn.LayerNorm, nn.RMSNorm, nn.GroupNorm, nn.SyncBatchNorm,
    nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d,
    nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d,
)  # fmt: skip


def initialize_(
    module: M,
    scheme: str,
    *,
    rules: Mapping[str, Rule] | None = None,
    seed: int | None = None,
    **options: Any,
) -> M:
    """Give every trainable parameter of a module a new initial value, in place.

    - Parameters of two or more dimensions follow the scheme.
    - Biases become zero and the weights of normalisation layers one, whatever the scheme. So
      ``"zero"`` makes everything zero but the scale of a normalisation layer.
      That holds for the forget gates of an LSTM too; ``rules={"*bias*": None}`` keeps all biases.
    - Any other vector or number keeps the value that its module gave it, unless a rule names it.
    - Frozen parameters (``requires_grad`` false), such as static word vectors, stay as they are.
      Pretrained vectors that are trained further do not: keep them with ``rules={"embedding.*": None}``.
    - The padding row of an embedding is zero afterwards.

    A parameter that holds several maps is filled map by map, so that scale and orthogonality are those
    of each: the gates of RNN, LSTM and GRU, the query, key and value of multi-head attention, and
    the groups of a convolution. An embedding table (V, D) is filled D rows at a time, as
    (D, D) blocks: the scale of a word's vector depends on D and not on the size of the vocabulary.

    Values are drawn on the CPU in 32 bits, or 64 for 64-bit parameters, so that one seed gives the
    same weights on every device.

    Args:
        module: The module.
        scheme: One of :func:`~textclf.init.schemes.list_initializers`.
        rules: Schemes for single parameters: from a pattern of their names, such as ``"embedding.*"``, to
            the name of a scheme, to ``(name, options)``, or to None, which leaves the parameter as it
            is. If two patterns match, the later one holds.
        seed: Makes the values repeatable without touching PyTorch's global random numbers. None
            draws from those.
        **options: Options of the scheme, such as ``gain=2.0``.

    Returns:
        The same module.

    Raises:
        ArgumentError: An argument or the value of an option cannot be used, or a pattern matches no
            trainable parameter. No parameter has been changed then.
        UnknownNameError: No scheme has that name; the message has the near matches.
        UnknownOptionError: The scheme has no such option; the message has the near matches.

    Example:
        >>> layer = initialize_(nn.Linear(3, 4), "gaussian", std=0.1, seed=0)
        >>> layer.bias.tolist()
        [0.0, 0.0, 0.0, 0.0]
        >>> rules = {"bias": ("constant", {"value": 1.0})}
        >>> initialize_(nn.Linear(3, 2), "xavier", rules=rules).bias.tolist()
        [1.0, 1.0]
    """
    if not isinstance(module, nn.Module):
        raise must_be("module", "a torch.nn.Module", module)
    default = INITIALIZERS.create(scheme, **options)
    slots = _trainable(module)
    by_rule = _by_rule({} if rules is None else rules, [slot.name for slot in slots])
    generator = None
    if seed is not None:
        generator = torch.Generator().manual_seed(_checked_seed(seed))
    fresh = [_value(slot, default, by_rule.get(slot.name), generator) for slot in slots]
    with torch.no_grad():
        for slot, value in zip(slots, fresh, strict=True):
            slot.parameter.copy_(value)
    return module


class _Slot(NamedTuple):
    """A parameter and where it lives: its full name, the module that owns it and its name there."""

    name: str
    owner: nn.Module
    own_name: str
    parameter: nn.Parameter


def _trainable(module: nn.Module) -> list[_Slot]:
    """List the trainable parameters, each once, in the order of ``named_parameters``."""
    slots: dict[int, _Slot] = {}
    for prefix, owner in module.named_modules():
        for own_name, parameter in owner.named_parameters(recurse=False):
            name = f"{prefix}.{own_name}" if prefix else own_name
            if isinstance(parameter, nn.parameter.UninitializedParameter):
                raise must_be("module", "of known shapes", name, "Run one batch through lazy layers first.")
            if parameter.requires_grad and parameter.numel() > 0:
                slots.setdefault(id(parameter), _Slot(name, owner, own_name, parameter))
    return list(slots.values())


def _keep(tensor: Tensor, generator: torch.Generator | None) -> None:
    """Stand for the rule None."""


def _by_rule(rules: Mapping[str, Rule], names: list[str]) -> dict[str, Initializer]:
    """Find the initialiser of each parameter that a rule names."""
    if not isinstance(rules, Mapping):
        raise must_be("rules", "a mapping from patterns to schemes", rules)
    found: dict[str, Initializer] = {}
    for pattern, rule in rules.items():
        if not isinstance(pattern, str):
            raise must_be("rules", "a mapping from patterns, which are strings", pattern)
        match rule:
            case None:
                initializer: Initializer = _keep
            case str(scheme):
                initializer = INITIALIZERS.create(scheme)
            case [str(scheme), Mapping() as options]:
                initializer = INITIALIZERS.create(scheme, **options)
            case _:
                raise must_be("rules", "a scheme, (scheme, options) or None for each pattern", rule)
        matched = [name for name in names if fnmatchcase(name, pattern)]
        if not matched:
            cure = near_matches(pattern, names)
            raise must_be("rules", "patterns that match a trainable parameter", pattern, cure)
        found.update(dict.fromkeys(matched, initializer))
    return found


def _value(
    slot: _Slot, default: Initializer, rule: Initializer | None, generator: torch.Generator | None
) -> Tensor:
    """Return the new value of one parameter, drawn on the CPU."""
    parameter = slot.parameter
    if rule is _keep:
        return parameter.detach()
    dtype = torch.float64 if parameter.dtype == torch.float64 else torch.float32
    value = torch.zeros(parameter.shape, dtype=dtype)
    is_norm = isinstance(slot.owner, NORMS)
    if rule is None and (is_norm or parameter.ndim < 2):
        if is_norm and slot.own_name == "weight":
            return value.fill_(1.0)
        return value if "bias" in slot.own_name else parameter.detach()
    _fill(value, _rows_of_a_map(slot), default if rule is None else rule, generator)
    padding = slot.owner.padding_idx if isinstance(slot.owner, LOOKUPS) else None
    if padding is not None:
        value[padding] = 0.0
    return value


def _rows_of_a_map(slot: _Slot) -> int | None:
    """Return how many rows of a parameter make up one map, or None if all of them do."""
    owner, parameter = slot.owner, slot.parameter
    if parameter.ndim < 2:
        return None
    if isinstance(owner, GATED) and slot.own_name.startswith(("weight_ih", "weight_hh")):
        # For an LSTM with a projection the gates are still hidden_size rows each.
        return int(owner.hidden_size)
    if isinstance(owner, nn.MultiheadAttention) and slot.own_name == "in_proj_weight":
        return int(owner.embed_dim)
    if isinstance(owner, CONVOLUTIONS) and slot.own_name == "weight":
        return owner.out_channels // owner.groups
    if isinstance(owner, LOOKUPS) and slot.own_name == "weight":
        return owner.embedding_dim
    return None


def _fill(
    value: Tensor, rows: int | None, initializer: Initializer, generator: torch.Generator | None
) -> None:
    """Fill a tensor, ``rows`` rows at a time; a last part that is shorter is cut from a whole one."""
    if rows is None or rows == len(value):
        initializer(value, generator)
        return
    for start in range(0, len(value), rows):
        block = value.new_zeros((rows, *value.shape[1:]))
        initializer(block, generator)
        value[start : start + rows] = block[: len(value) - start]


def _checked_seed(seed: int) -> int:
    if require_int("seed", seed, at_least=0) >= 2**64:
        raise must_be("seed", "less than 2**64", seed)
    return int(seed)
