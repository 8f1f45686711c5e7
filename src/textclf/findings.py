"""What the doctor says: a finding for each fault, and all of them as text, JSON and an exit code.

Checks of data and checks of a training run are kept in a registry each, by the code of what they find;
:func:`run_checks` runs those of either.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, overload

from textclf.errors import DataError, UnknownNameError, must_be, near_matches
from textclf.registry import Registry
from textclf.validation import require_choice

__all__ = ["SEVERITIES", "Finding", "Findings", "Row", "check_silence", "percent", "run_checks"]

SEVERITIES = ("stop", "warning", "note")
"""``"stop"``: go no further before this is cured. ``"warning"``: an expert would look. ``"note"``: good
to know."""

_ROWS_SHOWN = 3


@dataclass(frozen=True)
class Row:
    """A row of the data that a finding points to.

    Args:
        split: ``"train"``, ``"valid"`` or ``"test"``.
        index: Which row of it, counted from 0, so that ``texts[index]`` is its text.
        place: The same for people: a file's name and its row, counted from 1 without the header.
        label: Its label; several are joined by commas.
        text: Its tokens, cut short.

    Example:
        >>> print(Row("train", 16, "train.tsv, row 17", "pos", "a good film"))
        train.tsv, row 17 (pos): a good film
    """

    split: str
    index: int
    place: str
    label: str
    text: str

    def __str__(self) -> str:
        return f"{self.place} ({self.label}): {self.text}".rstrip(" ")


@dataclass(frozen=True)
class Finding:
    """One fault, in words.

    Args:
        code: Its stable name, in small letters with hyphens.
        severity: One of :data:`SEVERITIES`.
        seen: One sentence of what was seen, with its numbers.
        cause: What most likely caused it.
        cure: What to do, to be typed where that is possible.
        figures: The numbers of ``seen`` by name, for programs.
        rows: Some rows to look at, the worst first.
        page: Where the documentation explains it; by default the page of this code.

    Raises:
        ArgumentError: The code or the severity cannot be used.

    Example:
        >>> print(Finding("empty-texts", "note", "3 texts are empty.", "A lost column.", "Drop them."))
        note: 3 texts are empty. [empty-texts]
          cause: A lost column.
          cure:  Drop them.
          page:  docs/findings/empty-texts.md
    """

    code: str
    severity: str
    seen: str
    cause: str
    cure: str
    figures: Mapping[str, float] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    page: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.code, str) or not self.code or self.code != self.code.lower().strip():
            raise must_be("code", "a name in small letters with hyphens", self.code)
        require_choice("severity", self.severity, SEVERITIES)
        if not self.page:
            object.__setattr__(self, "page", f"docs/findings/{self.code}.md")

    def __str__(self) -> str:
        lines = [f"{self.severity}: {self.seen} [{self.code}]"]
        lines += [f"  {row}" for row in self.rows[:_ROWS_SHOWN]]
        lines += [f"  cause: {self.cause}", f"  cure:  {self.cure}", f"  page:  {self.page}"]
        return "\n".join(lines)


class Findings(Sequence[Finding]):
    """The findings of one examination, the gravest first.

    Args:
        findings: In any order.
        remarks: Sentences on what was looked at, and on what was sampled or left out.

    Example:
        >>> finding = Finding("empty-texts", "stop", "All are empty.", "A lost column.", "Pass text=.")
        >>> found = Findings([finding], remarks=["train: 2 rows."])
        >>> found.codes, found.exit_code()
        (('empty-texts',), 3)
        >>> Findings([]).exit_code()
        0
    """

    def __init__(self, findings: Iterable[Finding], *, remarks: Iterable[str] = ()) -> None:
        self._findings = sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
        self.remarks = tuple(remarks)

    def __len__(self) -> int:
        return len(self._findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._findings)

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Finding]: ...
    def __getitem__(self, index: int | slice) -> Finding | Sequence[Finding]:
        return self._findings[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Findings):
            return NotImplemented
        return (self._findings, self.remarks) == (other._findings, other.remarks)

    __hash__ = None  # type: ignore[assignment]  # findings hold dictionaries

    def __repr__(self) -> str:
        return f"Findings({', '.join(self.codes)})"

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes, each once, in the order of the findings."""
        return tuple(dict.fromkeys(finding.code for finding in self))

    def exit_code(self, fail_on: str = "stop") -> int:
        """Return the exit code for a build server.

        Args:
            fail_on: The lowest severity that makes it fail.

        Returns:
            3 if there is a finding of severity stop; 4 if there is a warning and ``fail_on`` is
            ``"warning"`` or ``"note"``; 5 if there is only a note and it is ``"note"``; else 0.

        Raises:
            ArgumentError: ``fail_on`` is no severity.
        """
        require_choice("fail_on", fail_on, SEVERITIES)
        if not self._findings:
            return 0
        worst = SEVERITIES.index(self._findings[0].severity)
        return 3 + worst if worst <= SEVERITIES.index(fail_on) else 0

    def __str__(self) -> str:
        counts = [sum(finding.severity == severity for finding in self) for severity in SEVERITIES]
        tally = ", ".join(
            f"{n} {name}{'s' * (n != 1)}" for n, name in zip(counts, SEVERITIES, strict=True) if n
        )
        last = f"{tally}." if tally else "No findings."
        return "\n\n".join([*map(str, self), "\n".join([*self.remarks, last])])

    def to_json(self, *, indent: int | None = None) -> str:
        """Return one JSON object with ``findings`` and ``remarks``.

        Args:
            indent: Spaces of each level; None for one line.
        """
        content = {"findings": [asdict(finding) for finding in self], "remarks": self.remarks}
        return json.dumps(content, ensure_ascii=False, indent=indent)

    @classmethod
    def from_json(cls, text: str) -> Findings:
        """Read what :meth:`to_json` wrote.

        Raises:
            DataError: It is something else.

        Example:
            >>> found = Findings([Finding("a", "note", "", "", "")], remarks=["2 rows."])
            >>> Findings.from_json(found.to_json()) == found
            True
        """
        try:
            content = json.loads(text)
            found = [
                Finding(**{**its, "rows": tuple(Row(**row) for row in its["rows"])})
                for its in content["findings"]
            ]
            return cls(found, remarks=content["remarks"])
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"these must be findings as to_json writes them. {error!r}.") from error


