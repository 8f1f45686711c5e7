"""What it costs that a training run is watched: processor time and memory, with the watch and without.

    python benchmarks/watch.py --data DIR [--models textcnn bilstm] [--short]

Without ``--data`` the texts are docstrings. Time is measured in one process, the two ways in turns, and,
since two equal trainings differ by more, within the calls of the watch as a share of the rest of the
training; the peak of memory in a process for each way. The models are those of the zoo with all their
defaults.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from corpora import long_texts, write_task
from measuring import Program, Row, Run, interleaved, take_turns
from settings import read_options, settings_of
from tables import make_table, markdown_table, median_of, number, origin

WATCHED = Program("watched", "textclf_watched.py")
WITHOUT = Program("watch=False", "textclf_watched.py", ("--without",))
PROGRAMS = (WATCHED, WITHOUT)
MODELS = ("textcnn", "bilstm")
SHORT = {"train_rows": 320, "valid_rows": 64, "repeats": 1}


def main() -> None:
    """Run what is missing, then write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=MODELS)
    parser.add_argument("--train-rows", type=int, default=3200)
    parser.add_argument("--valid-rows", type=int, default=320)
    parser.add_argument("--epochs", type=int, default=2)
    options = read_options(parser, "watch", SHORT)
    make_table(options, options.models, measure, table)


def measure(model: str, options: argparse.Namespace) -> bool:
    """Make the runs of one model."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "task.json"
        rows = write_task(file, long_texts(options.data), options.train_rows, options.valid_rows)
        corpus = "imdb" if options.data else "docstrings"
        settings = settings_of(options, corpus=corpus, rows=rows, epochs=options.epochs)
        jobs = interleaved([program.name for program in PROGRAMS], options.repeats)
        run = Run.begin(options.results, model, settings, jobs)
        arguments = [file, "--model", model, "--epochs", options.epochs, "--seed"]
        return take_turns(run, PROGRAMS, options.repeats, None, lambda name, repeat: [*arguments, repeat])


def table(groups: dict[str, list[Row]]) -> str:
    """Write two rows for each model, and how much more the watched one needs."""
    columns = ["model", "training", "processor s", "more", "within its calls", "peak MB", "more"]
    lines = []
    for model, rows in groups.items():
        own = {
            name: [row for row in rows if row["program"] == name] for name in (WATCHED.name, WITHOUT.name)
        }
        seconds, peaks = (
            {name: median_of(its, key) for name, its in own.items()} for key in ("cpu_s", "peak_mb")
        )
        more = percent(median_of(rows, "ratio"))
        within = median_of(rows, "within")
        share = "–" if within is None else f"{100 * within:.1f} %"
        with_it, without = peaks[WATCHED.name], peaks[WITHOUT.name]
        more_memory = percent(with_it / without) if with_it and without else "–"
        lines += [
            [model, WITHOUT.name, number(seconds[WITHOUT.name]), "", "", number(without), ""],
            [model, WATCHED.name, number(seconds[WATCHED.name]), more, share, number(with_it), more_memory],
        ]
    rows = [row for its in groups.values() for row in its]
    settings = rows[0]["settings"]
    train, valid = settings["rows"]
    size = f"{settings['corpus']}, {train:,} training texts, {valid:,} validation texts, "
    size += f"epochs: {settings['epochs']}. "
    return f"{markdown_table(columns, lines)}\n{size}{origin(rows)}"


def percent(ratio: float | None) -> str:
    """Write how much more a quotient is than 1.

    Example:
        >>> percent(1.0234), percent(0.995), percent(None)
        ('+2.3 %', '-0.5 %', '–')
    """
    return "–" if ratio is None else f"{100 * (ratio - 1):+.1f} %"


if __name__ == "__main__":
    main()
