"""The run: read what there is, check what can be read, run what can be run, and say it all in one Report."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from validator.engine import evidence, facts
from validator.engine.causes import before_runs
from validator.engine.grading import Standard, rule_coverage, standard, threshold, write_baseline
from validator.engine.options import Options, UsageError
from validator.engine.outcomes import ReportGrader, regraded
from validator.engine.preparation import Prepared, nothing_found, prepare
from validator.engine.sharing import Share, shared
from validator.engine.static import StaticOptions, run_static
from validator.findings import Finding, Unchecked
from validator.rules.conformance import UNDECLARED_INPUT_MATTERS
from validator.rules.manifests import UNUSABLE
from validator.sources.workspace import Workspace
from validator.suite.events import BaselineWritten, Observer, ignore
from validator.suite.results import Outcome, PairVerdict, Report, RunResult, StoryGraph, joined


def run(options: Options, observer: Observer = ignore) -> Report:
    """Do what was asked. Raises UsageError when it makes no sense; every other trouble is in the Report."""
    started = time.monotonic()
    prepared = prepare(options)
    workspace, config = prepared.workspace, prepared.config
    if options.update_baseline and options.partial:
        raise UsageError("--update-baseline needs a run of everything: leave out what narrows it")
    graded_by = standard(workspace, config, None if options.update_baseline else prepared.baseline)
    share = shared(prepared)
    with _frozen():
        version = options.platform_version or config.platform_version
        settings = StaticOptions(options.checks, version, options.processes)
        static = share.select(run_static(workspace, settings, prepared.unreadable)) if share.static else RunResult()
        wanted = share.static and options.pairs and "pairwise" in options.checks
        pairs, no_pairs = _pairs(workspace) if wanted else ((), "")
    dynamic, sandbox = _dynamic(prepared, share, graded_by, observer)
    ended = options.exit_first and _failed(dynamic, graded_by)
    cases, line = (RunResult(), "") if ended else _story_cases(prepared, share)
    sandbox = sandbox or line
    dynamic = joined((dynamic, cases))
    shown = facts.once(dynamic.findings)
    # An input that the engram is seen to read is no slip.
    read = {finding.location for finding in shown if finding.rule is UNDECLARED_INPUT_MATTERS}
    doubts = (doubt for doubt in prepared.doubts if doubt.location not in read)
    everything = evidence.bounded((*prepared.unreadable, *doubts, *static.findings, *shown))
    graded_by = _with_new_baseline(prepared, graded_by, everything, observer)
    complete_checks = () if options.partial else options.checks
    broken = dynamic.broken or bool(dynamic.interrupted)
    graded = graded_by.grade(everything, rule_coverage(() if share.shard else complete_checks, broken=broken))
    rows = regraded(
        (*static.results, *map(evidence.row, facts.unstarted(dynamic.results, shown))), everything, graded.findings
    )
    findings = tuple(before_runs(graded.findings))
    checked = sum(1 for manifest in workspace.manifests if not manifest.provided)
    unread = _unread(prepared, checked) if share.static else ()
    unchecked = tuple(dict.fromkeys((*unread, *static.unchecked, *share.left_out, *dynamic.unchecked)))
    return Report(
        findings=findings,
        suppressed=graded.suppressed,
        unchecked=unchecked,
        cases=rows,
        images=dynamic.images,
        conversations=dynamic.conversations,
        stories=_drawn(prepared, share, findings, unchecked) if options.graphs else (),
        timelines=dynamic.timelines,
        pairs=pairs,
        no_pairs=no_pairs,
        fail_on=threshold(options.fail_on or config.fail_on),
        sandbox=sandbox,
        usage_errors=bool(prepared.unreadable) or any(finding.rule in UNUSABLE for finding in findings),
        sandbox_errors=dynamic.broken,
        interrupted=dynamic.interrupted,
        checked=checked,
        seconds=time.monotonic() - started,
        shard=share.shard,
        judged=complete_checks,
        idle=graded.idle if share.shard else (),
    )


def _unread(prepared: Prepared, checked: int) -> tuple[Unchecked, ...]:
    """Files that were passed over, and that there is nothing to check."""
    nothing = () if checked or prepared.unreadable else (nothing_found(prepared),)
    return (*nothing, *prepared.workspace.passed_over)


def _failed(run_result: RunResult, graded_by: Standard) -> bool:
    """Whether some case did not pass."""
    rows = ReportGrader(graded_by).rows(run_result.results, run_result.findings)
    return any(row.outcome in {Outcome.FAILED, Outcome.ERROR} for row in rows)


def _pairs(workspace: Workspace) -> tuple[tuple[PairVerdict, ...], str]:
    """Every template with every other. Few reports show them, and most runs must not pay for what makes them."""
    from validator.engine.pairs import all_pairs

    return all_pairs(workspace)


def _drawn(
    prepared: Prepared, share: Share, findings: Sequence[Finding], unchecked: Sequence[Unchecked]
) -> tuple[StoryGraph, ...]:
    """The stories as graphs, for the reports that draw them."""
    from validator.engine.graphs import story_graphs

    return share.stories(story_graphs(prepared.workspace, prepared.options.checks, findings, unchecked))


def _with_new_baseline(
    prepared: Prepared, graded_by: Standard, everything: Sequence[Finding], observer: Observer
) -> Standard:
    """Write all findings to the baseline, where that is asked for; what is left is graded by that, too."""
    if not prepared.options.update_baseline or prepared.baseline is None:
        return graded_by
    found = graded_by.grade(everything).findings
    write_baseline(prepared.baseline, found)
    observer(BaselineWritten(prepared.options.baseline or prepared.config.baseline, len(found)))
    return graded_by.with_baseline(prepared.baseline)


@contextmanager
def _frozen() -> Iterator[None]:
    """What was loaded lives as long as the run and forms no cycles: looking through it would triple the time."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _story_cases(prepared: Prepared, share: Share) -> tuple[RunResult, str]:
    """Run the cases of stories, where there are any."""
    if not prepared.config.stories:
        return RunResult(), ""
    from validator.engine.stories.checking import story_cases

    return story_cases(prepared, share)


def _dynamic(prepared: Prepared, share: Share, graded_by: Standard, observer: Observer) -> tuple[RunResult, str]:
    """Run what can be run. A static run must not pay for the sandbox, so it is imported here."""
    if not share.units:
        return RunResult(), ""
    from validator.engine.dynamic import run_units

    grader = ReportGrader(graded_by, accepts_all=prepared.options.update_baseline)
    return run_units(prepared, share.units, grader.results, observer)
