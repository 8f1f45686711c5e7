"""Which findings follow from which, so that a cause is said aloud and its consequences are not."""

from __future__ import annotations

from dataclasses import replace

from textclf.findings import SEVERITIES, Finding, Findings

__all__ = ["CONSEQUENCES", "led_by_causes"]

_ONE_CLASS = ("below-majority", "below-baseline")
_UNLEARNT = ("plateau", "underfitting", "one-class", *_ONE_CLASS)
_TEXT_LOST = ("vanishing-gradients", "constant-output", *_UNLEARNT)
_RUN_AWAY = ("oscillation", "dead-units", "saturated-units", *_TEXT_LOST)

CONSEQUENCES: dict[str, tuple[str, ...]] = {
    "unknown-words": ("dead-units", *_TEXT_LOST),
    "symmetric-start": ("dead-units", *_TEXT_LOST),
    "logits-for-log-probabilities": ("negative-loss", "exploding-gradients", *_RUN_AWAY),
    "negative-loss": ("exploding-gradients", *_RUN_AWAY),
    "softmax-twice": _TEXT_LOST,
    "rate-too-high": ("exploding-gradients", *_RUN_AWAY),
    "exploding-gradients": _RUN_AWAY,
    "carried-state": ("oscillation", *_UNLEARNT),
    "sorted-batches": ("oscillation", *_UNLEARNT),
    "oscillation": _UNLEARNT,
    "no-gradient": _UNLEARNT,
    "frozen-random-embedding": _UNLEARNT,
    "dead-units": _TEXT_LOST,
    "saturated-units": _TEXT_LOST,
    "vanishing-gradients": ("constant-output", *_UNLEARNT),
    "constant-output": _UNLEARNT,
    "rate-too-low": _UNLEARNT,
    "heavy-dropout": _UNLEARNT,
    "plateau": ("underfitting", "one-class", *_ONE_CLASS),
    "one-class": _ONE_CLASS,
    "leaked-texts": ("validation-above-training",),
}
"""What follows from each finding that names a cause: all of it, not only what comes next. A cause stands
before those that follow from it."""


def led_by_causes(findings: Findings) -> Findings:
    """Make what follows from another finding a note that says so.

    The cause gets the gravest severity of what follows from it, so that the exit code stays. What is a
    note by itself explains nothing.

    Example:
        >>> cause, other = (
        ...     Finding(code, severity, "", "", "")
        ...     for code, severity in (("rate-too-high", "warning"), ("one-class", "stop"))
        ... )
        >>> [(its.code, its.severity) for its in led_by_causes(Findings([other, cause]))]
        [('rate-too-high', 'stop'), ('one-class', 'note')]
    """
    found = {its.code for its in findings if its.severity != "note"}
    leads: dict[str, str] = {}
    for cause in (code for code in CONSEQUENCES if code in found):
        for code in CONSEQUENCES[cause]:
            leads.setdefault(code, cause)

    def led(its: Finding) -> Finding:
        if its.code in leads:
            cause = f"It follows from {leads[its.code]}, which is to be cured first."
            return replace(its, severity="note", cause=cause)
        told = [its, *(other for other in findings if leads.get(other.code) == its.code)]
        return replace(its, severity=min((one.severity for one in told), key=SEVERITIES.index))

    return Findings(map(led, findings), remarks=findings.remarks)
