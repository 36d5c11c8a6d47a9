"""The report as JUnit XML, by junit-xml: a suite for each engram and story, a case for each check and sample.

Where junit-xml is weak, this stands in: it drops control characters in silence, writes lone surrogates that no parser
accepts, times like `1e-05` or none, and attributes that Jenkins' schemas refuse: `disabled` of a suite, `file` and
`line` of a case, all of `skipped`. Places are told in the texts instead. Names hold no line numbers, so that a
history stays one.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from junit_xml import TestCase, TestSuite

from validator import __version__
from validator.findings import Finding, Subject
from validator.reports.escapes import cut, inline, xml
from validator.reports.excerpts import Lines
from validator.reports.panels import panel, plain
from validator.reports.tallies import check_of, counted, urgent
from validator.suite.results import CaseResult, Outcome, Report
from validator.suite.suppression import Suppressed

OUTPUT_LIMIT = 16_384
"""Characters of an output in a case that did not pass."""
PASSED_OUTPUT_LIMIT = 1_024
NAME_LIMIT = 200
MOST_PANELS = 50
"""Findings told in full within one case."""


def render(report: Report, lines: Lines) -> str:
    """The XML document, with its declaration."""
    root = ET.Element("testsuites", {"name": "engram-validate"})
    for (kind, name), cases in _suites(report, lines).items():
        suite = TestSuite(_attribute(f"{kind} {name}"), cases, properties=_properties(report, name))
        element = suite.build_xml_doc()
        del element.attrib["disabled"]  # the schema of Jenkins' plugin does not know it, and no case is
        element.set("time", _seconds(case.elapsed_sec for case in cases))
        for child, case in zip(element.iter("testcase"), cases, strict=True):
            child.set("time", _seconds([case.elapsed_sec]))
            for skipped in child.iter("skipped"):
                skipped.text = skipped.attrib.pop("message", "")
                skipped.attrib.clear()
        root.append(element)
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    root.set("time", _seconds(float(suite.get("time", "0")) for suite in root))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suites(report: Report, lines: Lines) -> dict[tuple[str, str], list[TestCase]]:
    """The cases of each suite: results in the order they came, then findings of their own, then what is unknown."""
    owners = _Owners(report.cases)
    found: dict[int, list[Finding]] = defaultdict(list)
    silenced: dict[int, list[Suppressed]] = defaultdict(list)
    for finding in report.findings:
        for owner in owners.of_each(finding):
            found[owner].append(finding)
    for item in report.suppressed:
        silenced[owners.of(item.finding)].append(item)
    writer = _Writer(report, lines)
    for index, result in enumerate(report.cases):
        writer.result(result, urgent(found[index]), silenced[index])
    for finding in found[_NOBODY]:
        writer.judge(writer.case_of(finding), [finding])
    for item in silenced[_NOBODY]:
        writer.case_of(item.finding).add_skipped_info(_silence([item]))
    skipped = {
        (case.subject.kind, case.subject.name, case.message)
        for case in report.cases
        if case.outcome is Outcome.NOT_CHECKED
    }
    for unknown in dict.fromkeys(report.unchecked):
        if (unknown.subject.kind, unknown.subject.name, unknown.reason) in skipped:
            continue  # its own row says so already
        case = writer.case(unknown.subject, f"unchecked: {unknown.what}")
        case.add_skipped_info(_attribute(f"could not be checked: {unknown.reason}"))
    return writer.suites


_NOBODY = -1


class _Owners:
    """Finds the result that a finding belongs to, so that one fault is not counted twice."""

    def __init__(self, results: Sequence[CaseResult]) -> None:
        self.results = results
        self.by_subject: dict[Subject, list[int]] = defaultdict(list)
        for index, result in enumerate(results):
            self.by_subject[result.subject].append(index)

    def of_each(self, finding: Finding) -> list[int]:
        """The results of all cases that show the finding, each once."""
        shown = [replace(finding, subject=replace(finding.subject, case=case)) for case in finding.cases] or [finding]
        return list(dict.fromkeys(map(self.of, shown)))

    def of(self, finding: Finding) -> int:
        """The result of the same subject and check, else of the whole subject's check, else one that went wrong."""
        check, subject = check_of(finding.rule.code), finding.subject
        if subject.case and subject not in self.by_subject:
            subject = replace(subject, step="")  # a row is a case of a story, and a finding is about one of its steps
        exact = self.by_subject.get(subject, [])
        whole = self.by_subject.get(Subject(subject.kind, subject.name), [])
        wrong = {Outcome.FAILED, Outcome.ERROR}
        choices = (
            [index for index in exact if self.results[index].check == check and self.results[index].outcome in wrong],
            [index for index in exact if self.results[index].check == check],
            [index for index in whole if self.results[index].check == check],
            [index for index in exact if self.results[index].outcome in wrong],
        )
        return next((indices[0] for indices in choices if indices), _NOBODY)


