"""Initial weights: schemes by name, and a module whose parameters follow one."""

from __future__ import annotations

from textclf.init.initialize import Rule, initialize_
from textclf.init.schemes import INITIALIZERS, Initializer, list_initializers, register_initializer

__all__ = [
    "INITIALIZERS",
    "Initializer",
    "Rule",
    "initialize_",
    "list_initializers",
    "register_initializer",
]
