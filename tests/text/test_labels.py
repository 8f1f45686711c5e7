from __future__ import annotations

import enum
import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textclf.errors import ArgumentError, DataError, UnseenLabelError
from textclf.text import LabelMap


class Mood(str, enum.Enum):  # noqa: UP042 - its str() is 'Mood.GOOD', which must not become the label
    GOOD = "good"


class Stars(enum.IntEnum):
    FIVE = 5


def test_the_constructor_keeps_the_order():
    labels = LabelMap(["z", "a", "m"])
    assert labels.names == ("z", "a", "m")
    assert list(labels) == ["z", "a", "m"]
    assert labels.encode(["m", "z"]).tolist() == [2, 0]
    assert labels.decode([2, 0]) == ["m", "z"]


def test_build_sorts_strings_by_code_point_and_integers_as_numbers():
    assert LabelMap.build(["b", "a", "B", "b", "é"]).names == ("B", "a", "b", "é")
    assert LabelMap.build([10, 9, -1, 10]).names == (-1, 9, 10)


def test_build_takes_a_generator_and_a_set():
    assert LabelMap.build(name for name in "cab").names == ("a", "b", "c")
    assert LabelMap.build({"b", "a"}).names == ("a", "b")


def test_one_class_is_enough():
    assert LabelMap.build(["only"]).encode(["only"]).tolist() == [0]


def test_ids_are_int64_even_when_there_are_none():
    ids = LabelMap(["a"]).encode([])
    assert ids.dtype == np.int64
    assert ids.shape == (0,)
    assert LabelMap(["a"]).decode(ids) == []


@pytest.mark.parametrize(
    "given_labels",
    [np.array([3, 1]), np.array([3, 1], dtype=np.uint8), [np.int32(3), np.int64(1)], (3, 1)],
)
def test_numpy_integers_become_python_ones(given_labels):
    names = LabelMap(given_labels).names
    assert names == (3, 1)
    assert [type(name) for name in names] == [int, int]


@pytest.mark.parametrize("given_labels", [np.array(["b", "a"]), [np.str_("b"), "a"]])
def test_numpy_strings_become_python_ones(given_labels):
    names = LabelMap(given_labels).names
    assert names == ("b", "a")
    assert [type(name) for name in names] == [str, str]


def test_members_of_an_enumeration_become_their_values():
    assert LabelMap([Mood.GOOD]).names == ("good",)
    assert type(LabelMap([Mood.GOOD]).names[0]) is str
    assert type(LabelMap([Stars.FIVE]).names[0]) is int


@pytest.mark.parametrize("bad", [True, np.True_, 1.0, np.float64(1), None, float("nan"), b"a", ["a"]])
@pytest.mark.parametrize("use", [LabelMap, LabelMap.build, LabelMap([0, 1]).encode])
def test_a_label_of_another_type_is_named_with_its_row(use, bad):
    name = "names" if use is LabelMap else "labels"
    with pytest.raises(ArgumentError, match=rf"`{name}\[1\]` must be a string or an integer"):
        use([0, bad])


@pytest.mark.parametrize(("labels", "kind"), [(["a", "b", 3], "a string"), ([1, 2, "3"], "an integer")])
def test_strings_and_integers_do_not_mix(labels, kind):
    with pytest.raises(ArgumentError, match=rf"`labels\[2\]` must be {kind}, like those before it"):
        LabelMap.build(labels)


def test_a_boolean_array_is_refused():
    with pytest.raises(ArgumentError, match=r"`labels\[0\]` must be a string or an integer"):
        LabelMap.build(np.array([True, False]))


@pytest.mark.parametrize("bad", ["abc", b"abc", {"a": 1}, 3, None, np.int64(3)])
@pytest.mark.parametrize("use", [LabelMap.build, LabelMap(["a"]).encode])
def test_what_is_not_a_list_of_labels_is_refused(use, bad):
    with pytest.raises(ArgumentError, match="`labels` must be a list of labels"):
        use(bad)


def test_a_set_has_no_order_to_keep():
    with pytest.raises(ArgumentError, match="`names` must be in a fixed order"):
        LabelMap({"a", "b"})


def test_labels_in_parts_are_named_with_their_row():
    labels = LabelMap(["a", "b"])
    assert labels.encode(["b", "a"], first=7).tolist() == [1, 0]
    with pytest.raises(UnseenLabelError, match=r"`labels\[8\]` must be a known label. Received: 'c'"):
        labels.encode(["b", "c"], first=7)
    with pytest.raises(ArgumentError, match=r"`labels\[8\]` must be a string or an integer"):
        labels.encode(["b", None], first=7)


def test_encode_reads_a_generator_once():
    assert LabelMap(["a", "b"]).encode(name for name in "abba").tolist() == [0, 1, 1, 0]


