"""A built-in corpus of English prose: the docstrings of the libraries that textclf stands on.

Everybody who has textclf has these libraries, so the corpus needs no download. A text is one
paragraph of a docstring, and its label is the library that the paragraph comes from. The source
files of the installed packages are parsed, never imported or run. Nothing of them is distributed
with textclf: the corpus is made on the user's machine from the packages that are installed there,
and each paragraph stays under the licence of its library.
"""

from __future__ import annotations

import ast
import gc
import importlib.metadata
import importlib.util
import itertools
import json
import logging
import re
import sys
import warnings
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from textclf.atomic import write_text
from textclf.data.labelled_texts import LabelledTexts
from textclf.data.prose import LIBRARIES, is_prose, masker, paragraphs_of, without_markup
from textclf.errors import DataError, MissingDependencyError, must_be
from textclf.validation import require_int, require_share

__all__ = ["DocstringCorpus", "docstring_corpus"]

_LOG = logging.getLogger(__name__)

_DISTRIBUTIONS = {"sklearn": "scikit-learn"}
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
        versions={library: _version(library) for library in libraries},
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
) -> tuple[list[_Paragraph], int]:
    """Return the paragraphs without duplicates, from the cache if it is of the same files."""
    files = [file for library in libraries for file in _source_files(library)]
    sizes = "".join(f"{module} {path.stat().st_size}\n" for _, module, path in files)
    versions = {library: _version(library) for library in libraries}
    origin = {"versions": versions, "min_words": min_words, "files": zlib.crc32(sizes.encode())}
    if cache is not None and cache.exists():
        stored = _read_cache(cache)
        if stored["origin"] == origin:
            return [_Paragraph(*row) for row in stored["paragraphs"]], stored["num_duplicates"]
    found = _read(files, libraries, min_words, progress)
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


# ---- From packages to docstrings ------------------------------------------------------------------

# Tests, and the code of other projects that a library carries along.
_SKIPPED_FOLDERS = frozenset({"test", "tests", "testing", "_vendor", "externals"})


@dataclass(frozen=True)
class _Paragraph:
    library: str
    module: str
    text: str


def _source_files(library: str) -> list[tuple[str, str, Path]]:
    """Return (library, module, file) of what is to be read in a package, in a fixed order.

    A private folder at the top of a package holds internals that no user reads about, except in
    numpy, whose own functions lie in ``_core``.
    """
    if library in sys.modules:
        places = getattr(sys.modules[library], "__path__", None)
    else:  # For a top-level name this runs no code of the package.
        spec = importlib.util.find_spec(library)
        places = None if spec is None else spec.submodule_search_locations
    folders = [folder for folder in map(Path, places if places is not None else ()) if folder.is_dir()]
    if not folders:
        raise MissingDependencyError(
            f"`libraries` must be packages that are installed with their sources. Received: {library!r}, "
            f"which is not. Run `pip install {_DISTRIBUTIONS.get(library, library)}`, or leave it out."
        )
    files = []
    for folder in folders:
        for path in folder.rglob("*.py*"):
            *above, name = path.relative_to(folder).with_suffix("").parts
            internal = above and above[0].startswith("_") and above[0] != "_core"
            if path.suffix in (".py", ".pyi") and not internal and _SKIPPED_FOLDERS.isdisjoint(above):
                module = ".".join([library, *above, *([] if name == "__init__" else [name])])
                files.append((library, module, path))
    return sorted(files)


def _version(library: str) -> str:
    """Return the installed version of a library, or "unknown" if it says none."""
    try:
        return importlib.metadata.version(_DISTRIBUTIONS.get(library, library))
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def _parse(path: Path) -> ast.Module:
    """Parse a source file; one that this Python cannot parse is logged and counts as empty."""
    source = path.read_bytes()
    if b'"""' in source or b"'''" in source:  # Else it has no docstring of more than a line.
        try:
            with warnings.catch_warnings(action="ignore"):
                return ast.parse(source)
        except (SyntaxError, ValueError) as error:
            _LOG.warning("%s is left out: %s", path, error)
    return ast.Module(body=[], type_ignores=[])


def _docstrings(tree: ast.Module) -> Iterator[str]:
    """Yield the docstrings of a module, and those that it gives to compiled functions."""
    nodes: list[ast.AST] = [tree]
    while nodes:
        node = nodes.pop()
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            docstring = ast.get_docstring(node, clean=False)
            if docstring is not None:
                yield docstring
        elif isinstance(node, (ast.Expr, ast.Assign)) and isinstance(node.value, ast.Call):
            # add_docstr(torch.abs, r"""...""") and add_newdoc("numpy", "ndarray", ("T", """..."""))
            function = node.value.func
            name = getattr(function, "id", "") or getattr(function, "attr", "")
            if "docstr" in name or "newdoc" in name:
                strings = (n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant))
                yield from (string for string in strings if isinstance(string, str))
            continue
        for block in ("handlers", "orelse", "body"):
            nodes += reversed(getattr(node, block, []))


def _read(
    files: Sequence[tuple[str, str, Path]], libraries: Sequence[str], min_words: int, progress: bool
) -> list[_Paragraph]:
    """Return the usable paragraphs of all files, in the order of the files."""
    mask = masker(libraries)
    texts: dict[str, str] = {}  # Many paragraphs come again word for word.
    found = []
    collecting = gc.isenabled()
    gc.disable()  # Trees of syntax are many small objects: to look them over takes as long as to parse.
    try:
        for library, module, path in tqdm(files, desc="docstrings", unit="file", disable=not progress):
            for raw in itertools.chain.from_iterable(map(paragraphs_of, _docstrings(_parse(path)))):
                if raw not in texts:
                    text = mask(without_markup(raw)) if raw.count(" ") >= min_words - 1 else ""
                    texts[raw] = text if is_prose(text, min_words) else ""
                if texts[raw]:
                    found.append(_Paragraph(library, module, texts[raw]))
    finally:
        if collecting:
            gc.enable()
    return found


# ---- From all paragraphs to a corpus --------------------------------------------------------------


def _without_duplicates(paragraphs: Sequence[_Paragraph]) -> list[_Paragraph]:
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
    paragraphs: Sequence[_Paragraph], fractions: Mapping[str, float], seed: int
) -> dict[str, list[_Paragraph]]:
    """Give whole modules to the parts, so that each part has its fraction of each library.

    The modules of a library come in random order, and each goes to the first part that has room for
    it, or to training.
    """
    rng = np.random.default_rng(seed)
    libraries: dict[str, dict[str, list[_Paragraph]]] = {}
    for paragraph in paragraphs:
        libraries.setdefault(paragraph.library, {}).setdefault(paragraph.module, []).append(paragraph)
    parts: dict[str, list[_Paragraph]] = {split: [] for split in _SPLITS}
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
