from __future__ import annotations

import numpy as np
import pytest
import torch

from textclf import Predictor, TextEncoder, Windows, create_model
from textclf.errors import ArgumentError, UnseenLabelError
from textclf.export import QuantizationReport, quantize

TEXTS = ["a good film", "a bad film", "good", "bad", ""]
LABELS = ["pos", "neg", "pos", "neg", "neg"]


def predictor_of(name="textcnn", **settings):
    torch.manual_seed(0)
    encoder = TextEncoder.build(TEXTS, LABELS)
    return Predictor(encoder, create_model(name, vocab_size=len(encoder.vocab), num_classes=2), **settings)


@pytest.mark.full_size
@pytest.mark.parametrize("name", ["textcnn", "fasttext", "bilstm"])
def test_the_weights_take_a_quarter_and_answers_hardly_change(name):
    predictor = predictor_of(name)
    small, report = quantize(predictor, TEXTS, LABELS)
    assert report.bytes_after < 0.27 * report.bytes_before
    np.testing.assert_allclose(small.predict_proba(TEXTS), predictor.predict_proba(TEXTS), atol=0.02)


def test_the_original_is_left_as_it_is():
    predictor = predictor_of()
    before = {name: tensor.clone() for name, tensor in predictor.model.state_dict().items()}
    small, _ = quantize(predictor, TEXTS, LABELS)
    after = predictor.model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert any(not torch.equal(before[name], its) for name, its in small.model.state_dict().items())


def test_the_settings_go_along():
    small, _ = quantize(predictor_of(temperature=2.0, windows=Windows(3), batch_size=7), TEXTS, LABELS)
    assert (small.temperature, small.windows, small.batch_size) == (2.0, Windows(3), 7)


def test_the_report_counts_what_changed(monkeypatch):
    predictor = predictor_of()
    rows = iter([np.array([[0, 1], [1, 0]]), np.array([[1, 0], [1, 0]])])
    monkeypatch.setattr(Predictor, "predict_logits", lambda self, texts: next(rows))
    _, report = quantize(predictor, TEXTS[:2], ["pos", "neg"])
    assert (report.accuracy_before, report.accuracy_after, report.changed, report.n) == (1.0, 0.5, 1, 2)


def test_the_report_reads_well():
    report = QuantizationReport(4_000_000, 1_000_000, 0.5, 0.51, changed=1_234, n=50_000)
    assert str(report).splitlines() == [
        "weights   4.00 MB -> 1.00 MB (25.0 %)",
        "accuracy  0.5000 -> 0.5100 (+0.0100) on 50,000 texts, of which 1,234 changed their label",
    ]


@pytest.mark.parametrize(("texts", "labels"), [([], []), (["a"], []), (["a"], ["pos", "neg"])])
def test_every_text_needs_a_label(texts, labels):
    with pytest.raises(ArgumentError, match="`labels` must be one for each text, and at least one"):
        quantize(predictor_of("dan"), texts, labels)


def test_an_unknown_label_is_refused():
    with pytest.raises(UnseenLabelError, match="good"):
        quantize(predictor_of("dan"), ["a"], ["good"])


@pytest.mark.parametrize("name", ["textcnn", "fasttext", "mlp"])
def test_saved_as_it_is_and_loaded_as_it_was(name, tmp_path):
    predictor = predictor_of(name, temperature=2.0)
    small, report = quantize(predictor, TEXTS, LABELS)
    small.save(tmp_path / "small")
    predictor.save(tmp_path / "whole")
    size = {folder.name: (folder / "weights.safetensors").stat().st_size for folder in tmp_path.iterdir()}
    assert size["whole"] - size["small"] > 0.9 * (report.bytes_before - report.bytes_after)
    loaded = Predictor.load(tmp_path / "small")
    np.testing.assert_allclose(loaded.predict_proba(TEXTS), small.predict_proba(TEXTS), atol=1e-5)
    loaded.save(tmp_path / "again")
    again = (tmp_path / "again" / "weights.safetensors").stat().st_size
    assert (again, Predictor.load(tmp_path / "again").int8) == (size["small"], True)
    assert not Predictor.load(tmp_path / "whole").int8


def test_a_model_that_was_trained_on_is_not_saved_as_integers(tmp_path):
    small, _ = quantize(predictor_of(), TEXTS, LABELS)
    with torch.no_grad():
        small.model.classifier.weight.add_(torch.randn_like(small.model.classifier.weight))
    with pytest.raises(
        ArgumentError, match=r"`model` must be as it was .*'classifier.weight'.*quantize again"
    ):
        small.save(tmp_path / "small")
    assert not (tmp_path / "small").exists()
