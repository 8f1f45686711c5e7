"""The options that all speed benchmarks have, and what must be equal for two runs to be compared."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["read_options", "settings_of", "shown_command"]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
ENVIRONMENTS = ("frameworks", "fasttext")


def read_options(parser: argparse.ArgumentParser, name: str, short: dict[str, Any]) -> argparse.Namespace:
    """Add the options that all speed benchmarks have, read the command line, and do what they say.

    Args:
        parser: With the options of this benchmark alone.
        name: What the files of results and tables are called.
        short: The sizes that ``--short`` sets, by the names of the options.
    """
    parser.add_argument("--data", type=Path, help="folder of the data sets; without it, docstrings")
    parser.add_argument("--repeats", type=int, default=5, help="runs of each program")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="processors to use")
    parser.add_argument("--peers", type=Path, help="folder of the peers' environments")
    parser.add_argument("--make-peers", action="store_true", help="make those environments first")
    parser.add_argument("--results", type=Path, default=HERE / "results" / f"{name}.jsonl")
    parser.add_argument("--table", type=Path, default=ROOT / "docs" / "results" / f"{name}.md")
    parser.add_argument("--short", action="store_true", help="small sizes, written to runs/bench")
    parser.add_argument("--table-only", action="store_true", help="write the table of the last run again")
    if "--short" in sys.argv:
        folder = ROOT / "runs" / "bench"
        parser.set_defaults(results=folder / f"{name}.jsonl", table=folder / f"{name}.md", **short)
    options = parser.parse_args()
    if options.data is not None and not options.data.is_dir():
        parser.error(f"no folder {options.data}")
    if options.make_peers and options.peers is None:
        parser.error("--make-peers needs --peers DIR")
    if options.make_peers:
        _make_peers(options.peers)
    _use_threads(options.threads)
    return options


def _use_threads(threads: int) -> None:
    """Keep this process and those it starts to so many processors."""
    if hasattr(os, "sched_setaffinity"):  # Linux; XLA, unlike the others, listens to nothing else
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, allowed[:threads])
    os.environ.update(OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads))
    os.environ.update(TOKENIZERS_PARALLELISM="false", HF_HUB_OFFLINE="1", TQDM_DISABLE="1")


def settings_of(options: argparse.Namespace, **more: Any) -> dict[str, Any]:
    """Return what makes two runs comparable: the machine, the code and the sizes."""
    return {
        "machine": _machine(),
        "threads": options.threads,
        "commit": _commit(),
        "code": _digest_of_code(),
        "command": shown_command(sys.argv),
        **more,
    }


def shown_command(argv: Sequence[str]) -> str:
    """Write a command without the paths of this machine.

    Example:
        >>> shown_command(["/home/me/benchmarks/speed.py", "--data", "/home/me/data", "--repeats", "5"])
        'python benchmarks/speed.py --data DIR --repeats 5'
    """
    words = [f"benchmarks/{Path(argv[0]).name}", *argv[1:]]
    for at, word in enumerate(words[1:], start=1):
        if Path(word).is_absolute() or word.startswith("."):
            words[at] = "DIR" if not Path(word).suffix else Path(word).name
    return shlex.join(["python", *words])


def _machine() -> str:
    cpu, flags = platform.processor() or platform.machine(), ""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n"):
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                cpu = value.strip()
            if key.strip() == "flags":
                known = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
                flags = f" ({', '.join(flag for flag in known if flag in value.split())})"
    return f"{cpu}{flags}, {os.cpu_count()} processors, {platform.system()}"


def _commit() -> str:
    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], capture_output=True, text=True, check=True, cwd=ROOT
        ).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--", "src", "benchmarks/*.py")
        return git("rev-parse", "--short", "HEAD") + (" with changes" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _digest_of_code() -> str:
    """Return a digest of the sources, so that a run never goes on with other code."""
    digest = hashlib.sha256()
    for file in sorted([*(ROOT / "src").rglob("*.py"), *HERE.rglob("*.py")]):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _make_peers(folder: Path) -> None:
    """Make the environments of the peers that are not there yet."""
    for name in ENVIRONMENTS:
        python = folder / name / "bin" / "python"
        if not python.exists():
            print(f"making {folder / name}", flush=True)
            subprocess.run([sys.executable, "-m", "venv", str(folder / name)], check=True)
            requirements = HERE / "peers" / f"requirements-{name}.txt"
            # torch first and alone, so that the others find it and bring no other build of it.
            lines = requirements.read_text(encoding="utf-8").split("\n")
            for torch_line in [line for line in lines if line.startswith("torch==")]:
                subprocess.run([str(python), "-m", "pip", "install", "-q", torch_line], check=True)
            subprocess.run([str(python), "-m", "pip", "install", "-q", "-r", str(requirements)], check=True)
