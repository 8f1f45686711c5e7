from __future__ import annotations

import sys

import pytest
import torch

from textclf.errors import MissingDependencyError
from textclf.export.formats import FORMATS
from textclf.export.program import traced
from textclf.models import create_model


def needs(name):
    if name == "onnx":
        for package in ("onnx", "onnxscript", "onnxruntime"):
            pytest.importorskip(package)


@pytest.mark.parametrize("model_name", ["textcnn", "lstm", "gru", "mlp"])
@pytest.mark.parametrize("name", list(FORMATS))
@torch.no_grad()
def test_what_is_read_back_answers_as_the_model(name, model_name, tmp_path, capfd):
    needs(name)
    torch.manual_seed(0)
    model = create_model(model_name, vocab_size=40, num_classes=3).eval()
    for key, tensor in model.state_dict().items():
        if "embedding" not in key and tensor.dtype == torch.float32:
            tensor.uniform_(0.2, 0.9)
    path = tmp_path / FORMATS[name].file
    FORMATS[name].write(traced(model), path)
    run = FORMATS[name].load(path)
    for texts, width in [(1, 1), (1, 0), (5, 30)]:
        token_ids = torch.randint(2, 40, (texts, width))
        lengths = torch.randint(0, width + 1, (texts,))
        torch.testing.assert_close(run(token_ids, lengths), model(token_ids, lengths), atol=1e-5, rtol=1e-5)
    assert capfd.readouterr().out == ""


def test_onnx_names_the_axes(tmp_path):
    needs("onnx")
    import onnx

    FORMATS["onnx"].write(traced(create_model("dan", vocab_size=9, num_classes=3)), tmp_path / "model.onnx")
    graph = onnx.load(tmp_path / "model.onnx").graph
    shapes = {
        value.name: [its.dim_param or its.dim_value for its in value.type.tensor_type.shape.dim]
        for value in [*graph.input, *graph.output]
    }
    assert shapes == {"token_ids": ["batch", "length"], "lengths": ["batch"], "logits": ["batch", 3]}


def test_a_missing_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    program = traced(create_model("dan", vocab_size=9, num_classes=3))
    with pytest.raises(MissingDependencyError, match=r"textclf-torch\[onnx\]"):
        FORMATS["onnx"].write(program, tmp_path / "model.onnx")
