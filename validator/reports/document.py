"""The report as one JSON object, for machines and for the merge of shards; its schema is `report.schema.json`.

`parse(render(report))` gives the same report again, so that several can be joined and any other report made of them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path as FilePath
from typing import Any, TypeVar

from validator import __version__
from validator.findings import Finding, Json, Location, Related, Rule, Severity, Subject, Suggestion, Unchecked
from validator.reports.tallies import tally
from validator.suite.results import (
    CaseResult,
    Outcome,
    Report,
    StoryEdge,
    StoryGraph,
    StoryStep,
    Suppressed,
    TestedImage,
    Verdict,
)

VERSION = 1
"""Raised when a reader of the old form could be misled; new members alone do not raise it."""

NEVER = "never"

T = TypeVar("T")


class InvalidDocument(ValueError):  # noqa: N818 - the document is at fault, as its name says
    """A text that is not a report of this version; the message says where and why."""


def schema() -> dict[str, Json]:
    """The JSON Schema of the document."""
    text = (FilePath(__file__).parent / "report.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Json] = json.loads(text)
    return loaded


def render(report: Report) -> str:
    """The report as JSON text in ASCII, which no terminal and no runner can take for anything else."""
    text = json.dumps(finite(document(report)), indent=2, allow_nan=False)
    return text.replace("\x7f", "\\u007f").replace("##[", "#\\u0023[") + "\n"


def document(report: Report) -> dict[str, Json]:
    """The report as a JSON object."""
    counts = tally(report)
    every = [*report.findings, *(item.finding for item in report.suppressed)]
    return {
        "version": VERSION,
        "tool": {"name": "engram-validate", "version": __version__},
        "result": report.result,
        "exit_status": 128 + report.interrupted if report.interrupted else int(report.status),
        "summary": {
            "errors": counts.errors,
            "warnings": counts.warnings,
            "notes": counts.notes,
            "unchecked": counts.unchecked,
            "suppressed": counts.suppressed,
            "images": counts.images,
            "cases": {outcome.value: number for outcome, number in counts.cases.items()},
            "checked": report.checked,
        },
        "fail_on": report.fail_on.value if report.fail_on else NEVER,
        "seconds": report.seconds,
        "sandbox": report.sandbox,
        "usage_errors": report.usage_errors,
        "sandbox_errors": report.sandbox_errors,
        "interrupted": report.interrupted,
        "findings": [_finding(finding) for finding in report.findings],
        "suppressed": [_suppressed(item) for item in report.suppressed],
        "unchecked": [_unchecked(item) for item in report.unchecked],
        "cases": [_case(case) for case in report.cases],
        "images": [_image(image) for image in report.images],
        "stories": [_story(story) for story in report.stories],
        "rules": {finding.rule.code: _rule(finding.rule) for finding in sorted(every, key=lambda one: one.rule.code)},
    }


def finite(value: Json) -> Json:
    """The value without the numbers that JSON cannot hold: they become their names."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list):
        return [finite(item) for item in value]
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    return value


def _location(location: Location) -> dict[str, Json]:
    return {
        "file": location.file,
        "line": location.line,
        "column": location.column,
        "end_line": location.end_line,
        "end_column": location.end_column,
    }


def _subject(subject: Subject) -> dict[str, Json]:
    members: dict[str, Json] = {"kind": subject.kind, "name": subject.name}
    if subject.step:
        members["step"] = subject.step
    if subject.case:
        members["case"] = subject.case
    return members


def _rule(rule: Rule) -> dict[str, Json]:
    return {
        "name": rule.name,
        "severity": rule.severity.value,
        "message": rule.message,
        "summary": rule.summary,
    }


def _finding(finding: Finding) -> dict[str, Json]:
    members: dict[str, Json] = {
        "rule": finding.rule.code,
        "name": finding.rule.name,
        "severity": finding.severity.value,
        "message": finding.message,
        **_location(finding.location),
        "subject": _subject(finding.subject),
        "anchor": list(finding.anchor),
        "evidence": dict(finding.evidence),
        "related": [{"message": one.message, **_location(one.location)} for one in finding.related],
        "fingerprint": finding.fingerprint,
    }
    if finding.suggestion is not None:
        members["suggestion"] = _suggestion(finding.suggestion)
    return members


def _suggestion(suggestion: Suggestion) -> dict[str, Json]:
    members: dict[str, Json] = {"text": suggestion.text}
    if suggestion.location is not None:
        members["location"] = _location(suggestion.location)
    if suggestion.replacement is not None:
        members["replacement"] = suggestion.replacement
    return members


def _suppressed(item: Suppressed) -> dict[str, Json]:
    members: dict[str, Json] = {"by": item.by, "reason": item.reason, "finding": _finding(item.finding)}
    if item.location is not None:
        members["location"] = _location(item.location)
    return members


def _unchecked(item: Unchecked) -> dict[str, Json]:
    members: dict[str, Json] = {"what": item.what, "reason": item.reason, "subject": _subject(item.subject)}
    if item.location is not None:
        members["location"] = _location(item.location)
    return members


