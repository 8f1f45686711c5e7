"""Show which words of a text speak for its label, and which against it."""

from __future__ import annotations

import html
import sys
from typing import Any

from textclf.atomic import write_text
from textclf.cli.console import Console, coloured
from textclf.cli.loading import add_loading_arguments, loading_options
from textclf.cli.parser import Parser
from textclf.explain import METHODS, Explanation, explain
from textclf.predictor import Predictor

__all__ = ["add_arguments", "run"]

_SHOWN = 10


def add_arguments(parser: Parser) -> None:
    """Add the arguments of ``textclf explain``."""
    add_loading_arguments(parser)
    parser.add_argument("text", metavar="TEXT", help="what is to be explained")
    parser.add_argument("--label", metavar="LABEL", help="explain this label; default: the one predicted")
    parser.add_argument("--method", choices=METHODS, default=METHODS[0], help="default: %(default)s")
    parser.add_argument("--html", metavar="FILE", help="write a page for the browser too")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def run(given: dict[str, Any]) -> int:
    """Explain the text, in colour where that can be seen.

    Args:
        given: The arguments.

    Returns:
        0.
    """
    console = Console(as_json=given.get("json", False))
    predictor = Predictor.load(given["folder"], **loading_options(given))
    by_name = {str(name): name for name in predictor.classes}
    label = given.get("label")
    why = explain(predictor, given["text"], label=by_name.get(str(label), label), method=given["method"])
    if "html" in given:
        write_text(given["html"], _page(why))
    text = _table(why)
    if coloured(sys.stdout):
        text = f"{why.to_terminal()}\n{text}"
    console.result(why.as_dict(), text)
    if "html" in given:
        console.say(f"\nThe page is {given['html']}.")
    return 0


def _table(why: Explanation) -> str:
    """Return the words that matter most, with what each adds to the log-odds of the label."""
    top = why.top(_SHOWN)
    answer = f"{why.label} {why.probability:.3f}"
    if not top:
        return f"{answer}; the text has no word to explain it by."
    lines = [f"{answer}; what each word adds to its log-odds:"]
    lines += [f"  {score:+.2f}  {token}" for token, score in top]
    if len(why.tokens) > len(top):
        lines.append(f"  and {len(why.tokens) - len(top)} that matter less")
    return "\n".join(lines)


def _page(why: Explanation) -> str:
    title = html.escape(f"Why {why.label}?")
    head = f'<meta charset="utf-8"><title>{title}</title>'
    return f"<!doctype html>\n<html><head>{head}</head><body>\n{why.to_html()}\n</body></html>\n"
