from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from textclf.errors import ArgumentError
from textclf.experiment.statistics import estimate, holm, mcnemar, resampled_scores
from textclf.metrics import bootstrap_interval, confusion_matrix

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.integers(0, 3, 400)
GUESSES = np.where(RANDOM.random((4, 400)) < 0.7, LABELS, RANDOM.integers(0, 3, (4, 400)))


class TestEstimate:
    def test_of_seeds_alone_is_the_t_test(self):
        values = RANDOM.normal(0.3, 1.0, 6)
        found = estimate(values)
        known = stats.ttest_1samp(values, 0)
        assert found.value == pytest.approx(values.mean())
        assert found.p_value == pytest.approx(known.pvalue)
        assert (found.low, found.high) == pytest.approx(tuple(known.confidence_interval(0.95)))

    def test_of_one_seed_is_the_bootstrap_of_the_metrics(self):
        matrix = confusion_matrix(LABELS, GUESSES[0], num_classes=3)
        for metric in ("accuracy", "macro_f1"):
            drawn = resampled_scores(LABELS, GUESSES[:1], metric, resamples=4000)
            found = estimate([0.75], drawn)
            expected = bootstrap_interval(matrix, metric, resamples=4000)
            assert (found.low, found.high) == pytest.approx(expected, abs=0.006)

    def test_seeds_that_differ_widen_it(self):
        drawn = resampled_scores(LABELS, GUESSES)
        scores = (GUESSES == LABELS).mean(axis=1)
        near = estimate(scores, drawn)
        far = estimate(scores + np.array([-0.1, 0.1, -0.1, 0.1]), drawn)
        assert far.high - far.low > 2 * (near.high - near.low)
        assert far.value == pytest.approx(near.value)

    def test_what_can_not_be_told(self):
        assert estimate([0.5])[0] == 0.5
        assert np.isnan(estimate([0.5])[1:]).all()
        assert np.isnan(estimate([])).all()

    def test_without_any_spread(self):
        assert estimate([0.0, 0.0]) == (0.0, 0.0, 0.0, 1.0)
        assert estimate([2.0, 2.0]) == (2.0, 2.0, 2.0, 0.0)
        assert estimate([0.0], np.zeros((1, 10))) == (0.0, 0.0, 0.0, 1.0)

    def test_more_confidence_is_wider(self):
        narrow, wide = (estimate([1.0, 2.0, 4.0], confidence=share) for share in (0.5, 0.99))
        assert wide.low < narrow.low < narrow.high < wide.high

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (([1.0, math.nan],), "`scores` must be finite"),
            (([[1.0]],), "`scores` must be finite numbers of 1"),
            (([1.0], [1.0, 2.0]), "`resampled` must be finite numbers of 2"),
            (([1.0], [[1.0, 2.0], [1.0, 2.0]]), r"`resampled` must be of shape \(1, B\)"),
        ],
    )
    def test_bad_arguments(self, arguments, message):
        with pytest.raises(ArgumentError, match=message):
            estimate(*arguments)

    def test_bad_confidence(self):
        with pytest.raises(ArgumentError, match="`confidence` must be"):
            estimate([1.0, 2.0], confidence=1.0)


def two_systems(random, *, seeds, rows, of_seeds, of_rows, of_both, gap=0.0):
    """Return whether each of two systems is right, (S, R) each, drawn from a model with all three parts."""
    hard = random.normal(1.0, 2.0, rows)
    made = []
    for shift in (gap, 0.0):
        both = random.normal(0, of_both, (seeds, rows)) if of_both else 0.0
        seed = random.normal(0, of_seeds, (seeds, 1))
        made.append((hard + shift + random.normal(0, of_rows, rows) + seed + both > 0).astype(int))
    return made


@pytest.mark.parametrize(
    ("seeds", "of_seeds", "of_rows", "of_both"),
    [(1, 0, 0.5, 0), (3, 0.2, 0, 1), (5, 0.1, 0.5, 1), (5, 0.4, 0.5, 1)],
)
def test_coverage_and_false_positives_by_simulation(seeds, of_seeds, of_rows, of_both):
    """Of two systems that are equal in truth; 300 trials have a standard error of 1.3 points."""
    random, trials, rows = np.random.default_rng(3), 300, 200
    share = stats.norm.cdf(1 / math.sqrt(4 + of_rows**2 + of_seeds**2 + of_both**2))
    found = {"told apart": 0, "difference": 0, "score": 0}
    for trial in range(trials):
        one, other = two_systems(
            random, seeds=seeds, rows=rows, of_seeds=of_seeds, of_rows=of_rows, of_both=of_both
        )
        drawn = resampled_scores(np.ones(rows, int), np.vstack([one, other]), resamples=200, seed=trial)
        difference = estimate(one.mean(1) - other.mean(1), drawn[:seeds] - drawn[seeds:])
        score = estimate(one.mean(1), drawn[:seeds])
        found["told apart"] += difference.p_value < 0.05
        found["difference"] += difference.low <= 0 <= difference.high
        found["score"] += score.low <= share <= score.high
    rates = {name: count / trials for name, count in found.items()}
    assert 0.02 <= rates["told apart"] <= 0.08
    assert 0.91 <= rates["difference"] <= 0.985
    assert 0.91 <= rates["score"] <= 0.985


