from __future__ import annotations

import json

import pytest

from textclf.errors import DataError
from textclf.saved_model import plain_json
from textclf.saved_model.plain_json import digest_of, read_object, write_object


def test_round_trip(tmp_path):
    content = {"体育": [1, 2.5, None, True, {"a": []}], "": "\u2028"}
    write_object(tmp_path / "a.json", content)
    assert read_object(tmp_path / "a.json") == content
    assert "体育" in (tmp_path / "a.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_does_not_have_is_not_written(tmp_path, value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_object(tmp_path / "a.json", {"a": value})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not JSON in UTF-8"),
        (b"\xff\xfe", "not JSON in UTF-8"),
        (b"{", "not JSON in UTF-8"),
        (b"[1]", r"must hold a JSON object. Received: \[1\]"),
        (b"null", "must hold a JSON object"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": -Infinity}', "-Infinity is not JSON"),
        (b'{"a": ' + b"9" * 100_000 + b"}", "not JSON in UTF-8"),
        (b'{"a": ' * 100_000, "JSON of moderate depth"),
    ],
    ids=lambda value: value[:12],
)
@pytest.mark.row("JSON that is deep, larger than 16 MiB, or has numbers that are not finite")
def test_what_is_no_object(tmp_path, content, message):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(DataError, match=f"a.json: .*{message}"):
        read_object(tmp_path / "a.json")


@pytest.mark.row("JSON that is deep, larger than 16 MiB, or has numbers that are not finite")
def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(plain_json, "_MOST_BYTES", 10)
    (tmp_path / "a.json").write_bytes(b'{"a": 100}')
    assert read_object(tmp_path / "a.json") == {"a": 100}
    (tmp_path / "a.json").write_bytes(b'{"a": 1000}')
    with pytest.raises(DataError, match="must have at most 10 bytes"):
        read_object(tmp_path / "a.json")


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_object(tmp_path / "a.json")


def test_the_digest_is_of_what_json_holds():
    content = {"b": [1, 2.5, "词"], "a": {"y": 1, "x": 2}}
    assert digest_of(content) == digest_of(json.loads(json.dumps(content, indent=3)))
    assert digest_of(content) != digest_of({**content, "a": {"y": 2, "x": 1}})
