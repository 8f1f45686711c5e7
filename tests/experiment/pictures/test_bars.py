from __future__ import annotations

import pytest

from textclf.experiment import StepsUntil, Study, plot_scores
from textclf.experiment.measure import Measure
from textclf.experiment.runs import Run


@pytest.mark.parametrize("width", [3.5, 7.0])
def test_a_bar_for_each_setup_that_has_a_score(make_study, drawn, width):
    study = make_study(["TextCNN", "a model with a very long name that takes more than one line of text"])
    axes = drawn(plot_scores(study, width=width)).axes[0]
    assert [bar.get_width() for bar in axes.patches] == [score.mean for score in study.table[:2]]
    assert [text.get_text() for text in axes.texts] == ["0.5125", "0.5375", " no score"]
    assert axes.get_xlabel() == "accuracy"
    assert axes.get_xlim()[0] == 0.0


def test_one_run_without_an_interval(drawn):
    study = Study({"a": [Run(0, {"bits": 3.0})]}, Measure.of("bits", True))
    assert [text.get_text() for text in drawn(plot_scores(study)).axes[0].texts] == ["3"]


def test_nothing_but_failures(drawn):
    study = Study({"a": [Run(0, failure="no")]}, Measure.of("accuracy"))
    assert [text.get_text() for text in drawn(plot_scores(study)).axes[0].texts] == [" no score"]


def test_steps(make_study, drawn):
    study = make_study(["a"]).measured_by(StepsUntil("valid_accuracy", 0.2, cap=50))
    assert drawn(plot_scores(study)).axes[0].patches[0].get_width() == 10
