"""Many runs, their statistics and their pictures: compare models, sweep options, and say what was found."""

from textclf.experiment.comparison import compare, sweep
from textclf.experiment.split import Split
from textclf.experiment.steps import StepScores, StepsUntil
from textclf.experiment.study import Study

__all__ = ["Split", "StepScores", "StepsUntil", "Study", "compare", "sweep"]
