"""The vectors of a vocabulary out of a file, by gensim, by a loop that filters, or by textclf.

    load_vectors.py gensim|loop|textclf VECTORS WORDS

The loop is what one writes for the one file at hand: it trusts it, so no width is checked, no word
may have a space in it, and nothing is said about what is missing. It prints the seconds, the memory
that was needed at most, and that over the result.
"""

import argparse
import mmap
import os
import time
from pathlib import Path

from task import peak_mb, print_line, versions

parser = argparse.ArgumentParser()
parser.add_argument("reader", choices=["gensim", "loop", "textclf"])
parser.add_argument("vectors", type=Path)
parser.add_argument("words", type=Path)
options = parser.parse_args()
packages = {"gensim": ["gensim"], "loop": [], "textclf": ["textclf-torch"]}
words = options.words.read_text(encoding="utf-8").split()


def memory_mb():
    """Return the memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def filter_binary(file, rows):
    """Return the matrix of the words that have rows, from word2vec's binary format."""
    count, dim = map(int, file.readline().split())
    matrix = np.zeros((len(rows) + 2, dim), dtype=np.float32)
    content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    position, size = file.tell(), 4 * dim
    for _ in range(count):
        end = content.find(b" ", position)
        row = rows.get(content[position:end].lstrip(b"\n"))
        if row is not None:
            matrix[row] = np.frombuffer(content, dtype=np.float32, count=dim, offset=end + 1)
        position = end + 1 + size
    return matrix


def filter_text(file, rows):
    """Return the matrix of the words that have rows, from GloVe's text format."""
    dim = len(file.readline().split()) - 1
    file.seek(0)
    matrix = np.zeros((len(rows) + 2, dim), dtype=np.float32)
    for line in file:
        word, numbers = line.split(b" ", 1)
        row = rows.get(word)
        if row is not None:
            matrix[row] = numbers.split()
    return matrix


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
elif options.reader == "loop":
    import numpy as np

    before = memory_mb()
    started = time.perf_counter()
    with options.vectors.open("rb") as file:
        read = filter_binary if options.vectors.suffix == ".bin" else filter_text
        matrix = read(file, {word.encode(): row for row, word in enumerate(words, start=2)})
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
    versions=versions("numpy", *packages[options.reader]),
)