def test_no_labels_are_an_error():
    with pytest.raises(ArgumentError, match="`names` must be at least one label"):
        LabelMap([])
    with pytest.raises(DataError, match="no labels were found"):
        LabelMap.build([])


def test_duplicates_are_named_with_both_places():
    with pytest.raises(ArgumentError, match=r"must be all different\. Received: \"'a' at 0 and 2\""):
        LabelMap(["a", "b", "a"])


def test_a_lone_surrogate_is_refused_before_it_can_spoil_the_file():
    with pytest.raises(ArgumentError, match=r"`labels\[1\]` must be text that UTF-8 can hold"):
        LabelMap.build(["a", "\ud800"])


def test_labels_that_differ_in_white_space_are_distinct():
    assert LabelMap.build(["good", "good ", " good"]).names == (" good", "good", "good ")


def test_membership_knows_types():
    numbers = LabelMap([0, 1])
    assert 1 in numbers
    assert np.int64(1) in numbers
    assert True not in numbers
    assert 1.0 not in numbers
    assert "1" not in numbers
    assert None not in numbers
    assert [1] not in numbers


def test_an_unseen_label_is_named_with_its_row_and_the_known_ones():
    message = "`labels[2]` must be a known label. Received: 'meh'. Known: 'bad', 'good'."
    with pytest.raises(UnseenLabelError, match=f"^{re.escape(message)}$"):
        LabelMap(["bad", "good"]).encode(["good", "bad", "meh", "worse"])


def test_many_known_labels_are_shortened():
    with pytest.raises(UnseenLabelError, match=r"Known: 0, 1, .*, 19 and 980 more\.$"):
        LabelMap(range(1000)).encode([1000])


def test_a_long_label_is_shortened():
    with pytest.raises(UnseenLabelError) as caught:
        LabelMap(["y" * 5000]).encode(["x" * 5000])
    assert len(str(caught.value)) < 300


def test_a_label_of_the_other_type_gets_a_hint():
    with pytest.raises(UnseenLabelError, match=r"The known labels are of type str, this one is int\.$"):
        LabelMap(["0", "1"]).encode([1])


@pytest.mark.parametrize("bad", [[2], [-1]])
def test_decode_checks_the_range(bad):
    with pytest.raises(ArgumentError, match=re.escape("`ids[0]` must be in [0, 2), the number of classes")):
        LabelMap(["a", "b"]).decode(bad)


def test_equality_and_hash_follow_names_and_order():
    assert LabelMap(["a", "b"]) == LabelMap(["a", "b"])
    assert hash(LabelMap(["a", "b"])) == hash(LabelMap(["a", "b"]))
    assert LabelMap(["a", "b"]) != LabelMap(["b", "a"])
    assert LabelMap(["1"]) != LabelMap([1])
    assert LabelMap(["1"]) != ("1",)


def test_repr_shows_the_names():
    assert repr(LabelMap(["a", "b"])) == "LabelMap('a', 'b')"


@settings(deadline=None)
@given(st.lists(st.text(), min_size=1, unique=True) | st.lists(st.integers(), min_size=1, unique=True))
def test_round_trip_through_ids_and_file(tmp_path_factory, names):
    path = tmp_path_factory.mktemp("labels") / "labels.json"
    labels = LabelMap(names)
    labels.save(path)
    loaded = LabelMap.load(path)
    assert loaded == labels
    assert [type(name) for name in loaded.names] == [type(name) for name in names]
    assert loaded.decode(labels.encode(names)) == names


def test_the_file_is_readable_json(tmp_path):
    path = tmp_path / "labels.json"
    LabelMap(["体育", "1"]).save(path)
    assert json.loads(path.read_text(encoding="utf-8")) == {"format": 1, "names": ["体育", "1"]}
    assert "体育" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("content", "message"), [
    (b'{"format": 1,\n "names": [', "line 2: the file is not JSON: "),
    (b"\xff\xfe", "the file is not JSON in UTF-8"),
    (b"[" * 100_000, "the file is not JSON in UTF-8"),
    (b"[]", "the file must hold an object with 'format' and a list 'names'"),
    (b'{"format": 1}', "the file must hold an object with 'format' and a list 'names'"),
    (b'{"format": 1, "names": "ab"}', "the file must hold an object with 'format' and a list 'names'"),
    (b'{"format": 2, "names": ["a"]}', "the format must be 1. Received: 2."),
    (b'{"format": true, "names": ["a"]}', "the format must be 1. Received: True."),
    (b'{"names": ["a"]}', "the format must be 1. Received: None."),
    (b'{"format": 1, "names": []}', "`names` must be at least one label"),
    (b'{"format": 1, "names": ["a", "a"]}', "`names` must be all different"),
    (b'{"format": 1, "names": ["a", 1]}', "`names[1]` must be a string, like those before it"),
    (b'{"format": 1, "names": [true]}', "`names[0]` must be a string or an integer"),
    (b'{"format": 1, "names": [1.5]}', "`names[0]` must be a string or an integer"),
])  # fmt: skip
def test_a_bad_file_is_named(tmp_path, content, message):
    path = tmp_path / "labels.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"^{re.escape(str(path))}.*{re.escape(message)}"):
        LabelMap.load(path)


