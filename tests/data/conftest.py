"""What several tests of data share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that installs a package of source files, which break if they are imported."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(name: str, /, **modules: str | list[str]) -> None:
        for module, content in ({"__init__": []} | modules).items():
            path = tmp_path / name / f"{module.replace('__', '/') if module != '__init__' else module}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, list):
                functions = [f"def f{i}():\n    {text!r}" for i, text in enumerate(content)]
                content = "'''\n'''\nraise RuntimeError\n" + "\n".join(functions)
            path.write_text(content, encoding="utf-8")

    return install
