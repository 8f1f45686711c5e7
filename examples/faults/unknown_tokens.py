"""The texts were encoded with another vocabulary: all tokens are unknown."""

import numpy as np
from case import Case, show

from textclf import EncodedCorpus
from textclf.doctor import Findings

CODE, MODELS, EARLY = "unknown-words", ("textcnn", "lstm"), True


def unknown(corpus: EncodedCorpus) -> EncodedCorpus:
    """Make every token unknown."""
    ends = corpus.offsets[1:]
    texts = [np.ones(end - start, dtype=np.int64) for start, end in zip(corpus.offsets, ends, strict=False)]
    return EncodedCorpus.from_lists(texts, corpus.labels, label_names=corpus.label_names)


def faulty(case: Case) -> Findings:
    """Train on them."""
    return case.train(case.model(), unknown(case.data.train), unknown(case.data.valid))


def repaired(case: Case, cure: str) -> Findings:
    """Encode with the vocabulary of these texts."""
    return case.train(case.model(), epochs=12)


if __name__ == "__main__":
    show(CODE, MODELS, faulty, repaired)
