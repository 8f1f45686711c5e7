from __future__ import annotations

import pytest

from textclf.data.delimiters import common_width, find_delimiter, has_quoted_cells, table_rows

SENTENCES = ["Well, it is good.", "Bad, bad, bad", "No comma", "Good; not bad", "I, for one, liked it"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["pos\tgood", "neg\tbad"], ("\t", False)),
        (["pos\tgood", "", "neg\tbad", "odd"], ("\t", False)),
        (["1;good, very good", "2;bad"], (";", True)),
        (['"1","a, b"', '"2","c"'], (",", True)),
        (["label,text", "1,a", "2,b, c"], (",", True)),
        (["pos,a, b", "neg,c, d, e", "pos,f", "neg,g, h"], (",", False)),
        (["1 a film", "0 a play"], (" ", False)),
        (["NUM:dist How far ?", "LOC:city Where ?"], (" ", False)),
        (SENTENCES, None),
        (["A film", "I liked it"], None),
    ],
)
def test_the_delimiter_of_labelled_lines(lines, expected):
    assert find_delimiter(lines, labelled=True) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (SENTENCES, None),
        (["a\tb", *SENTENCES], None),
        (["1 a film", "0 a play"], None),
        (["good, bad", "bad, good"] * 9, None),
        (["id,text", "1,a", "2,b"], (",", True)),
        (["text", '"a, b"', "c"], (",", True)),
        (["1\ta", "2\tb"], ("\t", False)),
    ],
)
def test_the_delimiter_of_texts_alone(lines, expected):
    assert find_delimiter(lines, labelled=False) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (['p\t"good"', 'n\t"bad"'], True),
        (['"p"\tgood', '"n"\tbad'], True),
        (['p\t"he said ""hi"""', "n\tbad"], True),
        (['p\t"two', 'lines"', "n\tbad"], True),
        (['p\t"Up" is a film', "n\tbad"], False),
        (['p\t"Up"', "n\tbad", "n\tworse"], False),
        (["p\tgood", "n\tbad"], False),
    ],
)
def test_quotes_are_marks_only_where_they_must_be(lines, expected):
    assert has_quoted_cells(lines, "\t") is expected


def test_rows_that_cannot_be_followed_are_left_out():
    assert table_rows(['1,"a" b', "2,c"], ",", quoted=True) == [["2", "c"]]
    assert common_width([]) == 0
