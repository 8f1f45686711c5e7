"""The doctor: says in words what is wrong with data before training, with the evidence and the cure."""

from textclf.doctor.check import check_data
from textclf.doctor.checks import DATA_CHECKS
from textclf.doctor.data_set import DataSet, Split
from textclf.findings import SEVERITIES, Finding, Findings, Row

__all__ = ["DATA_CHECKS", "SEVERITIES", "DataSet", "Finding", "Findings", "Row", "Split", "check_data"]
