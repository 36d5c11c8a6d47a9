"""Reports of the parts of a run, joined into the report that one run would have given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from validator.engine.causes import before_runs
from validator.engine.facts import once
from validator.engine.grading import rule_coverage, threshold
from validator.engine.graphs import worsened
from validator.engine.options import UsageError
from validator.findings import Finding, Location, Severity, Subject
from validator.rules.sandbox import SHARD_MISSING
from validator.suite.results import Report, StoryGraph
from validator.suite.suppression import Suppressed
from validator.suite.suppressions import unused


class Part(NamedTuple):
    """A report, and the file that it was read from."""

    file: str
    report: Report


def merged(parts: Sequence[Part], fail_on: str = "") -> Report:
    """One report of all parts; a shard that never arrived is a finding (EV930) and no pass.

    `fail_on` is that of the strictest part unless given. Reports of whole runs may be among them. Raises UsageError for
    shards of different plans, and for two reports of one shard.
    """
    shards = _in_order(parts)
    missing = _missing(shards)
    reports = [*shards, *(part.report for part in parts if part.report.shard is None)]
    found = [finding for report in reports for finding in report.findings]
    checks = shards[0].judged if shards else ()
    broken = bool(missing) or any(report.sandbox_errors or report.interrupted for report in shards)
    found += [*missing, *_unused(shards, checks, broken)]
    findings = tuple(sorted(before_runs(_each_once(found)), key=lambda finding: finding.sort_key))
    return Report(
        findings=findings,
        suppressed=_silenced(reports),
        unchecked=tuple(dict.fromkeys(each for report in reports for each in report.unchecked)),
        cases=tuple(case for report in reports for case in report.cases),
        images=tuple(image for report in reports for image in report.images),
        stories=_stories(reports, findings),
        timelines=tuple(one for report in reports for one in report.timelines),
        conversations=tuple(one for report in reports for one in report.conversations),
        pairs=tuple({(pair.producer, pair.consumer): pair for report in reports for pair in report.pairs}.values()),
        no_pairs=next((report.no_pairs for report in reports if report.no_pairs), ""),
        fail_on=threshold(fail_on) if fail_on else _strictest(reports),
        seconds=max((report.seconds for report in reports), default=0.0),
        sandbox="; ".join(dict.fromkeys(report.sandbox for report in reports if report.sandbox)),
        usage_errors=any(report.usage_errors for report in reports),
        sandbox_errors=bool(missing) or any(report.sandbox_errors for report in reports),
        interrupted=max((report.interrupted for report in reports), default=0),
        checked=sum(report.checked for report in reports if report.shard is None or report is shards[0]),
        judged=checks,
    )


def _in_order(parts: Iterable[Part]) -> list[Report]:
    """The reports of shards, by number."""
    found: dict[int, Part] = {}
    for part in parts:
        shard = part.report.shard
        if shard is None:
            continue
        first = next(iter(found.values()), part)
        assert first.report.shard is not None
        if (first.report.shard.of, first.report.shard.plan) != (shard.of, shard.plan):
            raise UsageError(
                f"{first.file} and {part.file} are shards of different plans ({first.report.shard} and {shard}): run"
                " every shard on the same commit, with the same options and the same --durations"
            )
        if shard.number in found:
            raise UsageError(f"{found[shard.number].file} and {part.file} are both shard {shard}: leave one out")
        found[shard.number] = part
    return [found[number].report for number in sorted(found)]


def _missing(shards: Sequence[Report]) -> list[Finding]:
    """One finding for all shards that are not there."""
    known = {report.shard.number: report.shard.of for report in shards if report.shard is not None}
    of = max(known.values(), default=0)
    absent = [str(number) for number in range(1, of + 1) if number not in known]
    if not absent:
        return []
    which = f"shard {absent[0]} of {of} is" if len(absent) == 1 else f"shards {', '.join(absent)} of {of} are"
    return [SHARD_MISSING.at(Location("."), Subject("sandbox", "shards"), which=which)]


def _unused(shards: Sequence[Report], checks: Sequence[str], broken: bool) -> list[Finding]:
    """What there is to say of suppressions that silenced nothing in any shard."""
    if not shards:
        return []
    idle = [item for item in shards[0].idle if all(item in report.idle for report in shards[1:])]
    return list(unused(idle, rule_coverage(checks, broken=broken)))


def _each_once(findings: Iterable[Finding]) -> list[Finding]:
    """What every shard tells (an unreadable file, say) is told once, and so is what cases of several shards show."""
    unique: dict[tuple[str, Location], Finding] = {}
    for finding in once(findings):
        unique.setdefault((finding.fingerprint, finding.location), finding)
    return list(unique.values())


def _silenced(reports: Iterable[Report]) -> tuple[Suppressed, ...]:
    unique: dict[tuple[str, Location], Suppressed] = {}
    for item in (item for report in reports for item in report.suppressed):
        unique.setdefault((item.finding.fingerprint, item.finding.location), item)
    return tuple(unique.values())


def _stories(reports: Iterable[Report], findings: Sequence[Finding]) -> tuple[StoryGraph, ...]:
    """The stories of the part that made the static checks, with what the others found about their steps."""
    graphs: dict[tuple[str, str], StoryGraph] = {}
    for graph in (graph for report in reports for graph in report.stories):
        graphs.setdefault((graph.file, graph.name), graph)
    return tuple(worsened(graph, findings) for graph in graphs.values())


def _strictest(reports: Iterable[Report]) -> Severity | None:
    wanted = [report.fail_on for report in reports if report.fail_on is not None]
    return min(wanted, key=lambda severity: severity.rank, default=None)
