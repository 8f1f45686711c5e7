"""Where and how precisely a model computes, and the one seed that makes a run repeatable."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator

import numpy as np
import torch

from textclf.errors import DeviceError, must_be

__all__ = ["flushed_denormals", "one_thread", "resolve_device", "resolve_precision", "seed_everything"]

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def resolve_device(device: str | torch.device = "auto") -> torch.device:
    """Turn a device's name into the device, and check that this machine has it.

    Args:
        device: ``"auto"`` (CUDA, else MPS, else CPU), ``"cpu"``, ``"cuda"``, ``"cuda:1"``,
            ``"mps"``, or a :class:`torch.device`.

    Returns:
        A device that is there.

    Raises:
        ArgumentError: The name is not that of a device.
        DeviceError: The device is not on this machine.

    Example:
        >>> resolve_device("cpu")
        device(type='cpu')
    """
    if device == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        resolved = torch.device(device)
    except (RuntimeError, TypeError):
        resolved = None
    if resolved is None or resolved.type not in ("cpu", "cuda", "mps"):
        raise must_be("device", "'auto', 'cpu', 'cuda', 'cuda:N' or 'mps'", device)
    if resolved.type == "cuda":
        found = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (resolved.index or 0) >= found:
            raise DeviceError(
                f"`device` must be on this machine. Received: {str(resolved)!r}, with {found} CUDA "
                "devices found. Use device='auto' to take what there is."
            )
    if resolved.type == "mps" and not torch.backends.mps.is_available():
        raise DeviceError(
            "`device` must be on this machine. Received: 'mps', which is not available. "
            "Use device='auto' to take what there is."
        )
    return resolved


def resolve_precision(precision: str = "auto", device: str | torch.device = "cpu") -> torch.dtype:
    """Turn a precision's name into the type in which products are computed.

    Weights stay in 32 bits whatever the answer: lower precisions are used through autocast.

    Args:
        precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``. ``"auto"`` is bf16 where the
            hardware multiplies it natively (CUDA from compute capability 8; CPUs with AMX or
            AVX512-BF16) and fp32 elsewhere.
        device: The device that will compute.

    Returns:
        ``torch.float32``, ``torch.bfloat16`` or ``torch.float16``.

    Raises:
        ArgumentError: The name is not that of a precision.
        DeviceError: fp16 on a CPU, where training in it would be slow and overflow.

    Example:
        >>> resolve_precision("fp32")
        torch.float32
    """
    where = resolve_device(device)
    if precision == "auto":
        return torch.bfloat16 if _multiplies_bf16(where) else torch.float32
    if precision not in PRECISIONS:
        raise must_be("precision", "'auto', 'fp32', 'bf16' or 'fp16'", precision)
    if precision == "fp16" and where.type == "cpu":
        raise DeviceError(
            "`precision` must be 'fp32' or 'bf16' on a CPU. Received: 'fp16'. "
            "Use precision='auto', or a CUDA or MPS device."
        )
    return PRECISIONS[precision]


def _multiplies_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device)[0] >= 8
    if device.type == "cpu":
        asks = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")  # not in every version of torch
        return any(getattr(torch.cpu, ask)() for ask in asks if hasattr(torch.cpu, ask))
    return False


def seed_everything(seed: int) -> None:
    """Seed Python's, NumPy's and PyTorch's global random numbers.

    Args:
        seed: An integer from 0 to 2**32 - 1.

    Raises:
        ArgumentError: The seed is not such an integer.

    Example:
        >>> seed_everything(1)
        >>> a = torch.rand(2)
        >>> seed_everything(1)
        >>> bool((a == torch.rand(2)).all())
        True
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**32:
        raise must_be("seed", "an integer from 0 to 4294967295", seed)
    random.seed(int(seed))
    np.random.seed(int(seed))  # noqa: NPY002  the global state is what users' own code draws from
    torch.manual_seed(int(seed))


@contextlib.contextmanager
def flushed_denormals() -> Iterator[None]:
    """Let the CPU round numbers below 1e-38 to zero within the block.

    Gradients that vanish through hundreds of time steps end as denormal numbers, which a CPU handles
    many times more slowly than others; they are too small to matter to any weight.

    Example:
        >>> with flushed_denormals():
        ...     (torch.tensor(1e-39) * 1.0).item()
        0.0
    """
    already = (torch.tensor(1e-39) * 1.0).item() == 0.0
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(already)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Compute on a CPU in one thread within the block, for work that comes in small pieces.

    To wake other threads and wait for them takes longer than a small piece; where another program holds
    their processors, it takes tens of milliseconds each time.

    Example:
        >>> before = torch.get_num_threads()
        >>> with one_thread():
        ...     torch.get_num_threads()
        1
        >>> torch.get_num_threads() == before
        True
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
