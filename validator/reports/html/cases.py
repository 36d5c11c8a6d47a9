"""What was run and how it went: who was checked for what, the images, the cases with their logs, and the times."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence

from validator.reports.document import finite
from validator.reports.escapes import cut, tail
from validator.reports.html.markup import Markup, folded, join, message, row, table, tag
from validator.reports.tallies import counted, duration, outcomes, ran, reasons
from validator.suite.results import CaseResult, Outcome, Report

ORDER = (Outcome.FAILED, Outcome.ERROR, Outcome.NOT_CHECKED, Outcome.WARNED, Outcome.PASSED)
"""The worst first: it is what a group of cases shows."""
SIGNS = {
    Outcome.FAILED: "✕",
    Outcome.ERROR: "⚡",
    Outcome.NOT_CHECKED: "?",
    Outcome.WARNED: "!",
    Outcome.PASSED: "✓",
}
MOST_CASES = 5_000
MOST_ROWS = 2_000
MOST_TIMES = 50
LOG_LINES = 400
PASSED_LINES = 20


def coverage(report: Report) -> Iterator[Markup]:
    """Who was checked for what; those with trouble first."""
    if not report.cases:
        return
    checks = list(dict.fromkeys(case.check for case in report.cases))
    cells: dict[tuple[str, str], dict[str, list[CaseResult]]] = defaultdict(lambda: defaultdict(list))
    for case in report.cases:
        cells[case.subject.kind, case.subject.name][case.check].append(case)
    every = sorted(cells.items(), key=lambda entry: min(map(_rank, (one for row in entry[1].values() for one in row))))
    rows = [
        row(f"{kind} {name}", *(_cell(found.get(check, [])) for check in checks))
        for (kind, name), found in every[:MOST_ROWS]
    ]
    yield table(["", *checks], rows)
    if len(every) > MOST_ROWS:
        yield tag("p", f"{len(every) - MOST_ROWS:,} more, none worse than these.")


def _rank(case: CaseResult) -> int:
    return ORDER.index(case.outcome)


def _cell(cases: Sequence[CaseResult]) -> Markup:
    if not cases:
        return Markup("")
    worst = min(cases, key=_rank).outcome
    told = worst.words if len(cases) == 1 else outcomes(cases)
    return tag("span", tag("b", SIGNS[worst], aria_hidden="true"), f" {told}", class_=f"o-{worst.value}")


def images(report: Report) -> Iterator[Markup]:
    """Which image stood for which template: a verdict without this cannot be trusted."""
    if not report.images:
        return
    rows = [
        row(
            cut(image.template, 200),
            tag("code", cut(image.reference, 300)),
            tag("code", image.digest[:80]),
            cut(image.source, 200),
            image.sandbox,
            ", ".join(f"{name}: {cut(value, 80)}" for name, value in image.properties.items()),
        )
        for image in report.images[:MOST_ROWS]
    ]
    yield table(["Template", "Tested image", "Digest", "Because of", "Sandbox", "About it"], rows)
    if len(report.images) > MOST_ROWS:
        yield tag("p", counted(len(report.images) - MOST_ROWS, "more image"))


def cases(report: Report) -> Iterator[Markup]:
    """The cases in which an image ran, the worst first, their logs folded."""
    every = sorted(ran(report.cases), key=_rank)
    yield from (_case(case) for case in every[:MOST_CASES])
    if len(every) > MOST_CASES:
        yield tag("p", f"{len(every) - MOST_CASES:,} more cases, none worse than these.")


def _case(case: CaseResult) -> Markup:
    marks = ", ".join(part for part in (case.check, case.mode, case.origin) if part)
    title = [
        tag(
            "b",
            f"{SIGNS[case.outcome]} {case.outcome.words}",
            class_=f"o-{case.outcome.value}",
        ),
        f" {case.subject} ",
        tag("span", f"{marks}, {duration(case.seconds)}", class_="soft"),
    ]
    if case.evidence is not None:
        title += [" ", tag("span", case.evidence.words, class_="soft")]
    if case.message:
        title += [" ", message(cut(case.message, 1_000))]
    limit = PASSED_LINES if case.outcome is Outcome.PASSED else LOG_LINES
    logs = [
        join([tag("h3", name), tag("pre", "\n".join(tail(content, limit)))])
        for name, content in (
            ("stdout", case.stdout),
            ("stderr", case.stderr),
            ("output", _output(case)),
            ("transcript", case.transcript),
        )
        if content.strip()
    ]
    shown = join(title)
    return folded(shown, *logs, class_="case") if logs else tag("p", shown, class_="case")


def _output(case: CaseResult) -> str:
    return "" if case.output is None else json.dumps(finite(case.output), indent=2, ensure_ascii=False)[:50_000]


def times(report: Report) -> Iterator[Markup]:
    """Where the time went: a line for each subject and check, the longest first."""
    groups: dict[tuple[str, str], list[CaseResult]] = defaultdict(list)
    for case in report.cases:
        groups[f"{case.subject.kind} {case.subject.name}", case.check].append(case)
    sums = {key: sum(case.seconds for case in found) for key, found in groups.items()}
    longest = sorted(groups, key=lambda key: -sums[key])
    if not longest:
        return
    most = sums[longest[0]] or 1.0
    rows = [
        row(
            name,
            check,
            f"{len(groups[name, check]):,}",
            duration(sums[name, check]),
            duration(max(case.seconds for case in groups[name, check])),
            tag("meter", min=0, max=f"{most:.6f}", value=f"{sums[name, check]:.6f}", aria_label="share of the longest"),
        )
        for name, check in longest[:MOST_TIMES]
    ]
    yield table(["", "Check", "Cases", "In all", "Longest", ""], rows)
    if len(longest) > MOST_TIMES:
        yield tag("p", f"{len(longest) - MOST_TIMES:,} more, none longer than these.")


def unchecked(report: Report) -> Iterator[Markup]:
    """What is neither passed nor failed, by reason."""
    for reason, items in list(reasons(report.unchecked).items())[:MOST_ROWS]:
        names = [tag("li", tag("code", cut(item.what, 300)), f" of {item.subject}") for item in items[:MOST_ROWS]]
        if len(items) > MOST_ROWS:
            names.append(tag("li", f"… {len(items) - MOST_ROWS:,} more"))
        yield folded(f"{cut(reason, 500)} ({len(items):,})", tag("ul", *names))


def suppressed(report: Report) -> Iterator[Markup]:
    """What somebody decided not to hear, and why."""
    if report.suppressed:
        yield table(
            ["Rule", "Place", "Message", "By", "Reason"],
            (
                row(
                    f"{item.finding.rule.code} {item.finding.rule.name}",
                    tag("code", str(item.finding.location)),
                    message(cut(item.finding.message, 500)),
                    item.by,
                    cut(item.reason, 500),
                )
                for item in report.suppressed[:MOST_ROWS]
            ),
        )
    if len(report.suppressed) > MOST_ROWS:
        yield tag("p", f"{len(report.suppressed) - MOST_ROWS:,} more.")
