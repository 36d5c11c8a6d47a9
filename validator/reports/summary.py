"""The job summary in GitHub Markdown: verdict first, then a table, then each finding with what makes it believable.

GitHub drops a summary over 1 MiB as a whole, so it is cut before that, the least important first, and says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from validator.findings import Finding, Severity
from validator.reports.comparison import Comparison
from validator.reports.escapes import code, cut, fenced, markdown, message, tail
from validator.reports.excerpts import Lines
from validator.reports.gantt import gantt
from validator.reports.mermaid import drawable, flowchart, worst
from validator.reports.packets import sequence
from validator.reports.panels import Layout, body, plain
from validator.reports.tallies import (
    cases_with_outcomes,
    counted,
    duration,
    names,
    outcomes,
    ran,
    reasons,
    severities,
    tally,
    urgent,
    verdict,
)
from validator.suite.results import CaseResult, Outcome, Report, StoryGraph, Verdict
from validator.suite.timelines import GOOD, Timeline

LIMIT = 1_048_576
"""Bytes that GitHub takes for one step."""
RESERVE = 300
"""Bytes kept for the line that says what was cut."""
SHARE = 0.7
"""How much of the room findings may take; logs and lists have the rest."""
MOST_ROWS = 300
MOST_NAMES = 10
MOST_GRAPHS = 30
MOST_CONVERSATIONS = 10
GRAPHS_SHARE = 0.25
GRAPH_WORDS = {
    Verdict.ERROR: "what is ✕ will fail",
    Verdict.WARNING: "what is ! can fail",
    Verdict.NOTE: "worth a look",
    Verdict.UNKNOWN: "what is ? could not be checked",
    Verdict.PASSED: "every edge holds",
}
LOG_LINES = 60
SIGNS = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.NOTE: "💡"}
CELLS = {
    Outcome.FAILED: "❌",
    Outcome.ERROR: "💥",
    Outcome.NOT_CHECKED: "❔",
    Outcome.WARNED: "⚠️",
    Outcome.PASSED: "✅",
}
"""The worst outcome comes first and is a cell's sign."""


def render(report: Report, lines: Lines, *, limit: int = LIMIT, changes: Comparison | None = None) -> str:
    """The summary, at most `limit` bytes in UTF-8; empty when there is no room for a verdict.

    `changes` is what differs from an earlier report, where there is one.
    """
    page = _Page(limit - RESERVE)
    if not page.add([_heading(report)]):
        return ""
    page.add(_changes(changes))
    page.add(_images(report))
    page.add(_table(report))
    stories = [story for story in report.stories if story.edges]
    graphs = [_graph(story) for story in sorted(stories, key=_urgency) if drawable(story)][:MOST_GRAPHS]
    page.cut(page.add(graphs, GRAPHS_SHARE), len(stories), "story graph")
    page.cut(page.add(_conversations(report), GRAPHS_SHARE), len(report.conversations), "sequence diagram")
    charts = list(_charts(report.timelines))[:MOST_GRAPHS]
    page.cut(page.add(charts, GRAPHS_SHARE), len(charts), "timeline of a story")
    findings = urgent(report.findings)
    page.cut(page.add((_finding(finding, lines) for finding in findings), SHARE), len(findings), "finding")
    cases = [case for case in ran(report.cases) if case.outcome is not Outcome.PASSED]
    page.cut(page.add(_case(case) for case in cases), len(cases), "case")
    page.add(_unchecked(report))
    page.add(_suppressed(report))
    if report.sandbox:
        page.add([f"Sandbox: {markdown(report.sandbox)}\n"])
    return page.text()


def _changes(changes: Comparison | None) -> Iterator[str]:
    if changes is None:
        return
    yield f"Since the earlier report: {changes.words}.\n"
    for title, findings in (("New", changes.new), ("Fixed", changes.fixed)):
        if findings:
            rows = "".join(f"- {_line(finding)}\n" for finding in urgent(findings)[:MOST_NAMES])
            more = len(findings) - MOST_NAMES
            yield f"{title}:\n\n{rows}" + (f"- and {more:,} more\n" if more > 0 else "")


