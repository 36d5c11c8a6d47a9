"""The vocabulary of a verdict as plain JSON members and back: what reports, shards and the cache write and read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from validator.explore.coverage import Coverage
from validator.findings import Finding, Json, Location, Related, Rule, Severity, Subject, Suggestion, Unchecked
from validator.suite.evidence import Evidence
from validator.suite.results import CaseResult, Outcome, TestedImage
from validator.suite.suppression import Suppressed, Suppression

T = TypeVar("T")


def location(location: Location) -> dict[str, Json]:
    """The members of a place."""
    return {
        "file": location.file,
        "line": location.line,
        "column": location.column,
        "end_line": location.end_line,
        "end_column": location.end_column,
    }


def subject(subject: Subject) -> dict[str, Json]:
    """The members of a subject; empty ones are left out."""
    members: dict[str, Json] = {"kind": subject.kind, "name": subject.name}
    if subject.step:
        members["step"] = subject.step
    if subject.case:
        members["case"] = subject.case
    return members


def rule(rule: Rule) -> dict[str, Json]:
    """What a reader needs of a rule that a later version may not have."""
    return {
        "name": rule.name,
        "severity": rule.severity.value,
        "message": rule.message,
        "summary": rule.summary,
    }


def finding(finding: Finding) -> dict[str, Json]:
    """The members of a finding; its rule by code (see `rules`)."""
    members: dict[str, Json] = {
        "rule": finding.rule.code,
        "name": finding.rule.name,
        "severity": finding.severity.value,
        "message": finding.message,
        **location(finding.location),
        "subject": subject(finding.subject),
        "anchor": list(finding.anchor),
        "evidence": dict(finding.evidence),
        "related": [{"message": one.message, **location(one.location)} for one in finding.related],
        "fingerprint": finding.fingerprint,
    }
    if finding.cases:
        members["cases"] = list(finding.cases)
    if finding.suggestion is not None:
        members["suggestion"] = _suggestion(finding.suggestion)
    return members


def _suggestion(suggestion: Suggestion) -> dict[str, Json]:
    members: dict[str, Json] = {"text": suggestion.text}
    if suggestion.location is not None:
        members["location"] = location(suggestion.location)
    if suggestion.replacement is not None:
        members["replacement"] = suggestion.replacement
    return members


def suppressed(item: Suppressed) -> dict[str, Json]:
    """The members of a finding that somebody silenced."""
    members: dict[str, Json] = {"by": item.by, "reason": item.reason, "finding": finding(item.finding)}
    if item.location is not None:
        members["location"] = location(item.location)
    return members


def unchecked(item: Unchecked) -> dict[str, Json]:
    """The members of what was not judged."""
    members: dict[str, Json] = {"what": item.what, "reason": item.reason, "subject": subject(item.subject)}
    if item.location is not None:
        members["location"] = location(item.location)
    return members


def case(case: CaseResult) -> dict[str, Json]:
    """The members of a row."""
    return {
        "subject": subject(case.subject),
        "check": case.check,
        "outcome": case.outcome.value,
        "seconds": case.seconds,
        "mode": case.mode,
        "origin": case.origin,
        "message": case.message,
        "stdout": case.stdout,
        "stderr": case.stderr,
        "output": case.output,
        "properties": dict(case.properties),
        **({"evidence": asdict(case.evidence)} if case.evidence is not None else {}),
        **({"transcript": case.transcript} if case.transcript else {}),
        **({"coverage": [coverage(each) for each in case.coverage]} if case.coverage else {}),
    }


def coverage(coverage: Coverage) -> dict[str, Json]:
    """The members of how much of a schema was reached."""
    return {
        "schema": coverage.schema,
        "members": list(coverage.members),
        "values": list(coverage.values),
        "alternatives": list(coverage.alternatives),
        "missed": list(coverage.missed),
    }


def image(image: TestedImage) -> dict[str, Json]:
    """The members of a tested image."""
    return {
        "template": image.template,
        "template_file": image.template_file,
        "reference": image.reference,
        "digest": image.digest,
        "source": image.source,
        "sandbox": image.sandbox,
        "properties": dict(image.properties),
    }


def suppression(item: Suppression) -> dict[str, Json]:
    """The members of a suppression; those that say nothing are left out."""
    members: dict[str, Json] = {"by": item.by, "rule": item.rule, "location": location(item.location)}
    texts = {"reason": item.reason, "file": item.file, "glob": item.glob, "subject": item.subject, "step": item.step}
    texts |= {"fingerprint": item.fingerprint, "message": item.message}
    members |= {name: text for name, text in texts.items() if text}
    if item.lines is not None:
        members["lines"] = list(item.lines)
    if item.count != 1:
        members["count"] = item.count
    if item.edit is not None:
        members["edit"] = _suggestion(item.edit)
    return members


def rules(findings: Iterable[Finding]) -> dict[str, Json]:
    """The rules of these findings by code, in order."""
    return {finding.rule.code: rule(finding.rule) for finding in sorted(findings, key=lambda one: one.rule.code)}


@dataclass(frozen=True, slots=True)
class Reader:
    """Makes the vocabulary out of JSON members again; any member that is missing raises KeyError."""

    known: Mapping[str, Rule]

    @classmethod
    def of(cls, rules: Mapping[str, Any]) -> Reader:
        """A reader of findings of these rules, as `rules` wrote them."""
        return cls(
            {
                code: Rule(code, rule["name"], Severity(rule["severity"]), rule["message"], rule["summary"])
                for code, rule in rules.items()
            }
        )

    def location(self, members: Mapping[str, Any]) -> Location:
        """A place."""
        return Location(*(members[name] for name in ("file", "line", "column", "end_line", "end_column")))

    def place(self, members: Mapping[str, Any]) -> Location | None:
        """A place that may be missing."""
        return self.location(members["location"]) if "location" in members else None

    def subject(self, members: Mapping[str, Any]) -> Subject:
        """A subject."""
        return Subject(members["kind"], members["name"], members.get("step", ""), members.get("case", ""))

    def finding(self, members: Mapping[str, Any]) -> Finding:
        """A finding."""
        return Finding(
            rule=self.known[members["rule"]],
            message=members["message"],
            location=self.location(members),
            subject=self.subject(members["subject"]),
            severity=Severity(members["severity"]),
            anchor=tuple(members["anchor"]),
            evidence=members["evidence"],
            suggestion=self.suggestion(members.get("suggestion")),
            related=tuple(Related(self.location(one), one["message"]) for one in members["related"]),
            cases=tuple(members.get("cases", ())),
        )

    def suggestion(self, members: Mapping[str, Any] | None) -> Suggestion | None:
        """What to change, where there is something."""
        return None if members is None else Suggestion(members["text"], self.place(members), members.get("replacement"))

    def suppression(self, members: Mapping[str, Any]) -> Suppression:
        """A suppression."""
        lines = members.get("lines")
        return Suppression(
            **{
                **members,
                "location": self.location(members["location"]),
                "lines": tuple(lines) if lines is not None else None,
                "edit": self.suggestion(members.get("edit")),
            }
        )

    def suppressed(self, members: Mapping[str, Any]) -> Suppressed:
        """A finding that somebody silenced."""
        return Suppressed(self.finding(members["finding"]), members["by"], members["reason"], self.place(members))

    def unchecked(self, members: Mapping[str, Any]) -> Unchecked:
        """What was not judged."""
        return Unchecked(members["what"], members["reason"], self.subject(members["subject"]), self.place(members))

    def case(self, members: Mapping[str, Any]) -> CaseResult:
        """A row."""
        return CaseResult(
            **{
                **members,
                "subject": self.subject(members["subject"]),
                "outcome": Outcome(members["outcome"]),
                "evidence": Evidence(**members["evidence"]) if "evidence" in members else None,
                "coverage": tuple(map(_read_coverage, members.get("coverage", ()))),
            }
        )

    def image(self, members: Mapping[str, Any]) -> TestedImage:
        """A tested image."""
        return TestedImage(**members)


def _read_coverage(members: Mapping[str, Any]) -> Coverage:
    return Coverage(
        members["schema"], *(tuple(members[name]) for name in ("members", "values", "alternatives", "missed"))
    )


def each(read: Callable[[Mapping[str, Any]], T], members: Iterable[Mapping[str, Any]]) -> tuple[T, ...]:
    """All of them, read."""
    return tuple(read(member) for member in members)
