"""A few texts and what the model answered to them, so that a loaded model can be held to it.

The digests of a folder say that its files are the ones that were written. The probe says that they still
mean the same here: that the tokenizer splits as it did, that the vocabulary numbers the tokens as it did,
and that the weights, in this version of the library and on this device, give the same probabilities.
"""

from __future__ import annotations

import functools
import importlib.metadata
import itertools
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import torch

from textclf.data.corpus import EncodedCorpus
from textclf.data.encoder import TextEncoder
from textclf.errors import DataError, must_be
from textclf.saved_model.plain_json import read_object, write_object

__all__ = ["Answer", "Probabilities", "Probe", "some_texts"]

Text: TypeAlias = str | Sequence[str]
Probabilities: TypeAlias = Callable[[EncodedCorpus], Iterable[npt.NDArray[np.float64]]]
"""Gives a row of numbers for each text."""

_COUNT = 8
_CHARACTERS = 200  # of a text
_MOST_TOKENS = 500  # of a text: a hostile file shall not ask for an hour's work
_TOLERANCE = {"cpu": 1e-3}
_TOLERANCE_ELSEWHERE = 1e-2  # where convolutions and recurrences may round their inputs to 10 bits
_FAILURES = (ArithmeticError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError, ValueError)


class Answer(NamedTuple):
    """A text, its tokens, their ids, and the probabilities that the model gives.

    Those of a tagger come token by token, in one row.
    """

    text: Any
    tokens: list[str]
    ids: list[int]
    probabilities: list[float]


@dataclass(frozen=True)
class Probe:
    """What a model answered to a few texts when it was saved.

    Attributes:
        made_with: The versions of textclf, torch and Python, and the kind of device.
        labels: In the order of the probabilities.
        answers: To each text.
    """

    made_with: dict[str, str]
    labels: list[Any]
    answers: list[Answer]

    @classmethod
    def made(
        cls,
        encoder: TextEncoder,
        probabilities: Probabilities,
        texts: Sequence[Text],
        *,
        device: str,
        labels: Sequence[Any] | None = None,
    ) -> Probe:
        """Let a model answer a few of some texts, or texts of words of its vocabulary if there are none.

        Args:
            encoder: Turns texts into ids.
            probabilities: The model, from ids to probabilities in 32 bits.
            texts: Strings or lists of tokens; :func:`some_texts` chooses.
            device: The kind of device that the model is on.
            labels: What the probabilities are of, ready for JSON, if not of the labels of the encoder.

        Raises:
            ArgumentError: A text cannot be used, or a probability is not finite.
        """
        chosen = (
            _short(encoder, some_texts(texts)) or _short(encoder, some_texts(_made_of(encoder))) or [""]
        )
        answers = _answers(encoder, probabilities, chosen)
        for answer in answers:
            if not np.isfinite(answer.probabilities).all():
                raise must_be("model", "one that gives finite probabilities", answer.probabilities)
        return cls({**_versions(), "device": device}, _labels(encoder, labels), answers)

    def save(self, path: Path) -> None:
        """Write the probe to a JSON file."""
        answers = [answer._asdict() for answer in self.answers]
        write_object(path, {"made_with": self.made_with, "labels": self.labels, "answers": answers})

    @classmethod
    def load(cls, path: Path) -> Probe:
        """Read what :meth:`save` wrote.

        Raises:
            DataError: The file does not hold a probe of moderate size.
        """
        content = read_object(path)
        made_with, labels, rows = (content.get(name) for name in ("made_with", "labels", "answers"))
        known = isinstance(made_with, dict) and all(isinstance(v, str) for v in made_with.values())
        if not isinstance(made_with, dict) or not known or "device" not in made_with:
            raise DataError("`made_with` must say with what the probe was made.", path=path)
        if not isinstance(labels, list):
            raise DataError("`labels` must be a list.", path=path)
        if not isinstance(rows, list) or not 0 < len(rows) <= _COUNT:
            raise DataError(f"`answers` must be a list of 1 to {_COUNT}.", path=path)
        return cls(made_with, labels, [_checked_answer(row, path) for row in rows])

    def check(
        self,
        encoder: TextEncoder,
        probabilities: Probabilities,
        *,
        device: str,
        path: Path,
        labels: Sequence[Any] | None = None,
    ) -> None:
        """Raise unless an encoder and a model answer as they did when they were saved.

        Probabilities may differ by 0.001 on a CPU, and by 0.01 from or to another device. They are to be
        computed in 32 bits, also where the model is going to answer in fewer.

        Raises:
            DataError: They do not; with what differs, and the versions then and now.
        """
        try:
            found = _answers(encoder, probabilities, [answer.text for answer in self.answers])
        except _FAILURES as error:
            raise DataError(
                f"the model cannot answer these texts: {str(error)[:300]}", path=path
            ) from error
        if (now_of := _labels(encoder, labels)) != self.labels:
            received = f"Received: {_clipped(now_of)}. They are others, or in another order."
            raise DataError(f"the labels must be {_clipped(self.labels)}. {received}", path=path)
        devices = (device, self.made_with["device"])
        tolerance = max(_TOLERANCE.get(kind, _TOLERANCE_ELSEWHERE) for kind in devices)
        for expected, now in zip(self.answers, found, strict=True):
            if fault := _difference(expected, now, tolerance):
                here = {**_versions(), "device": device}
                raise DataError(
                    f"the model must answer as it did when it was saved. {fault} "
                    f"Saved with {_listed(self.made_with)}; here are {_listed(here)}.",
                    path=path,
                )


