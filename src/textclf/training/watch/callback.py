"""The watch of a training run: on by default, cheap, and without effect on the run."""

from __future__ import annotations

import functools
import logging
import math
from array import array
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Concatenate, TypeVar

import torch
from torch import Tensor
from typing_extensions import ParamSpec

from textclf.atomic import write_text
from textclf.data.batches import Batch
from textclf.errors import must_be
from textclf.findings import Finding, Findings, check_silence, run_checks
from textclf.training.callbacks import Callback
from textclf.training.watch.causes import led_by_causes
from textclf.training.watch.checks import TRAINING_CHECKS
from textclf.training.watch.experiments import EARLY_EXPERIMENTS, LATE_EXPERIMENTS, make_experiments
from textclf.training.watch.failure import find_failure
from textclf.training.watch.look import is_looked_at
from textclf.training.watch.looking import Looking
from textclf.training.watch.record import ClassCounts, Record, Settings

if TYPE_CHECKING:
    from textclf.errors import NonFiniteLossError
    from textclf.training.history import Row
    from textclf.training.state import StepResult
    from textclf.training.trainer import Trainer

__all__ = ["FINDINGS_FILE", "Watch", "tell_of", "watches"]

FINDINGS_FILE = "findings.json"
"""Name of the file in the folder of a run."""

_logger = logging.getLogger("textclf")
P = ParamSpec("P")
W = TypeVar("W", bound="Watch")


def _guarded(
    method: Callable[Concatenate[W, Trainer, P], None],
) -> Callable[Concatenate[W, Trainer, P], None]:
    """Let a method work in the first process alone, and a fault in it end the watch, not the run."""

    @functools.wraps(method)
    def guarded(self: W, trainer: Trainer, *args: P.args, **kwargs: P.kwargs) -> None:
        if not trainer.processes.first or self._broken:
            return
        try:
            method(self, trainer, *args, **kwargs)
        except Exception as error:
            self._broken = True
            self._close()
            tell_of("the watch", error)

    return guarded  # type: ignore[return-value]


