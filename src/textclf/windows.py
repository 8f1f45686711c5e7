"""Long texts read window by window, in place of cutting them off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt

from textclf.data.corpus import EncodedCorpus
from textclf.errors import must_be
from textclf.registry import check_options
from textclf.validation import require_choice, require_int

__all__ = ["GivenWindows", "Windows", "windows_of"]

_POOLS = {"mean": np.add, "max": np.maximum}


@dataclass(frozen=True)
class Windows:
    """How a :class:`~textclf.predictor.Predictor` reads texts that are too long for one look.

    Each window is classified as a text of its own, and the answers of a text's windows are pooled. The
    first window begins with the text, each other one ``stride`` tokens later, and the last one is moved
    back to end with the text, so that all are of full length and none has only the last few words. A
    text of ``length`` tokens or fewer is one window: what it is without windows.

    Args:
        length: Tokens in a window. The ``max_length`` that the model was trained with is a good choice.
        stride: Tokens from the beginning of one window to that of the next, at most ``length``; None
            is half of it, so that no phrase is cut in all the windows that have it.
        pool: ``"mean"``, where all windows count alike, or ``"max"``, where the window that speaks
            loudest for a class decides.
        over: ``"probabilities"`` or ``"logits"``: what is pooled. The largest probabilities of several
            windows are divided by their sum, unless a text may have several labels. Logits let a window
            that is sure outweigh several others.

    Raises:
        ArgumentError: An option cannot be used.

    References:
        Pappagari et al., Hierarchical Transformers for Long Document Classification, 2019 (windows
        whose answers are joined).

    Example:
        >>> from textclf import EncodedCorpus
        >>> corpus = EncodedCorpus.from_lists([[2, 3, 4, 5, 6, 7], [8]])
        >>> cut, starts = Windows(4, stride=3).cut(corpus)
        >>> [window.tolist() for window in cut], starts.tolist()
        ([[2, 3, 4, 5], [4, 5, 6, 7], [8]], [0, 2])
    """

    length: int
    stride: int | None = None
    pool: str = "mean"
    over: str = "probabilities"

    def __post_init__(self) -> None:
        require_int("length", self.length, at_least=1)
        if self.stride is not None and require_int("stride", self.stride, at_least=1) > self.length:
            cure = "A longer one would leave tokens unread."
            raise must_be("stride", f"at most the length of a window, {self.length}", self.stride, cure)
        require_choice("pool", self.pool, _POOLS)
        require_choice("over", self.over, ["probabilities", "logits"])

    def cut(self, corpus: EncodedCorpus) -> tuple[EncodedCorpus, npt.NDArray[np.int64]]:
        """Cut each text into its windows.

        Args:
            corpus: N texts.

        Returns:
            The windows of all texts, one after another, and the number of the first window of each
            text, shape (N,). Labels are left out.
        """
        length = min(self.length, int(corpus.lengths.max(initial=1)))
        step = max(length // 2, 1) if self.stride is None else min(self.stride, length)
        beyond = np.maximum(corpus.lengths - length, 0)
        counts = 1 + -(-beyond // step)
        firsts = np.cumsum(counts) - counts
        place = np.arange(counts.sum()) - np.repeat(firsts, counts)  # of each window in its text
        begins = np.minimum(place * step, np.repeat(beyond, counts))
        begins += np.repeat(corpus.offsets[:-1], counts)
        lengths = np.repeat(np.minimum(corpus.lengths, length), counts)
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        positions = np.arange(offsets[-1]) + np.repeat(begins - offsets[:-1], lengths)
        return EncodedCorpus(corpus.ids[positions], offsets), firsts

    def pooled(
        self,
        logits: npt.NDArray[np.floating[Any]],
        starts: npt.NDArray[np.int64],
        *,
        multi_label: bool = False,
    ) -> npt.NDArray[np.float64]:
        """Pool the logits of windows to those of texts.

        Args:
            logits: ``(W, C)``, of the windows.
            starts: ``(N,)``, the number of the first window of each text.
            multi_label: Whether a text may have several labels.

        Returns:
            ``(N, C)``, whose softmax, or sigmoid if ``multi_label``, is the texts' probabilities.

        Example:
            >>> sure_and_unsure = np.log([[0.9, 0.1], [0.5, 0.5]])
            >>> np.exp(Windows(4).pooled(sure_and_unsure, np.array([0]))).round(2).tolist()
            [[0.7, 0.3]]
        """
        values = logits.astype(np.float64)
        if multi_label and self.over == "probabilities":
            if self.pool == "max":  # the largest logit is that of the largest probability
                return np.maximum.reduceat(values, starts, axis=0)
            sums = [-np.logaddexp(0, its) for its in (-values, values)]  # log p, log (1 - p)
            present, absent = (np.logaddexp.reduceat(each, starts, axis=0) for each in sums)
            return np.asarray(present - absent)  # their numbers cancel out
        pool: Any = _POOLS[self.pool]
        if self.over == "probabilities":  # as logarithms, which a small probability does not make zero
            values -= np.logaddexp.reduce(values, axis=1, keepdims=True)
            pool = np.logaddexp if self.pool == "mean" else pool
        found: npt.NDArray[np.float64] = pool.reduceat(values, starts, axis=0)
        if self.pool == "mean":
            counts = np.diff(starts, append=len(values))[:, None]
            found = found - np.log(counts) if self.over == "probabilities" else found / counts
        return found


GivenWindows = Windows | int | Mapping[str, Any] | None
"""What can be given as ``windows``: those, their length, their options, or None to cut long texts off."""


def windows_of(given: GivenWindows, *, reads_at_most: int | None = None) -> Windows | None:
    """Return what was given as ``windows`` as such.

    Args:
        given: :class:`Windows`, the tokens in one, the options of :class:`Windows` by name, or None.
        reads_at_most: Tokens of a text that the model reads; None if it reads all.

    Raises:
        ArgumentError: It is none of these, or a window is longer than what the model reads.
        UnknownOptionError: There is no such option; with the near matches.

    Example:
        >>> windows_of(200)
        Windows(length=200, stride=None, pool='mean', over='probabilities')
        >>> windows_of({"length": 200, "pool": "max"}).pool
        'max'
    """
    if given is None or isinstance(given, Windows):
        found = given
    elif isinstance(given, Mapping) and "length" in given:
        options = {str(name): value for name, value in given.items()}
        check_options(Windows, options, "Windows")
        found = Windows(**options)
    elif isinstance(given, Integral) and not isinstance(given, bool):
        found = Windows(int(given))
    else:
        expected = "a textclf.Windows, the tokens in a window, a dictionary with its 'length', or None"
        raise must_be("windows", expected, given)
    if found is not None and reads_at_most is not None and found.length > reads_at_most:
        expected = f"of at most {reads_at_most} tokens, which is what the model reads"
        raise must_be("windows", expected, given)
    return found
