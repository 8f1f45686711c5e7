from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textclf.errors import DataError
from textclf.text.vocab_file import read_tokens, write_tokens

ANY_TEXT = st.text(
    st.characters(exclude_categories=[]) | st.sampled_from("\\\t\n\r\x85\u2028\ud83d\ude00u")
)


def written(tmp_path, tokens, counts):
    path = tmp_path / "vocab.txt"
    write_tokens(path, tokens, counts)
    return path.read_bytes().decode("utf-8")


def test_the_format_to_the_letter(tmp_path):
    content = written(
        tmp_path,
        ["good", "a\tb", "c\\d", "\n\r", "\x85\xa0\u2028\u2029\ufeff\x00\ud800", "中 🎬"],
        [9, 8, 7, 6, 5, 0],
    )
    assert content == (
        "# textclf vocabulary, format 1, tokens 6\n"
        "good\t9\n"
        "a\\tb\t8\n"
        "c\\\\d\t7\n"
        "\\n\\r\t6\n"
        "\\u0085\\u00a0\\u2028\\u2029\\ufeff\\u0000\\ud800\t5\n"
        "中 🎬\t0\n"
    )


def test_no_tokens(tmp_path):
    assert written(tmp_path, [], []) == "# textclf vocabulary, format 1, tokens 0\n"
    assert read_tokens(tmp_path / "vocab.txt") == ([], [])


@settings(deadline=None)
@given(st.dictionaries(ANY_TEXT, st.integers(0, 10**18 - 1)))
def test_every_token_survives(tmp_path_factory, counted):
    path = tmp_path_factory.mktemp("vocab") / "vocab.txt"
    write_tokens(path, counted.keys(), counted.values())
    assert read_tokens(path) == (list(counted), list(counted.values()))
    # An editor or reader that splits at other line ends sees the same lines.
    text = path.read_bytes().decode("utf-8")
    assert len(text.splitlines()) == len(counted) + 1


def test_upper_case_hexadecimal_is_read_too(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_bytes(b"# textclf vocabulary, format 1, tokens 1\n\\u00A0\t1\n")
    assert read_tokens(path) == (["\xa0"], [1])


GOOD = b"# textclf vocabulary, format 1, tokens 2\nfilm\t12\ngood\t7\n"


@pytest.mark.parametrize(("content", "message"), [
    (b"", ", line 1: the line must be '# textclf vocabulary, format 1, tokens N'"),
    (b"film\t12\n", ", line 1: the line must be '# textclf vocabulary"),
    (GOOD.replace(b"\n", b"\r\n"), ", line 1: the line must be '# textclf vocabulary"),
    (b"\xef\xbb\xbf" + GOOD, ", line 1: the line must be '# textclf vocabulary"),
    (GOOD.replace(b"format 1", b"format 2"), ", line 1: the format must be 1. Received: 2. Upgrade"),
    (GOOD[:-3], ", line 3: the last line does not end in a line feed"),
    (GOOD[:-1], ", line 3: the last line does not end in a line feed"),
    (GOOD[:-7], ", line 1: the file must hold 2 tokens, as its first line says. Received: 1."),
    (GOOD[:41], ", line 1: the file must hold 2 tokens, as its first line says. Received: 0."),
    (GOOD[:40], ", line 1: the last line does not end in a line feed"),
    (GOOD + b"more\t1\n", ", line 1: the file must hold 2 tokens, as its first line says. Received: 3."),
    (GOOD + b"\n", ", line 1: the file must hold 2 tokens, as its first line says. Received: 3."),
    (GOOD.replace(b"good", b"film"), ", line 3: the token 'film' already stands in line 2."),
    (GOOD.replace(b"good", b"fi\\u006cm"), ", line 3: the token 'film' already stands in line 2."),
    (GOOD.replace(b"\t7", b""), ", line 3: the line must be a token, a tab and a count. Received: 'good'."),
    (GOOD.replace(b"\t7", b"\t"), ", line 3: the line must be a token, a tab and a count"),
    (GOOD.replace(b"\t7", b"\t-7"), ", line 3: the line must be a token, a tab and a count"),
    (GOOD.replace(b"\t7", b"\t7.0"), ", line 3: the line must be a token, a tab and a count"),
    (GOOD.replace(b"\t7", b"\t7 "), ", line 3: the line must be a token, a tab and a count"),
    (GOOD.replace(b"\t7", b"\t" + b"9" * 5000), ", line 3: the line must be a token, a tab and a count"),
    (GOOD.replace(b"\t7", "\t٧".encode()), ", line 3: the line must be a token, a tab and a count"),
    (GOOD.replace(b"film", b"fi\tlm"), ", line 2: the line must be a token, a tab and a count"),
    (GOOD.replace(b"film", b"fi\\lm"), ", line 2: a backslash must begin one of"),
    (GOOD.replace(b"film", b"film\\"), ", line 2: a backslash must begin one of"),
    (GOOD.replace(b"film", b"\\u12g4"), ", line 2: a backslash must begin one of"),
    (GOOD.replace(b"film", b"\\u12"), ", line 2: a backslash must begin one of"),
    (GOOD.replace(b"film", b"fi\xff"), ", line 2: the line is not UTF-8"),
])  # fmt: skip
def test_a_bad_file_is_named_with_its_line(tmp_path, content, message):
    path = tmp_path / "vocab.txt"
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"^{re.escape(f'{path}{message}')}"):
        read_tokens(path)


def test_the_good_file_is_good(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_bytes(GOOD)
    assert read_tokens(path) == (["film", "good"], [12, 7])


def test_every_cut_of_a_file_is_noticed(tmp_path):
    path = tmp_path / "vocab.txt"
    for end in range(len(GOOD)):
        path.write_bytes(GOOD[:end])
        with pytest.raises(DataError):
            read_tokens(path)


def test_a_missing_file_is_the_usual_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_tokens(tmp_path / "none.txt")
