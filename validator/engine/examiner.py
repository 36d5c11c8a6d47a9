"""One case in the sandbox: prepared as the platform would, run, and judged by every check that was asked for."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace

from validator.checks import conformance, inputs
from validator.checks.conformance import BatchContext, Judgement, show
from validator.checks.isolation import judging, surfaces
from validator.checks.isolation.interference import Attempt
from validator.checks.isolation.terms import Terms
from validator.engine import calls, canaries
from validator.engine.exploration import explored
from validator.engine.masking import whole_lines
from validator.engine.runs import Runs
from validator.engine.served_manifests import manifests
from validator.findings import Finding, Json, Unchecked
from validator.rules import conformance as rules
from validator.sandbox.batch import run_batch
from validator.sandbox.environment import fits
from validator.sandbox.model import BatchCase, BatchRun, Image, Secret
from validator.sandbox.pods import Pod
from validator.schemas.defaults import apply_defaults
from validator.schemas.profile import WEBHOOK
from validator.schemas.validation import check_definition, validate
from validator.sources.manifests import EngramTemplate
from validator.sources.node import Node
from validator.suite.canaries import Planted
from validator.suite.cases import Case, Mode, Origin
from validator.suite.config import Config
from validator.suite.plan import Unit
from validator.suite.results import CaseResult, Outcome
from validator.suite.scheduler import CaseReport
from validator.suite.services import exemplified, services
from validator.suite.spare import Spare

MOST_UNDECLARED = 5
"""Undeclared inputs of one case that it is run again without."""


@dataclass(frozen=True, slots=True)
class Examiner:
    """Runs and judges cases, with the terms of one run."""

    config: Config
    timeout: float
    checks: tuple[str, ...]
    streaming: Callable[[Pod, Unit, Case], CaseReport]
    """What runs and judges a streaming case."""
    spare: Spare = field(default_factory=Spare)
    """What a case that explores may use beside its own pod."""

    def __call__(self, pod: Pod, image: Image, unit: Unit, case: Case) -> CaseReport:
        """Run one case and judge it. Raises SandboxError when the sandbox cannot run it."""
        if case.mode is Mode.STREAMING:
            return self.streaming(pod, unit, case)
        started = time.monotonic()
        context = self._context(image, unit, case)
        if case.canary:
            return self._with_canaries(pod, context, case, started)
        if case.search is not None:
            return self._explored(pod, image, unit, context, case, started)
        wrong = tuple(mistakes(context, exemplified(case))) if case.expect.error is None else ()
        if wrong:
            judgements = {"conformance": Judgement(Outcome.FAILED, wrong[0].message, wrong)}
            return _case_report(context, case, judgements, None, started)
        run = self._ran(pod, unit, context, case)
        verdict = conformance.judge(context, case, run)
        if verdict.outcome in {Outcome.PASSED, Outcome.WARNED} and "conformance" in self.checks:
            more = tuple(self._by_inputs(pod, context, unit, case, run))
            verdict = replace(verdict, findings=(*verdict.findings, *more))
        judgements = {"conformance": verdict, **self._isolated(context, case, run, verdict)}
        judgements = calls.with_calls(judgements, calls.of_batch(unit, case, run))
        judgements = {check: judgement for check, judgement in judgements.items() if check in self.checks}
        outputs = (run.output,) if run.completed and isinstance(run.output, dict) else ()
        return replace(_case_report(context, case, judgements, run, started), outputs=outputs)

    def _explored(
        self, pod: Pod, image: Image, unit: Unit, context: BatchContext, case: Case, started: float
    ) -> CaseReport:
        """Many inputs, judged for conformance alone."""
        if "conformance" not in self.checks:
            return CaseReport(())

        with closing(Runs(lambda pod, trial: self.observed(pod, image, unit, trial), pod, image, self.spare)) as run:
            result = explored(unit, image, case, run)
        case_report = _case_report(context, case, {"conformance": result.judgement}, None, started)
        results = tuple(replace(row, coverage=result.coverage) for row in case_report.results)
        return replace(case_report, results=results, novel=result.novel)

    def observed(self, pod: Pod, image: Image, unit: Unit, case: Case) -> tuple[BatchRun, Judgement]:
        """One run of a batch case, judged for conformance. Raises SandboxError when the sandbox cannot run it."""
        context = self._context(image, unit, case)
        run = self._ran(pod, unit, context, case)
        return run, conformance.judge(context, case, run)

    def _ran(self, pod: Pod, unit: Unit, context: BatchContext, case: Case) -> BatchRun:
        engram = unit.engram.name if unit.engram is not None else ""
        return _run(pod, replace(self._batch_case(context, case), manifests=manifests(unit.template, engram)))

    def _by_inputs(self, pod: Pod, context: BatchContext, unit: Unit, case: Case, run: BatchRun) -> Iterator[Finding]:
        """What further runs with other inputs show: of the first case that succeeds, and of undeclared inputs."""
        first = next((each for each in unit.cases if each.mode is Mode.BATCH and not each.canary), None)
        schema = context.template.input_schema
        probed = inputs.probe(case, schema.value if schema is not None else None) if case == first else None
        if probed is not None:
            again = _run(pod, self._batch_case(context, probed.case))
            yield from inputs.carried(context, probed, again.output if again.succeeded else None, self.config.allow)
        strange = list(inputs.undeclared_inputs(context, case)) if case.origin is Origin.WRITTEN else []
        if not strange or _run(pod, self._batch_case(context, case)).output != run.output:
            return  # nothing to be told apart, or another output each time
        for each in strange[:MOST_UNDECLARED]:
            without = _run(pod, self._batch_case(context, each.without))
            yield from inputs.matters(context, case, each, run.output, without.output if without.succeeded else None)

    def _context(self, image: Image, unit: Unit, case: Case) -> BatchContext:
        here = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
        return BatchContext(
            template=unit.template,
            subject=replace(unit.subject, case=case.name),
            image_location=unit.image_location,
            platform=image.platform if image.kind == "docker" else f"linux/{here}",
            limits=self.config.limits,
            max_logs=self.config.max_logs,
            max_output=self.config.max_output,
            timeout=case.timeout or self.timeout,
        )

    def _isolated(self, context: BatchContext, case: Case, run: BatchRun, verdict: Judgement) -> dict[str, Judgement]:
        """The run judged for what should not be in what it left; nothing when there is nothing that could be judged."""
        if run.phase == "" and not run.exit.stdout.total and not run.exit.stderr.total:
            return {}
        reported = {finding.evidence.get("instance path") for finding in verdict.findings}
        findings = tuple(
            finding
            for finding in judging.judge(self._terms(context), case, surfaces.of_batch(run))
            if finding.evidence.get("path") not in reported  # a closed schema has said so already
        )
        if (unread := surfaces.unread(run)) and not findings:
            unchecked = Unchecked(f"what {context.subject.name} stores", unread, context.subject)
            return {"isolation": Judgement(Outcome.NOT_CHECKED, unread, (), (unchecked,))}
        if not run.completed and not findings:
            return {}
        return {"isolation": conformance.verdict_of(findings)}

    def _with_canaries(self, pod: Pod, context: BatchContext, case: Case, started: float) -> CaseReport:
        """Further runs of a case, with other values in place of what the engram is trusted with."""
        if "isolation" not in self.checks:
            return CaseReport(())
        runs: list[BatchRun] = []

        def attempt(planted: Planted, merged: bool) -> canaries.CanaryRun:
            case = planted.case
            inputs = {**case.config, **case.inputs} if merged else case.inputs
            run = _run(pod, self._batch_case(context, replace(case, inputs=inputs)))
            runs.append(run)
            refused = "" if run.succeeded else _refusal(context, case, run)
            return canaries.CanaryRun(Attempt(planted, surfaces.of_batch(run), refused, merged), run.timed_out)

        attempts = canaries.attempts(case, context.template, attempt)
        judgements = {"isolation": canaries.judgement_of(self._terms(context), attempts)}
        return _case_report(context, case, judgements, runs[0], started)

    def _terms(self, context: BatchContext) -> Terms:
        return Terms(context.template, context.subject, self.config.allow)

    def _batch_case(self, context: BatchContext, case: Case) -> BatchCase:
        return replace(_batch_case(context, case), services=services(case, self.config.base))


def _run(pod: Pod, case: BatchCase) -> BatchRun:
    run = run_batch(pod, case)
    return replace(run, exit=whole_lines(run.exit))


def _refusal(context: BatchContext, case: Case, run: BatchRun) -> str:
    """Why a run with canaries tells nothing of the output."""
    reason = str(run.error.get("message") or "") or conformance.judge(context, case, run).message
    return f"with made-up values the engram does not succeed: {reason}"


def _case_report(
    context: BatchContext, case: Case, judgements: Mapping[str, Judgement], run: BatchRun | None, started: float
) -> CaseReport:
    """One row a check; the time of the run is the first one's."""
    spent = time.monotonic() - started
    results = tuple(
        CaseResult(
            subject=context.subject,
            check=check,
            outcome=judgement.outcome,
            seconds=0.0 if index else spent,
            mode=str(case.mode),
            origin=str(case.origin),
            message=judgement.message,
            stdout=run.exit.stdout.text if run else "",
            stderr=run.exit.stderr.text if run else "",
            output=run.output if run else None,
            evidence=judgement.evidence,
        )
        for index, (check, judgement) in enumerate(judgements.items())
    )
    return CaseReport(
        results,
        tuple(finding for judgement in judgements.values() for finding in judgement.findings),
        tuple(unchecked for judgement in judgements.values() for unchecked in judgement.unchecked),
    )