def _line(finding: Finding) -> str:
    text = message(cut(finding.message, 300))
    return f"{SIGNS[finding.severity]} {finding.rule.code} {text} ({code(cut(str(finding.location), 200))})"


class _Page:
    """Sections one after the other, as many as there is room for."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.parts: list[str] = []
        self.missing: list[str] = []

    def add(self, sections: Iterable[str], share: float = 1.0) -> int:
        """Add sections up to the first that does not fit into the share of the room; how many were added."""
        room = int(self.room * share)
        added = 0
        for section in sections:
            size = len(section.encode("utf-8", "backslashreplace")) + 1
            if size > room:
                break
            room -= size
            self.room -= size
            self.parts.append(section)
            added += 1
        return added

    def cut(self, added: int, of: int, noun: str) -> None:
        """Remember what did not fit."""
        if added < of:
            self.missing.append(f"{of - added:,} of {counted(of, noun)}")

    def text(self) -> str:
        """All that was added, and what was not."""
        missing = f"> Not shown here for lack of room: {', '.join(self.missing)}. The other reports have all.\n"
        return "\n".join([*self.parts, missing] if self.missing else self.parts)


def _heading(report: Report) -> str:
    sign = {"passed": "✅", "failed": "❌"}.get(report.result, "💥")
    parts = [severities(tally(report))]
    if cases := cases_with_outcomes(report.cases):
        parts.append(cases)
    parts.append(f"{counted(report.checked, 'manifest')} in {duration(report.seconds)}")
    return f"## {sign} engram-validate: {verdict(report)}\n\n{'; '.join(parts)}\n"


def _images(report: Report) -> Iterator[str]:
    if not report.images:
        return
    rows = ["| Template | Tested image | Digest | Because of | Sandbox |", "|---|---|---|---|---|"]
    for image in report.images[:MOST_ROWS]:
        cells = (image.template, image.reference, image.digest[:19], image.source, image.sandbox)
        rows.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    if len(report.images) > MOST_ROWS:
        rows.append(f"\n… {counted(len(report.images) - MOST_ROWS, 'more image')}")
    yield "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return code(cut(text, 120)) if text else ""


def _table(report: Report) -> Iterator[str]:
    """Who was checked for what; those with trouble first."""
    if not report.cases:
        return
    checks = list(dict.fromkeys(case.check for case in report.cases))
    cells: dict[tuple[str, str], dict[str, list[CaseResult]]] = defaultdict(lambda: defaultdict(list))
    for case in report.cases:
        cells[case.subject.kind, case.subject.name][case.check].append(case)
    order = list(CELLS)

    def worst(row: dict[str, list[CaseResult]]) -> int:
        return min(order.index(case.outcome) for cases in row.values() for case in cases)

    rows = [f"| | {' | '.join(map(markdown, checks))} |", f"|---|{'---|' * len(checks)}"]
    every = sorted(cells.items(), key=lambda entry: worst(entry[1]))
    for (kind, name), row in every[:MOST_ROWS]:
        shown = " | ".join(_outcome(row[check]) for check in checks)
        rows.append(f"| {markdown(kind)} {_cell(name)} | {shown} |")
    if len(every) > MOST_ROWS:
        rows.append(f"\n… {len(every) - MOST_ROWS:,} more, none worse than these")
    yield "\n".join(rows) + "\n"


def _urgency(story: StoryGraph) -> int:
    return [*Verdict].index(worst(story))


def _graph(story: StoryGraph) -> str:
    """The story as GitHub draws it; folded when nothing is wrong with it."""
    verdict = worst(story)
    trouble = verdict in {Verdict.ERROR, Verdict.WARNING}
    parts = [f"**Story** {_cell(story.name)}: {GRAPH_WORDS[verdict]}\n", f"```mermaid\n{flowchart(story)}\n```\n"]
    if not trouble:
        parts = [f"<details><summary>Story {_cell(story.name)}: {GRAPH_WORDS[verdict]}</summary>\n", parts[1]]
        parts.append("</details>\n")
    return "\n".join(parts)


def _conversations(report: Report) -> Iterator[str]:
    """Where the packets of realtime stories went; those that were lost first."""
    for one in sorted(report.conversations, key=lambda one: one.passed)[:MOST_CONVERSATIONS]:
        verdict = "passed" if one.passed else "failed"
        head = f"Packets of story {_cell(one.story)}, {_cell(one.case)}: {verdict}, {one.counts}"
        diagram = f"```mermaid\n{sequence(one)}\n```\n"
        if one.passed:
            yield f"<details><summary>{head}</summary>\n\n{diagram}\n</details>\n"
        else:
            yield f"{head}\n\n{diagram}"


def _charts(timelines: Sequence[Timeline]) -> Iterator[str]:
    """Cases of stories as GitHub draws them, those that are not as they should be first and unfolded."""
    for one in sorted(timelines, key=lambda one: one.outcome in GOOD):
        title = _cell(": ".join(filter(None, (one.story, one.case, one.verdict))))
        if not (chart := gantt(one)):
            continue
        if one.outcome in GOOD:
            yield f"<details><summary>Story {title}</summary>\n\n```mermaid\n{chart}\n```\n\n</details>\n"
        else:
            yield f"**Story** {title}\n\n```mermaid\n{chart}\n```\n"


def _outcome(cases: list[CaseResult]) -> str:
    """The worst outcome as a sign, with the counts where there are several cases."""
    if not cases:
        return ""
    sign = next(sign for outcome, sign in CELLS.items() if any(case.outcome is outcome for case in cases))
    return sign if len(cases) == 1 else f"{sign} {outcomes(cases)}"


def _finding(finding: Finding, lines: Lines) -> str:
    title = f"{SIGNS[finding.severity]} **{markdown(f'{finding.rule.code} {finding.rule.name}')}**"
    block = fenced(plain(body(finding, lines, Layout(width=100))), "text")
    return f"{title} {message(cut(finding.message, 2_000))}\n\n{block}\n"


def _case(case: CaseResult) -> str:
    marks = ", ".join(markdown(part) for part in (case.check, case.mode, case.origin) if part)
    title = f"{CELLS[case.outcome]} {case.outcome.value} {_cell(str(case.subject))} ({marks})"
    if case.message:
        title += f": {message(cut(case.message, 500))}"
    logs = [
        f"{name}\n\n{fenced(chr(10).join(tail(text, LOG_LINES)), 'text')}\n"
        for name, text in (("stdout", case.stdout), ("stderr", case.stderr))
        if text.strip()
    ]
    if not logs:
        return f"{title}\n"
    return "\n".join([f"<details><summary>{title}</summary>\n", *logs, "</details>\n"])


def _unchecked(report: Report) -> Iterator[str]:
    if not report.unchecked:
        return
    yield f"**Could not be checked** ({len(report.unchecked):,}): neither passed nor failed.\n"
    for reason, items in list(reasons(report.unchecked).items())[:MOST_ROWS]:
        every = names(items)
        shown = ", ".join(map(_cell, every[:MOST_NAMES]))
        more = f", … {len(every) - MOST_NAMES:,} more" if len(every) > MOST_NAMES else ""
        yield f"- {markdown(cut(reason, 300))}: {shown}{more}"
    yield ""


def _suppressed(report: Report) -> Iterator[str]:
    if not report.suppressed:
        return
    rows = [f"<details><summary>{counted(len(report.suppressed), 'finding')} suppressed</summary>\n"]
    for item in report.suppressed[:MOST_ROWS]:
        why = f": {markdown(cut(item.reason, 300))}" if item.reason else ""
        place = _cell(str(item.finding.location))
        rows.append(f"- {markdown(item.finding.rule.code)} {place} by {markdown(item.by)}{why}")
    if len(report.suppressed) > MOST_ROWS:
        rows.append(f"- … {len(report.suppressed) - MOST_ROWS:,} more")
    yield "\n".join([*rows, "\n</details>\n"])
