from __future__ import annotations

import pytest

from textclf.data import EncodedCorpus
from textclf.errors import DataError, MissingFileError
from textclf.models import create_model
from textclf.report import is_run_folder, run_folder_page
from textclf.training import Trainer


@pytest.fixture
def run_folder(tmp_path):
    train = EncodedCorpus.from_lists([[2, 3], [4, 5]] * 40, [0, 1] * 40)
    model = create_model("mlp", vocab_size=6, num_classes=2, ngrams=0)
    for parameter in model.parameters():
        parameter.data.zero_()
    folder = tmp_path / "run"
    Trainer(model, epochs=3, batch_size=4, device="cpu", progress=False, run_folder=folder).fit(train)
    return folder


def test_what_was_found_and_the_curves(run_folder, read):
    shown = read(run_folder_page(run_folder))
    assert shown.text.index("symmetric-start") < shown.text.index("3 epochs in")
    assert "initialize_(model" in shown.text
    assert run_folder_page(run_folder, title="Films").count("Films") == 2


def test_a_run_under_way_has_no_findings_yet(run_folder, read):
    (run_folder / "findings.json").unlink()
    assert "Findings" not in read(run_folder_page(run_folder)).text


def test_what_is_damaged_is_named(run_folder):
    (run_folder / "findings.json").write_text('{"findings": 1}')
    with pytest.raises(DataError, match=r"findings\.json"):
        run_folder_page(run_folder)
    (run_folder / "history.jsonl").unlink()
    with pytest.raises(MissingFileError, match="no history"):
        run_folder_page(run_folder)


def test_a_saved_classifier_is_no_run_folder(run_folder, classifier, tmp_path):
    classifier.save(tmp_path / "model")
    assert [is_run_folder(tmp_path / name) for name in ("run", "model", "absent")] == [True, False, False]
