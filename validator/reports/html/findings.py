"""The findings as data that the page's script groups, filters and shows: what all show at once, and details apart.

Details (excerpt, evidence, places) are most of the page and seldom read: they are packed, and unpacked on demand.
"""

from __future__ import annotations

import base64
import gzip
import json
import shlex
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from markupsafe import Markup

from validator.findings import Finding, Json, Severity
from validator.reports.comparison import Comparison
from validator.reports.document import finite
from validator.reports.escapes import cut, tail, visible
from validator.reports.excerpts import Lines, last_line
from validator.reports.html.environment import data
from validator.reports.links import Origin, rule_page
from validator.reports.panels import TAIL_LINES, Layout, body
from validator.reports.tallies import STATIC, check_of, urgent
from validator.suite.results import Report

MOST_FINDINGS = 10_000
"""More make a page that no browser likes; the worst are shown."""
FULL_LINES = 2_000
FULL_VALUE = 50_000
"""Characters of a value that is told in full."""
SHORT_VALUE = 400
"""A value longer than this is cut in the excerpt."""
WIDTH = 110
_UNWRITTEN = ("generated", "by hand")
"""How runs of a story are called that no case of the configuration stands for."""


@dataclass(frozen=True, slots=True)
class FindingsView:
    """What the page has of findings."""

    total: int
    hidden: int
    """How many are not on the page."""
    counts: tuple[tuple[str, int], ...]
    """Severity and how many, the worst first."""
    rules: tuple[tuple[str, str], ...]
    """Code and name of each rule, in order."""
    index: Markup
    """JSON: what is shown of each finding at once."""
    details: str
    """Base64 of gzip of JSON: what is shown of each finding on demand."""


def view(report: Report, lines: Lines, origin: Origin, changes: Comparison | None) -> FindingsView:
    """All findings, the worst first."""
    every = urgent(report.findings)
    shown = every[:MOST_FINDINGS]
    severities = [finding.severity for finding in every]
    return FindingsView(
        total=len(every),
        hidden=len(every) - len(shown),
        counts=tuple((one.value, severities.count(one)) for one in reversed(Severity) if one in severities),
        rules=tuple(sorted({(one.rule.code, one.rule.name) for one in shown})),
        index=data(_index(shown, origin, {id(finding) for finding in changes.new} if changes else set())),
        details=_packed([_details(finding, lines) for finding in shown]),
    )


def _index(findings: Sequence[Finding], origin: Origin, new: Set[int]) -> Json:
    """What `page.js` reads: names once, and a row of numbers and texts for each finding."""
    files: dict[str, int] = {}
    subjects: dict[str, int] = {}
    rules = {finding.rule.code: finding.rule.name for finding in findings}
    codes = {code: index for index, code in enumerate(rules)}
    rows: list[Json] = []
    for finding in findings:
        location = finding.location
        owner = visible(f"{finding.subject.kind} {finding.subject.name}")
        rows.append(
            [
                finding.fingerprint,
                finding.severity.value,
                codes[finding.rule.code],
                subjects.setdefault(owner, len(subjects)),
                visible(cut(finding.message, 2_000)),
                files.setdefault(visible(location.file), len(files)),
                location.line,
                location.column,
                last_line(location)[0],
                int(id(finding) in new),
            ]
        )
    return {
        "rules": [[code, visible(name), rule_page(code)] for code, name in rules.items()],
        "subjects": list(subjects),
        "files": list(files),
        "root": origin.files,
        "host": origin.on_host,
        "findings": rows,
    }


def _details(finding: Finding, lines: Lines) -> Json:
    """The excerpt as lines of texts and styles, what it shows only the end of, and the command to repeat it."""
    shown = body(finding, lines, Layout(width=WIDTH))
    styled: list[Json] = [
        [[visible(text), style] if style else visible(text) for text, style in line] for line in shown
    ]
    return [styled, [[visible(name), "\n".join(text)] for name, text in _in_full(finding)], command(finding)]


def command(finding: Finding) -> str:
    """A line that checks this again, to be pasted into a shell.

    A static check looks at everything: alone, a file would lose what it refers to.
    """
    check, subject = check_of(finding.rule.code), finding.subject
    if check in STATIC:
        words = ["check", "--checks", check]
    elif subject.kind == "story":
        words = ["story", "run", visible(subject.name), *_narrowed(finding)]
    elif check == "stories":
        words = ["story", "run"]
    else:
        # Rows of the streaming contract and of isolation are no cases that can be chosen.
        narrowed = _narrowed(finding) if check == "conformance" else []
        template = ["--template", visible(subject.name)] if subject.kind == "template" else []
        words = ["run", *template, *narrowed]
    return shlex.join(["engram-validate", *words])


def _narrowed(finding: Finding) -> list[str]:
    """The case, where there is one to choose."""
    case = (finding.cases or (finding.subject.case,))[0]
    unwritten = finding.subject.kind == "story" and case in _UNWRITTEN
    return ["--case", visible(case)] if case and not unwritten else []


def _in_full(finding: Finding) -> Iterator[tuple[str, list[str]]]:
    """Long logs, transcripts and witnesses, by name."""
    for name, value in finding.evidence.items():
        if found := _long(value):
            yield name, [visible(line) for line in found]


def _long(value: Json) -> list[str]:
    if isinstance(value, str) and "\n" in value.strip("\n"):
        return tail(value, FULL_LINES) if value.strip("\n").count("\n") >= TAIL_LINES else []
    text = json.dumps(finite(value), indent=2, ensure_ascii=False)
    return cut(text, FULL_VALUE).split("\n") if len(text) > SHORT_VALUE else []


def _packed(values: Iterable[Json]) -> str:
    text = json.dumps(list(values), separators=(",", ":"), ensure_ascii=False)
    return base64.b64encode(gzip.compress(text.encode("utf-8"), mtime=0)).decode("ascii")
