"""The doctor during training: what is looked at, and what is found wrong."""

from textclf.training.watch import (
    collapse,
    dropout,
    fit,
    gradients,
    leak,
    loss,
    mates,
    metrics,
    order,
    parameters,
    rivals,
    start,
    updates,
)
from textclf.training.watch.callback import Watch, watches
from textclf.training.watch.checks import TRAINING_CHECKS
from textclf.training.watch.experiments import EARLY_EXPERIMENTS, LATE_EXPERIMENTS
from textclf.training.watch.look import ActivationLook, Look, OutputLook, ParameterLook
from textclf.training.watch.record import ClassCounts, Record, Settings

CHECK_MODULES = (
    collapse,
    dropout,
    fit,
    gradients,
    leak,
    loss,
    mates,
    metrics,
    order,
    parameters,
    rivals,
    start,
    updates,
)
"""The modules that register the checks of this library."""

__all__ = [
    "CHECK_MODULES",
    "EARLY_EXPERIMENTS",
    "LATE_EXPERIMENTS",
    "TRAINING_CHECKS",
    "ActivationLook",
    "ClassCounts",
    "Look",
    "OutputLook",
    "ParameterLook",
    "Record",
    "Settings",
    "Watch",
    "watches",
]
