from __future__ import annotations

import csv
import gzip
import json
import logging
import os
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textclf.data.labelled_texts import LabelledTexts
from textclf.data.readers import LabelledFile, TextFile, read_labelled, read_texts
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
    with pytest.raises(DataError, match=r'the file is in UTF-16\. Pass encoding="utf-16"\.'):
        read_labelled(file("p\tgood\n".encode("utf-16")), text=1, label=0)


@pytest.mark.parametrize("encoding", ["utf-7", "punycode", "cp037"])
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
        (
            {"label": "label", "header": False},
            "`label` must be a column's number for a file without a header.*header=True",
        ),
        ({"text": 0}, "`label` must be another column than `text`"),
        ({"delimiter": ""}, "`delimiter` must be a string without line ends"),
        ({"delimiter": "\n"}, "`delimiter` must be a string without line ends"),
        ({"delimiter": 5}, "`delimiter` must be a string without line ends"),
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


# Bad rows and odd files, with nothing given


def good(count: int) -> str:
    return "".join(f"{('pos', 'neg')[i % 2]}\ttext number {i}\n" for i in range(count))


def test_with_nothing_given_the_format_is_recognised_and_said(file):
    data = read_labelled(file('stars,review\n5,"good, ""very""\ngood"\n1,bad\n'))
    assert data == LabelledTexts(['good, "very"\ngood', "bad"], ["5", "1"])
    assert str(data.format).startswith("columns between commas, with a header")
    assert data.bad_rows.count == 0


def test_what_is_recognised_can_be_given(file):
    source = LabelledFile(file("a;b\nx;y z\n"), text="b", label="a", delimiter=";", header=True)
    assert list(source) == [("y z", "x")]
    again = LabelledFile(source.path, **source.format.options())
    assert again.format == source.format
    assert list(again) == list(source)


def test_a_column_missing_in_row_7(file, caplog, tmp_path):
    lines = good(10).splitlines()
    lines[6] = "no tab"
    path = file("\n".join(lines))
    with pytest.raises(DataError, match=r"a\.tsv, line 7: column 1 .* is missing"):
        read_labelled(path)
    with caplog.at_level(logging.WARNING):
        data = read_labelled(path, on_bad_row="skip")
    assert len(data) == 9
    assert (data.bad_rows.count, data.bad_rows.first[0].line) == (1, 7)
    assert "a.tsv, line 7: column 1" in caplog.text
    aside = tmp_path / "bad.jsonl"
    assert read_labelled(path, on_bad_row="quarantine", quarantine=aside) == data
    (entry,) = map(json.loads, aside.read_text().splitlines())
    assert (entry["file"], entry["line"], entry["row"]) == (str(path), 7, "no tab")


def test_a_short_row_under_a_header_is_bad(file):
    path = file("text,label,source\na film,pos,web\na film,web\n")
    with pytest.raises(DataError, match="line 3: .*the line has only 2, the header has 3"):
        read_labelled(path)


def test_rows_that_are_all_bad(file):
    with pytest.raises(
        DataError, match=r"all of its rows, 2, are bad\. The first: line 1, the label is empty"
    ):
        read_labelled(file("\tgood\n\tbad\n"), text=1, label=0, on_bad_row="skip")


def test_nothing_is_set_aside_unless_the_file_is_gone_through(file, tmp_path):
    aside = tmp_path / "bad.jsonl"
    path = file("\tbad\npos\tgood\nneg\tbad\n")
    source = LabelledFile(path, text=1, label=0, on_bad_row="quarantine", quarantine=aside)
    pairs = iter(source)
    next(pairs)
    pairs.close()
    assert not aside.exists()
    assert source.bad_rows.count == 1
    assert len(list(source)) == 2
    assert len(aside.read_text().splitlines()) == 1
    assert source.bad_rows.count == 1


def test_latin_1_bytes(file):
    path = file(good(3).encode() + "pos\tnaïve\n".encode("latin-1"))
    with pytest.raises(
        DataError, match=r'line 4: byte 7 of the line, 0xef, is not utf-8.*encoding="latin-1"'
    ):
        read_labelled(path)
    assert read_labelled(path, encoding="latin-1").texts[-1] == "naïve"
    assert len(read_labelled(path, on_bad_row="skip")) == 3


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_encodings_with_a_mark(file, encoding):
    data = read_labelled(file(good(4).encode(encoding)), encoding=encoding)
    assert data == read_labelled(file(good(4)))