def _case(case: CaseResult) -> dict[str, Json]:
    return {
        "subject": _subject(case.subject),
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
    }


def _image(image: TestedImage) -> dict[str, Json]:
    return {
        "template": image.template,
        "template_file": image.template_file,
        "reference": image.reference,
        "digest": image.digest,
        "source": image.source,
        "sandbox": image.sandbox,
        "properties": dict(image.properties),
    }


def _story(story: StoryGraph) -> dict[str, Json]:
    return {
        "name": story.name,
        "file": story.file,
        "steps": [{"name": step.name, "kind": step.kind, "verdict": step.verdict.value} for step in story.steps],
        "edges": [
            {"source": edge.source, "target": edge.target, "verdict": edge.verdict.value, "data": edge.data}
            for edge in story.edges
        ],
    }


def parse(text: str) -> Report:
    """The report that a document tells of.

    Raises InvalidDocument when the text is no JSON, of another version, or not of the schema's form.
    """
    try:
        loaded = json.loads(text)
    except ValueError as error:
        raise InvalidDocument(f"not JSON: {error}") from error
    if not isinstance(loaded, dict) or loaded.get("version") != VERSION:
        found = loaded.get("version") if isinstance(loaded, dict) else type(loaded).__name__
        raise InvalidDocument(f"expected a report of version {VERSION}, found {found!r}")
    try:
        return _Reader(loaded["rules"]).report(loaded)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidDocument(f"not a report of version {VERSION}: {type(error).__name__} {error}") from error


class _Reader:
    """Makes the vocabulary of `findings` out of JSON members; any member missing raises KeyError."""

    def __init__(self, rules: Mapping[str, Any]) -> None:
        self.rules = {
            code: Rule(code, rule["name"], Severity(rule["severity"]), rule["message"], rule["summary"])
            for code, rule in rules.items()
        }

    def report(self, members: Mapping[str, Any]) -> Report:
        return Report(
            findings=_each(self.finding, members["findings"]),
            unchecked=_each(self.unchecked, members["unchecked"]),
            cases=_each(self.case, members["cases"]),
            images=_each(self.image, members["images"]),
            stories=_each(self.story, members.get("stories", ())),
            suppressed=_each(self.suppressed, members["suppressed"]),
            fail_on=None if members["fail_on"] == NEVER else Severity(members["fail_on"]),
            seconds=members["seconds"],
            sandbox=members["sandbox"],
            usage_errors=members["usage_errors"],
            sandbox_errors=members["sandbox_errors"],
            interrupted=members.get("interrupted", 0),
            checked=members["summary"]["checked"],
        )

    def location(self, members: Mapping[str, Any]) -> Location:
        return Location(*(members[name] for name in ("file", "line", "column", "end_line", "end_column")))

    def place(self, members: Mapping[str, Any]) -> Location | None:
        return self.location(members["location"]) if "location" in members else None

    def subject(self, members: Mapping[str, Any]) -> Subject:
        return Subject(members["kind"], members["name"], members.get("step", ""), members.get("case", ""))

    def finding(self, members: Mapping[str, Any]) -> Finding:
        suggestion = members.get("suggestion")
        return Finding(
            rule=self.rules[members["rule"]],
            message=members["message"],
            location=self.location(members),
            subject=self.subject(members["subject"]),
            severity=Severity(members["severity"]),
            anchor=tuple(members["anchor"]),
            evidence=members["evidence"],
            suggestion=None
            if suggestion is None
            else Suggestion(suggestion["text"], self.place(suggestion), suggestion.get("replacement")),
            related=tuple(Related(self.location(one), one["message"]) for one in members["related"]),
        )

    def suppressed(self, members: Mapping[str, Any]) -> Suppressed:
        return Suppressed(self.finding(members["finding"]), members["by"], members["reason"], self.place(members))

    def unchecked(self, members: Mapping[str, Any]) -> Unchecked:
        return Unchecked(members["what"], members["reason"], self.subject(members["subject"]), self.place(members))

    def case(self, members: Mapping[str, Any]) -> CaseResult:
        return CaseResult(
            **{**members, "subject": self.subject(members["subject"]), "outcome": Outcome(members["outcome"])}
        )

    def story(self, members: Mapping[str, Any]) -> StoryGraph:
        return StoryGraph(
            members["name"],
            members["file"],
            tuple(StoryStep(**{**step, "verdict": Verdict(step["verdict"])}) for step in members["steps"]),
            tuple(StoryEdge(**{**edge, "verdict": Verdict(edge["verdict"])}) for edge in members["edges"]),
        )

    def image(self, members: Mapping[str, Any]) -> TestedImage:
        return TestedImage(**members)


def _each(read: Callable[[Mapping[str, Any]], T], members: Iterable[Mapping[str, Any]]) -> tuple[T, ...]:
    return tuple(read(member) for member in members)