class _Writer:
    """Makes test cases with names that are unique in their suite."""

    def __init__(self, report: Report, lines: Lines) -> None:
        self.report = report
        self.lines = lines
        self.suites: dict[tuple[str, str], list[TestCase]] = {}
        self.names: Counter[tuple[str, str, str]] = Counter()

    def case(self, subject: Subject, name: str) -> TestCase:
        """A new case in the subject's suite; a name that is taken gets a number."""
        name = _attribute(name)
        self.names[subject.kind, subject.name, name] += 1
        number = self.names[subject.kind, subject.name, name]
        unique = name if number == 1 else f"{name} ({number})"
        case = TestCase(unique, classname=_attribute(f"{subject.kind}.{subject.name}"), elapsed_sec=0.0)
        self.suites.setdefault((subject.kind, subject.name), []).append(case)
        return case

    def case_of(self, finding: Finding) -> TestCase:
        """A case for a finding that no result owns, named by its rule and place, without line numbers."""
        subject = finding.subject
        parts = [subject.step and f"step {subject.step}", subject.case and f"case {subject.case}"]
        anchor = "/".join(map(str, finding.anchor))
        place = finding.location.file + (f"#{anchor}" if anchor else "")
        context = "".join(f" {part}" for part in parts if part)
        check = check_of(finding.rule.code)
        return self.case(subject, f"{check}{context}: {finding.rule.code} {finding.rule.name}@{place}")

    def result(self, result: CaseResult, findings: list[Finding], silenced: list[Suppressed]) -> None:
        """A case for a result, with the findings it owns."""
        subject = result.subject
        name = result.check + (f" step {subject.step}" if subject.step else "")
        name += (f": {subject.case}" if subject.case else "") + (f" [{result.mode}]" if result.mode else "")
        case = self.case(subject, name)
        case.elapsed_sec = result.seconds
        limit = PASSED_OUTPUT_LIMIT if result.outcome is Outcome.PASSED else OUTPUT_LIMIT
        seen = f"evidence: {result.evidence.words}\n" if result.evidence is not None else ""
        case.stdout, case.stderr = seen + _end(result.stdout, limit), _end(result.stderr, limit)
        if findings:
            self.judge(case, findings)
        elif silenced:
            case.add_skipped_info(_silence(silenced))
        elif result.outcome is Outcome.FAILED:
            case.add_failure_info(_attribute(result.message or "failed"), failure_type=_attribute(result.check))
        elif result.outcome is Outcome.ERROR:
            case.add_error_info(_attribute(result.message or "could not run"), error_type="sandbox")
        elif result.outcome is Outcome.NOT_CHECKED:
            case.add_skipped_info(_attribute(f"not checked: {result.message}"))

    def judge(self, case: TestCase, findings: list[Finding]) -> None:
        """Fail the case when a finding fails the run; what only warns is told in the output of a case that passes."""
        first = findings[0]
        more = f" (and {len(findings) - 1:,} more)" if len(findings) > 1 else ""
        message = _attribute(first.message, 1_000) + more
        panels = [xml(plain(panel(finding, self.lines))) for finding in findings[:MOST_PANELS]]
        if len(findings) > MOST_PANELS:
            panels.append(f"… {counted(len(findings) - MOST_PANELS, 'more finding')}")
        text = "\n" + "\n\n".join(panels) + "\n"
        if any(self.report.fails(finding) for finding in findings):
            case.add_failure_info(message, text, first.rule.code)
        elif first.rule.code.startswith("EV9"):
            case.add_error_info(message, text, first.rule.code)
        else:
            case.stdout = f"{case.stdout}{text}" if case.stdout else text


def _attribute(text: str, limit: int = NAME_LIMIT) -> str:
    """One line of legal XML, with its end cut off when it is long."""
    line = inline(text)
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _end(text: str, limit: int) -> str:
    """The end of an output, saying how much is missing."""
    if len(text) <= limit:
        return xml(text)
    return f"… {len(text) - limit:,} characters before\n{xml(text[-limit:])}"


def _silence(items: Sequence[Suppressed]) -> str:
    first = items[0]
    reason = f": {first.reason}" if first.reason else ""
    more = f" (and {len(items) - 1:,} more)" if len(items) > 1 else ""
    return _attribute(f"{first.finding.rule.code} suppressed by {first.by}{reason}{more}")


def _properties(report: Report, name: str) -> dict[str, str]:
    """What was tested by what: a verdict without this cannot be trusted."""
    properties = {"engram-validate": __version__}
    if report.sandbox:
        properties["sandbox"] = report.sandbox
    images = [image for image in report.images if image.template == name]
    for number, image in enumerate(images, 1):
        suffix = "" if number == 1 else f".{number}"
        facts = {"image": image.reference, "digest": image.digest, "source": image.source, "kind": image.sandbox}
        properties |= {f"{fact}{suffix}": value for fact, value in facts.items() if value}
        properties |= {f"image.{key}{suffix}": value for key, value in image.properties.items()}
    return {_attribute(key): _attribute(cut(value, 1_000), 1_100) for key, value in properties.items()}


def _seconds(parts: Iterable[float]) -> str:
    """Seconds as every reader takes them: a plain decimal."""
    return f"{sum(parts):.3f}"
