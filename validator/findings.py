"""The vocabulary of a verdict: which rule, where, about whom, on what evidence, and what to change.

Everything here is frozen and plain. Checks make findings, reports render them, nothing in between prints.
"""

from __future__ import annotations

import enum
import hashlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias, TypeVar

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""A JSON document as Python holds it."""

Path: TypeAlias = tuple[str | int, ...]
"""A way into a JSON document: member names and array indices, outermost first."""


REPRODUCE = "to reproduce"
"""The name of the evidence that is a command to paste. Reports show it as it is, neither quoted nor folded."""


def dotted(path: Path) -> str:
    """A path as people write it, with its leading dot: `.items[0].id`; empty for the whole document."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)


class Severity(enum.StrEnum):
    """How sure and how bad: an error will fail, a warning can fail (with a witness), a note is worth knowing."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for a note, 1 for a warning, 2 for an error."""
        return ("note", "warning", "error").index(self.value)


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """Characters of a file: lines and columns from 1, columns in code points, the end exclusive."""

    file: str
    """Path relative to the workspace root, with forward slashes."""
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """Whom a verdict is about."""

    kind: str
    """`template`, `engram`, `story`, `impulse`, `transport`, `image`, `pair`, `config`, `file` or `sandbox`."""
    name: str
    step: str = ""
    case: str = ""

    def __str__(self) -> str:
        parts = [f"{self.kind} {self.name}"]
        if self.step:
            parts.append(f"step {self.step}")
        if self.case:
            parts.append(f"case {self.case}")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that explains the finding, such as the producer's schema."""

    location: Location
    message: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to change: in words, and as an edit (`location` becomes `replacement`) where there is one that mends it."""

    text: str
    location: Location | None = None
    replacement: str | None = None


_NO_EVIDENCE: Mapping[str, Json] = {}
"""One for all findings without any."""

_Value = TypeVar("_Value")


@lru_cache(maxsize=4096)
def _interned(value: _Value) -> _Value:
    """The first of equal values: stories of one repository have tens of thousands of findings that are much alike."""
    return value


@lru_cache(maxsize=4096)
def _interned_anchor(anchor: Path) -> Path:
    """As `_interned`, apart from subjects and suggestions, of which there are many more."""
    return anchor


@dataclass(frozen=True, slots=True)
class Rule:
    """One promise of the contract. Declared once, in `validator.rules`, with its page beside it."""

    code: str
    """`EV` and three digits; the first digit is the family (docs/ARCHITECTURE.md, Three answers)."""
    name: str
    severity: Severity
    message: str
    """A `str.format` text: the facts of a finding fill it. No line numbers and no times: it must not vary by run."""
    summary: str
    """What the rule holds the subject to, in one line."""

    def at(
        self,
        location: Location,
        subject: Subject,
        *,
        anchor: Path = (),
        evidence: Mapping[str, Json] | None = None,
        suggestion: Suggestion | None = None,
        related: Iterable[Related] = (),
        severity: Severity | None = None,
        **facts: object,
    ) -> Finding:
        """Make a finding of this rule; `facts` fill the message.

        Raises KeyError when the message names a fact that was not given.
        """
        return Finding(
            rule=self,
            message=sys.intern(self.message.format(**facts)),
            location=location,
            subject=_interned(subject),
            severity=severity or self.severity,
            anchor=_interned_anchor(tuple(anchor)),
            evidence=evidence or _NO_EVIDENCE,
            suggestion=_interned(suggestion),
            related=_interned(tuple(related)),
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """One verdict that a person can act on."""

    rule: Rule
    message: str
    location: Location
    subject: Subject
    severity: Severity
    anchor: Path = ()
    """The place as names rather than lines (`spec`, `steps`, `fetch`, …): keeps the fingerprint when lines shift."""
    evidence: Mapping[str, Json] = field(default_factory=dict)
    suggestion: Suggestion | None = None
    related: tuple[Related, ...] = ()
    cases: tuple[str, ...] = ()
    """Every case that shows it, by name; that of `subject` is one of them. Empty for what no run shows."""

    @property
    def fingerprint(self) -> str:
        """A stable identity, 16 hex digits: the same finding in the next run, also when lines have moved.

        What runs show stays the same when a case more or less shows it.
        """
        case = "" if self.cases else self.subject.case
        parts = (
            self.rule.code,
            self.location.file,
            *(self.subject.kind, self.subject.name, self.subject.step, case),
            *map(str, self.anchor),
            self.message,
        )
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def sort_key(self) -> tuple[object, ...]:
        """Reading order: by place, then the worst first, then by code; for one message by whom it is about."""
        return (self.location, -self.severity.rank, self.rule.code, self.message, self.subject)


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Something that could not be judged. Counted and shown once: never a pass, never a failure."""

    what: str
    """The thing that was not judged, such as `outputSchema of fetch`."""
    reason: str
    subject: Subject
    location: Location | None = None
