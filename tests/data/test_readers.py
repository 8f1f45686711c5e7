from __future__ import annotations

import csv
import gzip
import os
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textclf.data.readers import LabelledFile, LabelledTexts, read_labelled
from textclf.errors import ArgumentError, DataError, MissingFileError

DATA = Path(os.environ.get("TEXTCLF_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.fixture
def file(tmp_path: Path):
    def write(content: str | bytes, name: str = "a.tsv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


def test_the_plain_case(file):
    data = read_labelled(file("pos\tgood\nneg\tbad\n"), text=1, label=0)
    assert data == LabelledTexts(["good", "bad"], ["pos", "neg"])
    assert len(data) == 2


@pytest.mark.parametrize(
    "content", ["p\tgood\nn\tbad", "p\tgood\r\nn\tbad\r\n", "\ufeffp\tgood\n\nn\tbad\n\n"]
)
def test_line_ends_marks_and_blank_lines(file, content):
    assert read_labelled(file(content), text=1, label=0) == LabelledTexts(["good", "bad"], ["p", "n"])


def test_only_one_carriage_return_goes(file):
    assert read_labelled(file("p\tgood\r\r\n"), text=1, label=0).texts == ["good\r"]


@pytest.mark.parametrize("sign", ["\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\x1e", "\r", "\x00"])
@pytest.mark.parametrize("quoted", [False, True])
def test_only_a_line_feed_ends_a_line(file, sign, quoted):
    text = f'"one{sign}two"' if quoted else f"one{sign}two"
    data = read_labelled(file(f"p\t{text}\nn\tthree\n"), text=1, label=0, quoted=quoted)
    assert data.texts == [f"one{sign}two", "three"]


def test_the_text_is_kept_as_it_is_and_the_label_stripped(file):
    data = read_labelled(file(" pos \t  good  film \n"), text=1, label=0)
    assert data == LabelledTexts(["  good  film "], ["pos"])


def test_gzip_by_content(file):
    path = file(gzip.compress("p\tgut gemacht, schön\n".encode()), "a.tsv")
    assert read_labelled(path, text=1, label=0).texts == ["gut gemacht, schön"]
    path = file("p\tplain\n", "a.tsv.gz")
    assert read_labelled(path, text=1, label=0).texts == ["plain"]


@pytest.mark.parametrize("cut", [-9, 30])
def test_a_damaged_gzip_file(file, cut):
    path = file(gzip.compress(bytes(range(32, 127)) * 50)[:cut])
    with pytest.raises(DataError, match="the gzip file is damaged"):
        read_labelled(path, text=1, label=0)


def test_extra_delimiters_belong_to_the_text_at_the_end(file):
    data = read_labelled(file("p\t7\tgood\tfilm\t\nn\t2\tbad\n"), text=2, label=0)
    assert data.texts == ["good\tfilm\t", "bad"]
    data = read_labelled(file("DESC:manner How did it begin ?\n"), text=1, label=0, delimiter=" ")
    assert data == LabelledTexts(["How did it begin ?"], ["DESC:manner"])


def test_extra_delimiters_belong_to_the_text_before_the_label(file):
    data = read_labelled(file("bad\tneg\ngood\tfilm\tpos\n"), text=0, label=1)
    assert data == LabelledTexts(["bad", "good\tfilm"], ["neg", "pos"])


def test_extra_delimiters_with_a_header(file):
    content = "label\ttext\tsource\np\tgood\tfilm\tweb\nn\tbad\tweb\n"
    data = read_labelled(file(content), text="text", label="label", header=True)
    assert data == LabelledTexts(["good\tfilm", "bad"], ["p", "n"])


def test_other_columns_are_left_out(file):
    content = "1\tp\tx\tgood\n2\tn\ty\tbad\n"
    assert read_labelled(file(content), text=3, label=1) == LabelledTexts(["good", "bad"], ["p", "n"])
    content = "good\tp\tx\nbad\tn\ty\n"
    assert read_labelled(file(content), text=0, label=1) == LabelledTexts(["good", "bad"], ["p", "n"])


def test_columns_by_name(file):
    path = file("\ufeffid, text ,label\n1,good,p\n2,bad,n\n")
    by_name = read_labelled(path, text="text", label="label", delimiter=",", header=True)
    assert by_name == LabelledTexts(["good", "bad"], ["p", "n"])
    assert read_labelled(path, text=1, label=2, delimiter=",", header=True) == by_name
    with pytest.raises(ArgumentError, match=r"`text` must be a column of .*a\.tsv.*Did you mean 'text'\?"):
        read_labelled(path, text="texts", label="label", delimiter=",", header=True)
    with pytest.raises(ArgumentError, match=r"`label` must be a column .*Known: id, label, text\."):
        read_labelled(path, text="text", label="zzz", delimiter=",", header=True)
    with pytest.raises(ArgumentError, match="`label` must be another column than `text`"):
        read_labelled(path, text="text", label=1, delimiter=",", header=True)


def test_a_name_that_two_columns_have(file):
    path = file("text\ttext\tlabel\na\tb\tc\n")
    with pytest.raises(
        ArgumentError, match=r"`text` must be the name of one column .*Pass the column's number"
    ):
        read_labelled(path, text="text", label="label", header=True)


def test_quoted_cells(file):
    content = 'id,text,label\n1,"good, ""very"" good",p\n2,"two\r\nlines\n",n\n\n3,plain,p\n'
    data = read_labelled(file(content), text="text", label="label", delimiter=",", header=True, quoted=True)
    assert data.texts == ['good, "very" good', "two\r\nlines\n", "plain"]
    assert data.labels == ["p", "n", "p"]


def test_quoted_columns_after_the_text_are_left_out(file):
    data = read_labelled(file('1,"a",b\n2,c,"d"\n'), text=1, label=0, delimiter=",", quoted=True)
    assert data.texts == ["a", "c"]


def test_quotes_are_text_unless_quoted(file):
    assert read_labelled(file('p\t"good\n'), text=1, label=0).texts == ['"good']


@pytest.mark.parametrize("content", ['1,a\n2,"b\n3,c\n', '1,a\n2,"b" c\n3,d\n'])
def test_quotes_that_cannot_be_followed(file, content):
    with pytest.raises(DataError, match=r"a\.tsv, line 2: the quotes cannot be followed"):
        read_labelled(file(content), text=1, label=0, delimiter=",", quoted=True)


def test_very_long_cells_and_the_limit_of_the_csv_module(file):
    before = csv.field_size_limit(1000)
    try:
        text = "word " * 100_000
        path = file(f'1,"{text}"\n')
        assert read_labelled(path, text=1, label=0, delimiter=",", quoted=True).texts == [text]
        assert csv.field_size_limit() == 1000
        path = file(f'1,"{text}"\n2\n')
        with pytest.raises(DataError, match="line 2: column 1") as caught:
            read_labelled(path, text=1, label=0, delimiter=",", quoted=True)
        assert csv.field_size_limit() == 1000, f"not put back while {caught} is held"
    finally:
        csv.field_size_limit(before)


@pytest.mark.parametrize("quoted", [False, True])
def test_too_few_columns(file, quoted):
    path = file("p\tgood\n\nbad\n")
    with pytest.raises(
        DataError, match=r"a\.tsv, line 3: column 1 \(counted from 0\) is missing.*`delimiter`"
    ):
        read_labelled(path, text=1, label=0, quoted=quoted)


def test_line_numbers_count_the_lines_inside_quotes(file):
    path = file('1,"a\nb\nc"\n,d\n')
    with pytest.raises(DataError, match="line 4: the label is empty"):
        read_labelled(path, text=1, label=0, delimiter=",", quoted=True)


@pytest.mark.parametrize("label", ["", "  "])
def test_empty_labels_are_errors_and_empty_texts_are_counted(file, label):
    with pytest.raises(DataError, match="line 2: the label is empty"):
        read_labelled(file(f"p\tgood\n{label}\tbad\n"), text=1, label=0)
    data = read_labelled(file("p\t\nn\tbad\np\t  \n"), text=1, label=0)
    assert data.texts == ["", "bad", "  "]
    assert data.num_empty == 2


def test_undecodable_bytes(file):
    path = file(b"p\tgood\nn\tna\xefve\n")
    with pytest.raises(
        DataError, match=r'line 2: byte 5 of the line, 0xef, is not utf-8\. Pass encoding="latin-1"'
    ):
        read_labelled(path, text=1, label=0)
    assert read_labelled(path, text=1, label=0, encoding="latin-1").texts == ["good", "naïve"]
    with pytest.raises(
        DataError, match=r"line 2: byte 5 of the line, 0xef, is not ascii\. Pass another `encoding`"
    ):
        read_labelled(path, text=1, label=0, encoding="ascii")


def test_undecodable_bytes_in_a_quoted_file(file):
    with pytest.raises(DataError, match="line 2: byte 3"):
        read_labelled(file(b"1,a\n2,\xff\n"), text=1, label=0, delimiter=",", quoted=True)


def test_other_encodings(file):
    path = file("正面\t好片\n".encode("gbk"))
    assert read_labelled(path, text=1, label=0, encoding="gbk") == LabelledTexts(["好片"], ["正面"])
    path = file("\ufeffp\tgood\n")
    assert read_labelled(path, text=1, label=0, encoding="utf-8-sig").labels == ["p"]


def test_utf16_is_named(file):
    with pytest.raises(DataError, match=r"the file is in UTF-16. Convert it to UTF-8"):
        read_labelled(file("p\tgood\n".encode("utf-16")), text=1, label=0)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32-le", "utf-7", "punycode", "cp037"])
def test_encodings_that_do_not_extend_ascii(file, encoding):
    with pytest.raises(ArgumentError, match="`encoding` must be one that extends ASCII"):
        read_labelled(file("p\tgood\n"), text=1, label=0, encoding=encoding)


@pytest.mark.parametrize("encoding", ["utf8888", "base64", "rot13", "", None])
def test_what_is_no_text_encoding(file, encoding):
    with pytest.raises(ArgumentError, match="`encoding` must be the name of a text encoding"):
        read_labelled(file("p\tgood\n"), text=1, label=0, encoding=encoding)


def test_files_with_nothing_to_read(file, tmp_path):
    for content in ("", "\n\n", "\ufeff", gzip.compress(b"")):
        with pytest.raises(DataError, match=r"a\.tsv: the file is empty"):
            read_labelled(file(content), text=1, label=0)
    with pytest.raises(DataError, match="the file has a header and no rows"):
        read_labelled(file("text\tlabel\n"), text="text", label="label", header=True)
    with pytest.raises(DataError, match="this is a folder"):
        read_labelled(tmp_path, text=1, label=0)


@pytest.mark.parametrize("kind", [MissingFileError, FileNotFoundError, DataError])
def test_a_missing_file(tmp_path, kind):
    with pytest.raises(kind, match=r"none\.tsv: the file does not exist"):
        read_labelled(tmp_path / "none.tsv", text=1, label=0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"text": -1}, "`text` must be a column's number, counted from 0, or its name. Received: -1"),
        ({"text": True}, "`text` must be a column's number"),
        ({"label": 1.0}, "`label` must be a column's number"),
        ({"label": "label"}, "`label` must be a column's number for a file without a header.*header=True"),
        ({"text": 0}, "`label` must be another column than `text`"),
        ({"delimiter": ""}, "`delimiter` must be a string without line ends"),
        ({"delimiter": "\n"}, "`delimiter` must be a string without line ends"),
        ({"delimiter": None}, "`delimiter` must be a string without line ends"),
        ({"delimiter": "||", "quoted": True}, "`delimiter` must be a single character"),
        ({"delimiter": '"', "quoted": True}, "`delimiter` must be a single character"),
        ({"header": 1}, "`header` must be True or False"),
        ({"quoted": "yes"}, "`quoted` must be True or False"),
    ],
)
def test_bad_arguments(file, options, message):
    with pytest.raises(ArgumentError, match=message):
        read_labelled(file("p\tgood\n"), **{"text": 1, "label": 0, **options})


