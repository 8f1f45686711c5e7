from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textclf.errors import ArgumentError
from textclf.metrics.spans import (
    TagScheme,
    checked_offsets,
    phrase_spans,
    span_f1,
    span_precision,
    span_recall,
    span_tags,
)

BIO = ["O", "B-a", "I-a", "B-b", "I-b"]
BIOES = ["O", *(f"{place}-{kind}" for kind in "ab" for place in "BIES")]


def spans_of(tags: str, names=BIOES) -> list[tuple[int, int, str]]:
    scheme = TagScheme.from_names(names)
    found = scheme.spans([names.index(tag) for tag in tags.split()])
    return [(first, last - 1, scheme.span_types[kind]) for first, last, kind in found.tolist()]


def conlleval(tags: list[str]) -> list[tuple[int, int, str]]:
    """The two conditions of conlleval, for the begin and the end of a chunk, pair by pair."""
    spans, begun = [], 0
    before, kind_before = "O", ""
    for place, tag in enumerate([*tags, "O"]):
        now, _, kind = tag.partition("-")
        ends = before in "ES" or (before in "BI" and now in "BSO")
        ends = ends or (before != "O" and kind_before != kind)
        begins = now in "BS" or (before in "ESO" and now in "EI")
        begins = begins or (now != "O" and kind_before != kind)
        if ends and before != "O":
            spans.append((begun, place - 1, kind_before))
        if begins:
            begun = place
        before, kind_before = now, kind
    return spans


class TestSpans:
    @pytest.mark.parametrize(
        ("tags", "expected"),
        [
            ("O O", []),
            ("B-a I-a O B-b", [(0, 1, "a"), (3, 3, "b")]),
            ("B-a B-a", [(0, 0, "a"), (1, 1, "a")]),
            ("S-a B-b I-b E-b", [(0, 0, "a"), (1, 3, "b")]),
            ("S-a S-a", [(0, 0, "a"), (1, 1, "a")]),
            # Ill-formed, by the rule of conlleval.
            ("O I-a I-a", [(1, 2, "a")]),
            ("I-a I-b", [(0, 0, "a"), (1, 1, "b")]),
            ("B-a I-b", [(0, 0, "a"), (1, 1, "b")]),
            ("E-a E-a", [(0, 0, "a"), (1, 1, "a")]),
            ("B-a E-a I-a", [(0, 1, "a"), (2, 2, "a")]),
            ("S-a I-a E-a", [(0, 0, "a"), (1, 2, "a")]),
            ("B-a O E-a", [(0, 0, "a"), (2, 2, "a")]),
            ("B-a S-a", [(0, 0, "a"), (1, 1, "a")]),
        ],
    )
    def test_examples(self, tags, expected):
        assert spans_of(tags) == expected

    @pytest.mark.parametrize("names", [BIO, BIOES, ["O", "B", "I"], ["S", "I", "O", "E", "B"]])
    @given(data=st.data())
    def test_as_conlleval_has_them(self, names, data):
        tags = data.draw(st.lists(st.sampled_from(names)))
        assert spans_of(" ".join(tags), names) == conlleval(tags)

    def test_no_span_goes_over_the_end_of_a_text(self):
        scheme = TagScheme.from_names(["O", "B", "I"])
        assert scheme.spans([1, 2, 2, 2], [0, 2, 2, 4]).tolist() == [[0, 2, 0], [2, 4, 0]]

    def test_no_token(self):
        assert TagScheme.from_names(BIO).spans([], [0, 0]).shape == (0, 3)

    @pytest.mark.parametrize("bad", [-1, 5])
    def test_ids_out_of_range(self, bad):
        with pytest.raises(ArgumentError, match=f"`tags` must be class ids from 0 to 4. Received: {bad}."):
            TagScheme.from_names(BIO).spans([0, bad])


