"""The vectors of a vocabulary out of a file, by gensim or by textclf.

    load_vectors.py gensim|textclf VECTORS WORDS

It prints the seconds, the memory that was needed at most, and that over the result.
"""

import argparse
import os
import time
from pathlib import Path

from task import peak_mb, print_line, versions

parser = argparse.ArgumentParser()
parser.add_argument("reader", choices=["gensim", "textclf"])
parser.add_argument("vectors", type=Path)
parser.add_argument("words", type=Path)
options = parser.parse_args()
words = options.words.read_text(encoding="utf-8").split()


def memory_mb():
    """Return the memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if options.reader == "gensim":
    import numpy as np
    from gensim.models import KeyedVectors

    before = memory_mb()
    started = time.perf_counter()
    binary = options.vectors.suffix == ".bin"
    keyed = KeyedVectors.load_word2vec_format(str(options.vectors), binary=binary, no_header=not binary)
    matrix = np.zeros((len(words) + 2, keyed.vector_size), dtype=np.float32)
    for row, word in enumerate(words, start=2):
        if word in keyed:
            matrix[row] = keyed[word]
else:
    from textclf import EmbeddingLoader, Vocab

    vocab = Vocab(words)
    before = memory_mb()
    started = time.perf_counter()
    matrix, _ = EmbeddingLoader(options.vectors).load(vocab)

seconds = time.perf_counter() - started
needed, result = peak_mb() - before, matrix.nbytes / 1e6
print_line(
    seconds=seconds,
    needed_mb=needed,
    over_result_mb=needed - result,
    checksum=round(float((matrix[2:] ** 2).sum()), 1),
    versions=versions("numpy", "gensim" if options.reader == "gensim" else "textclf-torch"),
)
