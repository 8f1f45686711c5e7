"""The examples of the guides and of README.md run as they stand, and the reference leaves no module out.

The Python fences of a page run from top to bottom in one namespace, in an empty folder. Where a ``text``
fence follows a Python fence, it is what that one prints; ``...`` in it stands for anything. A Python fence
in an HTML comment runs too: it makes the files that the reader is supposed to have. A console fence that
calls ``textclf`` is a transcript: each command runs, and prints what stands below it.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from textclf.cli import main
from textclf.doctor import DATA_CHECKS, TRAINING_CHECKS
from textclf.init import INITIALIZERS
from textclf.models import MODELS
from textclf.text import TOKENIZERS
from textclf.training import SCHEDULES

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
FINDINGS = sorted((DOCS / "findings").glob("*.md"))
PAGES = [ROOT / "README.md", *sorted((DOCS / "guides").glob("*.md")), *FINDINGS]
FENCE = re.compile(
    r"^```python\n(?P<code>.*?)^```\n(?:\n*^```text\n(?P<shown>.*?)^```$)?", re.DOTALL | re.MULTILINE
)
TRANSCRIPT = re.compile(r"^```console\n(?P<commands>\$ (?:textclf|cat) .*?)^```$", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^\$ (?P<line>.*)\n(?P<shown>(?:(?!\$ ).*\n)*)", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """One Python fence: its code, the line it starts on, and what the page says that it prints."""

    code: str
    line: int
    shown: str | None


def examples_of(page: str) -> list[Example]:
    found = [(m.start("code"), m["code"], m["shown"]) for m in FENCE.finditer(page)]
    for transcript in TRANSCRIPT.finditer(page):
        for m in COMMAND.finditer(transcript["commands"]):
            place = transcript.start("commands") + m.start()
            found.append((place, f"run_command({m['line']!r})", m["shown"]))
    return [Example(code, page.count("\n", 0, place) + 1, shown) for place, code, shown in sorted(found)]


def run_command(line: str) -> None:
    """Run a line of a transcript: ``textclf`` in this process, or ``cat``."""
    program, *words = shlex.split(line)
    if program == "cat":
        sys.stdout.write(Path(words[0]).read_text(encoding="utf-8"))
        return
    with contextlib.redirect_stderr(sys.stdout):
        main(words)


def run_page(file: Path) -> None:
    namespace: dict[str, object] = {"__name__": "page", "run_command": run_command}
    for example in examples_of(file.read_text(encoding="utf-8")):
        printed = io.StringIO()
        code = compile("\n" * (example.line - 1) + example.code, str(file), "exec", dont_inherit=True)
        with contextlib.redirect_stdout(printed):
            exec(code, namespace)
        if example.shown is not None:
            same = doctest.OutputChecker().check_output(example.shown, printed.getvalue(), doctest.ELLIPSIS)
            place = f"{file.name}, line {example.line}"
            assert same, f"{place} prints:\n{printed.getvalue()}\nnot:\n{example.shown}"


@pytest.fixture
def registries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page register things of its own without other tests seeing them."""
    for registry in (MODELS, INITIALIZERS, TOKENIZERS, SCHEDULES, DATA_CHECKS, TRAINING_CHECKS):
        monkeypatch.setattr(registry, "_factories", dict(registry._factories))


@pytest.mark.usefixtures("registries")
@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_the_examples_of_the_page_run(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert examples_of(file.read_text(encoding="utf-8")), f"{file.name} shows no code"
    monkeypatch.chdir(tmp_path)
    run_page(file)


def test_a_page_that_shows_another_output_is_caught(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n")
    with pytest.raises(AssertionError, match=r"page\.md, line 2 prints:\s+2\s"):
        run_page(page)


def test_a_page_whose_code_fails_is_caught(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Words.\n\n<!--\n```python\nn = 0\n```\n-->\n\n```python\n1 / n\n```\n")
    with pytest.raises(ZeroDivisionError):
        run_page(page)


def test_the_reference_is_made_from_every_module() -> None:
    index = (DOCS / "api" / "index.md").read_text(encoding="utf-8")
    paths = (ROOT / "src" / "textclf").iterdir()
    rooms = {path.stem for path in paths if path.suffix == ".py" or path.is_dir()}
    listed = set(re.findall(r"^   textclf\.(\w+)$", index, re.MULTILINE))
    assert listed == rooms - {"__init__", "__main__", "__pycache__"}


def test_every_guide_is_in_the_table_of_contents() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    guides = {page.stem for page in PAGES if page.parent.name == "guides"}
    assert set(re.findall(r"^guides/(\S+)$", index, re.MULTILINE)) == guides


def test_every_finding_is_in_the_table_of_contents() -> None:
    index = (DOCS / "findings" / "index.md").read_text(encoding="utf-8")
    contents = index.rpartition("toctree")[2].splitlines()
    assert {page.stem for page in FINDINGS} - {"index"} == set(contents) & {page.stem for page in FINDINGS}


def test_building_the_docs_asks_nothing_of_the_network() -> None:
    assert "intersphinx" not in (DOCS / "conf.py").read_text(encoding="utf-8")
