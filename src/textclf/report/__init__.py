"""A run as one page of HTML that needs no other file; and the parts that such pages are made of."""

from __future__ import annotations

from textclf.report.page import Section, page
from textclf.report.run import run_page

__all__ = ["Section", "page", "run_page"]
