"""Programs that take turns, and the figures that each prints, kept in a file as they come.

Every figure is made by a program in a process of its own, which prints one line of JSON. The programs
of a comparison take turns (A B C A B C ...), so that whatever else the machine does hits all of them.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = [
    "Program",
    "Run",
    "interleaved",
    "last_runs",
    "read_rows",
    "run_program",
    "take_turns",
]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PEERS = HERE / "peers"
Row = dict[str, Any]


@dataclass(frozen=True)
class Program:
    """One program of a comparison.

    Attributes:
        name: What its row of the table is called.
        script: Its file, under ``peers/`` unless the path is absolute.
        arguments: Of its own, before those that all programs get.
        environment: The environment that it needs, ``frameworks`` or ``fasttext``, or None for
            that of textclf.
        variables: Environment variables.
    """

    name: str
    script: str
    arguments: tuple[str, ...] = ()
    environment: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)

    def python(self, peers: Path | None) -> Path | None:
        """Return the interpreter that runs it, or None if its environment is not there."""
        if self.environment is None:
            return Path(sys.executable)
        python = None if peers is None else peers.absolute() / self.environment / "bin" / "python"
        return python if python is not None and python.exists() else None


@dataclass
class Run:
    """The rows of one comparison; a run that was broken off goes on where it stopped."""

    path: Path
    group: str
    number: int
    settings: Row
    rows: list[Row]

    @classmethod
    def begin(cls, path: Path, group: str, settings: Row, jobs: Iterable[tuple[int, str]]) -> Run:
        """Go on with the group's last run if it has these settings and lacks jobs; else start another."""
        rows = [row for row in read_rows(path) if row["group"] == group]
        number = max((row["run"] for row in rows), default=0)
        rows = [row for row in rows if row["run"] == number]
        done = {(row["repeat"], row["program"]) for row in rows}
        if rows and rows[0]["settings"] == settings and not done.issuperset(jobs):
            return cls(path, group, number, settings, rows)
        return cls(path, group, number + 1, settings, [])

    def has(self, repeat: int, program: str) -> bool:
        """Say whether this job is done."""
        return any((row["repeat"], row["program"]) == (repeat, program) for row in self.rows)

    def add(self, repeat: int, program: str, measured: Mapping[str, Any]) -> None:
        """Append a row to the file."""
        row = {"group": self.group, "run": self.number, "program": program, "repeat": repeat}
        row |= {**measured, "settings": self.settings}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        self.rows.append(row)


def read_rows(path: Path) -> list[Row]:
    """Read all rows of a file of results."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def last_runs(path: Path) -> dict[str, list[Row]]:
    """Return the rows of the last run of each group, the groups in order of first appearance."""
    rows = read_rows(path)
    last = {row["group"]: row["run"] for row in rows}  # a run is appended after those before it
    return {group: [r for r in rows if (r["group"], r["run"]) == (group, last[group])] for group in last}


def interleaved(names: Sequence[str], repeats: int) -> Iterator[tuple[int, str]]:
    """Yield (repeat, name) so that every name has its turn before one comes again.

    Example:
        >>> list(interleaved(["a", "b"], 2))
        [(0, 'a'), (0, 'b'), (1, 'a'), (1, 'b')]
    """
    for repeat in range(repeats):
        for name in names:
            yield repeat, name


def take_turns(
    run: Run,
    programs: Sequence[Program],
    repeats: int,
    peers: Path | None,
    arguments: Callable[[str, int], Sequence[object]],
) -> bool:
    """Run the programs in turns and keep their figures; return whether all of them worked.

    Args:
        run: Where the figures go; jobs that it has are not done again.
        programs: What to run; one whose environment is missing is skipped with a message.
        repeats: How often.
        peers: The folder of the peers' environments.
        arguments: From a program's name and the number of the repeat to what it is given after its own
            arguments.
    """
    there = {program.name: program for program in programs if program.python(peers) is not None}
    for program in programs:
        if program.name not in there:
            print(f"skipped: {program.name}, which needs the environment {program.environment!r} (--peers)")
    worked = True
    for repeat, name in interleaved(list(there), repeats):
        if run.has(repeat, name):
            continue
        measured = run_program(there[name], peers, arguments(name, repeat))
        shown = {k: v for k, v in measured.items() if isinstance(v, int | float | str)}
        print(f"{run.group} {repeat + 1}/{repeats} {name}: {_compact(shown)}", flush=True)
        if "failed" in measured:
            worked = False
        else:
            run.add(repeat, name, measured)
    return worked


def run_program(program: Program, peers: Path | None, arguments: Sequence[object]) -> Row:
    """Run a program in an empty folder and return what its last line says, or ``failed`` and why."""
    command = [str(program.python(peers)), str(PEERS / program.script), *program.arguments]
    command += [str(each) for each in arguments]
    variables = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | dict(program.variables)
    if program.environment is None:
        variables["PYTHONPATH"] = str(ROOT / "src")  # this checkout, whatever is installed
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=folder, env=variables
        )
    lines = done.stdout.strip().split("\n")
    with contextlib.suppress(ValueError):
        if done.returncode == 0:
            measured: Row = json.loads(lines[-1])
            return measured
    return {"failed": f"exit status {done.returncode}\n{(done.stderr or done.stdout)[-2000:]}"}


def _compact(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in values.items())
