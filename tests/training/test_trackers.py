from __future__ import annotations

import struct
import sys

import pytest

from textclf.data import EncodedCorpus
from textclf.device import seed_everything
from textclf.errors import ArgumentError, MissingDependencyError
from textclf.models import create_model
from textclf.training import (
    Callback,
    MLflowTracker,
    TensorBoardTracker,
    Tracker,
    Trainer,
    WandbTracker,
)

COLUMNS = {"step", "learning_rate", "train_loss", "train_accuracy", "seconds"}
COLUMNS |= {"valid_loss", "valid_accuracy", "valid_macro_f1"}


def corpus():
    return EncodedCorpus.from_lists([[2], [3], [2, 4], [3, 5]] * 3, [0, 1, 0, 1] * 3)


def fitted(tracker, epochs=3, *, valid=True, resume=False, callbacks=(), **options):
    seed_everything(0)
    model = create_model("dan", vocab_size=8, num_classes=2, embed_dim=4, hidden_dim=4, ngrams=0)
    given = {"batch_size": 4, "device": "cpu", "precision": "fp32", "progress": False}
    given |= {"schedule": "constant", "patience": None, "learning_rate": 0.25}
    trainer = Trainer(model, epochs=epochs, callbacks=[tracker, *callbacks], **{**given, **options})
    trainer.fit(corpus(), corpus() if valid else None, resume=resume)
    return trainer


class Fails(Callback):
    def on_epoch_end(self, trainer, row):
        raise KeyboardInterrupt


class Notes(Tracker):
    package, extra = "json", "json"

    def __init__(self):
        super().__init__()
        self.calls = []

    def open(self, settings):
        self.calls.append(("open", settings))

    def log_row(self, row, epoch):
        self.calls.append(("row", epoch, row))

    def log_best(self, best):
        self.calls.append(("best", best))

    def close(self, *, done):
        self.calls.append(("close", done))


class TestEach:
    def test_settings_once_a_row_an_epoch_the_best_at_the_end(self):
        notes = Notes()
        trainer = fitted(notes)
        assert [call[0] for call in notes.calls] == ["open", "row", "row", "row", "best", "close"]
        settings = notes.calls[0][1]
        assert (settings["learning_rate"], settings["epochs"], settings["model option embed_dim"]) == (
            0.25,
            3,
            4,
        )
        assert [call[1] for call in notes.calls[1:4]] == [1, 2, 3]
        assert set(notes.calls[1][2]) == COLUMNS
        best = trainer.history.rows[trainer.history.best_epoch - 1]
        assert notes.calls[4][1] == {f"best_{name}": value for name, value in best.items()}
        assert notes.calls[5] == ("close", True)

    def test_no_best_without_validation(self):
        notes = Notes()
        fitted(notes, valid=False)
        assert [call[0] for call in notes.calls] == ["open", "row", "row", "row", "close"]

    def test_a_run_that_was_interrupted_is_not_done(self):
        notes = Notes()
        assert fitted(notes, callbacks=[Fails()]).history.stopped == "interrupted"
        assert notes.calls[-1] == ("close", False)

    def test_only_the_first_process_writes(self, monkeypatch):
        from textclf.training import Processes

        monkeypatch.setattr(Processes, "first", property(lambda self: False))
        notes = Notes()
        fitted(notes)
        assert notes.calls == []

    def test_columns_of_other_callbacks_are_logged(self):
        class Adds(Callback):
            def on_epoch_end(self, trainer, row):
                row["more"] = 1.5

        notes = Notes()
        seed_everything(0)
        model = create_model("dan", vocab_size=8, num_classes=2, embed_dim=4, hidden_dim=4, ngrams=0)
        Trainer(model, epochs=1, device="cpu", callbacks=[Adds(), notes], progress=False).fit(corpus())
        assert notes.calls[1][2]["more"] == 1.5

    @pytest.mark.parametrize(
        ("make", "name"),
        [
            (lambda: TensorBoardTracker("runs"), "tensorboard"),
            (WandbTracker, "wandb"),
            (MLflowTracker, "mlflow"),
        ],
    )
    def test_a_package_that_is_not_installed(self, monkeypatch, make, name):
        for module in (name, "torch.utils.tensorboard"):
            monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(MissingDependencyError, match=rf"needs {name}.*textclf-torch\[{name}\]"):
            make()


@pytest.mark.filterwarnings("ignore")
class TestTensorBoard:
    @pytest.fixture(autouse=True)
    def _needs(self):
        pytest.importorskip("tensorboard")

    def read(self, folder):
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        events = EventAccumulator(str(folder))
        events.Reload()
        return events

    def test_what_is_in_the_event_files(self, tmp_path):
        trainer = fitted(TensorBoardTracker(tmp_path / "a"))
        events = self.read(tmp_path / "a")
        found = {
            name: [(e.step, e.value) for e in events.Scalars(name)] for name in events.Tags()["scalars"]
        }
        assert {name for name in found if not name.startswith("best_")} == COLUMNS
        losses = [pytest.approx(value) for value in trainer.history["train_loss"]]
        assert found["train_loss"] == list(zip([1, 2, 3], losses, strict=True))
        best = trainer.history.best_epoch
        assert found["best_epoch"] == [(best, best)]
        text = events.Tensors("settings/text_summary")[0].tensor_proto.string_val[0].decode()
        assert "| learning_rate | 0.25 |" in text

    def test_a_resumed_run_goes_on(self, tmp_path):
        folder = tmp_path / "run"
        fitted(TensorBoardTracker(tmp_path / "a"), 2, run_folder=folder)
        fitted(TensorBoardTracker(tmp_path / "a"), 4, run_folder=folder, resume=True)
        assert [e.step for e in self.read(tmp_path / "a").Scalars("train_loss")] == [1, 2, 3, 4]


