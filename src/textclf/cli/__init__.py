"""The command line: train, evaluate, predict, explain, inspect, models and demo, one module each."""

from textclf.cli.program import main

__all__ = ["main"]
