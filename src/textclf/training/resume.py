"""A run under way, to a checkpoint and back, so that a killed run ends as the one that was not."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from textclf.data.corpus import EncodedCorpus
from textclf.errors import must_be
from textclf.training.checkpoint import load_tree, save_tree
from textclf.training.history import History
from textclf.training.state import RunState

if TYPE_CHECKING:
    from textclf.training.trainer import Trainer

__all__ = ["load_run", "run_identity", "save_run"]


def run_identity(trainer: Trainer, train: EncodedCorpus) -> dict[str, Any]:
    """Say what must be the same for a checkpoint to be of this run: the data and the settings."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (train.ids, train.offsets, train.labels):
        digest.update(np.ascontiguousarray(part, dtype=np.int64).data)
    return {
        "training data": digest.hexdigest(),
        "seed": trainer.seed,
        "batch_size": trainer.batch_size,
        "accumulate": trainer.accumulate,
        "optimizer": type(trainer.optimizer).__name__,
        "schedule": type(trainer.schedule).__name__,
        "ema_decay": trainer.ema_decay,
        "precision": str(trainer.precision),
    }


def save_run(trainer: Trainer, path: str | PathLike[str]) -> None:
    """Write all that the rest of the run depends on to one file, whole or not at all."""
    averaged = trainer.averaged
    cuda = trainer.device.type == "cuda"
    tree = {
        "identity": trainer.identity,
        "state": asdict(trainer.state),
        "history": vars(trainer.history),
        "model": trainer.model.state_dict(),
        "best": trainer.best_weights,
        "averaged": None if averaged is None else averaged.state_dict(),
        "optimizer": trainer.optimizer.state_dict(),
        "schedule": _without_functions(trainer.schedule.state_dict()),
        "scaler": trainer.scaler.state_dict(),
        "random": {
            "cpu": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state(trainer.device) if cuda else None,
        },
        "callbacks": [callback.state() for callback in trainer.callbacks],
    }
    save_tree(path, tree)


def load_run(trainer: Trainer, path: str | PathLike[str]) -> None:
    """Put the trainer where the run stood when the file was written.

    Raises:
        FileNotFoundError: No such file.
        DataError: The file is damaged.
        ArgumentError: It is of a run with other data or settings.
    """
    tree = load_tree(path)
    for what, value in trainer.identity.items():
        before = tree["identity"].get(what)
        if before != value:
            raise must_be(
                "resume",
                f"of the same run, whose {what} was {before!r}",
                value,
                "Use the data and settings of that run, or a new run_folder.",
            )
    trainer.state = RunState(**tree["state"])
    trainer.history = History(**tree["history"])
    if trainer.history.stopped in ("epochs", "interrupted") and trainer.state.epoch < trainer.epochs:
        trainer.history.stopped = None
    trainer.model.load_state_dict(tree["model"])
    trainer.best_weights = tree["best"]
    if trainer.averaged is not None:
        trainer.averaged.load_state_dict(tree["averaged"])
    trainer.optimizer.load_state_dict(tree["optimizer"])
    trainer.schedule.load_state_dict(tree["schedule"])
    trainer.scaler.load_state_dict(tree["scaler"])
    torch.set_rng_state(tree["random"]["cpu"])
    if tree["random"]["cuda"] is not None and trainer.device.type == "cuda":
        torch.cuda.set_rng_state(tree["random"]["cuda"], trainer.device)
    for callback, state in zip(trainer.callbacks, tree["callbacks"], strict=True):
        callback.load_state(state)


def _without_functions(state: dict[str, Any]) -> dict[str, Any]:
    """Leave out what a schedule makes anew: the functions of its rule."""
    return {name: value for name, value in state.items() if name != "lr_lambdas"}