@pytest.mark.filterwarnings("ignore")
class TestWandb:
    @pytest.fixture(autouse=True)
    def _offline(self, monkeypatch, tmp_path):
        pytest.importorskip("wandb")
        for name in ("WANDB_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR", "WANDB_DATA_DIR"):
            monkeypatch.setenv(name, str(tmp_path))
        monkeypatch.setenv("WANDB_SILENT", "true")
        monkeypatch.setenv("WANDB_ERROR_REPORTING", "false")
        monkeypatch.setenv("HOME", str(tmp_path))

    def tracker(self, folder, **more):
        return WandbTracker(project="textclf", mode="offline", dir=folder, **more)

    def records(self, folder):
        """Return what the run's file of an offline run holds: rows, config and summary."""
        from wandb.proto import wandb_internal_pb2

        rows, config, summary, ends = [], {}, {}, []
        for file in sorted(folder.glob("wandb/offline-run-*/*.wandb")):
            for data in _pieces(file.read_bytes()):
                record = wandb_internal_pb2.Record()
                record.ParseFromString(data)
                kind = record.WhichOneof("record_type")
                if kind == "history":
                    rows.append({_key(item): item.value_json for item in record.history.item})
                elif kind == "run":
                    config |= {_key(item): item.value_json for item in record.run.config.update}
                    ends.append(record.run.run_id)
                elif kind == "summary":
                    summary |= {_key(item): item.value_json for item in record.summary.update}
        return rows, config, summary, ends

    def test_what_is_in_the_file_of_an_offline_run(self, tmp_path):
        trainer = fitted(self.tracker(tmp_path, config={"note": "mine"}))
        rows, config, summary, _ = self.records(tmp_path)
        assert [int(row["_step"]) for row in rows] == [1, 2, 3]
        assert [float(row["train_loss"]) for row in rows] == trainer.history["train_loss"]
        assert {name for name in rows[0] if not name.startswith("_")} == COLUMNS
        assert (config["learning_rate"], config["note"]) == ("0.25", '"mine"')
        assert int(summary["best_epoch"]) == trainer.history.best_epoch

    def test_a_resumed_run_has_the_same_id(self, tmp_path):
        folder = tmp_path / "run"
        fitted(self.tracker(tmp_path), 2, run_folder=folder)
        fitted(self.tracker(tmp_path), 4, run_folder=folder, resume=True)
        *_, ids = self.records(tmp_path)
        assert len(set(ids)) == 1
        assert len(list(tmp_path.glob("wandb/offline-run-*"))) == 2

    def test_another_fit_is_another_run(self, tmp_path):
        tracker = self.tracker(tmp_path)
        fitted(tracker, 1)
        fitted(tracker, 1)
        *_, ids = self.records(tmp_path)
        assert len(set(ids)) == 2


def _pieces(content):
    """Cut a file of wandb, which is a log as LevelDB writes it, into its records."""
    place, piece = 7, b""
    while place < len(content):
        if 32768 - place % 32768 < 7:  # what is left of a block has no room for a head
            place += 32768 - place % 32768
            continue
        size, kind = struct.unpack_from("<HB", content, place + 4)
        piece += content[place + 7 : place + 7 + size]
        place += 7 + size
        if kind in (1, 4):  # the whole of a record, or its last part
            yield piece
            piece = b""


def _key(item):
    return item.key or "/".join(item.nested_key)


@pytest.mark.filterwarnings("ignore")
class TestMLflow:
    @pytest.fixture
    def uri(self, tmp_path, monkeypatch):
        pytest.importorskip("mlflow")
        pytest.importorskip("sqlalchemy")
        monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        monkeypatch.chdir(tmp_path)
        return f"sqlite:///{tmp_path / 'mlflow.db'}"

    def runs(self, uri, experiment="textclf"):
        from mlflow import MlflowClient

        client = MlflowClient(tracking_uri=uri)
        number = client.get_experiment_by_name(experiment).experiment_id
        return client, client.search_runs([number])

    def test_what_is_in_the_store(self, uri):
        trainer = fitted(MLflowTracker("films", uri=uri, run_name="first"))
        client, [run] = self.runs(uri, "films")
        assert run.data.params["learning_rate"] == "0.25"
        assert run.data.params["model"] == "MLP"
        losses = client.get_metric_history(run.info.run_id, "train_loss")
        assert [(each.step, each.value) for each in losses] == [
            (row["epoch"], pytest.approx(row["train_loss"])) for row in trainer.history
        ]
        assert set(run.data.metrics) >= COLUMNS
        assert run.data.metrics["best_epoch"] == trainer.history.best_epoch
        assert (run.info.status, run.info.run_name) == ("FINISHED", "first")

    def test_a_resumed_run_is_one_run(self, uri, tmp_path):
        folder = tmp_path / "run"
        fitted(MLflowTracker(uri=uri), 2, run_folder=folder)
        fitted(MLflowTracker(uri=uri), 4, run_folder=folder, resume=True)
        client, [run] = self.runs(uri)
        steps = [each.step for each in client.get_metric_history(run.info.run_id, "train_loss")]
        assert steps == [1, 2, 3, 4]
        assert run.info.status == "FINISHED"

    def test_another_fit_is_another_run_of_the_experiment(self, uri):
        tracker = MLflowTracker(uri=uri)
        fitted(tracker, 1)
        fitted(tracker, 1, callbacks=[Fails()])
        assert sorted(run.info.status for run in self.runs(uri)[1]) == ["FINISHED", "KILLED"]

    @pytest.mark.parametrize("name", ["", None, 3])
    def test_the_name_of_the_experiment(self, uri, name):
        with pytest.raises(ArgumentError, match="`experiment` must be a name"):
            MLflowTracker(name, uri=uri)