def mistakes(context: BatchContext, case: Case) -> Iterator[Finding]:
    """Inputs and config of a written case that the platform would refuse (templating.md 13.3)."""
    if case.origin is Origin.GENERATED:
        return
    given = (
        ("input", "inputs", case.inputs, "inputSchema", context.template.input_schema),
        ("config", "config", case.config, "configSchema", context.template.config_schema),
    )
    for what, key, value, name, schema in given:
        if schema is None or not isinstance(schema.value, dict):
            continue
        if check_definition(schema.value):
            continue  # the template's own finding (EV1) says what is wrong with it
        for violation in validate(schema.value, completed(schema, value), profile=WEBHOOK):
            written = case.written(key, *violation.instance_path)
            yield rules.CASE_VIOLATES_SCHEMA.at(
                case.place(key, *violation.instance_path),
                context.subject,
                anchor=("cases", case.name, key, *violation.instance_path),
                evidence={"value": violation.found, "schema path": "/".join(map(str, violation.schema_path))},
                what=what,
                path=show(violation.instance_path),
                schema=name,
                problem=violation.message + (written.misread_note if written is not None else ""),
            )


def _batch_case(context: BatchContext, case: Case) -> BatchCase:
    """The case as the controller would hand it over: defaults applied (templating.md 13.4).

    Inputs that no variable holds travel by way of storage there (runtime.md 1.2), so such a case has it, too.
    """
    inputs = completed(context.template.input_schema, case.inputs)
    return BatchCase(
        id=f"{context.template.name}-{case.name}",
        inputs=inputs,
        config=completed(context.template.config_schema, case.config),
        secrets={name: Secret(values, secret_prefix(context.template, name)) for name, values in case.secrets.items()},
        context=case.context or {"inputs": {}, "steps": {}},
        env=case.env,
        storage=case.storage or not fits(inputs),
        timeout=context.timeout,
        max_inline=context.max_output,
    )


def completed(schema: Node | None, value: Mapping[str, Json]) -> dict[str, Json]:
    """A value with the defaults of its schema (templating.md 13.4)."""
    if schema is None or not isinstance(schema.value, dict):
        return dict(value)
    completed = apply_defaults(schema.value, dict(value))
    assert isinstance(completed, dict)
    return completed


def secret_prefix(template: EngramTemplate, secret: str) -> str:
    """What stands before the keys of a secret in the environment; empty for the controller's default."""
    declared = template.secrets.get(secret)
    return declared.env_prefix if declared is not None else ""