def percent(part: float, whole: float) -> str:
    """Return a share in per cent, with one digit, or more where it is small.

    Example:
        >>> percent(1, 3), percent(1, 30_000), percent(0, 5)
        ('33.3 %', '0.003 %', '0.0 %')
    """
    share = 100 * part / whole if whole else 0.0
    return f"{share:.1f} %" if share >= 0.05 or not share else f"{share:.1g} %"


def check_silence(silence: Collection[str], registry: Registry[Iterable[Finding]]) -> None:
    """Raise unless these are codes of registered checks.

    Raises:
        ArgumentError: It is a string.
        UnknownNameError: There is no such code; with the near matches.
    """
    if isinstance(silence, str):
        raise must_be("silence", "a list of codes", silence)
    for code in silence:
        if code not in registry:
            near = near_matches(str(code), registry)
            raise UnknownNameError(f"`silence` must be codes of checks. Received: {code!r}. {near}")


def run_checks(
    registry: Registry[Iterable[Finding]],
    subject: Any,
    *,
    silence: Collection[str] = (),
    remarks: Iterable[str] = (),
    on_error: Callable[[str, Exception], None] | None = None,
) -> Findings:
    """Run every registered check but those that are silenced.

    Args:
        registry: The checks by the code of what they find.
        subject: What each of them is called with.
        silence: Codes that are not looked for.
        remarks: Sentences on what was looked at.
        on_error: Called with the code and the error where a check fails, to go on with the others; by
            default the error is raised.

    Raises:
        ArgumentError: ``silence`` is a string, or a check found something of another code than its own.
        UnknownNameError: There is no such code; with the near matches.

    Example:
        >>> checks = Registry("number check")
        >>> @checks.register("odd")
        ... def odd(number):
        ...     if number % 2:
        ...         yield Finding("odd", "note", f"{number} is odd.", "It was counted so.", "Add one.")
        >>> run_checks(checks, 3).codes, run_checks(checks, 3, silence=["odd"]).codes
        (('odd',), ())
    """
    check_silence(silence, registry)
    found: list[Finding] = []
    for code in registry:
        if code in silence:
            continue
        try:
            found.extend(_found_by(code, registry.get(code)(subject)))
        except Exception as error:
            if on_error is None:
                raise
            on_error(code, error)
    more = [f"silenced: {', '.join(silence)}."] if silence else []
    return Findings(found, remarks=[*remarks, *more])


def _found_by(code: str, found: Iterable[Finding]) -> list[Finding]:
    """Return what a check found, or raise if it is of another code."""
    findings = [*found]
    for finding in findings:
        if finding.code != code:
            raise must_be("code", f"{code!r}, the name of the check that found it", finding.code)
    return findings
