from __future__ import annotations

from textclf import list_models


def test_each_model_has_one_line_that_says_what_it_is(call):
    code, out, errors = call("models")
    assert (code, errors) == (0, "")
    rows = [line.split(maxsplit=1) for line in out.splitlines()]
    assert [name for name, _ in rows] == list_models()
    assert all(what.endswith(".") and len(what) > 20 for _, what in rows)


def test_it_takes_no_argument(call):
    assert call("models", "textcnn")[0] == 2