def test_a_real_difference_is_found():
    random, rows = np.random.default_rng(0), 400
    one, other = two_systems(random, seeds=5, rows=rows, of_seeds=0.1, of_rows=0.5, of_both=0.5, gap=1.0)
    drawn = resampled_scores(np.ones(rows, int), np.vstack([one, other]))
    found = estimate(one.mean(1) - other.mean(1), drawn[:5] - drawn[5:])
    assert found.p_value < 1e-4
    assert 0 < found.low < found.value < found.high


class TestResampledScores:
    def test_all_are_measured_on_the_same_drawings(self):
        drawn = resampled_scores(LABELS, np.stack([GUESSES[0], GUESSES[0], GUESSES[1]]))
        assert (drawn[0] == drawn[1]).all()
        assert (drawn[0] != drawn[2]).any()

    def test_the_fast_way_for_accuracy_is_the_general_one(self, monkeypatch):
        fast = resampled_scores(LABELS, GUESSES, "accuracy", resamples=50)
        general = resampled_scores(LABELS, GUESSES, "micro_f1", resamples=50)
        assert fast == pytest.approx(general)

    def test_the_size_of_a_piece_changes_nothing(self, monkeypatch):
        whole = resampled_scores(LABELS, GUESSES, resamples=20)
        monkeypatch.setattr("textclf.experiment.statistics._CHUNK", 1000)
        assert (resampled_scores(LABELS, GUESSES, resamples=20) == whole).all()

    def test_seeded(self):
        one, same, other = (resampled_scores(LABELS, GUESSES, resamples=20, seed=s) for s in (1, 1, 2))
        assert (one == same).all()
        assert (one != other).any()

    @pytest.mark.parametrize(
        ("arguments", "options", "message"),
        [
            (([0, 1], [0, 1]), {}, r"`predictions` must be of shape \(K, N\)"),
            (([0, 1], [[0]]), {}, r"`predictions` must be of shape \(K, N\)"),
            (([], [[]]), {}, r"`predictions` must be of shape \(K, N\)"),
            (([0, 1], [[0, 1]]), {"metric": "roc_auc"}, "of the confusion matrix"),
            (([0, 1], [[0, 1]]), {"resamples": 1}, "`resamples` must be"),
        ],
    )
    def test_bad_arguments(self, arguments, options, message):
        with pytest.raises(ArgumentError, match=message):
            resampled_scores(*arguments, **options)


class TestMcNemar:
    def test_known_value(self):
        """Agresti's approval ratings: 150 and 86 changed their minds, p about 3.7e-5."""
        first = [1] * (794 + 150) + [0] * (86 + 570)
        second = [1] * 794 + [0] * 150 + [1] * 86 + [0] * 570
        assert mcnemar(first, second) == pytest.approx(3.716e-5, rel=1e-3)

    def test_small_numbers_are_exact(self):
        assert mcnemar([1] * 5, [0] * 5) == pytest.approx(2 / 32)
        assert mcnemar([1, 1, 0], [1, 1, 0]) == 1.0
        assert mcnemar([], []) == 1.0

    def test_false_positives_by_simulation(self):
        random = np.random.default_rng(1)
        found = [mcnemar(*(random.random((2, 150)) < 0.8)) < 0.05 for _ in range(400)]
        assert 0.01 <= np.mean(found) <= 0.06  # the exact test errs on the safe side

    def test_bad_shapes(self):
        with pytest.raises(ArgumentError, match="`second` must be as many"):
            mcnemar([1, 0], [1])


class TestHolm:
    def test_known_values(self):
        """As p.adjust(c(0.01, 0.02, 0.03, 0.04), "holm") in R."""
        assert holm([0.01, 0.02, 0.03, 0.04]) == pytest.approx([0.04, 0.06, 0.06, 0.06])
        assert holm([0.04, 0.001, 0.6]) == pytest.approx([0.08, 0.003, 0.6])

    def test_at_most_one_and_in_order(self):
        assert holm([0.5, 0.9, 0.4]) == pytest.approx([1.0, 1.0, 1.0])

    def test_what_is_not_tested_does_not_count(self):
        adjusted = holm([0.02, math.nan, 0.03])
        assert adjusted[0] == pytest.approx(0.04)
        assert math.isnan(adjusted[1])

    def test_none(self):
        assert holm([]) == []
