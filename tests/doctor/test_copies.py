from __future__ import annotations

import textclf.doctor.copies  # noqa: F401

FILMS = [f"film {i} was seen by {i} people in all" for i in range(40)]
LABELS = ["pos", "neg"] * 20
LONG = "the critic of the local paper saw this film on a rainy day in may and did not like it at all"


def test_copies_are_counted_without_the_first(found):
    texts = [*FILMS[:37], FILMS[0], f" {FILMS[0]}\n", FILMS[1]]
    [one] = found("duplicate-texts", (texts, LABELS))
    assert one.severity == "warning"
    assert one.figures == {"copies": 3, "rows": 40}
    assert [row.index for row in one.rows] == [0, 37, 0, 38, 1, 39]


def test_few_copies_are_a_note(found):
    texts = [f"film {i}" for i in range(199)] + ["film 7"]
    [one] = found("duplicate-texts", (texts, ["a", "b"] * 100))
    assert one.severity == "note"
    assert found("duplicate-texts", (FILMS, LABELS), (FILMS, LABELS)) == []


def test_leaks_name_both_rows_and_both_splits(found):
    one, two = found(
        "leaked-texts", (FILMS, LABELS), (["new"], ["pos"]), ([FILMS[3], "new"], ["neg", "pos"])
    )
    assert one.seen.startswith("1 of 2 texts of test (50.0 %) stand in train too")
    assert [row.place for row in one.rows] == ["train[3]", "test[0]"]
    assert one.severity == "stop"
    assert "stand in valid too" in two.seen


def test_near_copies_are_found_and_equal_ones_are_not(found):
    texts = [*FILMS, LONG, LONG.upper() + "!", FILMS[0]]
    [one] = found("near-duplicate-texts", (texts, [*LABELS, "neg", "neg", "pos"]))
    assert one.figures["near_copies"] == 1
    assert [row.index for row in one.rows] == [40, 41]


def test_near_leaks_stand_across_splits_alone(found):
    train = ([*FILMS, LONG], [*LABELS, "neg"])
    [one] = found("near-leaked-texts", train, ([LONG + " !!", LONG, "new"], ["neg", "neg", "pos"]))
    assert one.figures == {"near_leaked": 1, "rows": 3}
    assert found("near-leaked-texts", train, ([LONG], ["neg"])) == []
    assert found("near-duplicate-texts", train, ([LONG + " !!"], ["neg"])) == []


def test_conflicts_count_texts_and_rows_over_all_splits(found):
    [one] = found("conflicting-labels", (["so so", "so so", "good"], ["a", "b", "a"]), (["good"], ["b"]))
    assert one.figures == {"texts": 2, "rows": 4}
    assert found("conflicting-labels", (["so so", "so so"], ["a", "a"])) == []


def test_the_order_of_several_labels_is_no_conflict(found):
    assert found("conflicting-labels", (["x", "x"], [["a", "b"], ["b", "a"]])) == []
    assert len(found("conflicting-labels", (["x", "x"], [["a", "b"], ["b"]]))) == 1
