from __future__ import annotations

import pytest

from textclf import Predictor, TextClassifier
from textclf.findings import Finding, Findings
from textclf.saved_model.card import model_card
from textclf.saved_model.run_facts import DataFacts, RunFacts


@pytest.fixture
def card(classifier):
    predictor = classifier.predictor_

    def written(run, **options):
        return model_card(
            "film-model", "mlp", predictor.encoder, predictor.model, run, reader="TextClassifier"
        )

    return written


def test_all_that_a_run_knows(classifier, tmp_path):
    report = classifier.evaluate(["a good film", "bad acting"], ["pos", "neg"])
    classifier.save(tmp_path / "film-model", reports={"test": report})
    card = (tmp_path / "film-model" / "README.md").read_text(encoding="utf-8")
    assert card.startswith("# film-model\n\nA text classifier with 2 labels, made with textclf.\n")
    assert f"36 texts, 2 labels, SHA-256 of the content `{classifier.run_.training.sha256}`" in card
    assert "| neg | 18 | 50.0 % |" in card
    assert "Of these, 11 were held out to stop training by and to calibrate with." in card
    assert "0.0 % of their tokens were not read" in card
    assert "| hidden_dim | 4 |" in card
    assert "| fit: epochs | 12 |" in card
    low, high = report.accuracy_interval
    assert f"| test | 2 | {report.accuracy:.4f} | {low:.4f} to {high:.4f} | {report.macro_f1:.4f} |" in card
    assert "| validation | 11 |" in card
    assert "By label, on the test data:" in card
    assert "scores on them are too good" in card
    assert "It saw fewer than 20 texts of neg, pos." in card
    assert "Write here under which terms" in card
    assert "No score on data that had no part" not in card


def test_what_was_found_wrong_with_the_training(card):
    seen = "All are <b> `of` " + 60 * "it, and "
    its = [Finding("one-class", "stop", seen, "", ""), Finding("slow", "note", "It was slow.", "", "")]
    shown = card(RunFacts(findings=Findings(its)))
    assert "## Findings" in shown
    assert "- stop: All are &lt;b&gt; \\`of\\` it," in shown
    assert "it, and  (one-class)\n" in shown
    assert "slow" not in shown
    assert "Findings" not in card(RunFacts(findings=Findings(its[1:])))
    assert "Findings" not in card(None)


def test_how_to_load_it_is_true(classifier, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for save, name in ((classifier.save, "one's model"), (classifier.predictor_.save, "other")):
        save(tmp_path / name)
        card = (tmp_path / name / "README.md").read_text(encoding="utf-8")
        code = card.split("```python\n")[1].split("```")[0]
        assert len(code.splitlines()) == 3
        exec(code, {})
        assert capsys.readouterr().out.strip("[]'\n") in ("neg", "pos")


def test_a_predictor_knows_less(classifier, tmp_path):
    classifier.predictor_.save(tmp_path / "saved")
    card = (tmp_path / "saved" / "README.md").read_text(encoding="utf-8")
    assert "This folder was written without knowledge of the training data." in card
    assert "None were measured" in card
    assert "had no part in training is not known here" in card
    assert not (tmp_path / "saved" / "metrics.json").exists()


def test_without_a_test_it_is_said(card, classifier):
    text = card(classifier.run_)
    assert "No score on data that had no part in training was given." in text
    assert "By label, on the validation data:" in text


def test_labels_are_neither_markdown_nor_html(card):
    labels = ["<script>x</script>", "a|b", "`c`", "[d](http://e)", "f\ng", "h" * 500]
    text = card(RunFacts(DataFacts.of(["t"] * 6, labels)))
    assert "<script>" not in text
    rows = [line for line in text.splitlines() if line.endswith("| 16.7 % |")]
    assert len(rows) == 6
    assert r"| a\|b | 1 |" in text
    assert r"\[d](http://e)" in text
    assert max(map(len, rows)) < 240


def test_many_labels_are_cut_off(card):
    text = card(RunFacts(DataFacts.of(["t"] * 70, list(range(70)))))
    assert "20 more labels are in `metrics.json`." in text
    assert "0, 1, 2, 3, 4 and 65 more" in text


@pytest.mark.parametrize(
    "report",
    [
        {},
        {"n": "x", "accuracy": None, "accuracy_interval": 3, "per_class": 4},
        {"accuracy": 10**400, "accuracy_interval": [None, "x"], "per_class": [{}, {"name": 3}]},
        {"per_class": [3]},
    ],
)
def test_reports_of_another_kind(card, report):
    assert "unknown" in card(RunFacts(reports={"odd": report}))


def test_what_is_cut_is_a_limit(classifier, tmp_path):
    its = TextClassifier("dan", max_length=7, epochs=1, device="cpu", model_options={"ngrams": 0})
    its.fit(["a", "b"], ["x", "y"]).save(tmp_path / "saved")
    text = (tmp_path / "saved" / "README.md").read_text(encoding="utf-8")
    assert "It reads at most 7 tokens of a text" in text
    assert Predictor.load(tmp_path / "saved", device="cpu").encoder.max_length == 7