def test_utf_16_without_a_mark_is_named(file):
    with pytest.raises(DataError, match='full of NUL characters, as UTF-16 is. Pass encoding="utf-16-le"'):
        read_labelled(file(good(4).encode("utf-16-le")))


def test_a_nul_byte_is_text(file):
    assert read_labelled(file(good(4) + "pos\tone\0two\n")).texts[-1] == "one\0two"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_with_nothing_given(file, end, last):
    content = good(4).replace("\n", end)
    data = read_labelled(file(content if last else content.removesuffix(end)))
    assert data.texts == [f"text number {i}" for i in range(4)]


def test_a_text_of_100_000_words(file):
    text = "word " * 100_000
    assert read_labelled(file(f"{good(2)}pos\t{text}\n")).texts[-1] == text
    assert read_labelled(file(f"pos\t{text}\n")).texts == [text]


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", gzip.compress(b"")])
def test_an_empty_file_with_nothing_given(file, content):
    with pytest.raises(DataError, match=r"a\.tsv: the file is empty"):
        read_labelled(file(content))


@pytest.mark.parametrize("content", ["text\tlabel\n", "label,text"])
def test_a_header_only(file, content):
    with pytest.raises(DataError, match="the file has a header and no rows"):
        read_labelled(file(content))


@pytest.mark.parametrize("content", ["pos\ta good film", "pos,a good film\n", "__label__pos a good film"])
def test_one_row(file, content):
    assert read_labelled(file(content)) == LabelledTexts(["a good film"], ["pos"])


def test_a_gzip_that_is_cut_short(file):
    path = file(gzip.compress(good(50_000).encode())[:-20_000])
    for on_bad_row in ("error", "skip"):
        with pytest.raises(DataError, match=r"line \d{4,}: the gzip file is damaged"):
            read_labelled(path, on_bad_row=on_bad_row)


def test_several_labels(file):
    path = file("__label__a __label__b one\n__label__a two\n")
    assert read_labelled(path).labels == [["a", "b"], ["a"]]
    with pytest.raises(DataError, match=r"line 1: the line has 2 labels\. Pass multi_label=True"):
        read_labelled(path, multi_label=False)


def test_a_folder_for_each_class(tmp_path):
    for name in ("pos", "neg"):
        (tmp_path / name).mkdir()
    (tmp_path / "pos" / "2.txt").write_bytes(b"one\r\ntwo\r\n")
    (tmp_path / "neg" / "1.txt.gz").write_bytes(gzip.compress(b"bad"))
    (tmp_path / "neg" / ".hidden").write_bytes(b"no")
    (tmp_path / "README").write_bytes(b"no")
    assert read_labelled(tmp_path) == LabelledTexts(["bad", "one\r\ntwo"], ["neg", "pos"])
    (tmp_path / "pos" / "3.txt").write_bytes(b"good\n\xff")
    with pytest.raises(DataError, match=r"3\.txt, line 2: byte 1 of the line, 0xff"):
        read_labelled(tmp_path)
    data = read_labelled(tmp_path, on_bad_row="skip")
    assert (len(data), data.bad_rows.count) == (2, 1)


def test_texts_without_labels(file):
    assert read_texts(file("a, b\n\nc\r\n\n")) == ["a, b", "", "c", ""]
    assert read_texts(file("label\ttext\npos\tgood\nneg\tbad\n")) == ["good", "bad"]
    assert read_texts(file('{"text": "a"}\n{"text": "b"}\n')) == ["a", "b"]
    assert read_texts(file("x\ty\tz\n"), text=1) == ["y\tz"]
    with pytest.raises(DataError, match=r"no labels can be recognised.*read_texts\(\)"):
        read_labelled(file("a film\nanother film\n"))


def test_a_file_of_texts_takes_the_memory_of_a_block(file):
    source = TextFile(file("text number of many, with words\n" * 200_000), kind="lines")
    tracemalloc.start()
    try:
        assert sum(1 for _ in source) == 200_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000