class Watch(Callback):
    """Looks for faults while a model is trained, and says what is wrong in ``trainer.history.findings``.

    After each epoch, findings of severity stop are logged the first time they are seen, and at the end
    of the run what is left: warnings by the logger ``"textclf"`` at level WARNING, notes at INFO. With a
    run folder they stand in ``findings.json`` too. Nothing that is watched changes: the weights end bit for
    bit as without it.

    Args:
        silence: Codes of findings that are not wanted.

    Attributes:
        record: What was seen of the run, as the checks get it.

    Raises:
        ArgumentError: ``silence`` is a string.
        UnknownNameError: There is no such code; with the near matches.

    Example:
        >>> Watch(silence=["one-class"]).silence
        ('one-class',)
    """

    record: Record

    def __init__(self, *, silence: Collection[str] = ()) -> None:
        check_silence(silence, TRAINING_CHECKS)
        self.silence = tuple(silence)
        self._loaded: dict[str, Any] | None = None
        self._begin()

    def _begin(self) -> None:
        self._broken = False
        self._told: set[str] = set()
        self._looking: Looking | None = None
        self._results: list[StepResult] = []  # that may still be on the device
        self._batches: Sequence[Batch] = ()
        self._random: Tensor | None = None
        self._rate = math.nan

    def on_fit_start(self, trainer: Trainer) -> None:
        """Begin a record, or go on with that of the run that is resumed."""
        self._begin()
        self._open(trainer)

    @_guarded
    def _open(self, trainer: Trainer) -> None:
        if trainer.train_data is None:
            raise must_be("trainer", "in a run", trainer)
        self.record = Record(Settings.of(trainer, trainer.train_data), trainer.state.step + 1)
        loaded, self._loaded = self._loaded, None
        if loaded:
            self.record.load_state(loaded["record"])
            self._told = set(loaded["told"])

    @_guarded
    def on_step_start(self, trainer: Trainer, batches: Sequence[Batch]) -> None:
        """Get ready for a closer look, if the step gets one."""
        self._batches, self._random = batches, torch.get_rng_state()
        if is_looked_at(trainer.state.step + 1):
            self._rate = float(trainer.optimizer.param_groups[0]["lr"])
            self._looking = Looking(trainer)

    @_guarded
    def on_step_end(self, trainer: Trainer, result: StepResult) -> None:
        """Take the numbers of the step, when the device has them."""
        self._results.append(result)
        if self._looking is not None:
            self.record.looks.append(self._looking.seen(trainer, self._batches, result, self._rate))
            self._looking = None

    @_guarded
    def on_epoch_end(self, trainer: Trainer, row: Row) -> None:
        """Check what was seen so far, and log what should stop the run."""
        self._read(trainer)
        make_experiments(EARLY_EXPERIMENTS, trainer, self.record.experiments, on_error=tell_of)
        self._tell(self._found(), ["stop"])

    @_guarded
    def on_failure(self, trainer: Trainer, error: NonFiniteLossError) -> None:
        """Find out what broke first, and have the error say so."""
        failure = find_failure(trainer, self._batches, self._random)
        self.record.failure = failure
        if "non-finite-loss" not in self.silence:
            first = f"The first that broke is {failure.place}, in step {failure.step}."
            error.args = (f"{error} {first} See docs/findings/non-finite-loss.md.",)

    @_guarded
    def on_fit_end(self, trainer: Trainer) -> None:
        """Check the whole run, and put what was found where it can be read."""
        self._close()
        record, stopped = self.record, trainer.history.stopped
        if stopped is None:  # by an error that has nothing to do with training
            return
        self._read(trainer)
        record.final, record.stopped = True, stopped
        if stopped in ("epochs", "patience", "callback"):
            make_experiments(LATE_EXPERIMENTS, trainer, record.experiments, on_error=tell_of)
        found = trainer.history.findings = self._found()
        self._tell(found, ["stop", "warning"])
        self._tell(found, ["note"])
        if trainer.run_folder is not None:
            write_text(trainer.run_folder / FINDINGS_FILE, found.to_json(indent=2) + "\n")

    def state(self) -> dict[str, Any]:
        """Return what was seen, for a resumed run."""
        if self._broken or not hasattr(self, "record"):
            return {}
        self._harvest()
        return {"record": self.record.state(), "told": sorted(self._told)}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take back what :meth:`state` gave."""
        self._loaded = state

    def _close(self) -> None:
        """Let go of what belongs to the step under way."""
        if self._looking is not None:
            self._looking.close()
        self._looking, self._batches, self._random = None, (), None

    def _harvest(self) -> None:
        """Take the losses of the steps that are done, which the device has given by now."""
        self.record.losses.extend(result.loss for result in self._results)
        self.record.gradient_norms.extend(result.gradient_norm for result in self._results)
        self._results = []

    def _read(self, trainer: Trainer) -> None:
        """Bring the record to where the run stands."""
        record, history = self.record, trainer.history
        self._harvest()
        surplus = record.steps - trainer.state.step  # steps that a GPU skipped after a failure
        if surplus > 0:
            record.losses = array("d", record.losses[:-surplus])
            record.gradient_norms = array("d", record.gradient_norms[:-surplus])
            record.looks = [look for look in record.looks if look.step <= trainer.state.step]
        record.rows, record.best_epoch = [*history.rows], history.best_epoch
        confusion = getattr(trainer.valid_report, "confusion", None)
        if confusion is not None and len(record.valid_counts) < len(record.rows) and not record.final:
            labels, predicted = confusion.sum(axis=1).tolist(), confusion.sum(axis=0).tolist()
            epoch = int(record.rows[-1]["epoch"])
            if not record.valid_counts or record.valid_counts[-1].epoch < epoch:
                counts = ClassCounts(epoch, tuple(labels), tuple(predicted), int(confusion.trace()))
                record.valid_counts.append(counts)

    def _found(self) -> Findings:
        record = self.record
        remarks = [f"watched: {len(record.losses):,} steps, {len(record.looks):,} of them closely."]
        found = run_checks(TRAINING_CHECKS, record, silence=self.silence, remarks=remarks, on_error=tell_of)
        return led_by_causes(found)

    def _tell(self, found: Iterable[Finding], severities: Sequence[str]) -> None:
        """Log findings of some severities that have not been logged, as one text."""
        new = [its for its in found if its.severity in severities and its.code not in self._told]
        self._told.update(its.code for its in new)
        if new:
            level = logging.INFO if severities == ["note"] else logging.WARNING
            _logger.log(level, "%s", Findings(new))


def tell_of(name: str, error: Exception) -> None:
    """Log a fault of the watch itself, which does not end the run.

    Args:
        name: Of the check or experiment that failed.
        error: What it raised.
    """
    cure = "training goes on; pass watch=False to do without it"
    _logger.error("%s failed while it looked at training: %s.", name, cure, exc_info=error)


def watches(watch: object) -> list[Watch]:
    """Return the callback that a Trainer's ``watch`` asks for, or none.

    Raises:
        ArgumentError: It is neither a bool nor a Watch.

    Example:
        >>> watches(False)
        []
    """
    if isinstance(watch, Watch):
        return [watch]
    if not isinstance(watch, bool):
        raise must_be("watch", "True, False or a Watch", watch)
    return [Watch()] if watch else []