def some_texts(texts: Sequence[Text]) -> list[Any]:
    """Choose a few texts, spread evenly, for a probe; long ones are cut short.

    Example:
        >>> some_texts(["a film", "  ", "a film", ["so", "so"]])
        ['a film', ['so', 'so']]
    """
    chosen: dict[str, Any] = {}
    for row in np.linspace(0, len(texts) - 1, min(len(texts), 4 * _COUNT)).astype(int).tolist():
        text = _cut(texts[row])
        if "".join(text).strip() and _is_utf8(text):
            chosen.setdefault(repr(text), text)
    return [*chosen.values()][:: max(1, len(chosen) // _COUNT)][:_COUNT]


def _cut(text: Text) -> str | list[str]:
    if isinstance(text, str):
        return str.__str__(text)[:_CHARACTERS]
    lengths = itertools.accumulate(len(token) + 1 for token in text)
    return [str(token) for token, length in zip(text, lengths, strict=True) if length <= _CHARACTERS]


def _made_of(encoder: TextEncoder) -> list[str]:
    """Make texts of words of the vocabulary, from the most frequent to the rarest."""
    words = encoder.vocab.tokens[2:]
    rows = np.linspace(0, len(words) - 1, min(len(words), 5 * _COUNT)).astype(int).tolist()
    return [" ".join(words[row] for row in rows[start::_COUNT]) for start in range(_COUNT)]


def _labels(encoder: TextEncoder, given: Sequence[Any] | None) -> list[Any]:
    if given is not None:
        return [*given]
    return [] if encoder.labels is None else [*encoder.labels.names]


def _short(encoder: TextEncoder, texts: list[Any]) -> list[Any]:
    return [text for text in texts if len(encoder.tokenize([text])[0]) <= _MOST_TOKENS]


def _is_utf8(text: Iterable[str]) -> bool:
    return not any("\ud800" <= character <= "\udfff" for part in text for character in part)


def _answers(encoder: TextEncoder, probabilities: Probabilities, texts: list[Any]) -> list[Answer]:
    corpus = encoder.encode(texts)
    if corpus.lengths.max() > _MOST_TOKENS:
        raise must_be("texts", f"of at most {_MOST_TOKENS} tokens", int(corpus.lengths.max()))
    tokens = [[str(token) for token in row] for row in encoder.tokenize(texts)]
    ids = [corpus[row].tolist() for row in range(len(corpus))]
    rows = [row.tolist() for row in probabilities(corpus)]
    return [Answer(*parts) for parts in zip(texts, tokens, ids, rows, strict=True)]


def _checked_answer(row: Any, path: Path) -> Answer:
    """Return an answer read from a file, or raise unless it is one of moderate size."""
    if not isinstance(row, dict) or set(row) != set(Answer._fields):
        raise DataError(f"`answers` must each have {', '.join(Answer._fields)}.", path=path)
    answer, is_list = Answer(**row), isinstance(row["text"], list)
    if not isinstance(answer.text, str) and not _is_list(answer.text, str):
        raise DataError("`text` must be a string or a list of tokens.", path=path)
    if max(len(answer.text), len("".join(answer.text)) if is_list else 0) > _CHARACTERS:
        raise DataError(f"`text` must have at most {_CHARACTERS} characters.", path=path)
    for name, kind in (("tokens", str), ("ids", int), ("probabilities", float)):
        if not _is_list(row[name], kind):
            raise DataError(f"`{name}` must be a list of {kind.__name__}.", path=path)
    return answer


def _is_list(value: object, kind: type) -> bool:
    return isinstance(value, list) and all(type(item) is kind for item in value)


def _difference(expected: Answer, now: Answer, tolerance: float) -> str:
    """Say what is not as it was, or nothing."""
    text = f"The text {_clipped(expected.text)}"
    shares = f"its probabilities were {_rounded(expected)} and are {_rounded(now)}"
    if now.tokens != expected.tokens:
        fault = f"was split into {_clipped(expected.tokens)} and now into {_clipped(now.tokens)}"
        return f"{text} {fault}; {shares}. The tokenizer is another."
    if now.ids != expected.ids:
        fault = f"had the ids {_clipped(expected.ids)} and now has {_clipped(now.ids)}"
        return f"{text} {fault}; {shares}. The vocabulary is another."
    if len(now.probabilities) != len(expected.probabilities):
        return f"{text} has the same ids; {shares}."
    gap = np.abs(np.subtract(now.probabilities, expected.probabilities)).max(initial=0)
    if not gap <= tolerance:
        cause = "The weights, the options or the code of the model are others."
        return f"{text} has the same ids; {shares}, more than {tolerance} apart. {cause}"
    return ""


@functools.cache
def _versions() -> dict[str, str]:
    try:
        own = importlib.metadata.version("textclf-torch")
    except importlib.metadata.PackageNotFoundError:  # run from its source
        own = "unknown"
    return {"textclf": own, "torch": str(torch.__version__), "python": platform.python_version()}


def _listed(versions: dict[str, str]) -> str:
    return ", ".join(f"{name[:20]} {value[:40]}" for name, value in sorted(versions.items())[:8])


def _clipped(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}..."


def _rounded(answer: Answer) -> str:
    return _clipped([round(share, 4) for share in answer.probabilities])