def test_tables_are_read_and_files_only_options_refused():
    table = {"text": ["a film", "a play"], "label": [1, 0]}
    assert read_labelled(table) == LabelledTexts(["a film", "a play"], ["1", "0"])
    assert read_texts(table) == ["a film", "a play"]
    with pytest.raises(ArgumentError, match="`delimiter` must be left out for a table"):
        read_labelled(table, delimiter=",")
    with pytest.raises(ArgumentError, match="`path` must be the path of a file or folder. Received: 5"):
        read_labelled(5)


json_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.tuples(json_text, st.sampled_from(["a", "好", "x y"])), min_size=1, max_size=8))
def test_json_lines_that_are_written_are_read(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "written.jsonl"
    lines = [json.dumps({"text": text, "label": label}, ensure_ascii=False) for text, label in rows]
    path.write_bytes("\n".join(lines).encode())
    assert list(read_labelled(path)) == rows


@given(st.binary(max_size=300))
def test_no_bytes_bring_the_reader_down(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.bin"
    path.write_bytes(content)
    for on_bad_row in ("error", "skip"):
        with suppress(DataError):
            assert len(read_labelled(path, on_bad_row=on_bad_row)) > 0
        with suppress(DataError):
            read_texts(path, on_bad_row=on_bad_row)


# Real files, where they are at hand

REAL = {
    "imdb/train.tsv": (25_000, 2, 3, 0),
    "imdb/test.tsv": (25_000, 2, 3, 0),
    "zh_sentiment/validation.txt": (5_629, 2, 1, 0),
    "zh_sentiment/test.txt": (369, 2, 1, 0),
    "zh_sentiment/split_train.txt": (4_600, 2, 1, 0),
    "zh_sentiment/split_val.txt": (1_029, 2, 1, 0),
    "thucnews/train_union.txt": (89_602, 10, 0, 1),
    "thucnews/dev.txt": (10_000, 10, 0, 1),
    "thucnews/test.txt": (10_000, 10, 0, 1),
    "sst2/train.tsv": (6_920, 2, 0, 1),
    "sst2/dev.tsv": (872, 2, 0, 1),
    "sst2/test.tsv": (1_821, 2, 0, 1),
    "sst2/sentiment-train": (67_349, 2, 0, 1),
    "sst2/sentiment-dev": (872, 2, 0, 1),
    "sst2/sentiment-test": (1_821, 2, 0, 1),
    "sst2/stsa.binary.train": (6_920, 2, 1, 0),
    "sst2/stsa.binary.dev": (872, 2, 1, 0),
    "sst2/stsa.binary.test": (1_821, 2, 1, 0),
    "trec/train_5500.label": (5_452, 50, 1, 0),
    "trec/TREC_10.label": (500, 42, 1, 0),
    "ag_news/train_10k.csv": (9_989, 4, 2, 0),
    "ag_news/train_8k_desc_only.csv": (7_982, 4, 1, 0),
    "ag_news/test.csv": (7_600, 4, 2, 0),
    "keyphrase_twitter/split_train.tsv": (27_014, 8_972, 0, 1),
    "keyphrase_twitter/split_test.tsv": (6_741, 3_547, 0, 1),
    "keyphrase_twitter/testTweet": (33_755, 10_272, 0, 1),
}
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"no data at {DATA}; set TEXTCLF_DATA to the folder that has it"
)


@needs_data
@pytest.mark.parametrize("name", REAL)
def test_real_files_in_one_call(name):
    count, classes, text, label = REAL[name]
    encoding = "latin-1" if name.startswith("trec") else "utf-8"
    data = read_labelled(DATA / name, encoding=encoding)
    assert len(data) == count
    assert len(set(data.labels)) == classes
    assert data.num_empty == 0
    assert data.format is not None
    assert (data.format.text, data.format.label) == (text, label)
    delimiter = " " if name.startswith(("trec", "sst2/stsa")) else "," if name.endswith("csv") else "\t"
    options = {"delimiter": delimiter, "quoted": delimiter == ",", "encoding": encoding}
    assert read_labelled(DATA / name, text=text, label=label, **options) == data


@needs_data
def test_real_files_without_labels():
    assert len(read_texts(DATA / "thucnews" / "class.txt")) == 10
    with pytest.raises(DataError, match=r'is not utf-8\. Pass encoding="latin-1"'):
        read_labelled(DATA / "trec" / "train_5500.label")
