"""A run under way, to a checkpoint and back, so that a killed run ends as the one that was not."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from textclf.data.corpus import EncodedCorpus
from textclf.errors import DataError, TextclfError, must_be
from textclf.training.checkpoint import load_tree, save_tree
from textclf.training.history import History
from textclf.training.state import RunState
from textclf.training.watch import Watch

if TYPE_CHECKING:
    from textclf.training.trainer import Trainer

__all__ = ["CHECKPOINT", "load_run", "run_identity", "save_run"]

CHECKPOINT = "checkpoint.safetensors"
"""Name of the file in the folder of a run."""

_OPEN_ENDED = ("constant", "multistep", "plateau")
"""Schedules that do not depend on the number of epochs, so that a run may be made longer."""

_CURE = "Use the model, data and settings of that run, or a new run_folder."


def run_identity(trainer: Trainer, train: EncodedCorpus, valid: EncodedCorpus | None) -> dict[str, Any]:
    """Say what must be the same for a checkpoint to be of this run: the data and the settings.

    How long a run goes on is no part of it (``epochs``, unless the schedule depends on them, and
    ``patience``), nor is what has no effect on the weights.
    """
    schedule, loss = trainer.schedule_like, trainer.custom_loss
    weight = getattr(trainer.loss, "weight", None)
    config = getattr(trainer.model, "config", None)
    identity = {
        "training data": _fingerprint(train),
        "validation data": None if valid is None else _fingerprint(valid),
        "model": type(trainer.model).__name__,
        **({f"model option {k}": v for k, v in config.items()} if isinstance(config, dict) else {}),
        "seed": trainer.seed,
        "batch_size": trainer.batch_size,
        "accumulate": trainer.accumulate,
        "optimizer": type(trainer.optimizer).__name__,
        "learning_rate": trainer.learning_rate,
        "weight_decay": trainer.weight_decay,
        "optimizer_options": trainer.optimizer_options,
        "schedule": schedule if isinstance(schedule, str) else type(trainer.schedule).__name__,
        "schedule_options": trainer.schedule_options,
        "epochs": None if schedule in _OPEN_ENDED else trainer.epochs,
        "monitor": trainer.monitor,
        "clip_norm": trainer.clip_norm,
        "loss": None if loss is None else _name(loss),
        "class_weight": weight.tolist() if isinstance(weight, Tensor) else weight,
        "label_smoothing": trainer.label_smoothing,
        "ema_decay": trainer.ema_decay,
        "precision": str(trainer.precision),
        "processes": trainer.processes.count,
    }
    plain: dict[str, Any] = json.loads(json.dumps(identity, default=_name))
    return plain


def save_run(trainer: Trainer, path: str | PathLike[str]) -> None:
    """Write all that the rest of the run depends on to one file, whole or not at all.

    Of several processes the first one writes, what all must call for: each has random numbers of its
    own.
    """
    averaged = trainer.averaged
    random = _random_states(trainer)
    if not trainer.processes.first:
        return
    tree = {
        "identity": trainer.identity,
        "state": asdict(trainer.state),
        "history": {name: value for name, value in vars(trainer.history).items() if name != "findings"},
        "model": trainer.model.state_dict(),
        "best": trainer.best_weights,
        "averaged": None if averaged is None else averaged.state_dict(),
        "optimizer": trainer.optimizer.state_dict(),
        "schedule": trainer.schedule.state_dict(),
        "scaler": trainer.scaler.state_dict(),
        "random": random,
        "callbacks": [[type(callback).__name__, callback.state()] for callback in trainer.callbacks],
    }
    save_tree(path, tree)


def load_run(trainer: Trainer, path: str | PathLike[str]) -> None:
    """Put the trainer where the run stood when the file was written.

    Raises:
        MissingFileError: No such file. It is a ``FileNotFoundError`` too.
        DataError: The file is damaged.
        ArgumentError: It is of a run with another model, other data or other settings.
    """
    tree = load_tree(path)
    try:
        _check_same_run(trainer, tree)
        trainer.state = RunState(**tree["state"])
        trainer.history = History(**tree["history"])
        _reopen(trainer)
        trainer.model.load_state_dict(tree["model"])
        trainer.best_weights = tree["best"]
        if trainer.averaged is not None:
            trainer.averaged.load_state_dict(tree["averaged"])
        trainer.optimizer.load_state_dict(tree["optimizer"])
        trainer.schedule.load_state_dict(tree["schedule"])
        trainer.scaler.load_state_dict(tree["scaler"])
        _give_back(trainer, tree["callbacks"])
        _set_random_state(trainer.device, tree["random"][trainer.processes.rank])
    except TextclfError:
        raise
    except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise DataError(f"the checkpoint must be whole. {error!r}.", path=path) from error


def _check_same_run(trainer: Trainer, tree: dict[str, Any]) -> None:
    """Raise if the checkpoint is of another run, before anything is changed."""
    before = tree["identity"]
    for what, value in trainer.identity.items():
        if before.get(what) != value:
            raise must_be("resume", f"of the same run, with {what} {before.get(what)!r}", value, _CURE)
    shapes, others = _shapes(trainer.model.state_dict()), _shapes(tree["model"])
    for name in sorted(shapes.keys() | others.keys()):
        if shapes.get(name) != others.get(name):
            expected = f"that of the run, with {name} of shape {others.get(name)}"
            raise must_be("model", expected, shapes.get(name), _CURE)


def _reopen(trainer: Trainer) -> None:
    """Let a run that was ended go on, if the reason for its end is one no longer."""
    stopped, state, patience = trainer.history.stopped, trainer.state, trainer.patience
    if (stopped == "epochs" and state.epoch < trainer.epochs) or (
        stopped == "patience" and (patience is None or state.waited < patience)
    ):
        trainer.history.stopped = None


def _give_back(trainer: Trainer, states: list[tuple[str, dict[str, Any]]]) -> None:
    """Give each callback the state of the one of its name; those without a state may differ."""
    waiting = [*trainer.callbacks]
    for name, state in states:
        callback = next((its for its in waiting if type(its).__name__ == name), None)
        if callback is not None:
            waiting.remove(callback)
            callback.load_state(state)
        elif state and name != Watch.__name__:  # whoever turned it off may go on
            names = [type(callback).__name__ for callback in trainer.callbacks]
            raise must_be("callbacks", f"those of the run, with a {name}", names)


def _random_states(trainer: Trainer) -> list[dict[str, Tensor]]:
    """Return the state of the random numbers of each process."""
    own = _random_state(trainer.device)
    if trainer.processes.count == 1:
        return [own]
    everyone = trainer.processes.gather({name: state.tolist() for name, state in own.items()})
    return [
        {name: torch.tensor(state, dtype=torch.uint8) for name, state in its.items()} for its in everyone
    ]


def _random_state(device: torch.device) -> dict[str, Tensor]:
    state = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    elif device.type == "mps":
        state["mps"] = torch.mps.get_rng_state()
    return state


def _set_random_state(device: torch.device, state: dict[str, Tensor]) -> None:
    torch.set_rng_state(state["cpu"])
    if device.type == "cuda" and "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"], device)
    elif device.type == "mps" and "mps" in state:
        torch.mps.set_rng_state(state["mps"])


def _fingerprint(corpus: EncodedCorpus) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for part in (corpus.ids, corpus.offsets, corpus.labels):
        if part is not None:
            digest.update(np.ascontiguousarray(part).data)
    return f"{len(corpus)} texts, {corpus.num_tokens} tokens, digest {digest.hexdigest()}"


def _name(value: object) -> str:
    """Describe a setting that is not plain, the same in every process: without its address."""
    return re.sub(r" at 0x[0-9A-Fa-f]+", "", repr(value))


def _shapes(weights: dict[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in weights.items()}
