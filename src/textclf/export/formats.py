"""The file of each format: how it is written, and how it is run."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

import torch
from torch import Tensor
from torch.export import ExportedProgram

from textclf.errors import MissingDependencyError, must_be

__all__ = ["FORMATS", "ExportFormat", "Run"]

Run: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""``run(token_ids (B, L), lengths (B,)) -> (B, C)``."""


@dataclass(frozen=True)
class ExportFormat:
    """A format to export to.

    Attributes:
        file: The name of the file.
        write: Writes a program to a path.
        load: Reads the file, ready to run.
        usage: Python code that runs ``model`` on ``token_ids`` and ``lengths``, for a reader.
    """

    file: str
    write: Callable[[ExportedProgram, Path], None]
    load: Callable[[Path], Run]
    usage: str


def _write_torch(program: ExportedProgram, path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.export.save(program, path)


def _load_torch(path: Path) -> Run:
    module = torch.export.load(path).module()

    def run(token_ids: Tensor, lengths: Tensor) -> Tensor:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            logits: Tensor = module(token_ids, lengths)
            return logits

    return run


def _write_onnx(program: ExportedProgram, path: Path) -> None:
    _import_onnxruntime()
    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = torch.onnx.export(
                program, dynamo=True, verbose=False, output_names=["logits"], dynamic_shapes=_AXES
            )
            if found is not None:
                found.save(path)
    except torch.onnx.errors.OnnxExporterError as error:
        why = str(error).strip().partition("\n")[0]
        raise must_be("model", "made of what ONNX has", "another", f"torch.onnx says: {why}") from error
    finally:
        log.setLevel(level)


def _load_onnx(path: Path) -> Run:
    session = _import_onnxruntime().InferenceSession(path, providers=["CPUExecutionProvider"])

    def run(token_ids: Tensor, lengths: Tensor) -> Tensor:
        inputs = {"token_ids": token_ids.numpy(), "lengths": lengths.numpy()}
        return torch.from_numpy(session.run(None, inputs)[0])

    return run


def _import_onnxruntime() -> ModuleType:
    try:
        import onnx  # noqa: F401
        import onnxruntime
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            'format="onnx" needs onnx, onnxscript and onnxruntime. '
            "Install them with: pip install 'textclf-torch[onnx]'"
        ) from error
    return onnxruntime  # type: ignore[no-any-return]


_AXES = ({0: "batch", 1: "length"}, {0: "batch"})

_TORCH_USAGE = """\
program = torch.export.load("model.pt2").module()
logits = program(torch.from_numpy(token_ids), torch.from_numpy(lengths)).numpy()
"""

_ONNX_USAGE = """\
session = onnxruntime.InferenceSession("model.onnx")
logits = session.run(None, {"token_ids": token_ids, "lengths": lengths})[0]
"""

FORMATS = {
    "torch.export": ExportFormat("model.pt2", _write_torch, _load_torch, _TORCH_USAGE),
    "onnx": ExportFormat("model.onnx", _write_onnx, _load_onnx, _ONNX_USAGE),
}
