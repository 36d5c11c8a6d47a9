"""The report that people read in a terminal or a log: findings by file and line, and the verdict as the last line.

People mend a file from top to bottom, so all findings about a file stand together, in the order of the other forms of
standard output. Then comes what was tested, then one line that says how it went.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from validator.findings import Severity
from validator.reports.comparison import Comparison
from validator.reports.escapes import brief, cut, inline, tail
from validator.reports.excerpts import Lines
from validator.reports.folding import folded
from validator.reports.panels import COMMAND, Layout, Line, panel
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
    without_image,
)
from validator.suite.cases import EXPLORED
from validator.suite.evidence import together
from validator.suite.results import CaseResult, Outcome, Report, Status

STYLES = {
    "error": "bold red",
    "warning": "bold yellow",
    "note": "bold cyan",
    "message": "bold",
    "gutter": "blue",
    "place": "bold",
    "dim": "dim",
    "evidence": "cyan",
    "log": "dim",
    "mark-error": "bold red",
    "mark-warning": "bold yellow",
    "mark-note": "bold cyan",
    "mark-related": "bold blue",
    "help": "bold green",
    "add": "green",
    "remove": "red",
    "heading": "bold",
    "passed": "bold green",
    "failed": "bold red",
}
MOST_NAMES = 5


_WITH_FINDING = frozenset({Outcome.FAILED, Outcome.WARNED})
"""Outcomes of which there is a finding."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the console report looks."""

    width: int = 100
    color: bool = False
    fold: bool = False
    """Whether longer lines are folded between words, as for a terminal; in a log a line stays one."""
    verbose: bool = False
    """Show every case, every log and everything that could not be checked."""
    quiet: bool = False
    """Show findings and the last line only."""
    folder: str = ""
    """The folder that paths are relative to; empty for the current one."""
    limit: int = 200
    """The most findings shown in full, chosen by severity; the rest is counted."""


def render(report: Report, lines: Lines, look: Look | None = None, changes: Comparison | None = None) -> str:
    """The whole report as text that ends with a line feed, with ANSI colours when the look asks for them.

    `changes` is what differs from an earlier report, where there is one.
    """
    look = look or Look()
    return paint([*found(report, lines, look), *aside(report, look), *last(report, changes)], look)


def aside(report: Report, look: Look) -> Iterator[Line]:
    """What is told beside the findings: the images, the cases, what was not checked, and where all that was."""
    if not look.quiet:
        yield from _images(report)
        yield from _cases(report, look)
        yield from _unchecked(report, look)
        yield from _aside(report, look)


def paint(lines: Iterable[Line], look: Look) -> str:
    """Styled lines as text for this look."""
    texts = [row for line in lines for row in _rows(line, look)]
    if not look.color:
        return "".join(f"{text.plain.rstrip()}\n" for text in texts)
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, color_system="standard", width=look.width, no_color=False)
    for text in texts:
        console.print(text, soft_wrap=True)
    return out.getvalue()


def _rows(line: Line, look: Look) -> list[Text]:
    text = Text.assemble(*((text, STYLES.get(style, "")) for text, style in line))
    whole = not look.fold or any(style == COMMAND for _, style in line)
    return [text] if whole else folded(text, look.width)


def found(report: Report, lines: Lines, look: Look) -> Iterator[Line]:
    """The findings in reading order; of too many the worst, and how many are left out."""
    every = urgent(report.findings)
    shown = every if look.verbose else every[: look.limit]
    layout = Layout(width=look.width, folder=look.folder)
    for finding in sorted(shown, key=lambda finding: finding.sort_key):
        yield from panel(finding, lines, layout)
        yield ()
    if hidden := len(every) - len(shown):
        yield ((f"{counted(hidden, 'more finding')}, none more severe (--verbose shows all)", "dim"),)
        yield ()


def _images(report: Report) -> Iterator[Line]:
    if not report.images:
        return
    yield (("tested images", "heading"),)
    rows = [
        (image.template, image.reference, image.digest.removeprefix("sha256:")[:12], image.source, image.template_file)
        for image in report.images
    ]
    for template, reference, digest, source, file in _columns(rows):
        yield (
            ("  ", ""),
            (template, "message"),
            (f"  {reference}  ", ""),
            (digest, "dim"),
            (f"  {source}  {file}", ""),
        )
    yield ()


def _columns(rows: Sequence[tuple[str, ...]], most: int = 90) -> list[list[str]]:
    """Cells padded to the widest of their column, the last one left as it is."""
    clean = [[cut(inline(cell), most) for cell in row] for row in rows]
    widths = [max(cell_len(row[index]) for row in clean) for index in range(len(clean[0]) - 1)]
    return [
        [
            cell + " " * (widths[index] - cell_len(cell)) if index < len(widths) else cell
            for index, cell in enumerate(row)
        ]
        for row in clean
    ]


def _cases(report: Report, look: Look) -> Iterator[Line]:
    every = list(report.cases) if look.verbose else ran(report.cases)
    if not every:
        return
    yield (("cases", "heading"),)
    yield from _subjects(every, look)
    yield from _reached(every, look)
    yield from _details(every, report, look)
    yield ()


def _subjects(every: Sequence[CaseResult], look: Look) -> Iterator[Line]:
    """A row for the cases of each subject and check; of too many, only rows where something is not passed."""
    groups: dict[tuple[str, str, str], list[CaseResult]] = {}
    for case in every:
        groups.setdefault((case.subject.kind, case.subject.name, case.check), []).append(case)
    rows = [
        (f"{kind} {name}", check, outcomes(cases), duration(sum(case.seconds for case in cases)), _evidence(cases))
        for (kind, name, check), cases in groups.items()
    ]
    calm = [all(case.outcome is Outcome.PASSED for case in cases) for cases in groups.values()]
    padded = _columns(rows)
    visible = (
        padded
        if look.verbose or len(padded) <= look.limit
        else [row for row, quiet in zip(padded, calm, strict=True) if not quiet]
    )
    for row in visible:
        yield ((f"  {'  '.join(row)}", ""),)
    if len(visible) < len(padded):
        yield ((f"  and {counted(len(padded) - len(visible), 'subject')} with nothing but passed cases", "dim"),)


