"""One streaming case in the sandbox: played by the mock connector, and judged on what was on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial

from validator.checks.isolation import influence, judging, surfaces
from validator.checks.isolation.interference import Attempt
from validator.checks.isolation.terms import Terms
from validator.checks.streaming import blame, evidence, messages, probing, verdict
from validator.checks.streaming.context import StreamContext
from validator.checks.streaming.excerpt import excerpt
from validator.checks.streaming.probing import ProbeResult
from validator.checks.streaming.repeat import Verdicts, confirmed, unsure
from validator.checks.streaming.sample import PATIENCE, Sample
from validator.checks.streaming.session_end import explained, session_end
from validator.engine import calls, canaries
from validator.engine.examiner import completed, secret_prefix
from validator.engine.masking import whole_lines
from validator.engine.runs import Runs
from validator.engine.stream_exploration import explored
from validator.findings import Finding, Json, Subject, Unchecked
from validator.rules import config as config_rules
from validator.rules.streaming import NEVER_RAN
from validator.sandbox import transcript
from validator.sandbox.model import Secret
from validator.sandbox.pods import Pod
from validator.sandbox.stream import run_stream
from validator.sandbox.stream_model import Send, StreamCase, StreamRun
from validator.schemas.profile import HUB
from validator.schemas.validation import Violation, check_definition, validate
from validator.suite.canaries import Planted
from validator.suite.cases import Case
from validator.suite.config import Config
from validator.suite.evidence import Evidence
from validator.suite.invented_values import invented
from validator.suite.packets import stream_case
from validator.suite.plan import Unit, settings
from validator.suite.results import CaseResult, Outcome
from validator.suite.scheduler import CaseReport
from validator.suite.spare import Spare

WRONG_LINES, GOOD_LINES = 200, 40
"""Lines of a transcript that the reports keep."""


@dataclass(frozen=True, slots=True)
class StreamingExaminer:
    """Runs and judges streaming cases, with the terms of one run."""

    config: Config
    timeout: float
    checks: tuple[str, ...]
    transcripts: bool = False
    """Keep what went over the wire."""
    workers: int = 1
    """Rows of the contract at a time."""
    spare: Spare = field(default_factory=Spare)
    """What a case that explores may use beside its own pod."""

    def __call__(self, pod: Pod, unit: Unit, case: Case) -> CaseReport:
        """Run one case, or with `contract` every row of the contract. Raises SandboxError when it cannot be run."""
        if not self._wants(case):
            return CaseReport(())
        context = self._context(unit, case)
        try:
            played = self._played(unit, case)
        except (OSError, ValueError) as error:
            wrong = config_rules.INVALID_VALUE.at(
                case.place("send"), context.subject, anchor=("cases", case.name), where="`send`", problem=str(error)
            )
            return _case_report(unit, case, [Row("streaming", case.name, 0.0, (wrong,), None)])
        if case.canary:
            return self._with_canaries(pod, unit, case)
        if case.search is not None:
            return self._explored(pod, unit, case, context)
        return (self._contract if case.contract else self._written)(pod, unit, case, played, context)

    def _written(self, pod: Pod, unit: Unit, case: Case, played: StreamCase, context: StreamContext) -> CaseReport:
        """One session with the packets of the case."""
        play = explained(partial(_run, pod))
        run = play(played)
        rows: list[Row] = []
        if "streaming" in self.checks:
            verdicts = confirmed(
                verdict.judge(context, run), lambda: verdict.judge(context, play(played)), context.subject
            )
            rows.append(_written_row(context, case, run, verdicts))
        if "isolation" in self.checks:
            leaks: tuple[Finding, ...] = ()
            if not _never_ran(run):
                leaks = tuple(judging.judge(self._terms(unit, case), case, surfaces.of_stream(run)))
                leaks += calls.of_stream(unit, case, run)
            row = Row("isolation", case.name, 0.0 if rows else run.seconds, leaks, run)
            skipped = _never_ran(run) or surfaces.unread(run) or _put_nothing_out(context, run)
            rows.append(_or_skipped(row, skipped, context.subject))
        emitted: Json = next((inputs for inputs in map(messages.inputs, run.outputs) if inputs), None)
        case_report = replace(_case_report(unit, case, rows), outputs=surfaces.payloads(run), emitted=emitted)
        return self._with_transcripts(case_report, [(case.name, run)])

    def _contract(self, pod: Pod, unit: Unit, case: Case, played: StreamCase, context: StreamContext) -> CaseReport:
        """A session a row of the contract, with the first packet of the case."""
        packet = next(step.packet for step in played.steps if isinstance(step, Send))
        sample = Sample(
            packet=packet,
            config=played.config,
            secrets=played.secrets,
            env=played.env,
            time_limit=played.time_limit,
            patience=played.patience,
            startup=played.startup,
        )

        def play(each: StreamCase) -> StreamRun:
            return _run(pod, replace(each, services=played.services))

        results = list(probing.run_probes(play, context, sample, workers=self.workers))
        case_report = _case_report(unit, case, [_row(case, each) for each in results])
        return self._with_transcripts(
            case_report, [(f"{case.name}: {each.case.name}", each.run) for each in results if not each.skipped]
        )

    def observed(self, pod: Pod, unit: Unit, case: Case) -> tuple[StreamRun, Verdicts]:
        """One session, judged as a case that somebody wrote. Raises SandboxError, and as `stream_case` does."""
        play, context = explained(partial(_run, pod)), self._context(unit, case)
        played = replace(self._played(unit, case), patience=PATIENCE)
        run = play(played)
        verdicts = verdict.judge(context, run)
        return run, confirmed(verdicts, lambda: verdict.judge(context, play(played)), context.subject)

    def _explored(self, pod: Pod, unit: Unit, case: Case, context: StreamContext) -> CaseReport:
        """Many sessions."""
        with closing(Runs(lambda pod, trial: self.observed(pod, unit, trial), pod, pod.image, self.spare)) as play:
            result = explored(unit, pod.image, case, play)
        row = Row("streaming", case.name, result.seconds, result.findings, result.run, message=result.message)
        rows = [row if result.has_verdict else _or_skipped(row, result.message, context.subject)]
        case_report = _case_report(unit, case, rows)
        results = tuple(replace(each, coverage=result.coverage) for each in case_report.results)
        return replace(case_report, results=results, novel=result.novel)

    def _with_transcripts(self, case_report: CaseReport, runs: Iterable[tuple[str, StreamRun]]) -> CaseReport:
        """The report with the transcripts of its runs, where they are wanted."""
        if not self.transcripts:
            return case_report
        return replace(case_report, transcripts=tuple((name, tuple(transcript.rows(run))) for name, run in runs))

    def _wants(self, case: Case) -> bool:
        """Whether a check that was asked for looks at this case."""
        if case.contract or case.search is not None:
            return "streaming" in self.checks
        looking = {"isolation"} if case.canary else {"streaming", "isolation"}
        return not looking.isdisjoint(self.checks)

    def _played(self, unit: Unit, case: Case) -> StreamCase:
        """The case for the connector. Raises as `stream_case` does."""
        return stream_case(
            case,
            self.config.base,
            completed(unit.template.config_schema, case.config),
            {name: Secret(values, secret_prefix(unit.template, name)) for name, values in case.secrets.items()},
            case.timeout or self.timeout,
        )

    def _with_canaries(self, pod: Pod, unit: Unit, case: Case) -> CaseReport:
        """Further runs of a case, with other values in place of what the engram is trusted with."""
        runs: list[StreamRun] = []

        def again(changed: Case) -> StreamRun:
            run = _run(pod, self._played(unit, changed))
            runs.append(run)
            return run

        def attempt(planted: Planted, _: bool) -> canaries.CanaryRun:
            run = again(planted.case)
            end = session_end(run)
            refused = "" if end is None else f"with made-up values the engram ends its session: {end.reason}"
            return canaries.CanaryRun(Attempt(planted, surfaces.of_stream(run), refused), run.settled == "time-limit")

        judgement = canaries.judgement_of(self._terms(unit, case), canaries.attempts(case, unit.template, attempt))
        seconds = sum(run.seconds for run in runs)
        subject = replace(unit.subject, case=case.name)
        # The case that it is made from, whose lines are known.
        given = next((each for each in unit.cases if not each.canary and each.send and each.send == case.send), case)
        mattering = influence.judge(unit.template, subject, given, lambda each: surfaces.payloads(again(each)))
        verdicts: Verdicts = (*judgement.findings, *judgement.unchecked, *mattering)
        row = Row("isolation", case.name, seconds, verdicts, runs[0], judgement.outcome, judgement.message)
        row = _or_skipped(row, _never_ran(runs[0]), replace(unit.subject, case=case.name))
        return self._with_transcripts(_case_report(unit, case, [row]), [(case.name, run) for run in runs])

    def _terms(self, unit: Unit, case: Case) -> Terms:
        return Terms(unit.template, replace(unit.subject, case=case.name), self.config.allow)

    def _context(self, unit: Unit, case: Case) -> StreamContext:
        schema = unit.template.output_schema
        usable = schema is not None and not check_definition(schema.value, profile=HUB)
        return StreamContext(
            subject=replace(unit.subject, case=case.name),
            location=unit.image_location,
            output_schema=schema.value if schema is not None and usable else None,
            schema_node=schema,
            config_schema=unit.template.config_schema,
            validate=_violations,
            max_logs=self.config.max_logs,
            invented=invented(unit.template, case, settings(unit.engram)),
        )


def _violations(schema: Json, instance: Json) -> tuple[Violation, ...]:
    return validate(schema, instance, profile=HUB)


def _run(pod: Pod, case: StreamCase) -> StreamRun:
    run = run_stream(pod, case)
    if not (run.exit.stdout.truncated or run.exit.stderr.truncated):
        return run
    ended = whole_lines(run.exit)
    texts = {"stdout": ended.stdout.text, "stderr": ended.stderr.text}
    return replace(run, exit=ended, logs=tuple(line for line in run.logs if line.text in texts[line.stream]))


@dataclass(frozen=True, slots=True)
class Row:
    """One run as one check sees it."""

    check: str
    name: str
    seconds: float
    verdicts: Verdicts
    run: StreamRun | None
    outcome: Outcome | None = None
    """None leaves it to the verdicts."""
    message: str = ""


def _never_ran(run: StreamRun) -> str:
    """Why a run left nothing to look at; empty when it did."""
    return NEVER_RAN if run.exit.start_error is not None else ""


def _put_nothing_out(context: StreamContext, run: StreamRun) -> str:
    """Why there is nothing in which a leak could be; empty when there is, or when nothing was to come."""
    if run.emitted:
        return ""
    return blame.reason_in(verdict.judge(context, run)) or evidence.nothing_seen(run)


def _written_row(context: StreamContext, case: Case, run: StreamRun, verdicts: Verdicts) -> Row:
    """A case as it was sent: with no output and no expectation, nothing was judged."""
    row = Row("streaming", case.name, run.seconds, verdicts, run)
    doubt = blame.reason_in(verdicts) or unsure(verdicts)
    reason = doubt if case.expect.packets else evidence.unjudged(run, verdicts)
    return _or_skipped(row, reason, context.subject)


def _or_skipped(row: Row, reason: str, subject: Subject) -> Row:
    """The row; not checked, and no failure, where there is a reason for that and nothing was found."""
    if not reason or any(isinstance(each, Finding) and each.severity.rank for each in row.verdicts):
        return row
    unchecked = Unchecked(f"the check `{row.check}`", reason, subject)
    return replace(row, verdicts=(*row.verdicts, unchecked), outcome=Outcome.NOT_CHECKED, message=reason)


def _row(case: Case, result: ProbeResult) -> Row:
    """A row of the contract."""
    return Row(
        "streaming",
        f"{case.name}: {result.case.name}",
        result.run.seconds,
        result.verdicts,
        result.run,
        Outcome.NOT_CHECKED if result.skipped else None,
        result.skipped,
    )


def _transcript_end(run: StreamRun, lines: int) -> str:
    """The end of the transcript, for the reports."""
    return "\n".join(map(str, excerpt(run, lines=lines)))


def _evidence(unit: Unit, case: Case, row: Row) -> Evidence | None:
    """What the verdict on a row of the check `streaming` rests on."""
    if row.run is None or row.check != "streaming":
        return None
    outputs = row.run.outputs
    schema = unit.template.output_schema
    has_schema = schema is not None and not check_definition(schema.value, profile=HUB)
    return Evidence(
        outputs=len(outputs),
        packets=row.run.emitted,
        bytes=sum(entry.size for entry in outputs),
        by_schema=sum(1 for entry in outputs if entry.body.get("payload") is not None) if has_schema else 0,
        expectations=int(not case.contract and (case.expect.packets is not None or case.expect.count is not None)),
    )


def _case_report(unit: Unit, case: Case, rows: Iterable[Row]) -> CaseReport:
    """One result a row."""
    results: list[CaseResult] = []
    findings: list[Finding] = []
    unchecked: list[Unchecked] = []
    for row in rows:
        found = [
            replace(each, subject=replace(each.subject, case=row.name))
            for each in row.verdicts
            if isinstance(each, Finding)
        ]
        wrong = [each for each in found if each.severity.rank]
        findings += found
        unchecked += [each for each in row.verdicts if isinstance(each, Unchecked)]
        results.append(
            CaseResult(
                subject=replace(unit.subject, case=row.name),
                check=row.check,
                outcome=row.outcome or Outcome.of(found),
                seconds=row.seconds,
                mode=str(case.mode),
                origin=str(case.origin),
                message=row.message or (wrong[0].message if wrong else ""),
                stdout=row.run.exit.stdout.text if row.run else "",
                stderr=row.run.exit.stderr.text if row.run else "",
                evidence=_evidence(unit, case, row),
                transcript=_transcript_end(row.run, WRONG_LINES if wrong else GOOD_LINES) if row.run else "",
            )
        )
    return CaseReport(tuple(results), tuple(findings), tuple(unchecked))
