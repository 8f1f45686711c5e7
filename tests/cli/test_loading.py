from __future__ import annotations

import json

import pytest

from textclf import Predictor, TextClassifier
from textclf.cli.loading import add_loading_arguments, loading_options
from textclf.cli.parser import Parser

LONG = "a film with a cast that is so so and really bad"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folder of a classifier that reads two tokens of a text at a time, by windows."""
    texts, labels = ["good", "bad", "a", "film that"] * 4, ["pos", "neg", "pos", "pos"] * 4
    folder = tmp_path_factory.mktemp("saved") / "model"
    small = {"buckets": 1 << 11}
    made = TextClassifier("fasttext", max_length=2, windows=2, model_options=small)
    made.fit(texts, labels).save(folder)
    return folder


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], {}),
        (["--windows", "30"], {"windows": 30}),
        (["--windows", "{length = 30}"], {"windows": {"length": 30}}),
        (["--windows", "none"], {"windows": None}),
        (["--device", "cpu"], {"device": "cpu"}),
    ],
)
def test_the_options(words, expected):
    parser = Parser("textclf")
    add_loading_arguments(parser)
    assert loading_options(parser.read(["model", *words])) == {"device": "auto", **expected}


@pytest.mark.parametrize(
    ("words", "windows"), [([], "saved"), (["--windows", 3], 3), (["--windows", "none"], None)]
)
def test_predict_evaluate_and_explain_read_by_windows(call, folder, tmp_path, words, windows):
    expected = Predictor.load(folder, windows=windows).predict_proba(LONG)[0]
    answer = json.loads(call("predict", folder, LONG, "--json", *words)[1])
    assert answer["probabilities"]["neg"] == pytest.approx(expected)
    why = json.loads(call("explain", folder, LONG, "--label", "neg", "--json", *words)[1])
    assert why["probability"] == pytest.approx(expected)
    (tmp_path / "a.tsv").write_text(f"neg\t{LONG}\n")
    _, out, errors = call("evaluate", folder, tmp_path / "a.tsv", "--json", "--quiet", *words)
    found = json.loads(out)
    report = TextClassifier.load(folder, windows=windows).evaluate([LONG], ["neg"])
    assert found["log_loss"] == pytest.approx(report.log_loss)
    assert ("were not read" in errors) == (windows is None)


def test_what_is_cut_off_is_said_with_the_option(call, folder):
    errors = call("predict", folder, LONG, "--windows", "none")[2]
    assert errors.startswith("textclf: warning: 83.3 % of the tokens of these texts were not read")
    assert "`--windows` reads them whole" in errors


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("some", "`--windows` must be a textclf.Windows, the tokens in a window, a dictionary with its"),
        ("0", "`length` must be an integer of at least 1. Received: 0."),
    ],
)
def test_windows_that_cannot_be_used(call, folder, value, message):
    code, out, errors = call("predict", folder, LONG, "--windows", value)
    assert (code, out, errors.count("\n")) == (2, "", 1)
    assert message in errors
