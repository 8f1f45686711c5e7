from __future__ import annotations

import math

import pytest

from textclf import EncodedCorpus, Trainer, create_model, seed_everything
from textclf.errors import ArgumentError, UnknownNameError
from textclf.experiment import StepScores, StepsUntil

ROWS = [{"step": 5 * n, "accuracy": n / 10, "valid_loss": 1 - n / 10} for n in range(1, 11)]


class TestStepsUntil:
    def test_first_row_that_is_good_enough(self):
        assert StepsUntil("accuracy", 0.5, cap=500)(ROWS) == 25
        assert StepsUntil("accuracy", 0.55, cap=500)(ROWS) == 30

    def test_first_and_not_last(self):
        rows = [{"step": 1, "accuracy": 0.9}, {"step": 2, "accuracy": 0.1}, {"step": 3, "accuracy": 0.9}]
        assert StepsUntil("accuracy", 0.9, cap=9)(rows) == 1

    def test_a_loss_is_reached_from_above(self):
        assert StepsUntil("valid_loss", 0.55, cap=500)(ROWS) == 25

    def test_capped(self):
        assert StepsUntil("accuracy", 2.0, cap=500)(ROWS) == 500
        assert StepsUntil("accuracy", 1.0, cap=20)(ROWS) == 20
        assert StepsUntil("accuracy", 0.5, cap=7)([]) == 7

    def test_rows_without_the_column_and_nan_are_passed_over(self):
        rows = [{"step": 1}, {"step": 2, "accuracy": math.nan}, {"step": 3, "accuracy": 1.0}]
        assert StepsUntil("accuracy", 0.5, cap=9)(rows) == 3

    def test_misspelt_column(self):
        with pytest.raises(UnknownNameError, match="Did you mean 'accuracy'"):
            StepsUntil("acuracy", 0.5, cap=9)(ROWS)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((1, 0.5, 9), "`metric` must be the name"),
            (("accuracy", math.nan, 9), "`target` must be a finite"),
            (("accuracy", 0.5, 0), "`cap` must be an integer of at least 1"),
        ],
    )
    def test_bad_arguments(self, arguments, message):
        with pytest.raises(ArgumentError, match=message):
            StepsUntil(*arguments)

    def test_says_what_it_is(self):
        assert str(StepsUntil("accuracy", 1.0, cap=500)) == "steps until accuracy 1 (at most 500)"


class TestStepScores:
    def fit(self, scores, epochs=4):
        corpus = EncodedCorpus.from_lists([[2, 3], [4, 5], [2], [5]], [0, 1, 0, 1])
        seed_everything(0)
        model = create_model("dan", vocab_size=6, num_classes=2)
        trainer = Trainer(
            model, epochs=epochs, batch_size=2, device="cpu", callbacks=[scores], progress=False
        )
        return trainer.fit(corpus)

    def test_every_step(self):
        scores = StepScores()
        history = self.fit(scores)
        assert [row["step"] for row in scores.rows] == list(range(1, 9))
        means = [sum(row["accuracy"] for row in scores.rows[n : n + 2]) / 2 for n in range(0, 8, 2)]
        assert means == pytest.approx(history["train_accuracy"])

    def test_every_few(self):
        scores = StepScores(every=3)
        self.fit(scores)
        assert [row["step"] for row in scores.rows] == [3, 6]

    def test_on_other_texts_changes_nothing_in_the_run(self):
        corpus = EncodedCorpus.from_lists([[2], [5], [3]], [0, 1, 0])
        scores = StepScores(corpus)
        with_scores, alone = self.fit(scores), self.fit(StepScores())
        assert with_scores["train_loss"] == alone["train_loss"]
        assert {round(3 * row["accuracy"]) / 3 for row in scores.rows} == {
            r["accuracy"] for r in scores.rows
        }

    @pytest.mark.parametrize(
        ("options", "message"), [({"every": 0}, "`every` must be"), ({"corpus": [1]}, "`corpus` must be")]
    )
    def test_bad_arguments(self, options, message):
        with pytest.raises(ArgumentError, match=message):
            StepScores(**options)
