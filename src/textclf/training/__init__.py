"""Training: the loop, its callbacks, optimisers, schedules, checkpoints and history."""

from textclf.training.callbacks import Callback, ProgressBar
from textclf.training.checkpoint import load_tree, load_weights, save_tree, save_weights
from textclf.training.distributed import Processes
from textclf.training.history import History
from textclf.training.inference import predict_logits
from textclf.training.losses import BinaryCrossEntropy, TokenOrTextCrossEntropy, class_weights
from textclf.training.optimizers import SCHEDULES, list_optimizers, make_optimizer, make_schedule
from textclf.training.state import RunState, StepResult
from textclf.training.targets import sigmoid, softmax
from textclf.training.trackers import MLflowTracker, TensorBoardTracker, Tracker, WandbTracker
from textclf.training.trainer import Trainer

__all__ = [
    "SCHEDULES",
    "BinaryCrossEntropy",
    "Callback",
    "History",
    "MLflowTracker",
    "Processes",
    "ProgressBar",
    "RunState",
    "StepResult",
    "TensorBoardTracker",
    "TokenOrTextCrossEntropy",
    "Tracker",
    "Trainer",
    "WandbTracker",
    "class_weights",
    "list_optimizers",
    "load_tree",
    "load_weights",
    "make_optimizer",
    "make_schedule",
    "predict_logits",
    "save_tree",
    "save_weights",
    "sigmoid",
    "softmax",
]
