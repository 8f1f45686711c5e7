"""The docstrings of installed packages, paragraph by paragraph; the source files are parsed, never run."""

from __future__ import annotations

import ast
import gc
import importlib.metadata
import importlib.util
import itertools
import logging
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from textclf.data.prose import is_prose, masker, paragraphs_of, without_markup
from textclf.errors import MissingDependencyError

__all__ = ["Paragraph", "installed_version", "read_paragraphs", "source_files"]

_LOG = logging.getLogger(__name__)

_DISTRIBUTIONS = {"sklearn": "scikit-learn"}

# Tests, and the code of other projects that a library carries along.
_SKIPPED_FOLDERS = frozenset({"test", "tests", "testing", "_vendor", "externals"})


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of prose, with the library and the module that it comes from."""

    library: str
    module: str
    text: str


def source_files(library: str) -> list[tuple[str, str, Path]]:
    """Return (library, module, file) of what is to be read in a package, in a fixed order.

    A private folder at the top of a package holds internals that no user reads about, except in
    numpy, whose own functions lie in ``_core``.

    Raises:
        MissingDependencyError: The library is not installed.

    Example:
        >>> library, module, file = source_files("tqdm")[0]
        >>> library, module, file.name
        ('tqdm', 'tqdm', '__init__.py')
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


def installed_version(library: str) -> str:
    """Return the installed version of a library, or "unknown" if it says none.

    Example:
        >>> installed_version("no_such_library")
        'unknown'
    """
    try:
        return importlib.metadata.version(_DISTRIBUTIONS.get(library, library))
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def read_paragraphs(
    files: Sequence[tuple[str, str, Path]], libraries: Sequence[str], min_words: int, progress: bool
) -> list[Paragraph]:
    """Return the usable paragraphs of all files, in the order of the files.

    Args:
        files: As :func:`source_files` gives them.
        libraries: The names that are masked.
        min_words: The fewest words of a paragraph.
        progress: Show a progress bar.

    Example:
        >>> file = next(file for file in source_files("tqdm") if file[1] == "tqdm.auto")
        >>> read_paragraphs([file], ["tqdm"], min_words=5, progress=False)[0].text
        'Enables multiple commonly used features.'
    """
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
                    found.append(Paragraph(library, module, texts[raw]))
    finally:
        if collecting:
            gc.enable()
    return found


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
