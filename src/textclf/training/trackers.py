"""Callbacks that write a run to where experiments are kept: TensorBoard, Weights & Biases and MLflow.

All three do the same: the settings once, a row an epoch, and the best row at the end. In a run of
several processes the first one writes.
"""

from __future__ import annotations

import importlib
import json
from os import PathLike
from typing import TYPE_CHECKING, Any

from textclf.errors import MissingDependencyError, must_be
from textclf.training.callbacks import Callback

if TYPE_CHECKING:
    from textclf.training.history import Row
    from textclf.training.trainer import Trainer

__all__ = ["MLflowTracker", "TensorBoardTracker", "Tracker", "WandbTracker"]

_EPOCH = "epoch"
_LONGEST_PARAMETER = 500  # that every version of MLflow takes


class Tracker(Callback):
    """What the trackers have in common; one for another service replaces the four methods below.

    Attributes:
        package: What is imported for it.
        extra: The package that is installed for it, and the extra that does so.

    Raises:
        MissingDependencyError: The package is not installed.

    Example:
        >>> class Printed(Tracker):
        ...     package, extra = "json", "json"
        ...
        ...     def log_row(self, row, epoch):
        ...         print("epoch", epoch, [*row])
        >>> Printed().log_row({"train_loss": 0.5}, 1)
        epoch 1 ['train_loss']
    """

    package: str
    extra: str

    def __init__(self) -> None:
        try:
            self.module: Any = importlib.import_module(self.package)
        except ImportError:
            raise MissingDependencyError(
                f"{type(self).__name__} needs {self.extra}. "
                f"Install it with: pip install 'textclf-torch[{self.extra}]'."
            ) from None

    def open(self, settings: dict[str, Any]) -> None:
        """Begin, or go on where :meth:`load_state` says, and log the settings."""

    def log_row(self, row: Row, epoch: int) -> None:
        """Log the row of an epoch."""

    def log_best(self, best: dict[str, float]) -> None:
        """Log the row of the best epoch, its names beginning with ``best_``."""

    def close(self, *, done: bool) -> None:
        """Write all that is left; not ``done`` if an error or Ctrl-C has ended the run."""

    def on_fit_start(self, trainer: Trainer) -> None:
        """Log the settings."""
        if trainer.processes.first:
            more = {"epochs": trainer.epochs, "patience": trainer.patience, "device": str(trainer.device)}
            self.open({**trainer.identity, **more})

    def on_epoch_end(self, trainer: Trainer, row: Row) -> None:
        """Log the row."""
        if trainer.processes.first:
            self.log_row({name: value for name, value in row.items() if name != _EPOCH}, int(row[_EPOCH]))

    def on_fit_end(self, trainer: Trainer) -> None:
        """Log the best row, and close."""
        if trainer.processes.first:
            history = trainer.history
            best = [row for row in history if row[_EPOCH] == history.best_epoch]
            for row in best:
                self.log_best({f"best_{name}": value for name, value in row.items()})
            self.close(done=history.stopped in ("epochs", "patience", "callback"))


class TensorBoardTracker(Tracker):
    """Writes event files that ``tensorboard --logdir`` shows.

    Args:
        folder: Of this run; several runs side by side under one folder are compared.

    Raises:
        MissingDependencyError: TensorBoard is not installed.
    """

    package, extra = "torch.utils.tensorboard", "tensorboard"

    def __init__(self, folder: str | PathLike[str]) -> None:
        super().__init__()
        self.folder = folder

    def open(self, settings: dict[str, Any]) -> None:
        """Open the event file, and write the settings as a table."""
        self._writer = self.module.SummaryWriter(str(self.folder))
        lines = ["| setting | value |", "|---|---|"]
        for name, value in settings.items():
            shown = json.dumps(value, ensure_ascii=False).replace("|", "\\|")
            lines.append(f"| {name} | {shown} |")
        self._writer.add_text("settings", "\n".join(lines))

    def log_row(self, row: Row, epoch: int) -> None:
        """Write a scalar for each column."""
        for name, value in row.items():
            self._writer.add_scalar(name, value, epoch)
        self._writer.flush()

    def log_best(self, best: dict[str, float]) -> None:
        """Write them as scalars of the best epoch."""
        for name, value in best.items():
            self._writer.add_scalar(name, value, int(best["best_epoch"]))

    def close(self, *, done: bool) -> None:
        """Close the event file."""
        self._writer.close()


