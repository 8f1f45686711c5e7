"""What the doctor finds in public research sets, beside the faults that they are known to have.

    python benchmarks/data_checks.py --data DIR [--sets imdb trec]

The table is written to ``docs/results/data_checks.md``; a known fault that is not found ends it with 1.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from tables import markdown_table, publish

from textclf.data import LabelledFile
from textclf.doctor import Findings, check_data

TABLE = Path(__file__).resolve().parents[1] / "docs" / "results" / "data_checks.md"


class Known(NamedTuple):
    """A set, how its files are read, and the faults that it is known to have.

    Attributes:
        train, test: Files in the data folder; a set may have no test.
        columns: Options of :class:`LabelledFile`.
        faults: Codes.
        tokenizer: Name of the tokenizer.
        test_columns: Options of the test file, where they differ; else None.
        truth: Column of the true labels, where others are read.
    """

    train: str
    test: str | None
    columns: dict[str, Any]
    faults: tuple[str, ...]
    tokenizer: str = "word"
    test_columns: dict[str, Any] | None = None
    truth: int | None = None


_AG_NEWS: dict[str, Any] = {"text": 2, "label": 0, "delimiter": ",", "quoted": True}
KNOWN = {
    "imdb": Known(
        "imdb/train.tsv",
        "imdb/test.tsv",
        {"text": 3, "label": 0},
        ("duplicate-texts", "leaked-texts", "sorted-by-label", "html-leftovers"),
    ),
    "zh_sentiment": Known(
        "zh_sentiment/validation.txt",
        "zh_sentiment/test.txt",
        {"text": 1, "label": 0},
        ("sorted-by-label",),
        "whitespace",
    ),
    "thucnews": Known(
        "thucnews/train_union.txt",
        "thucnews/test.txt",
        {"text": 0, "label": 1},
        ("undecodable-characters",),
        "char",
    ),
    "sst2": Known(
        "sst2/train.tsv", "sst2/test.tsv", {"text": 0, "label": 1}, ("duplicate-texts", "leaked-texts")
    ),
    "trec": Known(
        "trec/train_5500.label",
        "trec/TREC_10.label",
        {"text": 1, "label": 0, "delimiter": " ", "encoding": "latin-1"},
        ("duplicate-texts", "leaked-texts"),
    ),
    "ag_news, noisy labels": Known(
        "ag_news/train_10k.csv", None, {**_AG_NEWS, "label": 1}, ("noisy-labels",), truth=0
    ),
    "ag_news, 8k rows as test": Known(
        "ag_news/train_10k.csv",
        "ag_news/train_8k_desc_only.csv",
        _AG_NEWS,
        ("near-leaked-texts",),
        test_columns={**_AG_NEWS, "text": 1},
    ),
    "keyphrase_twitter": Known(
        "keyphrase_twitter/split_train.tsv",
        "keyphrase_twitter/split_test.tsv",
        {"text": 0, "label": 1},
        ("near-leaked-texts", "rare-classes"),
    ),
}


def main() -> None:
    """Check each set, then write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--sets", nargs="+", choices=list(KNOWN), default=list(KNOWN))
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(f"skipped: no folder {options.data}; name the data folder with --data")
    rows, missed = [], []
    for name in options.sets:
        started = time.process_time()
        found = check(KNOWN[name], options.data)
        seconds = time.process_time() - started
        print(f"\n{name}\n{found}", flush=True)
        rows.append(row(name, KNOWN[name], found, seconds, options.data))
        missed += [f"{code} in {name}" for code in KNOWN[name].faults if code not in found.codes]
    columns = ["set", "rows", "known fault", "seen", "other findings", "processor s"]
    publish(TABLE, markdown_table(columns, rows).replace("|--:", "|---"))
    sys.exit(f"not found: {', '.join(missed)}" if missed else 0)


def check(its: Known, data: Path) -> Findings:
    """Check the training file, with the test file if there is one."""
    train = LabelledFile(data / its.train, **its.columns)
    columns = its.columns if its.test_columns is None else its.test_columns
    test = None if its.test is None else LabelledFile(data / its.test, **columns)
    return check_data(train, test=test, tokenizer=its.tokenizer)


def row(name: str, its: Known, found: Findings, seconds: float, data: Path) -> list[str]:
    """Write what was found in a set as a row of the table."""
    known = [finding for finding in found if finding.code in its.faults]
    seen = [finding.seen for finding in known]
    if its.truth is not None:
        given, true = (
            [label for _, label in LabelledFile(data / its.train, **{**its.columns, "label": column})]
            for column in (its.columns["label"], its.truth)
        )
        named = [its.index for finding in known for its in finding.rows]
        wrong = sum(given[index] != true[index] for index in named)
        seen.append(f"Of the {len(named)} rows that it names, {wrong} have a wrong label in truth.")
    others = dict.fromkeys(
        f"`{finding.code}` ({finding.severity})" for finding in found if finding.code not in its.faults
    )
    parts = [remark.partition(": ") for remark in found.remarks]
    sizes = [rest.partition(" ")[0] for split, _, rest in parts if split in ("train", "test")]
    return [
        name,
        " / ".join(sizes),
        ", ".join(f"`{code}`" for code in its.faults),
        " ".join(seen),
        ", ".join(others) or "none",
        f"{seconds:.0f}",
    ]


if __name__ == "__main__":
    main()