def test_equal_labels_are_one_string(file):
    labels = read_labelled(file("pos\ta\npos\tb\n"), text=1, label=0).labels
    assert labels[0] is labels[1]


# One pair at a time


def test_a_file_gives_its_pairs_each_time_anew(file):
    source = LabelledFile(file("pos\tgood\nneg\tbad\n"), text=1, label=0)
    assert list(source) == list(source) == [("good", "pos"), ("bad", "neg")]
    with source.path.open("a") as out:
        out.write("pos\tfine\n")
    assert list(source)[2:] == [("fine", "pos")]


def test_pairs_in_memory_are_those_of_the_file(file):
    content = 'id,text,label\n1,"good, ok",p\n2,bad,n\n'
    options = {"text": "text", "label": "label", "delimiter": ",", "header": True, "quoted": True}
    path = file(content)
    assert list(read_labelled(path, **options)) == list(LabelledFile(path, **options))


def test_pairs_come_before_the_fault_in_a_later_line(file):
    pairs = iter(LabelledFile(file("pos\tgood\n\tbad\n"), text=1, label=0))
    assert next(pairs) == ("good", "pos")
    with pytest.raises(DataError, match=r"a\.tsv, line 2: the label is empty"):
        next(pairs)


def test_arguments_are_checked_before_the_file_is_opened(tmp_path):
    with pytest.raises(ArgumentError, match="`delimiter` must be"):
        LabelledFile(tmp_path / "none", text=1, label=0, delimiter="")
    source = LabelledFile(tmp_path / "none", text=1, label=0)
    with pytest.raises(MissingFileError):
        next(iter(source))


