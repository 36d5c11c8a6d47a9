"""One engram tested against the whole contract: the plain case first, then every probe that still makes sense."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from validator.checks.streaming import battery, blame, control, evidence, schedule, scripts, verdict
from validator.checks.streaming.context import StreamContext
from validator.checks.streaming.repeat import confirmed
from validator.checks.streaming.sample import PATIENCE, Sample
from validator.checks.streaming.session_end import Run, explained, session_end
from validator.findings import Finding, Severity, Unchecked
from validator.rules import streaming as rules
from validator.sandbox.stream_model import Disconnect, Expectation, Send, StreamCase, StreamRun

IMPATIENCE = 0.5
"""Seconds between SIGTERM and SIGKILL for an engram that is known to ignore the first."""
LATENCIES = 4
"""How many times as long as for its first output an engram is watched for what it must not do."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """One case, what came of it, and what is new in its verdict."""

    case: StreamCase
    run: StreamRun
    verdicts: tuple[Finding | Unchecked, ...]
    skipped: str = ""
    """Why nothing is known of it: it was not run, and `run` is empty, or nothing came out that it judges."""


def run_probes(
    run: Run, context: StreamContext, sample: Sample, only: Iterable[str] = (), workers: int = 1
) -> Iterator[ProbeResult]:
    """Run the plain case, then the probes, `workers` at a time; what the plain case shows is not found again.

    A row that fails hides those that need what it shows, and no others. `only` names probes; empty means all.
    """
    case = scripts.plain(sample)
    run_explained = explained(run)
    first = run_explained(case)
    base = replace(context, baseline=outputs_each(first))
    named = _named(base, case)
    found = confirmed(verdict.judge(named, first), lambda: verdict.judge(named, run_explained(case)), named.subject)
    if reason := _hides_all(first, found):
        hidden = Unchecked("the other rows of the streaming contract", reason, context.subject)
        yield ProbeResult(case, first, (*found, hidden), "" if _errors(found) else blame.reason_in(found))
        return
    nothing = evidence.unjudged(first, found)
    if nothing:
        found = (*found, Unchecked("the outputs of the engram", nothing, context.subject))
    yield ProbeResult(case, first, found, nothing)
    known = _informed(sample, base, first, _pace(first, lambda: run(scripts.paced(sample))))
    if any(each.rule is rules.SIGTERM for each in _errors(found)):
        # It is known not to end by itself: each further row would wait for it in vain.
        known = replace(known, grace=min(known.grace, IMPATIENCE))
    rows = _Rows(run, base, known, first, frozenset(map(_key, found)))
    names = set(only)
    probes = {
        probe.probe: probe
        for probe in battery.cases(known)
        if (not names or probe.probe in names) and battery.PROBES[probe.probe].applies(first)
    }
    reported: set[tuple[str, str]] = set()
    for result in schedule.in_order(
        list(probes),
        lambda name, needed: rows.play(probes[name], needed),
        needs={name: probe.needs for name, probe in battery.PROBES.items()},
        longest=[name for name, probe in battery.PROBES.items() if probe.is_long],
        workers=workers,
    ):
        # What several rows cannot tell is told once; what several rows find is the finding of each.
        fresh = tuple(each for each in result.verdicts if isinstance(each, Finding) or _key(each) not in reported)
        reported |= {_key(each) for each in fresh if isinstance(each, Unchecked)}
        yield replace(result, verdicts=fresh)


def _hides_all(first: StreamRun, found: Iterable[Finding | Unchecked]) -> str:
    """Why no other row could show more than consequences of the plain case; empty when they can."""
    found = list(found)
    ours = blame.reason_in(found)
    grounded = any(each.rule.code in evidence.GROUND for each in _errors(found)) or (ours and first.missing())
    if session_end(first) is None and not grounded:
        return ""
    return rules.NEVER_RAN if first.exit.start_error is not None else ours or "the plain case fails already"


@dataclass(frozen=True, slots=True)
class _Rows:
    """Plays the rows behind the plain case."""

    run: Run
    context: StreamContext
    sample: Sample
    plain: StreamRun
    known: frozenset[tuple[str, str]]
    """What the plain case has shown."""

    def play(self, probe: StreamCase, needed: Mapping[str, ProbeResult]) -> ProbeResult:
        """Run one row and judge it, unless that makes no sense after the rows that it needs."""
        failed = {name for name, result in needed.items() if _errors(result.verdicts)}
        if (reason := _pointless(self.plain, probe, failed, self.sample.pace)) is not None:
            reported = Unchecked(f"the row `{probe.probe}`", reason, self.context.subject)
            return ProbeResult(probe, StreamRun(probe), (reported,), skipped=reason)
        baseline = self.context.baseline
        if baseline and not any(isinstance(step, Disconnect) for step in probe.steps):
            # Only waited for: what a missing answer means is for the probe's judge to say.
            probe = replace(probe, expect=Expectation(count=round(baseline * scripts.answered(probe))))
        run = battery.PROBES[probe.probe].running(self.run)
        named, outcome = _named(self.context, probe), run(probe)
        verdicts = confirmed(self._verdicts_of(outcome), lambda: self._verdicts_of(run(probe)), named.subject)
        fresh = tuple(each for each in verdicts if _key(each) not in self.known)
        return ProbeResult(probe, outcome, fresh, evidence.unjudged(outcome, verdicts))

    def _verdicts_of(self, outcome: StreamRun) -> tuple[Finding | Unchecked, ...]:
        """The verdict on a probe; what rests on the number of outputs only where a control confirms that number."""
        context = _named(self.context, outcome.case)
        verdicts = verdict.judge(context, outcome)
        if not context.baseline or not any(isinstance(each, Finding) for each in verdicts):
            return verdicts
        uncounted = verdict.judge(replace(context, baseline=None), outcome)
        if {_key(each) for each in verdicts} == {_key(each) for each in uncounted}:
            return verdicts
        if control.even(self.run(control.control(self.sample, outcome.case)), context.baseline, outcome):
            return verdicts
        what = f"the row `{outcome.case.probe}`, as far as it counts outputs"
        reason = "the engram does not answer every packet with as many outputs"
        return (*uncounted, Unchecked(what, reason, context.subject))


def _informed(sample: Sample, context: StreamContext, plain: StreamRun, pace: float) -> Sample:
    """The sample with what the plain case has shown of the engram, and of the machine that it runs on."""
    latency = plain.phases.get("first_output", 0.0) - plain.phases.get("control_open", 0.0)
    slowest = max((sent.receipts[0] - sent.at for sent in plain.sent if sent.receipts), default=0.0)
    return replace(
        sample,
        answers=None if context.baseline is None else int(context.baseline),
        answer_bytes=sum(output.size for output in plain.outputs) / scripts.PLAIN,
        pace=pace,
        observe=min(max(sample.observe, LATENCIES * latency), PATIENCE),
        patience=min(max(PATIENCE, LATENCIES * slowest), sample.patience),
    )


def _pace(plain: StreamRun, more: Callable[[], StreamRun]) -> float:
    """The pace of the plain case; of more packets where that would be too slow for a row, which may be the machine."""
    seen = pace(plain)
    return seen if scripts.MANY * seen <= plain.case.time_limit / 2 else min(seen, pace(more()) or seen)


def _pointless(plain: StreamRun, probe: StreamCase, failed: set[str], pace: float) -> str | None:
    """Why a probe makes no sense: it needs what another row has shown to fail, other packets, or more time."""
    if needed := sorted(failed & battery.PROBES[probe.probe].needs):
        return f"it needs what the row `{needed[0]}` shows to fail"
    if reason := evidence.uncuttable(plain.case, probe.probe):
        return reason
    if probe.least > probe.time_limit:
        # In whole minutes: that engrams differ by a second must not make it another reason.
        least = int(probe.least // 60)
        return (
            f"it takes more than {least} min, and a case has {probe.time_limit:g} s (`--timeout {least + 1}m` tries it)"
        )
    times = max((step.times for step in probe.steps if isinstance(step, Send)), default=1)
    limit = plain.case.time_limit
    if times == 1 or pace * times <= limit / 2:
        return None
    return f"the engram takes too long for {times} packets within {limit:g} s"


def pace(plain: StreamRun) -> float:
    """Seconds from receipt to receipt at best: what is above that is the start, or the machine."""
    receipts = sorted(sent.receipts[-1] for sent in plain.sent if sent.receipts)
    return min((later - earlier for earlier, later in pairwise(receipts)), default=0.0)


def outputs_each(run: StreamRun) -> float | None:
    """Outputs for each packet of the plain case; None when the engram also emits by itself or unevenly."""
    due = [sent for sent in run.sent if sent.due]
    if not due or run.missing() or not run.counts.get("silent", 0):
        return None
    each = run.emitted / len(due)
    return each if each == int(each) else None


def _named(context: StreamContext, case: StreamCase) -> StreamContext:
    return replace(context, subject=replace(context.subject, case=case.name))


def _errors(found: Iterable[Finding | Unchecked]) -> list[Finding]:
    return [each for each in found if isinstance(each, Finding) and each.severity is Severity.ERROR]


def _key(each: Finding | Unchecked) -> tuple[str, str]:
    if isinstance(each, Finding):
        # How long it was waited for the end is no other fact.
        return each.rule.code, "" if each.rule is rules.SIGTERM else each.message
    return each.what, each.reason
