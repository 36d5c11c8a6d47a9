"""The report as SARIF 2.1.0, for GitHub's code scanning and for editors.

Source: SARIF 2.1.0 (OASIS, errata 01); GitHub's limits and the fingerprint it reads: "SARIF support for code scanning".
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from validator import __version__
from validator.findings import Finding, Json, Location, Rule, Subject, Suggestion, Unchecked
from validator.reports.document import finite
from validator.reports.escapes import cut, visible
from validator.reports.github import repository_path
from validator.reports.tallies import check_of, counted, urgent
from validator.reports.values import evidence_text
from validator.rules import find, labelled, page
from validator.suite.results import Report, Status
from validator.suite.suppression import Suppressed

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
INFORMATION = "https://github.com/bubu/engram-validate"
BASE = "%SRCROOT%"
"""The root of the repository, by the name that GitHub and editors know."""
MOST_RESULTS = 25_000
"""GitHub refuses a file with more; the worst come first."""
MOST_NOTIFICATIONS = 1_000
MESSAGE_LIMIT = 4_000
FLOWS = "pairwise"
"""The check whose findings are a way: what upstream allows, the template that hands it on, what downstream takes."""

_LINK = re.compile(r"\[(?=[^\]]*\]\()")
_PLACEHOLDER = re.compile(r"\{(\d+)\}")


def render(report: Report, *, prefix: str = "") -> str:
    """The SARIF log as JSON text in ASCII; `prefix` leads from the repository's root to the workspace root."""
    log: Json = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report, _Places(prefix))]}
    return json.dumps(_visible(finite(log)), indent=1, allow_nan=False) + "\n"


def _visible(value: Json) -> Json:
    """The same without what readers would choke on or hide: half characters, controls, marks of direction."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, list):
        return [_visible(item) for item in value]
    if isinstance(value, dict):
        return {visible(key): _visible(item) for key, item in value.items()}
    return value


def _run(report: Report, places: _Places) -> Json:
    silenced: dict[int, Suppressed] = {id(item.finding): item for item in report.suppressed}
    every = [*urgent(report.findings), *urgent(item.finding for item in report.suppressed)]
    shown = every[:MOST_RESULTS]
    rules = {finding.rule.code: finding.rule for finding in shown}
    codes = sorted(rules)
    seen: Counter[str] = Counter()
    results: list[Json] = []
    for finding in shown:
        fingerprint = finding.fingerprint
        seen[fingerprint] += 1
        result = _result(finding, codes.index(finding.rule.code), places)
        result["partialFingerprints"] = {
            # the only one that GitHub reads; its form is HASH:OCCURRENCE
            "primaryLocationLineHash": f"{fingerprint}:{seen[fingerprint]}",
            "engramValidate/v1": fingerprint,
        }
        if id(finding) in silenced:
            result["suppressions"] = [_suppression(silenced[id(finding)], places)]
        results.append(result)
    return {
        "tool": {
            "driver": {
                "name": "engram-validate",
                "informationUri": INFORMATION,
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(rules[code]) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {BASE: {"description": {"text": "The root of the repository."}}},
        "invocations": [_invocation(report, len(every) - len(shown), places)],
        "results": results,
    }


class _Places:
    """Locations of the workspace as the repository has them."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def artifact(self, file: str) -> dict[str, Json]:
        """A file, from the repository's root where it lies in it."""
        inside = repository_path(file, self.prefix)
        if inside:
            return {"uri": quote(inside, errors="surrogatepass"), "uriBaseId": BASE}
        if file.startswith("/"):
            return {"uri": "file://" + quote(file, errors="surrogatepass")}
        return {"uri": quote(file, errors="surrogatepass")}

    def physical(self, location: Location) -> dict[str, Json]:
        """The file and the characters in it."""
        return {"artifactLocation": self.artifact(location.file), "region": region(location)}

    def location(self, location: Location, message: str = "") -> dict[str, Json]:
        """A place, and what there is to say about it."""
        members: dict[str, Json] = {"physicalLocation": self.physical(location)}
        return {**members, "message": {"text": text(message)}} if message else members


def region(location: Location) -> dict[str, Json]:
    """The characters of a location: SARIF counts as we do, from 1 and with an exclusive end."""
    start, end = (location.line, location.column), (location.end_line, location.end_column)
    last = max(start, end)
    return {"startLine": start[0], "startColumn": start[1], "endLine": last[0], "endColumn": last[1]}


def text(message: str) -> str:
    """A message in which nothing is a link or a placeholder (SARIF, 3.11.5 and 3.11.6)."""
    return _LINK.sub(r"\\[", _PLACEHOLDER.sub(r"{{\1}}", visible(message)))