def test_labelled_files_are_compared_and_shown_by_what_they_read(tmp_path):
    one, other = (LabelledFile(path, text=1, label=0) for path in (tmp_path / "a", str(tmp_path / "a")))
    assert one == other
    assert one != LabelledFile(tmp_path / "a", text=1, label=0, header=True)
    assert "label=0" in repr(one)


def test_reading_pairs_takes_the_memory_of_a_block(file):
    path = file("".join(f"label{i % 3}\ttext number {i} of many\n" for i in range(200_000)))
    source = LabelledFile(path, text=1, label=0)
    tracemalloc.start()
    try:
        count = sum(1 for _ in source)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 200_000
    assert peak < 4_000_000  # of a file of 7 million bytes


def test_long_delimiters(file):
    assert read_labelled(file("p||good||film\n"), text=1, label=0, delimiter="||").texts == ["good||film"]


written = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"), max_size=12)


@given(st.lists(st.tuples(written, st.sampled_from(["a", "好", "x y"])), min_size=1, max_size=8))
def test_what_is_written_is_read(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "written.tsv"
    path.write_bytes("".join(f"{label}\t{text}\n" for text, label in rows).encode("utf-8"))
    data = read_labelled(path, text=1, label=0)
    assert list(zip(data.texts, data.labels, strict=True)) == rows
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    data = read_labelled(path, text=0, label=1, delimiter=",", quoted=True)
    assert list(zip(data.texts, data.labels, strict=True)) == rows


# Splitting


def rows(**counts: int) -> LabelledTexts:
    labels = [label for label, count in counts.items() for _ in range(count)]
    return LabelledTexts([f"text {i}" for i in range(len(labels))], labels)


def test_split_keeps_the_shares_of_the_labels():
    rest, part = rows(a=60, b=30, c=10).split(0.1, seed=0)
    assert Counter(part.labels) == {"a": 6, "b": 3, "c": 1}
    assert Counter(rest.labels) == {"a": 54, "b": 27, "c": 9}


def test_split_gives_the_size_asked_for_by_largest_remainders():
    rest, part = rows(a=17, b=17, c=16).split(0.1, seed=0)
    assert len(part) == 5
    assert Counter(part.labels) == {"a": 2, "b": 2, "c": 1}
    assert len(rest) == 45


def test_split_keeps_every_row_once_and_in_order():
    data = rows(a=40, b=5)
    for stratify in (True, False):
        rest, part = data.split(0.3, seed=5, stratify=stratify)
        assert sorted(rest.texts + part.texts) == sorted(data.texts)
        for side in (rest, part):
            assert side.texts == sorted(side.texts, key=data.texts.index)
            assert all(
                data.labels[data.texts.index(t)] == y for t, y in zip(side.texts, side.labels, strict=True)
            )


def test_split_is_that_of_its_seed():
    data = rows(a=40, b=40)
    for stratify in (True, False):
        one = data.split(0.2, seed=1, stratify=stratify)
        assert one == data.split(0.2, seed=1, stratify=stratify)
        assert one != data.split(0.2, seed=2, stratify=stratify)


def test_split_of_sorted_rows_takes_from_all_over():
    _, part = rows(a=500, b=500).split(0.5, seed=0, stratify=False)
    assert 200 < part.labels.count("a") < 300


def test_a_label_with_one_row_stays_in_the_rest():
    rest, part = rows(a=10, b=1).split(0.5, seed=0)
    assert "b" in rest.labels
    assert "b" not in part.labels
    rest, _ = rows(a=5, b=2).split(0.9, seed=0)
    assert set(rest.labels) == {"a", "b"}


@pytest.mark.parametrize(("fraction", "expected"), [(0.001, 1), (0.999, 9)])
def test_each_side_has_a_row(fraction, expected):
    rest, part = rows(a=10).split(fraction, seed=0)
    assert (len(rest), len(part)) == (10 - expected, expected)
    rest, part = rows(a=10).split(fraction, seed=0, stratify=False)
    assert (len(rest), len(part)) == (10 - expected, expected)


def test_labels_that_all_occur_once():
    with pytest.raises(ArgumentError, match=r"`labels` must be found more than once.*stratify=False"):
        rows(a=1, b=1, c=1).split(0.5, seed=0)
    rest, part = rows(a=1, b=1, c=1).split(0.3, seed=0, stratify=False)
    assert (len(rest), len(part)) == (2, 1)


@given(
    st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.integers(1, 30), min_size=1),
    st.floats(0.01, 0.99),
)
def test_stratified_sizes(counts, fraction):
    data = rows(**counts)
    if len(data) < 2 or max(counts.values()) < 2:
        return
    rest, part = data.split(fraction, seed=0)
    wanted = min(max(round(len(data) * fraction), 1), len(data) - 1)
    assert len(part) == min(wanted, len(data) - len(counts))
    assert set(rest.labels) == set(counts)
    if wanted <= len(data) - len(counts):
        taken = Counter(part.labels)
        room = [label for label, count in counts.items() if taken[label] < count - 1]
        for label in room:
            assert taken[label] >= counts[label] * wanted // len(data)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fraction": 0}, "`fraction` must be a finite number above 0 and below 1. Received: 0"),
        ({"fraction": 1}, "`fraction` must be a finite number above 0 and below 1"),
        ({"fraction": 1.5}, "`fraction` must be a finite number above 0 and below 1"),
        ({"fraction": float("nan")}, "`fraction` must be a finite number above 0 and below 1"),
        ({"fraction": "0.5"}, "`fraction` must be a finite number above 0 and below 1"),
        ({"fraction": True}, "`fraction` must be a finite number above 0 and below 1"),
        ({"seed": -1}, "`seed` must be an integer of at least 0"),
        ({"seed": 0.5}, "`seed` must be an integer of at least 0"),
        ({"stratify": 1}, "`stratify` must be True or False"),
    ],
)
def test_bad_splits(options, message):
    with pytest.raises(ArgumentError, match=message):
        rows(a=4).split(**{"fraction": 0.5, "seed": 0, **options})


