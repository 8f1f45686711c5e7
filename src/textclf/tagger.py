"""From raw text to a label for each token: a trained tagger, saved and loaded as one folder."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterable, Sequence
from os import PathLike
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import torch

from textclf.data.corpus import EncodedCorpus
from textclf.data.encoder import TextEncoder
from textclf.data.inputs import checked_texts
from textclf.device import resolve_device, resolve_precision
from textclf.errors import must_be
from textclf.metrics.spans import TagScheme
from textclf.models.base import Classifier
from textclf.saved_model.parts import Heads, labels_of_tokens
from textclf.saved_model.probe import Probe
from textclf.saved_model.saving import belonging_together, read_model, write_model
from textclf.training.inference import predict_logits
from textclf.training.targets import softmax
from textclf.validation import require_int

__all__ = ["Span", "Tagger"]

Texts: TypeAlias = str | Iterable[str | Sequence[str]]

_LOG = logging.getLogger(__name__)
_PROBE_NUMBERS = 10_000  # of a text: with very many labels, the probe holds its first tokens alone


class Span(NamedTuple):
    """A span of tokens in a text, such as a name or a keyphrase.

    Attributes:
        start: The first token, counted from 0.
        stop: The one after the last.
        kind: The type of the span, ``"person"`` where the tags are ``"B-person"`` and so on; ``""`` where
            they have no types.
        tokens: Those of the span.
    """

    start: int
    stop: int
    kind: str
    tokens: tuple[str, ...]


class Tagger:
    """A trained model that labels tokens, with the tokenizer, vocabulary and labels of its training.

    A text is a string, which the encoder's tokenizer takes apart, or a list of tokens. Each method takes
    one string, and then answers for it alone, or a list of texts, and then answers with a list. The labels
    are those of the tokens that :meth:`tokenize` returns. These are all tokens of the text, unless it is
    longer than the encoder's ``max_length``: what is cut off there gets no label, and the first time that
    this happens, a warning is logged with its share. A text without tokens has no labels.

    A model of several heads labels each token once a head. Its answers are dictionaries by the name of the
    head.

    Args:
        encoder: Turns texts into ids, and knows the labels of a model of one head.
        model: The trained model, such as ``rnn_tagger`` or ``joint_rnn``.
        heads: The labels of each head of a model of several, in the order of their ids, by the name of the
            head: the ``heads`` of the :func:`~textclf.data.heads.joint_corpus` that it was trained on.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"mps"``.
        precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``.
        batch_size: Texts a batch; it changes the speed alone.

    Attributes:
        encoder: As given.
        model: As given, on the device.

    Raises:
        ArgumentError: The model does not label tokens, its sizes are not those of the encoder, or the heads
            are not those of the model.

    Example:
        >>> from textclf.models import create_model
        >>> texts, tags = [["visit", "New", "York"], ["in", "Rome"]], [["O", "B", "I"], ["O", "B"]]
        >>> encoder = TextEncoder.build(texts, token_labels=tags, tokenizer="whitespace")
        >>> model = create_model("rnn_tagger", vocab_size=encoder.vocab_size, num_classes=3)
        >>> tagger = Tagger(encoder, model)
        >>> tagger.tokenize("visit New Delhi")
        ['visit', 'New', 'Delhi']
        >>> len(tagger.tag("visit New Delhi")), tagger.tag_proba("visit New Delhi").shape
        (3, (3, 3))
    """

    def __init__(
        self,
        encoder: TextEncoder,
        model: Classifier,
        *,
        heads: Heads | None = None,
        device: str | torch.device = "auto",
        precision: str = "auto",
        batch_size: int = 128,
    ) -> None:
        self._labels = labels_of_tokens(encoder, model, heads)
        self.encoder = encoder
        self.model = model
        self.device = resolve_device(device)
        self.precision = resolve_precision(precision, self.device)
        self.batch_size = require_int("batch_size", batch_size, at_least=1)
        self._warned = False
        self.model.to(self.device).eval()

    @property
    def classes(self) -> Any:
        """The labels, in the order of the columns of :meth:`tag_proba`; a dictionary for several heads."""
        return self._shaped([labels.names for labels in self._labels])

    def tag(self, texts: Texts) -> Any:
        """Return the most probable label of each token.

        Args:
            texts: One string, or a list of texts: strings, or lists of tokens.

        Returns:
            A list of labels for a string, as many as :meth:`tokenize` returns tokens; for a list of texts,
            a list of such lists. Of several heads, a dictionary of these by the name of the head.

        Raises:
            ArgumentError: A text cannot be used.
        """
        corpus = self._encoded(texts)
        logits = self._of_heads(self._logits(corpus))
        return self._by_text(
            texts,
            corpus,
            [labels.decode(its.argmax(axis=1)) for labels, its in zip(self._labels, logits, strict=True)],
        )

    def tag_proba(self, texts: Texts) -> Any:
        """Return the probability of each label at each token, in the order of :attr:`classes`.

        Args:
            texts: One string, or a list of texts.

        Returns:
            ``(T, C)`` for a string of T tokens; for a list of texts, a list of such arrays. Of several
            heads, a dictionary of these by the name of the head.

        Raises:
            ArgumentError: A text cannot be used.
        """
        corpus = self._encoded(texts)
        return self._by_text(texts, corpus, list(map(softmax, self._of_heads(self._logits(corpus)))))

    def spans(self, texts: Texts) -> Any:
        """Return the spans that the tags of each text mark, where the labels are BIO or BIOES tags.

        Any sequence of tags has spans, well formed or not, by the rule in :mod:`textclf.metrics.spans`:
        these are the spans that a report counts.

        Args:
            texts: One string, or a list of texts.

        Returns:
            A list of :class:`Span` for a string, in the order of the tokens, and counted among those that
            :meth:`tokenize` returns; for a list of texts, a list of such lists. Of several heads, a
            dictionary of these by the name of the head, without heads of other labels.

        Raises:
            ArgumentError: A text cannot be used, or no labels are BIO or BIOES tags.

        Example:
            >>> from textclf.models import create_model
            >>> encoder = TextEncoder.build([["in", "Rome"]], token_labels=[["O", "B"]])
            >>> model = create_model("rnn_tagger", vocab_size=encoder.vocab_size, num_classes=2)
            >>> _ = torch.nn.init.zeros_(model.classifier.weight)
            >>> _ = model.classifier.bias.data.copy_(torch.tensor([1.0, 0.0]))  # every token is a B
            >>> Tagger(encoder, model).spans(["Paris", ""])
            [[Span(start=0, stop=1, kind='', tokens=('paris',))], []]
        """
        schemes = [TagScheme.find(labels.names) for labels in self._labels]
        if not any(schemes):
            cure = "Name them O, and B-, I-, E- or S- and the type of the span."
            raise must_be("model", "one of BIO or BIOES tags, which mark spans", self.classes, cure)
        rows = [texts] if isinstance(texts, str) else list(checked_texts(texts))
        corpus, tokens = self._encoded(rows), self.encoder.tokenize(rows)
        found = [
            None if scheme is None else _spans(scheme, logits.argmax(axis=1), corpus.offsets, tokens)
            for scheme, logits in zip(schemes, self._of_heads(self._logits(corpus)), strict=True)
        ]
        return self._shaped([its[0] if its and isinstance(texts, str) else its for its in found])

    def tokenize(self, texts: Texts) -> Any:
        """Return the tokens that the labels belong to, as the encoder's ``max_length`` leaves them.

        Args:
            texts: One string, or a list of texts.

        Returns:
            A list of tokens for a string; for a list of texts, a list of such lists.

        Raises:
            ArgumentError: A text cannot be used.
        """
        tokens = self.encoder.tokenize([texts] if isinstance(texts, str) else texts)
        return tokens[0] if isinstance(texts, str) else tokens

    def _encoded(self, texts: Texts) -> EncodedCorpus:
        corpus = self.encoder.encode([texts] if isinstance(texts, str) else texts)
        if corpus.dropped_share > 0 and not self._warned:
            self._warned = True
            _LOG.warning(
                "%.1f %% of the tokens of these texts got no label, since the texts are longer than the "
                "`max_length` of the encoder. Cut them into shorter texts. This is said once.",
                100 * corpus.dropped_share,
            )
        return corpus

    def _logits(self, corpus: EncodedCorpus) -> npt.NDArray[np.float32]:
        return predict_logits(
            self.model,
            corpus,
            device=self.device,
            precision=self.precision,
            batch_size=self.batch_size,
        )

    def _of_heads(self, logits: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
        """Take the logits ``(T, C)`` of all heads apart."""
        return np.split(logits, np.cumsum([len(labels) for labels in self._labels])[:-1], axis=1)

    def _by_text(self, texts: Texts, corpus: EncodedCorpus, found: Sequence[Any]) -> Any:
        """Cut what was found for the tokens of each head where the texts begin."""
        ends = [*itertools.pairwise(corpus.offsets.tolist())]
        cut = [[its[start:end] for start, end in ends] for its in found]
        return self._shaped([its[0] if isinstance(texts, str) else its for its in cut])

    def _shaped(self, found: Sequence[Any]) -> Any:
        """Return the answer of the one head, or those of several by name; None is none."""
        if self.model.heads is None:
            return found[0]
        return {head: its for head, its in zip(self.model.heads, found, strict=True) if its is not None}

    def save(
        self,
        folder: str | PathLike[str],
        *,
        overwrite: bool = False,
        probe_texts: Sequence[str | Sequence[str]] = (),
    ) -> None:
        """Write all that tagging needs to a folder, whole or not at all; no pickle.

        Args:
            folder: To make. It gets the files that :meth:`Predictor.save
                <textclf.predictor.Predictor.save>` writes.
            overwrite: Replace a folder that is there; it stays as it was until the new one is whole.
            probe_texts: A few of these are written to the folder with their probabilities, which
                :meth:`load` checks. Without any, texts are made of words of the vocabulary.

        Raises:
            OutputExistsError: The folder is there and ``overwrite`` is false.
            ArgumentError: The model's class is not registered, has options that JSON cannot hold, or
                gives probabilities that are not finite.
        """
        heads = None if self.model.heads is None else {head: [*its] for head, its in self.classes.items()}
        write_model(
            folder,
            self.encoder,
            self.model,
            settings={"reader": "Tagger", "heads": heads},
            probe=lambda: Probe.made(
                self.encoder,
                self._exact,
                probe_texts,
                device=self.device.type,
                labels=self._names_in_probe(),
            ),
            overwrite=overwrite,
        )

    @classmethod
    def load(
        cls,
        folder: str | PathLike[str],
        *,
        tokenizer: Callable[[str], list[str]] | None = None,
        device: str | torch.device = "auto",
        precision: str = "auto",
        batch_size: int = 128,
    ) -> Tagger:
        """Read what :meth:`save` wrote, on any machine and device, and hold it to the probe.

        Args:
            folder: The folder.
            tokenizer: The function that was the tokenizer, if it was one of your own.
            device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"mps"``.
            precision: ``"auto"``, ``"fp32"``, ``"bf16"`` or ``"fp16"``.
            batch_size: Texts a batch; it changes the speed alone.

        Raises:
            MissingFileError: The folder or one of its files is not there. It is a ``FileNotFoundError``
                too.
            DataError: A file is damaged, was changed, or is of another folder; the model does not
                answer the texts of the probe as it did when it was saved; or the folder is that of a
                :class:`~textclf.predictor.Predictor` or a
                :class:`~textclf.classifier.estimator.TextClassifier`.
            ArgumentError: ``tokenizer`` is missing, or given and not needed.
        """
        saved = read_model(folder, tokenizer=tokenizer, reader="Tagger")
        heads = saved.config.get("heads")
        with belonging_together(folder):
            labels_of_tokens(saved.encoder, saved.model, heads)
        tagger = cls(
            saved.encoder,
            saved.model,
            heads=heads,
            device=device,
            precision=precision,
            batch_size=batch_size,
        )
        labels = tagger._names_in_probe()
        saved.check_answers(tagger._exact, device=tagger.device.type, labels=labels)
        return tagger

    def _exact(self, corpus: EncodedCorpus) -> list[npt.NDArray[np.float64]]:
        """Return the probabilities of each text, token by token in one row, computed in 32 bits."""
        with np.errstate(all="ignore"):  # whatever a folder holds, what is not finite is found by the probe
            logits = predict_logits(self.model, corpus, device=self.device)
            shares = np.concatenate(list(map(softmax, self._of_heads(logits))), axis=1)
        most = max(1, _PROBE_NUMBERS // shares.shape[1])
        ends = itertools.pairwise(corpus.offsets.tolist())
        return [shares[start : min(end, start + most)].ravel() for start, end in ends]

    def _names_in_probe(self) -> list[Any] | None:
        """Return each label with its head; None for one head, whose labels are those of the encoder."""
        if self.model.heads is None:
            return None
        return [[head, label] for head, labels in self.classes.items() for label in labels]


def _spans(
    scheme: TagScheme,
    tags: npt.NDArray[np.intp],
    offsets: npt.NDArray[np.int64],
    tokens: Sequence[Sequence[str]],
) -> list[list[Span]]:
    """Return the spans of each text, of the tags of all tokens, text after text."""
    found: list[list[Span]] = [[] for _ in tokens]
    spans = scheme.spans(tags, offsets)
    texts = np.searchsorted(offsets, spans[:, 0], side="right") - 1
    places = spans[:, :2] - offsets[texts, None]
    for text, (start, stop), kind in zip(
        texts.tolist(), places.tolist(), spans[:, 2].tolist(), strict=True
    ):
        found[text].append(Span(start, stop, scheme.span_types[kind], tuple(tokens[text][start:stop])))
    return found
