"""A built-in corpus of English prose: the docstrings of the libraries that textclf stands on.

Everybody who has textclf has these libraries, so the corpus needs no download. A text is one
paragraph of a docstring, and its label is the library that the paragraph comes from. The source
files of the installed packages are parsed, never imported or run. Nothing of them is distributed
with textclf: the corpus is made on the user's machine from the packages that are installed there,
and each paragraph stays under the licence of its library.
"""

from __future__ import annotations

import itertools
import json
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from textclf.atomic import write_text
from textclf.data.labelled_texts import LabelledTexts
from textclf.data.packages import Paragraph, installed_version, read_paragraphs, source_files
from textclf.data.prose import LIBRARIES
from textclf.errors import DataError, must_be
from textclf.validation import require_int, require_share

__all__ = ["DocstringCorpus", "docstring_corpus"]

_SPLITS = ("train", "valid", "test")
_CACHE = "textclf docstrings 1"  # To be counted up when other paragraphs come out of the same files.
_OTHER_CACHE = "Name another file as `cache`, or delete this one."


@dataclass(frozen=True, repr=False)
class DocstringCorpus:
    """Paragraphs of docstrings, each with the library it comes from, in three parts.

    Attributes:
        train: The part to learn from.
        valid: The part to choose by.
        test: The part to report on.
        modules: The module of each text, by the name of the part and in the order of its texts.
        versions: The installed version of each library. The corpus depends on them, and so does
            every figure that is measured on it.
        num_duplicates: How many paragraphs were left out because they occur elsewhere as well.
    """

    train: LabelledTexts
    valid: LabelledTexts
    test: LabelledTexts
    modules: Mapping[str, tuple[str, ...]]
    versions: Mapping[str, str]
    num_duplicates: int

    def describe(self) -> str:
        """Return the sizes of the parts, for each library, and the installed versions, as text."""
        counts = {split: Counter(getattr(self, split).labels) for split in _SPLITS}

        def shown(library: str | None = None) -> str:
            sizes = [c.total() if library is None else c[library] for c in counts.values()]
            parts = ", ".join(f"{size:,} {split}" for split, size in zip(_SPLITS, sizes, strict=True))
            return f"{sum(sizes):,} paragraphs ({parts})"

        lines = [f"docstrings: {shown()}; {self.num_duplicates:,} duplicates left out"]
        lines += [f"  {library} {version}: {shown(library)}" for library, version in self.versions.items()]
        return "\n".join(lines)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{split}={len(getattr(self, split))}" for split in _SPLITS)
        return f"DocstringCorpus({sizes}, versions={dict(self.versions)})"

    def __str__(self) -> str:
        return self.describe()


def docstring_corpus(
    *,
    libraries: Sequence[str] = LIBRARIES,
    seed: int = 0,
    valid_fraction: float = 0.1,
    test_fraction: float = 0.2,
    min_words: int = 8,
    cache: str | PathLike[str] | None = None,
    progress: bool = True,
) -> DocstringCorpus:
    """Make a corpus of docstring paragraphs, to be classified by the library they come from.

    The names of the libraries and all dotted paths are replaced by the word ``LIBRARY``, so that a
    classifier has to go by what a paragraph says. A paragraph that comes twice, or nearly, is kept
    once, and one that comes in two libraries is left out. A module lies whole in one part, which
    makes the test harder, and more honest, than a random split of the paragraphs would be.

    The same arguments and the same installed versions give the same corpus. Other versions give
    another one: report :attr:`DocstringCorpus.versions` with every figure.

    Args:
        libraries: Top-level packages to read, at least two, installed with their sources.
        seed: Chooses which modules go to which part, and the order of the texts.
        valid_fraction: Share of the paragraphs of each library for validation, as near as whole
            modules allow; 0 leaves that part empty.
        test_fraction: Share of the paragraphs of each library for testing, likewise.
        min_words: The fewest words that a paragraph may have.
        cache: A file to keep the paragraphs in, so that the next call need not read the libraries again. It
            is written anew when an installed version or an argument that matters has changed.
        progress: Show a progress bar.

    Returns:
        The three parts, the module of each text, and the versions of the libraries.

    Raises:
        ArgumentError: An argument is out of its range.
        MissingDependencyError: A library is not installed.
        DataError: A library has no usable paragraph, or ``cache`` is some other file.

    Example:
        >>> corpus = docstring_corpus(libraries=("gensim", "numpy"), progress=False)
        >>> sorted(set(corpus.test.labels))
        ['gensim', 'numpy']
        >>> set(corpus.modules["train"]) & set(corpus.modules["test"])
        set()
    """
    _check_names(libraries)
    fractions = _check_fractions(valid_fraction, test_fraction)
    seed = require_int("seed", seed, at_least=0)
    min_words = require_int("min_words", min_words, at_least=1)
    libraries = sorted(libraries)
    paragraphs, num_duplicates = _cached(
        libraries, min_words, progress, None if cache is None else Path(cache)
    )
    for library in libraries:
        if all(paragraph.library != library for paragraph in paragraphs):
            raise DataError(
                f"no docstring of {library!r} has a paragraph of {min_words} words or more of its own. "
                "Leave it out of `libraries`, or lower `min_words`."
            )
    parts = _split_by_module(paragraphs, fractions, seed)
    texts = {
        s: LabelledTexts([p.text for p in part], [p.library for p in part]) for s, part in parts.items()
    }
    return DocstringCorpus(
        **texts,
        modules={split: tuple(p.module for p in part) for split, part in parts.items()},
        versions={library: installed_version(library) for library in libraries},
        num_duplicates=num_duplicates,
    )


