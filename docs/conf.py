"""How Sphinx builds these pages: guides in Markdown, the reference from docstrings, no network."""

from __future__ import annotations

import re
from importlib import metadata
from typing import Any

from sphinx.application import Sphinx
from sphinx.ext.napoleon import GoogleDocstring

project = "textclf"
author = "The textclf authors"
copyright = "2026, The textclf authors"
release = metadata.version("textclf-torch")
version = release

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
]
exclude_patterns = ["_build", "results/*.md"]
templates_path = ["_templates"]

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autosummary_generate_overwrite = True
autosummary_context = {"shown_with_inherited": {"textclf.training.trainer"}}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_custom_sections = ["Shape", "Shapes", "Source", "Sources", "Paper"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_theme = "furo"
html_title = f"textclf {release}"
html_static_path: list[str] = []


def setup(app: Sphinx) -> None:
    """Have the docstrings of properties read like those of methods, and nothing written twice."""
    app.connect("autodoc-process-docstring", read_property, priority=400)  # before napoleon's own 500
    app.connect("autodoc-skip-member", skip_member)


def skip_member(app: Sphinx, what: str, name: str, obj: object, skip: bool, options: Any) -> bool | None:
    """Leave out the fields of a named tuple, which its docstring names, and what scikit-learn adds."""
    field = type(obj).__name__ == "_tuplegetter"
    return True if field or re.fullmatch(r"set_\w+_request", name) else None


def read_property(app: Sphinx, what: str, name: str, obj: object, options: Any, lines: list[str]) -> None:
    """Read a property's docstring as sentences and sections.

    Napoleon takes a colon in its first line for the end of a type, and reads no sections. The empty
    comment on top leaves it nothing to take.
    """
    if what == "property":
        parsed = GoogleDocstring(lines, app.config, app, "method", name, obj, options)
        lines[:] = ["..", "", *parsed.lines()]
