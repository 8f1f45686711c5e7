"""Several processes that train one model together, as torchrun starts them; one alone pays nothing."""

from __future__ import annotations

import atexit
import contextlib
import inspect
import json
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from textclf.device import resolve_device, seed_everything
from textclf.errors import DeviceError, must_be
from textclf.models.base import TextModel
from textclf.training.normalization import share_statistics, unshare_statistics

__all__ = ["Interrupt", "Processes"]

_VARIABLES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")


@dataclass(frozen=True)
class Processes:
    """The processes of a run, and which of them this one is.

    Whatever needs the others is a method here, and does nothing when there are none. Such a method
    must be called in all processes alike: one that calls it alone would wait for the others.

    Args:
        rank: The number of this process, from 0.
        count: How many there are.
        local_rank: The number of this process among those on this machine.

    Example:
        >>> Processes().first, Processes(rank=1, count=2).first
        (True, False)
    """

    rank: int = 0
    count: int = 1
    local_rank: int = 0

    @classmethod
    def from_environment(cls) -> Processes:
        """Read what torchrun tells each process that it starts.

        Returns:
            The processes; one alone where there is no torchrun, or it started only one.

        Raises:
            ArgumentError: Some of the variables are missing, or are not what they should be.
        """
        given = {name: os.environ[name] for name in _VARIABLES if name in os.environ}
        if not {"RANK", "WORLD_SIZE"} & given.keys() or given.get("WORLD_SIZE") == "1":
            return cls()
        try:
            if len(given) < len(_VARIABLES):
                raise ValueError
            rank, count, local_rank = (int(given[name]) for name in _VARIABLES[:3])
            if not (0 <= rank < count and 0 <= local_rank < count):
                raise ValueError
        except ValueError:
            raise must_be(
                "environment",
                f"that of torchrun, with {', '.join(_VARIABLES)}",
                given,
                "Start the script with torchrun, or unset RANK and WORLD_SIZE to run one process.",
            ) from None
        return cls(rank, count, local_rank)

    @property
    def first(self) -> bool:
        """Whether this is the process that writes files and shows progress."""
        return self.rank == 0

    def device(self, device: str | torch.device) -> torch.device:
        """Resolve a device, of which each process on a machine gets one of its own.

        Raises:
            ArgumentError: The name is not that of a device, or is one that cannot be shared out.
            DeviceError: The device is not on this machine, or there are fewer than processes.
        """
        if self.count == 1:
            return resolve_device(device)
        wanted = torch.device("cpu") if device == "auto" else resolve_device(device)
        if device == "auto" and torch.cuda.is_available():
            wanted = torch.device("cuda")
        if wanted.type == "mps" or wanted.index is not None:
            cure = "torchrun gives each process a device of its own."
            raise must_be("device", "'auto', 'cpu' or 'cuda' for several processes", str(device), cure)
        if wanted.type == "cpu":
            return wanted
        found = torch.cuda.device_count()
        if self.local_rank >= found:
            raise DeviceError(
                f"`device` must be one for each process. Received: {str(device)!r} for process "
                f"{self.local_rank} (from 0) of this machine, which has {found} CUDA devices. Start at "
                f"most {found} (torchrun --nproc-per-node {found}), or use device='cpu'."
            )
        return torch.device("cuda", self.local_rank)

    def join(self, device: torch.device) -> None:
        """Connect this process to the others, once.

        Raises:
            DeviceError: The others cannot be reached.
        """
        if self.count == 1 or dist.is_initialized():
            return
        backend = "gloo"
        if device.type == "cuda":
            torch.cuda.set_device(device)
            backend = "cpu:gloo,cuda:nccl"
        try:
            dist.init_process_group(backend)
        except (RuntimeError, ValueError) as error:
            raise DeviceError(
                f"The {self.count} processes cannot reach each other: {error}. Check MASTER_ADDR and "
                "MASTER_PORT; on one machine, start them with torchrun --standalone."
            ) from error
        atexit.register(_leave)

    def seed_everything(self, seed: int) -> None:
        """Seed the random numbers: the first process as if alone, each other one in its own way.

        With the same numbers in all processes, dropout would leave out the same features in the
        texts of each.
        """
        seed_everything(seed)
        if not self.first:
            seed_everything(int(np.random.SeedSequence([seed, self.rank]).generate_state(1)[0]))

    def wrap(self, model: nn.Module) -> nn.Module:
        """Return the module to call in a training step, which averages gradients over the processes.

        All processes get the weights and buffers that the first one has.
        """
        if self.count == 1:
            return model
        share_statistics(model)
        # Buffers need not be sent in every step: they are constants, or the same statistics in all
        # processes. In 2.13, torch gave the option another name.
        names = inspect.signature(DistributedDataParallel).parameters
        name = "forward_sync_buffers" if "forward_sync_buffers" in names else "broadcast_buffers"
        options: dict[str, Any] = {name: False}
        # A model of the zoo gives every parameter a gradient. Any other one may have some that take
        # no part in a step, and they must be searched for.
        search = not isinstance(model, TextModel)
        return DistributedDataParallel(model, find_unused_parameters=search, **options)

    def unwrap(self, model: nn.Module) -> nn.Module:
        """Return the model as it was before :meth:`wrap`."""
        if self.count > 1:
            unshare_statistics(model)
        return model

    def sum(self, *values: float | Tensor) -> tuple[Any, ...]:
        """Add each number up over the processes; tensors stay where they are."""
        if self.count == 1:
            return values
        together = torch.stack([torch.as_tensor(value, dtype=torch.float64) for value in values])
        with _waiting_for_others():
            dist.all_reduce(together)
        return tuple(together if any(isinstance(v, Tensor) for v in values) else together.tolist())

    def add_up(self, array: np.ndarray[Any, Any]) -> None:
        """Add up an array, of the same shape in all processes, in place."""
        if self.count > 1:
            with _waiting_for_others():
                dist.all_reduce(torch.from_numpy(array))

    def gather(self, value: Any) -> list[Any]:
        """Return the value of each process in the order of ranks; it must be one that JSON can hold."""
        if self.count == 1:
            return [value]
        own = torch.frombuffer(bytearray(json.dumps(value).encode()), dtype=torch.uint8)
        sizes = [torch.zeros(1, dtype=torch.int64) for _ in range(self.count)]
        with _waiting_for_others():
            dist.all_gather(sizes, torch.tensor([len(own)]))
            longest = max(int(size) for size in sizes)
            everyone = [torch.zeros(longest, dtype=torch.uint8) for _ in range(self.count)]
            dist.all_gather(everyone, nn.functional.pad(own, (0, longest - len(own))))
        return [
            json.loads(its[: int(size)].numpy().tobytes())
            for its, size in zip(everyone, sizes, strict=True)
        ]

    def check_same(self, identity: dict[str, Any]) -> None:
        """Raise, in all processes, if one has other data or settings than the first.

        Raises:
            ArgumentError: With what differs.
        """
        everyone = self.gather(identity)
        for rank, other in enumerate(everyone):
            for what, value in everyone[0].items():
                if other.get(what) != value:
                    expected = f"the same in all processes, {value!r} as in the first"
                    raise must_be(what, expected, other.get(what), f"Process {rank} has this.")

    def align(self, *modules: nn.Module | None) -> None:
        """Raise, in all processes, if weights have grown apart; give buffers the first one's values.

        Weights do so in a training step that calls the bare model. Buffers may in a layer that keeps
        something about the texts it has seen.

        Raises:
            ArgumentError: The weights have grown apart.
        """
        for module in modules:
            if self.count == 1 or module is None:
                continue
            with torch.no_grad():
                sizes = self.gather(sum(float(p.double().abs().sum()) for p in module.parameters()))
            if max(sizes) - min(sizes) > 1e-6 * max(sizes):
                raise must_be(
                    "train_step",
                    "one that calls self.network, which averages gradients over the processes",
                    f"weights that differ between the processes, of size {sizes}",
                )
            for buffer in module.buffers():
                dist.broadcast(buffer, 0)


class Interrupt:
    """Ctrl-C in any process, raised in all of them at the same step.

    A process that left the loop on its own would keep the others waiting for its gradients. So within
    the block Ctrl-C is only noted, and :meth:`check` raises it everywhere. Pressed again, it is raised
    at once. A process alone is left as it is.

    Args:
        processes: Those of the run.
    """

    def __init__(self, processes: Processes) -> None:
        self._processes = processes
        self._noted = False
        self._before: Any = None

    def __enter__(self) -> Interrupt:
        if self._processes.count > 1 and threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._give_back()

    def check(self) -> None:
        """Raise ``KeyboardInterrupt`` in all processes if one of them noted it."""
        if self._processes.sum(float(self._noted))[0] > 0:
            raise KeyboardInterrupt

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._noted = True
        self._give_back()

    def _give_back(self) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None


@contextlib.contextmanager
def _waiting_for_others() -> Iterator[None]:
    """Say what it means when the others do not come."""
    try:
        yield
    except RuntimeError as error:
        raise DeviceError(
            "All processes must call the same methods of the Trainer, evaluate and predict too. Another "
            f"one has ended, or failed: {error}"
        ) from error


def _leave() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()
