"""The command line: ``textclf demo``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from textclf.demo import run_demo
from textclf.errors import TextclfError
from textclf.models import list_models

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Those after the program's name; by default the process's own.

    Returns:
        0 when done, 2 when the input is at fault.

    Example:
        >>> main(["models"])
        attention_bilstm
        bigru
        bilstm
        dan
        dpcnn
        fasttext
        gru
        lstm
        mlp
        rcnn
        rnn
        textcnn
        textrnn
        transformer
        0
    """
    options = _parser().parse_args(arguments)
    try:
        if options.command == "models":
            print("\n".join(list_models()))
        else:
            run_demo(
                options.out,
                seed=options.seed,
                epochs=options.epochs,
                progress=not options.quiet,
                overwrite=options.overwrite,
                say=lambda text: print(text, end="\n\n", flush=True),
            )
    except (TextclfError, OSError) as error:
        print(f"textclf: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="textclf", description="Neural text classification.")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="train on built-in text, compare, predict and save")
    demo.add_argument("--out", default="runs/demo", help="folder for the model (default: %(default)s)")
    demo.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    demo.add_argument("--epochs", type=int, default=6, help="default: %(default)s")
    demo.add_argument("--overwrite", action="store_true", help="replace the folder if it is there")
    demo.add_argument("--quiet", action="store_true", help="no progress bars")
    commands.add_parser("models", help="list the models of the zoo")
    return parser


if __name__ == "__main__":
    sys.exit(main())
