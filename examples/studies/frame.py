"""What the studies have in common: their arguments, where their data come from, and what they write."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from textclf import LabelledTexts, TextClassifier
from textclf.experiment import Split, Study

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from data_sets import DATASETS, load_parts

__all__ = ["DATASETS", "Page", "arguments", "small", "small_split", "split"]


def arguments(
    description: str | None,
    *,
    out: str,
    parts: Sequence[str],
    sets: Sequence[str] = (),
    built_in: bool = False,
) -> argparse.Namespace:
    """Read the command line of a study of these parts and sets, and whose data may be built in."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    if not built_in:
        parser.add_argument("data", type=Path, nargs="?", help="the folder of the data sets")
    parser.add_argument("--out", type=Path, default=Path("studies") / out, help="runs, tables, pictures")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time")
    parser.add_argument("--quick", action="store_true", help="tiny data, small models, one seed")
    parser.add_argument("--parts", nargs="+", choices=parts, default=parts, help="only these of the study")
    if sets:
        parser.add_argument("--sets", nargs="+", choices=sets, default=sets, help="only these of the data")
    given = parser.parse_args()
    if given.quick:
        given.seeds = 1
    elif not built_in and (given.data is None or not given.data.is_dir()):
        parser.error("name the folder of the data sets, or try it out with --quick")
    return given


def split(name: str, data: Path) -> Split:
    """Read a set as ``benchmarks/data_sets.py`` does."""
    parts = load_parts(name, data)
    return Split(parts.train, parts.test, parts.valid)


def small_split() -> Split:
    """Make film reviews of a few words, in two classes, for ``--quick``."""
    words = {"pos": ["lovely", "a joy", "superb", "moving"], "neg": ["dull", "a mess", "bad", "flat"]}
    subjects = ["film", "plot", "cast", "music", "ending", "dialogue", "story", "camera"]
    rows = [(f"the {s} is {w}", label) for s in subjects for label, its in words.items() for w in its]
    whole = LabelledTexts([text for text, _ in rows], [label for _, label in rows])
    rest, test = whole.split(0.25, seed=0)
    train, valid = rest.split(0.25, seed=0)
    return Split(train, test, valid)


def small(setup: TextClassifier) -> TextClassifier:
    """Return a setup that trains for an instant, for ``--quick``."""
    return setup.set_params(embedding=None, min_freq=1, epochs=1)


class Page:
    """The tables of a study, printed and kept in ``tables.md`` of its folder, and its pictures beside it.

    Args:
        out: The folder.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self.runs = out / "runs"
        out.mkdir(parents=True, exist_ok=True)

    def add(self, part: str, study: Study, **pictures: Any) -> None:
        """Show a study, and write its table to ``PART.md`` and each picture to ``PART_NAME.png``."""
        print(f"\n{part}\n{study}", flush=True)
        (self.out / f"{part}.md").write_text(study.to_markdown(), encoding="utf-8")
        for name, figure in pictures.items():
            figure.savefig(self.out / f"{part}_{name}.png", dpi=110)