def _check_names(libraries: object) -> None:
    if isinstance(libraries, str) or not isinstance(libraries, Sequence) or len(libraries) < 2:
        raise must_be("libraries", "a sequence of two or more package names", libraries)
    for i, name in enumerate(libraries):
        if not isinstance(name, str) or not name.isidentifier():
            raise must_be("libraries", "names of top-level packages", name)
        if name in libraries[:i]:
            raise must_be("libraries", "different package names", libraries)


def _check_fractions(valid_fraction: object, test_fraction: object) -> dict[str, float]:
    """Return the fractions, the test part first."""
    valid = require_share("valid_fraction", valid_fraction)
    test = require_share("test_fraction", test_fraction)
    if valid + test >= 1:
        cure = "Something must be left to learn from."
        raise must_be("valid_fraction + test_fraction", "below 1", valid + test, cure)
    return {"test": test, "valid": valid}


def _cached(
    libraries: Sequence[str], min_words: int, progress: bool, cache: Path | None
) -> tuple[list[Paragraph], int]:
    """Return the paragraphs without duplicates, from the cache if it is of the same files."""
    files = [file for library in libraries for file in source_files(library)]
    sizes = "".join(f"{module} {path.stat().st_size}\n" for _, module, path in files)
    versions = {library: installed_version(library) for library in libraries}
    origin = {"versions": versions, "min_words": min_words, "files": zlib.crc32(sizes.encode())}
    if cache is not None and cache.exists():
        stored = _read_cache(cache)
        if stored["origin"] == origin:
            return [Paragraph(*row) for row in stored["paragraphs"]], stored["num_duplicates"]
    found = read_paragraphs(files, libraries, min_words, progress)
    kept = _without_duplicates(found)
    num_duplicates = len(found) - len(kept)
    if cache is not None:
        rows = [[p.library, p.module, p.text] for p in kept]
        content = {"format": _CACHE, "origin": origin, "num_duplicates": num_duplicates, "paragraphs": rows}
        write_text(cache, json.dumps(content, indent=0))
    return kept, num_duplicates


def _read_cache(cache: Path) -> Any:
    """Return the contents of a cache, or raise if the file is anything else."""
    try:
        stored = json.loads(cache.read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(
            f"the file cannot be read as a cache: {error}. {_OTHER_CACHE}", path=cache
        ) from error
    if not isinstance(stored, dict) or stored.get("format") != _CACHE:
        raise DataError(f"the file is not a cache of this corpus. {_OTHER_CACHE}", path=cache)
    return stored


def _without_duplicates(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Return the paragraphs of which no two are the same or nearly.

    A paragraph is compared by its set of pairs of neighbouring words, without case, digits and
    punctuation. Of two paragraphs that share 0.6 of all their pairs (Jaccard similarity) the earlier
    one is kept, or none if they are from two libraries. The search is exact: two sets so similar
    share one of their rarest pairs, and only those are compared (prefix filtering; Bayardo, Ma and
    Srikant, 2007).
    """
    word_ids: dict[str, int] = {}
    pairs: list[set[int]] = []
    for paragraph in paragraphs:
        words = re.findall("[a-z]+", paragraph.text.lower())
        ids = [word_ids.setdefault(word, len(word_ids)) for word in words]
        pairs.append({left << 32 | right for left, right in itertools.pairwise(ids)} or {~i for i in ids})
    frequency = Counter(itertools.chain.from_iterable(pairs))
    rank = {pair: i for i, pair in enumerate(sorted(frequency, key=lambda pair: (frequency[pair], pair)))}
    unique: dict[int, bool] = {}  # The first of its kind: whether it comes in one library only.
    sharing: defaultdict[int, list[int]] = defaultdict(list)
    for i, mine in enumerate(pairs):
        rarest = sorted(map(rank.__getitem__, mine))[: len(mine) * 2 // 5 + 1]
        candidates = dict.fromkeys(itertools.chain.from_iterable(sharing[pair] for pair in rarest))
        similar = [j for j in candidates if 5 * len(mine & pairs[j]) >= 3 * len(mine | pairs[j])]
        for j in similar:
            unique[j] = unique[j] and paragraphs[j].library == paragraphs[i].library
        if not similar:
            unique[i] = True
            for pair in rarest:
                sharing[pair].append(i)
    return [paragraphs[i] for i, in_one_library in unique.items() if in_one_library]


def _split_by_module(
    paragraphs: Sequence[Paragraph], fractions: Mapping[str, float], seed: int
) -> dict[str, list[Paragraph]]:
    """Give whole modules to the parts, so that each part has its fraction of each library.

    The modules of a library come in random order, and each goes to the first part that has room for
    it, or to training.
    """
    rng = np.random.default_rng(seed)
    libraries: dict[str, dict[str, list[Paragraph]]] = {}
    for paragraph in paragraphs:
        libraries.setdefault(paragraph.library, {}).setdefault(paragraph.module, []).append(paragraph)
    parts: dict[str, list[Paragraph]] = {split: [] for split in _SPLITS}
    for modules in libraries.values():
        size = sum(map(len, modules.values()))
        room = {split: round(size * fraction) for split, fraction in fractions.items()}
        groups = list(modules.values())
        for g in rng.permutation(len(groups)):
            split = next((split for split in room if len(groups[g]) <= room[split]), "train")
            if split in room:
                room[split] -= len(groups[g])
            parts[split] += groups[g]
    return {split: [part[i] for i in rng.permutation(len(part))] for split, part in parts.items()}