def _result(finding: Finding, index: int, places: _Places) -> dict[str, Json]:
    place = places.location(finding.location)
    place["logicalLocations"] = [_logical(finding.subject, finding.anchor)]
    result: dict[str, Json] = {
        "ruleId": finding.rule.code,
        "ruleIndex": index,
        "level": finding.severity.value,
        "message": {"text": text("\n".join(_paragraphs(finding)))},
        "locations": [place],
        "properties": {
            "subject": str(finding.subject),
            "evidence": dict(finding.evidence),
            **({"cases": list(finding.cases)} if finding.cases else {}),
        },
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, **places.location(related.location, related.message)}
            for number, related in enumerate(finding.related, 1)
        ]
        if check_of(finding.rule.code) == FLOWS:
            result["codeFlows"] = [_flow(finding, places)]
    if finding.suggestion is not None and (fix := _fix(finding.suggestion, places)) is not None:
        result["fixes"] = [fix]
    return result


def _paragraphs(finding: Finding) -> Iterator[str]:
    """What a reader of the alert sees: the message, what makes it believable, and what to do."""
    yield cut(finding.message, MESSAGE_LIMIT)
    yield f"In {finding.subject}."
    for name, value in finding.evidence.items():
        if not (isinstance(value, str) and "\n" in value):  # logs are among the properties
            yield f"{name}: {evidence_text(name, value, 600)}"
    if finding.suggestion is not None:
        yield f"Help: {finding.suggestion.text}"


def _logical(subject: Subject, anchor: Iterable[str | int]) -> dict[str, Json]:
    """The subject as a place by name, which holds when lines move."""
    parts = [subject.kind, subject.name, *(part for part in (subject.step, subject.case) if part), *map(str, anchor)]
    return {
        "name": visible(subject.step or subject.name),
        "fullyQualifiedName": visible("/".join(parts)),
        "kind": visible(subject.kind),
    }


def _flow(finding: Finding, places: _Places) -> Json:
    """The way of a value: from what allows it, over the place of the finding, to what does not take it.

    The last related place is the one that refuses; those before it come first. With one alone, the finding's own place
    is the producer's.
    """
    first, last = finding.related[:-1], finding.related[-1:]
    steps = [
        *(places.location(related.location, related.message) for related in first),
        places.location(finding.location, f"it is handed on here, in {finding.subject}"),
        *(places.location(related.location, related.message) for related in last),
    ]
    return {"threadFlows": [{"locations": [{"location": step, "importance": "essential"} for step in steps]}]}


def _fix(suggestion: Suggestion, places: _Places) -> Json:
    """The edit of a suggestion; None when it is in words only."""
    if suggestion.location is None or suggestion.replacement is None:
        return None
    replacement: Json = {
        "deletedRegion": region(suggestion.location),
        "insertedContent": {"text": suggestion.replacement},
    }
    change: Json = {
        "artifactLocation": places.artifact(suggestion.location.file),
        "replacements": [replacement],
    }
    return {"description": {"text": text(suggestion.text)}, "artifactChanges": [change]}


def _suppression(item: Suppressed, places: _Places) -> Json:
    members: dict[str, Json] = {"kind": "inSource" if item.by == "comment" else "external", "status": "accepted"}
    if item.reason:
        members["justification"] = visible(item.reason)
    if item.location is not None:
        members["location"] = places.location(item.location)
    return members


def _rule(rule: Rule) -> Json:
    """A rule with its page as help; of a rule that only another version knows, what the report says of it."""
    known = find(rule.code)
    markdown = (
        labelled(page(known))
        if known is not None and known.name == rule.name
        else f"# {rule.code} {rule.name}\n\n{rule.summary}\n"
    )
    paragraphs = [part.replace("\n", " ") for part in markdown.split("\n\n")[1:2]]
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": visible(rule.summary)},
        "fullDescription": {"text": visible(paragraphs[0].strip() if paragraphs else rule.summary)},
        "help": {"text": visible(markdown), "markdown": visible(markdown)},
        "defaultConfiguration": {"level": rule.severity.value},
        "properties": {
            "tags": [check_of(rule.code)],
            "precision": "high",
            "problem.severity": "recommendation" if rule.severity.rank == 0 else rule.severity.value,
        },
    }


def _invocation(report: Report, left_out: int, places: _Places) -> Json:
    """How the run went: what it could not judge is a notification, for it is neither a result nor a pass."""
    notifications = [_notification(item, places) for item in dict.fromkeys(report.unchecked)]
    left_out_too = len(notifications) - MOST_NOTIFICATIONS
    del notifications[MOST_NOTIFICATIONS:]
    for number, noun in ((left_out, "finding"), (left_out_too, "thing that could not be checked")):
        if number > 0:
            notifications.append(
                _remark(f"{counted(number, noun)} left out for lack of room; the JSON report has all.")
            )
    status = report.status
    return {
        "executionSuccessful": status in {Status.OK, Status.FINDINGS} and not report.interrupted,
        "exitCode": 128 + report.interrupted if report.interrupted else int(status),
        "toolExecutionNotifications": notifications,
    }


def _notification(item: Unchecked, places: _Places) -> Json:
    locations: Sequence[Json] = [places.location(item.location)] if item.location is not None else []
    message = f"Could not be checked: {item.what} of {item.subject}: {item.reason}"
    remark = _remark(message)
    return {**remark, "locations": [*locations]} if locations else {**remark}


def _remark(message: str) -> dict[str, Json]:
    return {"level": "note", "message": {"text": text(message)}}
