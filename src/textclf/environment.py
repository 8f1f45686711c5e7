"""On what a run was made: the versions and the machine, as far as they can change its numbers."""

from __future__ import annotations

import importlib.metadata
import os
import platform

import numpy as np
import torch

__all__ = ["environment_of"]


def environment_of(device: torch.device | None = None) -> dict[str, str]:
    """Return the versions and the machine by name; neither the name of the machine nor of its user.

    Args:
        device: Where the model was trained; None leaves that out.

    Example:
        >>> list(environment_of(torch.device("cpu")))
        ['textclf', 'python', 'torch', 'numpy', 'system', 'device', 'cores', 'threads']
    """
    found = {
        "textclf": _version("textclf-torch"),
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
        "system": f"{platform.system()} {platform.machine()}".strip(),
    }
    if device is not None:
        found["device"] = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    return {**found, "cores": str(os.cpu_count()), "threads": str(torch.get_num_threads())}


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