def _details(every: Sequence[CaseResult], report: Report, look: Look) -> Iterator[Line]:
    """Each case that a reader has to hear of, and that no finding speaks of."""
    reported = {
        (finding.subject.kind, finding.subject.name, case)
        for finding in report.findings
        for case in (finding.subject.case, *finding.cases)
    }
    # What keeps all cases from being run or judged is said once for all of them, above or below.
    for_all = {finding.message for finding in report.findings if not finding.subject.case}
    for_all |= {each.reason for each in report.unchecked}
    messages = {finding.message for finding in report.findings}
    for case in every:
        if case.outcome in {Outcome.NOT_CHECKED, Outcome.ERROR} and case.message in for_all and not look.verbose:
            continue
        own = (case.subject.kind, case.subject.name, case.subject.case) in reported
        # A search that shows what other cases show has no finding of its own.
        own = own or (case.subject.case == EXPLORED and case.message in messages)
        # What a finding has told of is not told again.
        if look.verbose or not (case.outcome is Outcome.PASSED or (own and case.outcome in _WITH_FINDING)):
            yield from _case(case, look, own)


def _evidence(cases: Sequence[CaseResult]) -> str:
    """What the verdicts on a group of cases rest on."""
    found = together(case.evidence for case in cases)
    return found.words if found is not None else ""


def _reached(cases: Sequence[CaseResult], look: Look) -> Iterator[Line]:
    """What exploring has reached of the schemas, a line for each case that explored."""
    explored = [case for case in cases if case.coverage]
    for case in explored if look.verbose else explored[: look.limit]:
        words = "; ".join(each.words for each in case.coverage)
        yield ((f"  {case.subject.kind} {brief(case.subject.name)} {case.subject.case}: {brief(words, 300)}", "dim"),)


def _case(case: CaseResult, look: Look, has_finding: bool) -> Iterator[Line]:
    """One case in detail; its log only where no finding has told about the case already."""
    style = {Outcome.FAILED: "error", Outcome.ERROR: "error", Outcome.PASSED: "passed"}.get(case.outcome, "warning")
    marks = ", ".join(part for part in (case.check, case.mode, case.origin) if part)
    remark = f": {brief(case.message, 1_000)}" if case.message else ""
    remark += f" [{case.evidence.words}]" if look.verbose and case.evidence is not None else ""
    yield (("  ", ""), (case.outcome.words, style), (f" {brief(str(case.subject))} ({brief(marks)}){remark}", ""))
    if (case.outcome in {Outcome.FAILED, Outcome.ERROR} and not has_finding) or look.verbose:
        yield from _log("stdout", case.stdout, look)
        yield from _log("stderr", case.stderr, look)


def _log(name: str, text: str, look: Look) -> Iterator[Line]:
    if text.strip():
        yield ((f"    {name}:", "evidence"),)
        for line in tail(text, 200 if look.verbose else 12):
            yield (("    | ", "dim"), (line.expandtabs(), "log"))


def _unchecked(report: Report, look: Look) -> Iterator[Line]:
    if not report.unchecked:
        return
    grouped = reasons(report.unchecked)
    yield (("not checked", "heading"),)
    for reason, items in grouped.items():
        every = names(items)
        shown = every if look.verbose else every[:MOST_NAMES]
        more = f", … {len(every) - len(shown):,} more" if len(every) > len(shown) else ""
        listed = ", ".join(map(brief, shown))
        yield ((f"  {len(items):>3,}  {brief(reason, 1_000)}", ""), (f": {listed}{more}", "dim"))
    yield ()


def _aside(report: Report, look: Look) -> Iterator[Line]:
    """What was silenced, and where the images ran."""
    if report.suppressed:
        yield ((f"suppressed: {counted(len(report.suppressed), 'finding')}", "dim"),)
        if look.verbose:
            for item in report.suppressed:
                why = f": {brief(item.reason)}" if item.reason else ""
                where = f"{brief(str(item.finding.location))} {item.finding.rule.code} by {item.by}{why}"
                yield ((f"  {where}", "dim"),)
    if report.sandbox:
        yield ((f"sandbox: {brief(report.sandbox, 1_000)}", "dim"),)
    if report.suppressed or report.sandbox:
        yield ()


def last(report: Report, changes: Comparison | None = None) -> Iterator[Line]:
    """The line that remains when everything else has scrolled away, below what changed since an earlier report."""
    if changes is not None:
        yield ((f"since the earlier report: {changes.words}", "dim"),)
    if advice := without_image(report):
        yield ((advice, ""),)
    counts = tally(report)
    outcome = verdict(report)
    parts = [severities(counts)]
    if report.fail_on is None:
        parts[0] += " (nothing fails)"
    elif report.fail_on is not Severity.ERROR:
        parts[0] += f" (fails on {report.fail_on.value})"
    if cases := cases_with_outcomes(report.cases):
        parts.append(cases)
    if counts.unchecked and report.status is not Status.OK:
        parts.append(f"{counts.unchecked:,} unchecked")
    if counts.suppressed:
        parts.append(f"{counts.suppressed:,} suppressed")
    parts.append(f"{counted(report.checked, 'manifest')} in {duration(report.seconds)}")
    yield ((outcome, "passed" if report.result == "passed" else "failed"), (f"  {'; '.join(parts)}", ""))