class WandbTracker(Tracker):
    """Logs to Weights & Biases; whether over the network or to a folder says its own ``mode``.

    Args:
        **options: Those of ``wandb.init``, such as ``project``, ``name`` or ``mode="offline"``. ``config``
            is added to the settings of the run.

    Raises:
        MissingDependencyError: wandb is not installed.
    """

    package, extra = "wandb", "wandb"

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self._options = options
        self._id: str | None = None
        self._run: Any = None

    def open(self, settings: dict[str, Any]) -> None:
        """Begin the run, with the settings as its config."""
        config = {**settings, **self._options.get("config", {})}
        again = {} if self._id is None else {"id": self._id, "resume": "allow"}
        self._run = self.module.init(**{**self._options, **again, "config": config})
        self._id = self._run.id

    def log_row(self, row: Row, epoch: int) -> None:
        """Log the columns at the step of the epoch's number."""
        self._run.log(dict(row), step=epoch)

    def log_best(self, best: dict[str, float]) -> None:
        """Put them into the summary."""
        self._run.summary.update(best)

    def close(self, *, done: bool) -> None:
        """Finish the run."""
        self._run.finish(exit_code=0 if done else 1)
        self._id = None

    def state(self) -> dict[str, Any]:
        """Return the id of the run, which a resumed one goes on with."""
        return {} if self._id is None else {"id": self._id}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take the id back."""
        self._id = state["id"]


class MLflowTracker(Tracker):
    """Logs to MLflow.

    Args:
        experiment: To which the run belongs; it is made if it is not there.
        uri: Of the tracking server or store, such as ``"sqlite:///mlflow.db"``; None leaves that to
            MLflow's own settings.
        run_name: Of the run; None lets MLflow choose one.

    Raises:
        MissingDependencyError: MLflow is not installed.
    """

    package, extra = "mlflow", "mlflow"

    def __init__(
        self, experiment: str = "textclf", *, uri: str | None = None, run_name: str | None = None
    ) -> None:
        super().__init__()
        if not isinstance(experiment, str) or not experiment:
            raise must_be("experiment", "a name", experiment)
        self._experiment = experiment
        self._run_name = run_name
        self._client: Any = self.module.MlflowClient(tracking_uri=uri)
        self._id: str | None = None

    def open(self, settings: dict[str, Any]) -> None:
        """Begin the run, with the settings as its parameters."""
        if self._id is not None:
            self._client.update_run(self._id, status="RUNNING")
            return
        found = self._client.get_experiment_by_name(self._experiment)
        number = self._client.create_experiment(self._experiment) if found is None else found.experiment_id
        self._id = self._client.create_run(number, run_name=self._run_name).info.run_id
        for name, value in settings.items():
            shown = value if isinstance(value, str) else json.dumps(value)
            self._client.log_param(self._id, name, shown[:_LONGEST_PARAMETER])

    def log_row(self, row: Row, epoch: int) -> None:
        """Log a metric for each column, at the step of the epoch's number."""
        for name, value in row.items():
            self._client.log_metric(self._id, name, value, step=epoch)

    def log_best(self, best: dict[str, float]) -> None:
        """Log them as metrics of the best epoch."""
        for name, value in best.items():
            self._client.log_metric(self._id, name, value, step=int(best["best_epoch"]))

    def close(self, *, done: bool) -> None:
        """Say how the run ended."""
        self._client.set_terminated(self._id, status="FINISHED" if done else "KILLED")
        self._id = None

    def state(self) -> dict[str, Any]:
        """Return the id of the run, which a resumed one goes on with."""
        return {} if self._id is None else {"id": self._id}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take the id back."""
        self._id = state["id"]
