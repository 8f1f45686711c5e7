"""Many runs, their statistics and their pictures: compare models, sweep options, and say what was found."""

from textclf.experiment.comparison import compare, sweep
from textclf.experiment.histograms import Histograms
from textclf.experiment.pictures import (
    plot_confusion,
    plot_curves,
    plot_grid,
    plot_histograms,
    plot_scores,
)
from textclf.experiment.split import Split
from textclf.experiment.steps import StepScores, StepsUntil
from textclf.experiment.study import Study

__all__ = [
    "Histograms",
    "Split",
    "StepScores",
    "StepsUntil",
    "Study",
    "compare",
    "plot_confusion",
    "plot_curves",
    "plot_grid",
    "plot_histograms",
    "plot_scores",
    "sweep",
]
