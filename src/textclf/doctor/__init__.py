"""The doctor: says in words what is wrong with data and with training, with the evidence and the cure."""

from textclf.doctor.check import check_data
from textclf.doctor.checks import DATA_CHECKS
from textclf.doctor.data_set import DataSet, Split
from textclf.findings import SEVERITIES, Finding, Findings, Row
from textclf.training.watch import TRAINING_CHECKS, Record, Watch

__all__ = [
    "DATA_CHECKS",
    "SEVERITIES",
    "TRAINING_CHECKS",
    "DataSet",
    "Finding",
    "Findings",
    "Record",
    "Row",
    "Split",
    "Watch",
    "check_data",
]
