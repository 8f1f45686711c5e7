from __future__ import annotations

import hashlib
import json
import math

import pytest
import torch

from textclf.environment import environment_of
from textclf.errors import ArgumentError, DataError
from textclf.metrics import Report
from textclf.saved_model.run_facts import DataFacts, RunFacts

REPORT = Report.from_predictions([0, 1], [[0.9, 0.1], [0.2, 0.8]], label_names=["neg", "pos"])


class TestData:
    def test_the_digest_can_be_made_again(self):
        lines = '["体育 a", "pos"]\n[["b", "c"], "neg"]\n'
        facts = DataFacts.of(["体育 a", ("b", "c")], ["pos", "neg"])
        assert facts.sha256 == hashlib.sha256(lines.encode()).hexdigest()

    def test_classes_and_rows(self):
        facts = DataFacts.of(["a", "b", "c"], [3, -1, 3])
        assert (facts.rows, facts.classes) == (3, [[-1, 1], [3, 2]])

    def test_several_labels_a_text(self):
        facts = DataFacts.of(["a", "b", "c"], [["x", "y"], [], ("x",)])
        assert (facts.rows, facts.classes) == (3, [["x", 2], ["y", 1]])

    @pytest.mark.parametrize(
        ("texts", "labels"), [(["a", "B"], ["x", "y"]), (["b", "a"], ["x", "y"]), (["a", "b"], ["x", "x"])]
    )
    def test_other_data_have_another_digest(self, texts, labels):
        assert DataFacts.of(texts, labels).sha256 != DataFacts.of(["a", "b"], ["x", "y"]).sha256

    def test_what_utf8_cannot_hold(self):
        assert len(DataFacts.of(["a\ud800"], ["x"]).sha256) == 64


class TestRun:
    def test_round_trip(self, tmp_path):
        data = DataFacts.of(["a", "b"], ["pos", "neg"])
        run = RunFacts(
            data, held_out=1, validation=data, unread=0.25, test=data, environment={"torch": "2"}
        )
        run = run.with_reports({"test": REPORT})
        run.save(tmp_path)
        again = RunFacts.load(tmp_path)
        assert again == run
        assert again.reports["test"]["accuracy"] == 1.0

    def test_reports_are_added(self):
        run = RunFacts().with_reports({"validation": REPORT}).with_reports({"test": REPORT})
        assert [*run.reports] == ["validation", "test"]

    @pytest.mark.parametrize("reports", [{"test": 3}, {1: REPORT}])
    def test_what_is_no_report(self, reports):
        with pytest.raises(ArgumentError, match="`reports` must be a dictionary such as .*'test': report"):
            RunFacts().with_reports(reports)

    def test_none_were_written(self, tmp_path):
        assert RunFacts.load(tmp_path) == RunFacts()

    @pytest.mark.parametrize(
        "changes",
        [
            {"more": 1},
            {"training": []},
            {"training": {"rows": 1}},
            {"training": {"rows": -1, "classes": [], "sha256": ""}},
            {"training": {"rows": 1, "classes": [[1]], "sha256": ""}},
            {"training": {"rows": 1, "classes": [["a", "b"]], "sha256": ""}},
            {"training": {"rows": 1, "classes": 3, "sha256": ""}},
            {"training": {"rows": 10**400, "classes": [], "sha256": ""}},
            {"validation": 3},
            {"held_out": True},
            {"unread": 10**400},
            {"unread": "x"},
            {"reports": []},
            {"reports": {"test": 3}},
            {"test": 3},
            {"environment": []},
            {"environment": {"torch": 2}},
        ],
        ids=lambda changes: str(changes)[:40],
    )
    def test_what_holds_no_facts(self, tmp_path, changes):
        RunFacts().save(tmp_path)
        content = json.loads((tmp_path / "metrics.json").read_bytes())
        (tmp_path / "metrics.json").write_text(json.dumps({**content, **changes}))
        with pytest.raises(DataError, match=r"metrics.json: the file must hold the facts of a run"):
            RunFacts.load(tmp_path)


class TestOfAClassifier:
    def test_what_fit_knows(self, classifier):
        run = classifier.run_
        assert run.training.rows == 36
        assert run.training.classes == [["neg", 18], ["pos", 18]]
        assert (run.held_out, run.validation, run.unread) == (11, None, 0.0)
        assert run.reports["validation"]["n"] == 11

    def test_other_validation_data_and_texts_that_are_cut(self, classifier):
        from sklearn.base import clone

        texts, labels = ["a b c d", "e f g h"] * 4, ["x", "y"] * 4
        its = clone(classifier).set_params(max_length=1, validation_share=None)
        its.fit(texts, labels, valid=(texts[:2], labels[:2]))
        assert (its.run_.held_out, its.run_.validation.rows) == (0, 2)
        assert its.run_.unread == 0.75
        assert its.run_.reports["validation"]["n"] == 2
        its.fit(texts, labels)
        assert its.run_.reports == {}

    def test_another_temperature_makes_the_scores_void(self, classifier):
        from sklearn.base import clone

        texts, labels = ["a b", "c d"] * 9, ["x", "y"] * 9
        its = clone(classifier).fit(texts, labels)
        assert math.isfinite(its.run_.reports["validation"]["calibration_error"])
        its.calibrate(texts, labels)
        assert its.run_.reports == {}


def test_a_run_keeps_its_environment(classifier):
    assert classifier.run_.environment == environment_of(torch.device("cpu"))
