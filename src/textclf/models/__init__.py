"""The model zoo: one family a file, each registered where it is defined."""

from textclf.models.base import (
    MODELS,
    Classifier,
    TextModel,
    create_model,
    list_models,
    model_from_config,
    model_name,
)
from textclf.models.dpcnn import DPCNN
from textclf.models.fasttext import FastText
from textclf.models.joint_rnn import JointRNN
from textclf.models.mlp import MLP
from textclf.models.options import TextOptions, records_options
from textclf.models.rcnn import RCNN
from textclf.models.rnn_tagger import RNNTagger
from textclf.models.textcnn import TextCNN
from textclf.models.textrnn import TextRNN
from textclf.models.token_model import TokenModel
from textclf.models.transformer import Transformer

__all__ = [
    "DPCNN",
    "MLP",
    "MODELS",
    "RCNN",
    "Classifier",
    "FastText",
    "JointRNN",
    "RNNTagger",
    "TextCNN",
    "TextModel",
    "TextOptions",
    "TextRNN",
    "TokenModel",
    "Transformer",
    "create_model",
    "list_models",
    "model_from_config",
    "model_name",
    "records_options",
]
