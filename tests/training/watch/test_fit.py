from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from textclf.device import seed_everything
from textclf.models import create_model, list_models
from textclf.training.watch.fit import overfitting, validation_above_training


def found(trainer, code):
    return [its for its in trainer.history.findings if its.code == code]


@pytest.fixture(scope="module")
def few(data):
    """Few rows, of which some have a wrong label."""
    labels = data.train.labels[:96].copy()
    labels[::5] = 1 - labels[::5]
    return data.train.subset(range(96)).with_labels(labels, data.train.label_names)


@pytest.mark.parametrize("name", ["mlp", "textcnn"])
def test_rows_that_are_learnt_by_heart_are_found_and_the_cure_removes_it(run, few, name):
    options = {"train": few, "patience": None, "learning_rate": 0.01, "schedule": "constant"}
    [finding] = found(run(name, epochs=30, **options), "overfitting")
    assert finding.severity in ("note", "warning")
    assert finding.figures["last_loss"] > 1.1 * finding.figures["lowest_loss"]
    epochs = int(finding.cure.split("epochs=")[1].split(" ")[0].rstrip("."))
    assert epochs == finding.figures["epoch"]
    assert found(run(name, epochs=epochs, monitor="loss", **options), "overfitting") == []


def test_it_is_a_warning_where_weights_of_a_higher_loss_are_kept(run, few):
    trainer = run("mlp", train=few, patience=None, learning_rate=0.01, epochs=30, monitor="loss")
    [finding] = found(trainer, "overfitting")
    assert finding.severity == "note"
    assert finding.figures["kept_loss"] == finding.figures["lowest_loss"]
    record = trainer.callbacks[-1].record
    record.settings = replace(record.settings, monitor="accuracy")
    record.best_epoch, record.rows[-1]["valid_accuracy"] = 30, record.rows[0]["valid_accuracy"]
    for row in record.rows:
        row["valid_accuracy"] = 0.7
    [finding] = overfitting(record)
    assert finding.severity == "warning"
    assert 'monitor="loss"' in finding.cure


@pytest.mark.parametrize(("name", "severity"), [("mlp", "warning"), ("textcnn", "note")])
def test_a_run_that_ended_too_early_is_found_and_the_cure_removes_it(run, name, severity):
    [finding] = found(run(name, epochs=4, learning_rate=1e-4), "underfitting")
    assert finding.severity == severity
    assert finding.figures["train_accuracy"] < 0.75
    assert finding.figures["loss"] < finding.figures["loss_then"]
    rate = float(finding.cure.split("learning_rate=")[1].split(",")[0])
    epochs = int(finding.cure.split("epochs=")[1].split(" ")[0])
    assert found(run(name, epochs=epochs, learning_rate=rate), "underfitting") == []


def test_few_steps_are_a_note(run):
    [finding] = found(run("textcnn", epochs=1), "underfitting")
    assert finding.severity == "note"
    assert "20 steps are few" in finding.seen
    assert "epochs=50" in finding.cure


@pytest.mark.parametrize("name", ["mlp", "textcnn"])
def test_a_run_that_goes_well_is_neither(run, name):
    trainer = run(name, epochs=5)
    assert found(trainer, "underfitting") + found(trainer, "overfitting") == []
    assert found(trainer, "validation-above-training") == []


def drop_most(model):
    model.dropout.p = 0.95


def test_dropout_is_told_as_the_reason(run, data):
    options = {"epochs": 6, "train": data.train, "monitor": "loss"}
    [finding] = found(run("mlp", change=drop_most, **options), "validation-above-training")
    assert finding.severity == "note"
    assert finding.cause.startswith("Dropout")
    assert finding.figures["alike"] > finding.figures["train_accuracy"]
    assert found(run("mlp", **options), "validation-above-training") == []


def test_a_leak_is_told_as_the_reason(run, data):
    leaked = data.train.subset(range(200))
    trainer = run("mlp", change=drop_most, valid=leaked, epochs=6, monitor="loss")
    [finding] = validation_above_training(trainer.callbacks[-1].record)
    assert finding.severity == "warning"
    assert finding.cause.startswith("A leak")
    assert finding.figures["shared"] == 1.0


def test_an_easier_split_is_told_as_the_reason(run, data):
    labels = data.train.labels.copy()
    labels[::3] = np.random.default_rng(0).permutation(labels[::3])
    noisy = data.train.with_labels(labels, data.train.label_names)
    [finding] = found(run("textcnn", train=noisy, epochs=4, monitor="loss"), "validation-above-training")
    assert finding.severity == "warning"
    assert finding.cause.startswith("The validation rows are easier")
    train, valid = noisy.split(0.3, seed=0)
    assert found(run("textcnn", train=train, valid=valid, epochs=4), "validation-above-training") == []


@pytest.mark.parametrize("name", list_models())
def test_the_models_of_the_zoo_are_well(train_on, data, name):
    seed_everything(0)
    model = create_model(name, vocab_size=data.vocab_size, num_classes=2)
    findings = train_on(model, data.train, data.valid, epochs=2).history.findings
    assert [its.code for its in findings if its.severity != "note"] == []
