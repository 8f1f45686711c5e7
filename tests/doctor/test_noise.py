from __future__ import annotations

import numpy as np

import textclf.doctor.noise  # noqa: F401

FILMS = [f"a {word} film, number {i}" for i in range(150) for word in ("good", "bad")]
LABELS = ["pos", "neg"] * 150


def test_wrong_labels_are_doubted_and_no_others(found):
    wrong = LABELS.copy()
    places = [3, 14, 55, 106, 157, 208, 259]
    for row in places:
        wrong[row] = LABELS[row - 1]
    [one] = found("noisy-labels", (FILMS, wrong))
    assert one.severity == "note"
    assert sorted(row.index for row in one.rows) == places
    assert found("noisy-labels", (FILMS, LABELS)) == []


def test_labels_dealt_at_random_are_unrelated(found):
    dealt = np.random.default_rng(0).permutation(LABELS).tolist()
    [one] = found("unrelated-labels", (FILMS, dealt))
    assert one.severity == "warning"
    assert found("unrelated-labels", (FILMS, LABELS)) == []


def test_few_rows_or_many_classes_say_nothing(found):
    assert found("noisy-labels", (FILMS[:30], LABELS[:30])) == []
    assert (
        found("unrelated-labels", (FILMS[:60], np.random.default_rng(0).permutation(LABELS[:60]).tolist()))
        == []
    )
    assert found("unrelated-labels", (FILMS, [str(i) for i in range(300)])) == []
