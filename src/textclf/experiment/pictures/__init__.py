"""Pictures of studies and runs, as matplotlib figures that are not shown but returned."""

from textclf.experiment.pictures.bars import plot_scores
from textclf.experiment.pictures.confusion import plot_confusion
from textclf.experiment.pictures.curves import plot_curves
from textclf.experiment.pictures.grid import plot_grid
from textclf.experiment.pictures.histograms import plot_histograms

__all__ = ["plot_confusion", "plot_curves", "plot_grid", "plot_histograms", "plot_scores"]
