"""Models for other runtimes, and in a quarter of the size."""

from textclf.export.folder import export
from textclf.export.quantization import QuantizationReport, quantize

__all__ = ["QuantizationReport", "export", "quantize"]