class TestNames:
    @pytest.mark.parametrize("names", [BIO, BIOES, ["O", "I-x"], ["O", "S"], ["B", "O"], ["O", "B-a-b\n"]])
    def test_tags(self, names):
        assert TagScheme.find(names) is not None

    @pytest.mark.parametrize(
        "names",
        [["B", "I"], ["O"], [], ["O", "X"], ["O", "B-"], ["o", "b"], ["O", "Band"], [0, 1], ["O", "B", 1]],
    )
    def test_no_tags(self, names):
        assert TagScheme.find(names) is None
        with pytest.raises(ArgumentError, match="`label_names` must be BIO or BIOES tags"):
            TagScheme.from_names(names)

    def test_types_are_sorted(self):
        assert TagScheme.from_names(["I-b", "B-b", "O", "B-a"]).span_types == ("a", "b")


class TestOutcomes:
    scheme = TagScheme.from_names(BIO)

    def test_by_text_and_type(self):
        labels = [1, 2, 0, 3, 1, 0]
        predictions = [1, 2, 0, 1, 1, 3]
        counts = self.scheme.outcomes(labels, predictions, [0, 3, 3, 6])
        assert counts.tolist() == [[[1, 0, 0], [0, 0, 0]], [[0] * 3, [0] * 3], [[1, 1, 0], [0, 1, 1]]]

    @pytest.mark.parametrize(
        "predictions",
        [[1, 0, 0], [0, 1, 2], [3, 4, 0], [1, 2, 2]],
        ids=["too short", "begins late", "another type", "too long"],
    )
    def test_what_is_not_the_span(self, predictions):
        assert self.scheme.outcomes([1, 2, 0], predictions).sum(axis=(0, 1)).tolist() == [0, 1, 1]

    def test_an_ill_formed_answer_may_be_right(self):
        assert self.scheme.outcomes([0, 1, 2], [0, 2, 2]).sum(axis=(0, 1)).tolist() == [1, 0, 0]

    @given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1), st.data())
    def test_as_sets_of_spans(self, pairs, data):
        labels, predictions = zip(*pairs, strict=True)
        true, predicted = ({*conlleval([BIO[tag] for tag in tags])} for tags in (labels, predictions))
        cut = data.draw(st.integers(0, len(pairs)))
        assert self.scheme.outcomes(labels, predictions).sum(axis=(0, 1)).tolist() == [
            len(true & predicted),
            len(predicted - true),
            len(true - predicted),
        ]
        whole = self.scheme.outcomes(labels, predictions, [0, cut, len(pairs)])
        parts = [self.scheme.outcomes(labels[s], predictions[s])[0] for s in (slice(cut), slice(cut, None))]
        np.testing.assert_array_equal(whole, parts)

    def test_lengths_that_differ(self):
        with pytest.raises(
            ArgumentError, match="`predictions` must be as many as the labels, 2. Received: 1"
        ):
            self.scheme.outcomes([0, 0], [0])


