from __future__ import annotations

import json
import logging

import pytest

from textclf.doctor import Finding
from textclf.errors import ArgumentError
from textclf.models import list_models
from textclf.training import Callback
from textclf.training.watch import TRAINING_CHECKS, Watch, callback


class Killed(Exception):
    pass


class KillAfterFirstEpoch(Callback):
    def on_step_start(self, trainer, batches):
        if trainer.state.epoch == 1:
            raise Killed


def log_of(caplog):
    return [(its.levelname, its.getMessage()) for its in caplog.records if its.name == "textclf"]


def test_it_is_on_unless_it_is_turned_off(run):
    assert [type(its) for its in run("dan", epochs=1).callbacks] == [Watch]
    off = run("dan", epochs=1, watch=False)
    assert off.callbacks == []
    assert off.history.findings.codes == ()
    with pytest.raises(ArgumentError, match="`watch` must be True, False or a Watch"):
        run("dan", watch="no")


def test_findings_are_logged_once_and_written(run, caplog, tmp_path):
    caplog.set_level(logging.INFO, "textclf")
    trainer = run("mlp", learning_rate=1e-7, run_folder=tmp_path / "run")
    written = json.loads((tmp_path / "run" / "findings.json").read_text())
    assert [its["code"] for its in written["findings"]] == [*trainer.history.findings.codes]
    (level, text), *rest = log_of(caplog)
    assert level == "WARNING"
    assert text.count("[rate-too-low]") == 1
    assert {level for level, _ in rest} <= {"INFO"}
    assert "[rate-too-low]" not in str(rest)


def test_what_should_stop_the_run_is_said_at_once(run, caplog, monkeypatch):
    monkeypatch.setattr(TRAINING_CHECKS, "_factories", {})

    @TRAINING_CHECKS.register("bad")
    def bad(record):
        severity = "stop" if len(record.rows) > 1 else "warning"
        yield Finding("bad", severity, f"{record.steps} steps.", "", "")

    seen = []

    caplog.set_level(logging.INFO, "textclf")

    class Seen(Callback):
        def on_epoch_end(self, trainer, row):
            seen.append(len(log_of(caplog)))

    trainer = run("dan", epochs=3, callbacks=[Seen()])
    assert seen == [0, 0, 1]  # callbacks of the user come before
    [(level, text)] = log_of(caplog)
    assert level == "WARNING"
    assert text.startswith("stop: 40 steps. [bad]")
    assert trainer.history.findings[0].seen == "60 steps."


def test_a_resumed_run_ends_with_the_same_findings(run, tmp_path):
    whole = run("mlp", learning_rate=1e-7)
    folder = tmp_path / "run"
    with pytest.raises(Killed):
        run("mlp", learning_rate=1e-7, run_folder=folder, callbacks=[KillAfterFirstEpoch()])
    resumed = again(run, folder)
    ours, theirs = whole.callbacks[-1].record, resumed.callbacks[-1].record
    assert ours.losses == theirs.losses
    assert [look.step for look in ours.looks] == [look.step for look in theirs.looks]
    assert str(whole.history.findings) == str(resumed.history.findings)


def test_a_run_may_go_on_without_it(run, tmp_path):
    with pytest.raises(Killed):
        run("mlp", learning_rate=1e-7, run_folder=tmp_path / "run", callbacks=[KillAfterFirstEpoch()])
    assert again(run, tmp_path / "run", watch=False).history.stopped == "epochs"


def again(run, folder, **options):
    return run("mlp", run_folder=folder, resume=True, **{"learning_rate": 1e-7, **options})


def test_a_fault_in_it_does_not_end_the_run(run, caplog, monkeypatch):
    failed = []
    monkeypatch.setattr(callback, "tell_of", lambda name, error: failed.append((name, type(error))))
    monkeypatch.setattr(callback.Looking, "seen", lambda *given: 1 / 0)
    trainer = run("textcnn", epochs=1)
    assert failed == [("the watch", ZeroDivisionError)]
    assert trainer.history.stopped == "epochs"
    assert trainer.history.findings.codes == ()
    assert [m for m in trainer.model.modules() if m._forward_hooks] == []


@pytest.mark.parametrize("name", list_models())
@pytest.mark.parametrize("ngrams", [0, 2])
def test_nothing_is_wrong_with_a_healthy_run_of_each_model(run, name, ngrams):
    if name == "fasttext":
        pytest.skip("it makes no steps")
    findings = run(name, ngrams=ngrams, epochs=3 - ngrams).history.findings
    assert [its.code for its in findings if its.severity != "note"] == []
