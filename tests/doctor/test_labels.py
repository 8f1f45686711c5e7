from __future__ import annotations

import textclf.doctor.labels  # noqa: F401

TEXTS = [f"film {i}" for i in range(40)]
MIXED = ["pos", "neg", "neg", "pos"] * 10


def test_a_label_unseen_in_training_is_a_stop(found):
    stop, other = found("labels-not-shared", (TEXTS, MIXED), (["x", "y"], ["positive", "neg"]))
    assert (stop.severity, stop.figures) == ("stop", {"labels": 1, "rows": 1})
    assert stop.rows[0].place == "valid[0]"
    assert (other.severity, other.figures["rows"]) == ("warning", 20)
    assert found("labels-not-shared", (TEXTS, MIXED), (["x", "y"], ["pos", "neg"])) == []


def test_rare_classes_are_listed_with_their_rows(found):
    [one] = found("rare-classes", (TEXTS, ["pos", "neg"] * 19 + ["ngeative", "pso"]))
    assert "2 of 4 classes have fewer than 10 rows in train: 'ngeative' (1), 'pso' (1)." in one.seen
    assert [row.index for row in one.rows] == [38, 39]
    assert found("rare-classes", (TEXTS, MIXED)) == []


def test_a_dominant_class_is_a_warning_and_a_single_one_a_stop(found):
    assert found("dominant-class", (TEXTS, ["ham"] * 32 + ["spam"] * 8))[0].severity == "warning"
    assert found("dominant-class", (TEXTS, ["ham"] * 40))[0].severity == "stop"
    assert found("dominant-class", (TEXTS, ["ham"] * 31 + ["spam"] * 9)) == []
    assert found("dominant-class", (TEXTS, [["a"], ["a", "b"]] * 20)) == []


def test_sorted_rows_and_blocks_are_found(found):
    [one] = found("sorted-by-label", (TEXTS, ["neg"] * 20 + ["pos"] * 20))
    assert (one.severity, one.figures) == ("warning", {"changes": 1, "expected": 20.0})
    blocks = (["neg"] * 5 + ["pos"] * 5) * 4
    train, valid = found("sorted-by-label", (TEXTS, blocks), (TEXTS, blocks))
    assert (train.severity, valid.severity) == ("warning", "note")
    assert found("sorted-by-label", (TEXTS, MIXED)) == []
    assert found("sorted-by-label", (TEXTS, ["neg"] * 40)) == []


def test_texts_that_say_their_label(found):
    named = [f"{label} {text}" for text, label in zip(TEXTS, MIXED, strict=True)]
    assert found("label-in-text", (named, MIXED))[0].severity == "warning"
    some = [*named[:8], *TEXTS[8:]]
    assert found("label-in-text", (some, MIXED))[0].severity == "note"
    assert found("label-in-text", (TEXTS, MIXED)) == []


def test_a_label_that_stands_in_texts_by_chance_is_none(found):
    labels = [str(i % 2) for i in range(40)]
    assert found("label-in-text", ([f"in {1000 + i} and 10" for i in range(40)], labels)) == []