class TestTags:
    @pytest.mark.parametrize(
        ("spans", "bioes", "bio"),
        [
            ([], "O O O O O", "O O O O O"),
            ([(0, 5)], "B I I I E", "B I I I I"),
            ([(1, 3)], "O B E O O", "O B I O O"),
            ([(4, 5), (0, 1)], "S O O O S", "B O O O B"),
            ([(2, 4, "a"), (0, 2, "b")], "B-b E-b B-a E-a O", "B-b I-b B-a I-a O"),
            ([(0, 1, "")], "S O O O O", "B O O O O"),
            (np.array([[0, 2], [3, 4]]), "B E O S O", "B I O B O"),
        ],
    )
    def test_examples(self, spans, bioes, bio):
        assert span_tags(spans, 5) == bioes.split()
        assert span_tags(spans, 5, scheme="BIO") == bio.split()

    def test_no_token(self):
        assert span_tags([], 0) == []

    @pytest.mark.parametrize(("scheme", "names"), [("BIO", BIO), ("BIOES", BIOES)])
    @given(data=st.data())
    def test_are_read_again(self, scheme, names, data):
        ends = sorted(data.draw(st.sets(st.integers(0, 12))))
        kinds = data.draw(st.lists(st.sampled_from(["a", "b", None]), min_size=12, max_size=12))
        between = zip(ends, ends[1:], kinds, strict=False)
        spans = [(first, after, kind) for first, after, kind in between if kind is not None]
        tags = span_tags(spans[::-1], 12, scheme=scheme)
        found = TagScheme.from_names(names).spans([names.index(tag) for tag in tags])
        assert [(first, after, "ab"[kind]) for first, after, kind in found.tolist()] == spans

    @pytest.mark.parametrize("bad", [(1, 3), (0, 2), (2, 4), (0, 5), (1, 2)])
    def test_spans_that_overlap(self, bad):
        with pytest.raises(ArgumentError, match=r"`spans\[1\]` must be apart from the spans before it."):
            span_tags([(1, 3), bad], 5)

    @pytest.mark.parametrize("bad", [(0, 4), (3, 4), (2, 2), (2, 1)])
    def test_spans_out_of_range(self, bad):
        with pytest.raises(ArgumentError, match=r"`spans\[0\]` must be a span of one or more of the 3 tok"):
            span_tags([bad], 3)

    @pytest.mark.parametrize(
        ("bad", "message"),
        [
            ((-1, 2), r"`spans\[0\]\[0\]` must be an integer of at least 0"),
            ((0, 0), r"`spans\[0\]\[1\]` must be an integer of at least 1"),
            ((0, 1.0), r"`spans\[0\]\[1\]` must be an integer"),
            ((0, 1, 2), r"`spans\[0\]\[2\]` must be the name of a type. Received: 2."),
            ((0,), r"`spans\[0\]` must be the first token, the one after the last"),
            (2, r"`spans\[0\]` must be the first token, the one after the last"),
            ("01", r"`spans\[0\]` must be the first token, the one after the last"),
        ],
    )
    def test_that_are_no_spans(self, bad, message):
        with pytest.raises(ArgumentError, match=message):
            span_tags([bad], 3)

    @pytest.mark.parametrize("bad", ["bio", "IOB", None])
    def test_unknown_scheme(self, bad):
        with pytest.raises(ArgumentError, match="`scheme` must be one of 'BIO', 'BIOES'. Received: "):
            span_tags([], 3, scheme=bad)

    @pytest.mark.parametrize("bad", [-1, 3.0, None])
    def test_length(self, bad):
        with pytest.raises(ArgumentError, match="`length` must be an integer of at least 0"):
            span_tags([], bad)


class TestPhrases:
    @pytest.mark.parametrize(
        ("tokens", "phrase", "spans"),
        [
            ("a b c b c", "b c", [(1, 3), (3, 5)]),
            ("a a a", "a a", [(0, 2)]),
            ("a b", "b", [(1, 2)]),
            ("a b", "b a", []),
            ("a", "a b", []),
            ("", "a", []),
        ],
    )
    def test_where_it_stands(self, tokens, phrase, spans):
        assert phrase_spans(tokens.split(), phrase.split()) == spans
        assert phrase_spans(tuple(tokens.split()), phrase.split()) == spans

    def test_no_phrase(self):
        with pytest.raises(ArgumentError, match="`phrase` must be of one token or more"):
            phrase_spans(["a"], [])


class TestOffsets:
    @pytest.mark.parametrize("bad", [[], [0, 2], [1, 3], [0, 4], [0, 2, 1, 3], [0.0, 3.0], [[0, 3]], 3])
    def test_that_do_not_fit(self, bad):
        with pytest.raises(ArgumentError, match="`offsets` must be integers from 0 to 3, the number of"):
            checked_offsets(bad, 3)


class TestScores:
    outcomes = np.array([[[2, 1, 0], [1, 0, 2]]])

    def test_over_all_spans(self):
        assert span_precision(self.outcomes) == 0.75
        assert span_recall(self.outcomes) == 0.6
        assert span_f1(self.outcomes) == pytest.approx(2 / 3)

    @pytest.mark.parametrize("score", [span_precision, span_recall, span_f1])
    def test_without_spans(self, score):
        assert score(np.zeros((0, 1, 3), dtype=np.int64)) == 0.0