@pytest.mark.parametrize("data", [rows(), rows(a=1)])
def test_too_few_rows_to_split(data):
    with pytest.raises(ArgumentError, match="`texts` must be two or more to be split"):
        data.split(0.5, seed=0)


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        (["a"], [], "`labels` must be as many as the texts. Received: '1 texts and 0 labels'"),
        ("a", ["x"], "`texts` must be a list of strings"),
        (["a", None], ["x", "y"], r"`texts\[1\]` must be a string. Received: None"),
        (["a"], [1], r"`labels\[0\]` must be a string. Received: 1"),
        (["a", "b"], ["x", ""], r"`labels\[1\]` must be a label that is not empty"),
    ],
)
def test_bad_labelled_texts(texts, labels, message):
    with pytest.raises(ArgumentError, match=message):
        LabelledTexts(texts, labels)


# Real files, where they are at hand

REAL = {
    "imdb/train.tsv": (25_000, 2, {"text": 3, "label": 0}),
    "imdb/test.tsv": (25_000, 2, {"text": 3, "label": 0}),
    "zh_sentiment/validation.txt": (5_629, 2, {"text": 1, "label": 0}),
    "zh_sentiment/test.txt": (369, 2, {"text": 1, "label": 0}),
    "zh_sentiment/split_train.txt": (4_600, 2, {"text": 1, "label": 0}),
    "zh_sentiment/split_val.txt": (1_029, 2, {"text": 1, "label": 0}),
    "thucnews/train_union.txt": (89_602, 10, {"text": 0, "label": 1}),
    "thucnews/dev.txt": (10_000, 10, {"text": 0, "label": 1}),
    "thucnews/test.txt": (10_000, 10, {"text": 0, "label": 1}),
    "sst2/train.tsv": (6_920, 2, {"text": 0, "label": 1}),
    "sst2/dev.tsv": (872, 2, {"text": 0, "label": 1}),
    "sst2/test.tsv": (1_821, 2, {"text": 0, "label": 1}),
    "sst2/sentiment-train": (67_349, 2, {"text": 0, "label": 1}),
    "trec/train_5500.label": (5_452, 50, {"text": 1, "label": 0, "delimiter": " ", "encoding": "latin-1"}),
    "trec/TREC_10.label": (500, 42, {"text": 1, "label": 0, "delimiter": " ", "encoding": "latin-1"}),
    "ag_news/train_10k.csv": (9_989, 4, {"text": 2, "label": 0, "delimiter": ",", "quoted": True}),
    "ag_news/test.csv": (7_600, 4, {"text": 2, "label": 0, "delimiter": ",", "quoted": True}),
}


@pytest.mark.skipif(
    not DATA.is_dir(), reason=f"no data at {DATA}; set TEXTCLF_DATA to the folder that has it"
)
@pytest.mark.parametrize("name", REAL)
def test_real_files(name):
    count, classes, options = REAL[name]
    data = read_labelled(DATA / name, **options)
    assert len(data) == count
    assert len(set(data.labels)) == classes
    assert data.num_empty == 0
