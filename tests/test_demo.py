from __future__ import annotations

import pytest

import textclf.demo
from textclf import LabelledTexts, Predictor, TextClassifier
from textclf.data import DocstringCorpus
from textclf.demo import run_demo
from textclf.errors import OutputExistsError


def small_corpus(**options) -> DocstringCorpus:
    """Stand in for the real corpus, which takes half a minute to read."""
    words = {"numpy": "array of numbers", "torch": "gradient of the loss", "sklearn": "fit the estimator"}
    rows = [(f"{text} number {i}", name) for i in range(20) for name, text in words.items()]
    part = LabelledTexts([text for text, _ in rows], [name for _, name in rows])
    return DocstringCorpus(
        part, part, part, modules={}, versions=dict.fromkeys(words, "1.0"), num_duplicates=0
    )


@pytest.fixture
def said(monkeypatch, tmp_path):
    monkeypatch.setattr(textclf.demo, "docstring_corpus", small_corpus)
    lines: list[str] = []
    result = run_demo(tmp_path / "demo", epochs=8, progress=False, say=lines.append)
    return "\n".join(lines), result, tmp_path / "demo"


def test_the_report_has_all_parts(said):
    text, result, folder = said
    for part in (
        "precision",
        "predicted one",
        "TF-IDF",
        "Three sentences",
        str(folder),
        "learning-curve.png",
    ):
        assert part in text
    assert result["textcnn"] == result["baseline"] == 1.0
    assert "matches it" in text


def test_the_saved_model_answers(said):
    _, _, folder = said
    assert Predictor.load(folder).predict("the gradient of a loss") == "torch"
    part = small_corpus().test
    loaded = TextClassifier.load(folder)  # what `textclf evaluate` reads
    assert loaded.evaluate(part.texts, part.labels).accuracy == 1.0
    assert [*loaded.run_.reports] == ["validation", "test"]
    assert (folder / "learning-curve.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_that_is_there_is_refused_before_any_work(tmp_path, monkeypatch):
    def no_work(**options):
        raise AssertionError("the corpus was read")

    monkeypatch.setattr(textclf.demo, "docstring_corpus", no_work)
    (tmp_path / "demo").mkdir()
    with pytest.raises(OutputExistsError, match="overwrite"):
        run_demo(tmp_path / "demo", progress=False, say=print)


@pytest.mark.parametrize(
    ("network", "baseline", "words"), [(9, 8, "beats"), (8, 8, "matches"), (7, 8, "worse")]
)
def test_the_verdict_is_said_either_way(network, baseline, words):
    report = textclf.metrics.Report.from_confusion
    text = textclf.demo._comparison(
        report([[network, 10 - network], [0, 10]]), report([[baseline, 10 - baseline], [0, 10]])
    )
    assert words in text
