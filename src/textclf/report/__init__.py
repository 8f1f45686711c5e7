"""A run or a study as one page of HTML that needs no other file; and the parts that pages are made of."""

from __future__ import annotations

from textclf.report.page import Section, page
from textclf.report.run import run_page
from textclf.report.run_folder import is_run_folder, run_folder_page
from textclf.report.study import study_page

__all__ = ["Section", "is_run_folder", "page", "run_folder_page", "run_page", "study_page"]
