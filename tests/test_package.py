"""The package as a whole: what it exports, what importing it loads, and the levels its modules keep to."""

from __future__ import annotations

import ast
import functools
import graphlib
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import textclf

SOURCE = Path(textclf.__file__).parent
TESTS = Path(__file__).parent

# The rooms of the house, lowest level first. A module imports from its own room, from a lower level, or
# from a room named before its own on the same level.
LEVELS = [
    ["errors", "registry", "atomic", "validation", "findings", "device", "environment", "init"],
    ["text"],
    ["data", "embedding"],
    ["layers", "models"],
    ["metrics", "training"],
    ["baseline", "doctor", "experiment", "plots"],
    ["windows", "saved_model", "predictor", "tagger", "export", "explain", "classifier", "report"],
    ["demo", "cli", "__main__"],
]
ROOMS = [room for level in LEVELS for room in level]

HEAVY = ["torch", "gensim", "sklearn", "scipy", "matplotlib", "jieba"]


def module_name(file: Path) -> str:
    parts = ["textclf", *file.relative_to(SOURCE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_name(file): file for file in sorted(SOURCE.rglob("*.py"))}
MODULES = sorted(FILES)
INNER = [name for name in MODULES if name != "textclf"]


@functools.cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(FILES[module].read_text(encoding="utf-8"))


def imports_of(module: str, *, for_types: bool = True) -> dict[str, int]:
    """Return the textclf modules that a module imports, anywhere in its text, each with the line.

    Without ``for_types``, imports that only the type checker sees do not count.
    """
    found: dict[str, int] = {}
    hidden = set() if for_types else lines_for_types(tree_of(module))
    package = module if FILES[module].name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(tree_of(module)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                kept = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*kept, *([node.module] if node.module else [])])
            names = [f"{base}.{alias.name}" for alias in node.names]
            names = [name if name in FILES else base for name in names]
        if names and node.lineno not in hidden:
            found.update({name: node.lineno for name in names if name in FILES and name != module})
    return found


def lines_for_types(tree: ast.Module) -> set[int]:
    """Return the numbers of the lines under ``if TYPE_CHECKING:``."""
    blocks = [n for n in ast.walk(tree) if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING"]
    return {line for block in blocks for line in range(block.lineno, (block.end_lineno or 0) + 1)}


def exported(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == ["__all__"]:
            names = ast.literal_eval(node.value)
            assert isinstance(names, list)
            return names
    return None


def room_of(module: str) -> str:
    return module.split(".")[1]


def test_public_names_are_exactly_the_imports() -> None:
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree_of("textclf"))
        if isinstance(node, ast.ImportFrom) and node.module not in ("__future__", "typing")
        for alias in node.names
    }
    listed = [name for name in textclf.__all__ if name != "__version__"]
    assert sorted(listed) == sorted(imported)
    assert len(set(listed)) == len(listed)


def test_every_public_name_can_be_imported() -> None:
    assert [name for name in textclf.__all__ if not hasattr(textclf, name)] == []


def test_importing_loads_no_heavy_package() -> None:
    code = f"import sys, textclf; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip(), done.stderr.strip()) == (0, "[]", "")


def test_an_unknown_name_is_still_an_attribute_error() -> None:
    assert "TextClassifier" in dir(textclf)
    with pytest.raises(AttributeError, match="module 'textclf' has no attribute 'TextClasifier'"):
        _ = textclf.TextClasifier


@pytest.mark.parametrize("module", MODULES)
def test_module_has_docstring_and_names_what_it_exports(module: str) -> None:
    tree = tree_of(module)
    assert ast.get_docstring(tree), f"{module} needs a docstring"
    names = exported(tree)
    if names is None:
        assert len(tree.body) == 1, f"{module} needs __all__"
        return
    loaded = importlib.import_module(module)
    assert [name for name in names if not hasattr(loaded, name)] == []


@pytest.mark.parametrize("module", MODULES)
def test_module_has_no_assert_and_does_not_print(module: str) -> None:
    faults = [
        f"{FILES[module].name}:{node.lineno}"
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Assert)
        or (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "print"
            and room_of(module) != "cli"
        )
    ]
    assert faults == []


@pytest.mark.parametrize("module", INNER)
def test_module_imports_only_from_lower_levels(module: str) -> None:
    assert room_of(module) in ROOMS, f"give {module} a level in LEVELS"
    own = ROOMS.index(room_of(module))
    faults = [
        f"line {line} imports {name}"
        for name, line in imports_of(module).items()
        if name == "textclf" or ROOMS.index(room_of(name)) > own
    ]
    assert faults == []


def test_no_import_cycle() -> None:
    graph = {name: imports_of(name, for_types=False) for name in MODULES}
    assert sorted(graphlib.TopologicalSorter(graph).static_order()) == MODULES


def test_the_import_reader_sees_every_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "sample.py"
    file.write_text(
        "import textclf.errors\nfrom textclf import atomic\nfrom textclf.registry import Registry\n"
        "from . import device\ndef later():\n    from .text import tokenizers\n"
    )
    monkeypatch.setitem(FILES, "textclf.sample", file)
    names = set(imports_of("textclf.sample"))
    assert {"textclf.errors", "textclf.atomic", "textclf.registry", "textclf.device"} <= names
    assert any(name.startswith("textclf.text") for name in names)


@pytest.mark.parametrize("module", [name for name in INNER if FILES[name].name != "__init__.py"])
def test_module_has_its_test_file(module: str) -> None:
    file = FILES[module].relative_to(SOURCE)
    mirror = TESTS / file.parent / f"test_{file.stem.lstrip('_')}.py"
    assert mirror.is_file(), f"write {mirror.relative_to(TESTS.parent)}"
