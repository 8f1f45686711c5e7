from __future__ import annotations

import json
import re

import pytest
import torch

from textclf import Predictor, TextEncoder, Windows, create_model
from textclf.errors import ArgumentError, OutputExistsError
from textclf.export import export
from textclf.export import folder as folder_module
from textclf.export.formats import FORMATS

TEXTS = ["a good film", "a bad film with a long and dull story", "good", "bad bad bad"] * 10


def predictor_of(name="textcnn", **settings):
    torch.manual_seed(0)
    encoder = TextEncoder.build(TEXTS, ["pos", "neg"] * 20)
    model = create_model(name, vocab_size=len(encoder.vocab), num_classes=2)
    return Predictor(encoder, model, **settings)


def test_the_folder_is_whole_and_says_what_was_compared(tmp_path):
    predictor = predictor_of(temperature=0.5)
    largest = export(predictor, tmp_path / "out", texts=TEXTS)
    assert 0 <= largest < 1e-4
    names = {file.name for file in (tmp_path / "out").iterdir()}
    assert names == {"README.md", "encoder.json", "export.json", "labels.json", "model.pt2", "vocab.txt"}
    record = json.loads((tmp_path / "out" / "export.json").read_text())
    assert record["largest_difference"] == largest
    assert (record["texts_compared"], record["temperature"], record["format"]) == (40, 0.5, "torch.export")


@pytest.mark.parametrize("format", list(FORMATS))
def test_the_code_in_the_readme_runs_and_gives_the_label(format, tmp_path, monkeypatch, capsys):
    if format == "onnx":
        for package in ("onnx", "onnxscript", "onnxruntime"):
            pytest.importorskip(package)
    predictor = predictor_of()
    export(predictor, tmp_path / "out", format=format, texts=TEXTS)
    monkeypatch.chdir(tmp_path / "out")
    readme = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", readme, re.DOTALL)[1]
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out.strip() == predictor.predict("One text to classify.")


def test_the_readme_is_right_about_the_vocabulary(tmp_path):
    predictor = predictor_of("dan")
    export(predictor, tmp_path / "out", texts=TEXTS)
    lines = (tmp_path / "out" / "vocab.txt").read_text(encoding="utf-8").split("\n")
    for token in ("film", "dull"):
        assert lines[predictor.encoder.vocab[token] - 1].startswith(f"{token}\t")
    assert predictor.encoder.vocab["unheard"] == 1


def test_by_default_real_paragraphs_are_compared(tmp_path):
    export(predictor_of("dan"), tmp_path / "out")
    assert json.loads((tmp_path / "out" / "export.json").read_text())["texts_compared"] == 200


def test_tokens_can_be_compared_too(tmp_path):
    assert export(predictor_of("dan"), tmp_path / "out", texts=[["a", "film"]]) < 1e-4


@pytest.mark.parametrize("wrong", [0.01, torch.nan])
def test_other_answers_are_an_error_and_nothing_is_written(wrong, tmp_path, monkeypatch):
    loaded = FORMATS["torch.export"].load

    def load(path):
        run = loaded(path)
        return lambda token_ids, lengths: run(token_ids, lengths) + wrong * (lengths == 0).unsqueeze(1)

    broken = type(FORMATS["torch.export"])("model.pt2", FORMATS["torch.export"].write, load, "")
    monkeypatch.setitem(FORMATS, "torch.export", broken)
    with pytest.raises(ArgumentError, match="answers alike when it is exported.*Nothing was written"):
        export(predictor_of("dan"), tmp_path / "out", texts=TEXTS)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_kept_or_replaced(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").touch()
    with pytest.raises(OutputExistsError, match="must be free"):
        export(predictor_of("dan"), tmp_path / "out", texts=TEXTS)
    assert (tmp_path / "out" / "mine.txt").is_file()
    export(predictor_of("dan"), tmp_path / "out", texts=TEXTS, overwrite=True)
    assert not (tmp_path / "out" / "mine.txt").exists()


def test_what_cannot_be_exported_is_said_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_module, "traced", None)
    with pytest.raises(ArgumentError, match="`format` must be one of 'torch.export', 'onnx'"):
        export(predictor_of("dan"), tmp_path / "out", format="pickle")
    with pytest.raises(ArgumentError, match="`texts` must be at least one text"):
        export(predictor_of("dan"), tmp_path / "out", texts=[])
    with pytest.raises(ArgumentError, match="without windows"):
        export(predictor_of("dan", windows=Windows(3)), tmp_path / "out", texts=TEXTS)
    with pytest.raises(ArgumentError, match="`texts` must be a list of texts"):
        export(predictor_of("dan"), tmp_path / "out", texts="a film")
    assert list(tmp_path.iterdir()) == []