def test_a_missing_file_is_the_usual_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        LabelMap.load(tmp_path / "none.json")


class TestSeveralLabels:
    topics = LabelMap(["art", "law", "war"], multi_label=True)

    def test_build_recognises_lists_tuples_sets_and_arrays(self):
        expected = LabelMap(["a", "b"], multi_label=True)
        for row in (["b", "a"], ("b", "a"), {"b", "a"}, frozenset("ab"), np.array(["b", "a"])):
            assert LabelMap.build([row, []]) == expected
            assert LabelMap.build(row for row in [row, ()]) == expected
        assert LabelMap.build([[], [2, 1]]).names == (1, 2)
        assert LabelMap.build(np.array([["b", "a"], ["a"], 0], dtype=object)[:2]) == expected

    def test_it_differs_from_one_label_a_text(self):
        assert LabelMap(["a", "b"]) != LabelMap(["a", "b"], multi_label=True)
        assert not LabelMap.build(["a", "b"]).multi_label
        assert repr(LabelMap.build([["a"]])) == "LabelMap('a', multi_label=True)"

    def test_encode(self):
        found = self.topics.encode(iter([["war", "art"], [], {"law"}]))
        assert found.dtype == np.bool_
        assert found.tolist() == [[True, False, True], [False] * 3, [False, True, False]]
        assert self.topics.encode([]).shape == (0, 3)

    def test_the_id_of_a_label(self):
        assert (self.topics["war"], LabelMap([3, 1])[np.int64(1)]) == (2, 1)
        for unknown in ("x", ["war"], None):
            with pytest.raises(
                UnseenLabelError, match="`label` must be a known label. Received: .*Known: 'art'"
            ):
                self.topics[unknown]

    def test_decode_is_in_label_order(self):
        assert self.topics.decode(self.topics.encode([["war", "art"], []])) == [("art", "war"), ()]
        assert self.topics.decode(np.zeros((0, 3), dtype=bool)) == []

    @given(st.lists(st.sets(st.sampled_from([3, 1, 7, -2])), min_size=1))
    def test_round_trip(self, rows):
        labels = LabelMap([3, 1, 7, -2], multi_label=True)
        assert [set(row) for row in labels.decode(labels.encode(rows))] == rows

    def test_a_saved_map_is_loaded_as_it_was(self, tmp_path):
        self.topics.save(tmp_path / "labels.json")
        assert LabelMap.load(tmp_path / "labels.json") == self.topics
        (tmp_path / "labels.json").write_text('{"format": 1, "names": ["a"], "multi_label": 1}')
        with pytest.raises(DataError, match="`multi_label` must be True or False"):
            LabelMap.load(tmp_path / "labels.json")

    @pytest.mark.parametrize(
        ("labels", "message"),
        [
            (
                [["a"], "b"],
                r"`labels\[1\]` must be a list of labels, as a text may have several. Received: 'b'",
            ),
            ([["a"], None], r"`labels\[1\]` must be a list of labels"),
            ([["a", "b", "a"]], r"`labels\[0\]` must be different labels.*indicator matrix is not"),
            ([["a"], [1]], r"`labels\[1\]\[0\]` must be a string, like those before it"),
            ([["a", 1.5]], r"`labels\[0\]\[1\]` must be a string or an integer"),
            ([[["a"]]], r"`labels\[0\]\[0\]` must be a string or an integer"),
            (np.eye(2, dtype=int), r"`labels` must be lists of labels.*\(2, 2\).*MultiLabelBinarizer"),
        ],
        ids=repr,
    )
    def test_what_is_refused(self, labels, message):
        with pytest.raises(ArgumentError, match=message):
            LabelMap.build(labels)

    def test_a_list_after_single_labels(self):
        with pytest.raises(ArgumentError, match=r"`labels\[1\]` must be a string or an integer"):
            LabelMap.build(["a", ["b"]])

    def test_no_labels_at_all(self):
        with pytest.raises(DataError, match="no labels were found"):
            LabelMap.build([[], []])

    def test_an_unseen_label_is_named_with_its_row(self):
        with pytest.raises(UnseenLabelError, match=r"`labels\[6\]` must be a known label. Received: 'x'"):
            self.topics.encode([["art"], ["law", "x"]], first=5)

    @pytest.mark.parametrize("ids", [[1, 2], np.zeros((1, 2), bool), np.zeros((1, 3), int), [True] * 3])
    def test_decode_wants_booleans(self, ids):
        with pytest.raises(ArgumentError, match=r"`ids` must be booleans of shape \(N, 3\)"):
            self.topics.decode(ids)
