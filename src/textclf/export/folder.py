"""A trained model as a folder that runs without its code, checked against the original."""

from __future__ import annotations

import copy
import inspect
import itertools
import json
from collections.abc import Sequence
from os import PathLike

import torch

from textclf.atomic import new_folder, write_text
from textclf.data.batches import BatchLoader
from textclf.data.prose import is_prose, paragraphs_of
from textclf.errors import must_be
from textclf.export.formats import FORMATS, ExportFormat, Run
from textclf.export.program import traced
from textclf.predictor import Predictor
from textclf.validation import require_choice

__all__ = ["export"]

_TOLERANCE = 1e-4  # times the largest logit, if that is above 1
_TEXTS = 200  # of the default


def export(
    predictor: Predictor,
    folder: str | PathLike[str],
    *,
    format: str = "torch.export",
    texts: Sequence[str | Sequence[str]] | None = None,
    overwrite: bool = False,
) -> float:
    """Write a model as a program for other runtimes, and make sure that it gives the same answers.

    The program takes batches of any size and texts of any length. It gives logits divided by the
    predictor's temperature, whose softmax is what ``predict_proba`` returns.

    Args:
        predictor: Whose model, vocabulary, labels and tokenizer to export.
        folder: To make. It gets the program (``model.pt2`` or ``model.onnx``), ``encoder.json``,
            ``vocab.txt`` and ``labels.json``, ``export.json`` with what was compared, and a
            ``README.md`` that says how to run it.
        format: ``"torch.export"``, or ``"onnx"``, which needs the extra ``onnx``.
        texts: What the file that was written and the original are compared on, before the folder takes
            its place; None for 200 paragraphs of PyTorch's documentation.
        overwrite: Replace a folder that is there; it stays as it was until the new one is whole.

    Returns:
        The largest difference between a logit of the program and one of the original, on a CPU.

    Raises:
        OutputExistsError: The folder is there and ``overwrite`` is false.
        MissingDependencyError: The extra ``onnx`` is not installed.
        ArgumentError: The format is another, there is no text, the model cannot be exported, the
            answers differ by more than rounding, or the predictor reads texts by windows, which are no
            part of a program.

    Example:
        >>> import pathlib, tempfile
        >>> from textclf import TextEncoder, create_model
        >>> encoder = TextEncoder.build(["a good film", "a bad film"], ["pos", "neg"])
        >>> model = create_model("dan", vocab_size=len(encoder.vocab), num_classes=2)
        >>> folder = pathlib.Path(tempfile.mkdtemp()) / "film"
        >>> export(Predictor(encoder, model), folder, texts=["a good film"]) < 1e-4
        True
        >>> sorted(file.name for file in folder.iterdir())  # doctest: +NORMALIZE_WHITESPACE
        ['README.md', 'encoder.json', 'export.json', 'labels.json', 'model.pt2', 'vocab.txt']
    """
    chosen = FORMATS[require_choice("format", format, FORMATS)]
    if predictor.windows is not None:
        expected = "one without windows, which are no part of a program"
        raise must_be("predictor", expected, predictor.windows, "Load it with windows=None.")
    if isinstance(texts, str):
        raise must_be("texts", "a list of texts", texts)
    if texts is not None and len(texts) == 0:
        raise must_be("texts", "at least one text, or None", texts)
    compared = _default_texts() if texts is None else list(texts)
    with new_folder(folder, overwrite=overwrite) as new:
        chosen.write(traced(predictor.model, temperature=predictor.temperature), new / chosen.file)
        predictor.encoder.save(new)
        largest = _checked_difference(predictor, chosen.load(new / chosen.file), compared)
        record = {
            "format": format,
            "file": chosen.file,
            "model": predictor.model.config,
            "temperature": predictor.temperature,
            "torch": torch.__version__,
            "texts_compared": len(compared),
            "largest_difference": largest,
        }
        write_text(new / "export.json", json.dumps(record, indent=2) + "\n")
        write_text(new / "README.md", _readme(chosen, format, len(compared), largest))
    return largest


def _checked_difference(predictor: Predictor, run: Run, texts: Sequence[str | Sequence[str]]) -> float:
    """Run the program over batches and single texts, an empty one among them, and compare the logits."""
    original = Predictor(
        predictor.encoder, copy.deepcopy(predictor.model), device="cpu", precision="fp32", batch_size=32
    )
    corpus = original.encode([*texts, []])
    expected = torch.from_numpy(original.logits(corpus)) / predictor.temperature
    largest = 0.0
    few = corpus.subset([*range(min(4, len(texts))), len(texts)])
    for part, size in ((corpus, 32), (few, 1)):
        wanted = expected if part is corpus else torch.cat([expected[: len(few) - 1], expected[-1:]])
        for batch in BatchLoader(part, batch_size=size).epoch(0):
            found = run(batch.token_ids.long(), batch.lengths.long())
            difference = (found - wanted[torch.from_numpy(batch.indices)]).abs().amax().item()
            if not difference <= _TOLERANCE * max(1.0, expected.abs().amax().item()):  # nor NaN
                cure = "Nothing was written. Look for layers of your own that torch traces differently."
                received = f"a difference of {difference:.3g} in the logits"
                raise must_be(
                    "predictor", "of a model that answers alike when it is exported", received, cure
                )
            largest = max(largest, difference)
    return largest


def _default_texts() -> list[str]:
    """Return paragraphs of PyTorch's documentation, which is what the built-in corpus is made of."""
    documented = (getattr(torch.nn, name) for name in sorted(dir(torch.nn)))
    paragraphs = (text for its in documented for text in paragraphs_of(inspect.getdoc(its) or ""))
    return list(itertools.islice((text for text in paragraphs if is_prose(text, 8)), _TEXTS))


def _readme(chosen: ExportFormat, format: str, count: int, largest: float) -> str:
    return _README.format(
        file=chosen.file,
        format=format,
        module="torch" if format == "torch.export" else "onnxruntime",
        usage=chosen.usage,
        count=f"{count:,}",
        largest=f"{largest:.2g}",
    )


_README = """\
# A text classifier, exported

`{file}` is a program in the format {format}. It was compared with the model that it was made from, on
{count} texts: the largest difference of a logit is {largest}.

| input or output | type | shape | what it is |
|---|---|---|---|
| `token_ids` | int64 | (batch, length) | ids of the tokens, 0 after the end of a text |
| `lengths` | int64 | (batch,) | number of tokens of each text |
| output | float32 | (batch, classes) | logits; their softmax is the probability of each label |

The id of a token is the number of its line in `vocab.txt`, the first line being 1; that of any other token
is 1. `encoder.json` names the tokenizer, and says how many tokens of a text are read. The columns are in
the order of `labels.json`.

In Python, in this folder:

```python
import numpy as np
import {module}
from textclf import TextEncoder

encoder = TextEncoder.load(".")
ids = encoder.encode(["One text to classify."])[0]
token_ids, lengths = ids.astype(np.int64)[None], np.array([len(ids)])
{usage}print(encoder.labels.names[logits[0].argmax()])
```
"""
