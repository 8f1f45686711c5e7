from __future__ import annotations

import json
import logging
from contextlib import suppress
from pathlib import Path

import pytest

from textclf.data.bad_rows import BadRow, BadRows, check_bad_row_options
from textclf.errors import ArgumentError, DataError


def test_error_raises_at_once_with_the_cure():
    with pytest.raises(DataError, match=r"^a\.tsv, line 3: it is bad\. Mend it\.$") as caught:
        BadRows("a.tsv").add(3, "it is bad.", "row", "Mend it.")
    assert (caught.value.path, caught.value.line) == ("a.tsv", 3)


def test_skipped_rows_are_logged_and_counted(caplog):
    with caplog.at_level(logging.WARNING, "textclf"), BadRows("a.tsv", "skip") as bad:
        bad.add(3, "it is bad.", "row", "Mend it.")
        bad.add(9, "worse.", "row", path="b.tsv")
    assert caplog.messages == ["a.tsv, line 3: it is bad.", "b.tsv, line 9: worse."]
    assert bad.count == 2
    assert bad.first == [BadRow("a.tsv", 3, "it is bad."), BadRow("b.tsv", 9, "worse.")]


def test_the_count_goes_on_where_the_list_ends():
    with BadRows("a.tsv", "skip", report=False) as bad:
        for line in range(2_000):
            bad.add(line, "bad.", "row")
    assert bad.count == 2_000
    assert len(bad.first) == 1_000


def test_rows_set_aside_are_written_at_the_end(tmp_path: Path):
    path = tmp_path / "new" / "bad.jsonl"
    with BadRows("a.tsv", "quarantine", path, report=False) as bad:
        bad.add(3, "it is bad.", "p\t好\ntwo")
        assert not path.exists()
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert rows == [{"file": "a.tsv", "line": 3, "reason": "it is bad.", "row": "p\t好\ntwo"}]


def test_a_file_is_written_if_there_are_no_bad_rows(tmp_path: Path):
    path = tmp_path / "bad.jsonl"
    path.write_text("of the last run")
    with BadRows("a.tsv", "quarantine", path):
        pass
    assert path.read_bytes() == b""


def test_an_error_leaves_the_old_file(tmp_path: Path):
    path = tmp_path / "bad.jsonl"
    path.write_text("of the last run")
    bad = BadRows("a.tsv", "quarantine", path, report=False)
    with suppress(RuntimeError), bad:
        bad.add(1, "bad.", "row")
        raise RuntimeError
    assert bad.count == 1
    assert path.read_text() == "of the last run"
    assert [file.name for file in tmp_path.iterdir()] == ["bad.jsonl"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("drop", None), "`on_bad_row` must be one of 'error', 'skip', 'quarantine'. Received: 'drop'"),
        (("quarantine", None), '`quarantine` must be the path of a file if on_bad_row="quarantine"'),
        (("skip", "bad.jsonl"), "`quarantine` must be the path .* else None"),
        (("quarantine", 5), "`quarantine` must be a path"),
    ],
)
def test_options_that_do_not_go_together(options, message):
    with pytest.raises(ArgumentError, match=message):
        check_bad_row_options(*options)
