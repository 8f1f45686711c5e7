"""The registry of checks: each looks at a data set and yields what it finds."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from textclf.doctor.data_set import DataSet
from textclf.doctor.findings import Finding, Findings
from textclf.errors import UnknownNameError, must_be, near_matches
from textclf.registry import Registry

__all__ = ["DATA_CHECKS", "run_checks"]

DATA_CHECKS: Registry[Iterable[Finding]] = Registry("data check")
"""Checks by the code of what they find: each takes a :class:`DataSet <textclf.doctor.data_set.DataSet>` and
returns or yields findings of that code."""


def run_checks(data: DataSet, *, silence: Collection[str] = ()) -> Findings:
    """Run every registered check but those that are silenced.

    Args:
        data: The data set.
        silence: Codes that are not looked for.

    Raises:
        ArgumentError: ``silence`` is a string, or a check found something of another code than its own.
        UnknownNameError: There is no such code; with the near matches.
    """
    if isinstance(silence, str):
        raise must_be("silence", "a list of codes", silence)
    for code in silence:
        if code not in DATA_CHECKS:
            near = near_matches(str(code), DATA_CHECKS)
            raise UnknownNameError(f"`silence` must be codes of checks. Received: {code!r}. {near}")
    found = []
    for code in DATA_CHECKS:
        if code in silence:
            continue
        for finding in DATA_CHECKS.get(code)(data):
            if finding.code != code:
                raise must_be("code", f"{code!r}, the name of the check that found it", finding.code)
            found.append(finding)
    remarks = [*data.remarks, f"silenced: {', '.join(silence)}."] if silence else data.remarks
    return Findings(found, remarks=remarks)
